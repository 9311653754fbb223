"""The endpoints as tools of assistants, over MCP (`--mcp`): gradio's own server, with its way to files closed.

Gradio's server calls an endpoint through a client of its own, on this machine, and that client uploads whatever file an
argument names: any picture on the server would pass as a caller's upload. Ours strips what makes the client do so. A
photograph comes as a data URL, or as the path of a file that was uploaded before.
"""

import base64
import binascii
import importlib.util
import json
import mimetypes
import secrets
from pathlib import Path
from typing import Any

import gradio.mcp
from gradio.utils import get_upload_folder

from explorer.errors import ExplorerError, ImageError

PHOTO = {"type": "string", "format": "a data URL (data:image/jpeg;base64,...), or the path that an upload was given"}
ZIP = {"type": "string", "format": "a data URL (data:application/zip;base64,...), or the path that an upload was given"}
SCHEMAS: dict[str, dict[str, Any]] = {"photo": PHOTO, "photos": {"type": "array", "items": PHOTO}, "zip": ZIP}


def use_our_server() -> None:
    """Have gradio start `Server` where it would start its own.

    Raises:
        ExplorerError: the package is not installed.
    """
    if importlib.util.find_spec("mcp") is None:
        raise ExplorerError(
            "MCP needs a package that is not installed; python -m pip install 'cnn-explorer[mcp]' brings it, and in a "
            "checkout python -m pip install -r requirements-mcp.txt."
        )
    gradio.mcp.GradioMCPServer = Server


class Server(gradio.mcp.GradioMCPServer):
    """Gradio's server, whose callers name no file of this machine."""

    def get_tool_to_endpoint(self) -> dict[str, str]:
        """Tools by the names that the endpoints have."""
        return {self.tool_prefix + name.lstrip("/"): name for name in self.api_info["named_endpoints"]}

    def simplify_filedata_schema(self, schema: dict[str, Any]) -> tuple[dict[str, Any], list[list[str | int]]]:
        """A tool's parameters as JSON schema: photographs are strings, and gradio is to open no file by itself."""
        properties = {name: {**known, **SCHEMAS.get(name, {})} for name, known in schema["properties"].items()}
        return {**schema, "properties": properties}, []

    def convert_strings_to_filedata(self, value: dict[str, Any], _positions: object) -> dict[str, Any]:
        """A call's arguments as the endpoints take them."""
        from explorer.predict.many import MOST_PHOTOGRAPHS

        arguments: dict[str, Any] = _unmarked(value)
        for name in arguments.keys() & {"photo", "zip"}:
            arguments[name] = self._photo(arguments[name])
        photos = arguments.get("photos")
        if isinstance(photos, list) and len(photos) <= MOST_PHOTOGRAPHS:
            arguments["photos"] = [self._photo(photo) for photo in photos]
        return arguments

    def postprocess_output_data(self, data: Any, root_url: str) -> list[Any]:  # noqa: ANN401  gradio's own
        """An endpoint's answers as MCP content: files as gradio gives them, all else as JSON."""
        answers = data[0] if isinstance(data[0], list | tuple) else data  # gradio's client wraps several into one
        shown = [
            one if isinstance(one, dict) and "meta" in one else json.dumps(one, ensure_ascii=False) for one in answers
        ]
        return super().postprocess_output_data(shown, root_url)

    def _photo(self, photo: object) -> object:
        if not isinstance(photo, str):
            return photo
        path = photo
        if photo.startswith("data:"):
            path = str(_kept(photo))
            self.blocks.upload_file_set.add(path)  # it goes when uploads of its age go
        return {"path": path}


def _unmarked(value: Any) -> Any:  # noqa: ANN401  JSON
    """`value` without the marks by which gradio's client knows a file that it is to upload."""
    if isinstance(value, dict):
        return {name: _unmarked(inner) for name, inner in value.items() if name != "meta"}
    return [_unmarked(inner) for inner in value] if isinstance(value, list) else value


def _kept(url: str) -> Path:
    """A data URL's content as a file among the uploads.

    Raises:
        ImageError: it is not base64.
    """
    head, _, content = url.partition(",")
    try:
        decoded = base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise ImageError("This data URL is not base64; send data:image/jpeg;base64,... or upload the file.") from error
    suffix = mimetypes.guess_extension(head.removeprefix("data:").partition(";")[0]) or ""
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True)
    path = folder / f"photo{suffix}"
    path.write_bytes(decoded)
    return path
