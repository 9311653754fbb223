"""Start the CNN Explorer: `cnn-explorer`, `python -m explorer.ui`, or `python app.py` in a checkout."""

import argparse
import contextlib
import ctypes
import dataclasses
import os
import sys
from pathlib import Path

from explorer.errors import ExplorerError
from explorer.settings import Settings

SWITCH_S = 0.0005  # a thread gives Python to another that waits; each of a forward's operations waits for it


def _command() -> str:
    """What was typed."""
    name = Path(sys.argv[0]).name
    return "python -m explorer.ui" if name == "__main__.py" else name


def _share_memory_among_threads() -> None:
    """What one thread frees shall be there for the next computation in another; glibc keeps it apart by itself."""
    with contextlib.suppress(AttributeError, OSError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(-8, 2)  # M_ARENA_MAX


def main(argv: list[str] | None = None) -> int:
    """Serve the page until it is stopped; status 2 and one line for a setting that cannot be used."""
    try:
        default = Settings.from_env(os.environ)
        parser = argparse.ArgumentParser(prog=_command(), description="See what a convolutional network does.")
        parser.add_argument("--host", default=default.host, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=default.port, help="0: any free one (default: %(default)s)")
        parser.add_argument(
            "--checkpoints", type=Path, default=default.checkpoints, help="folder of .safetensors files"
        )
        parser.add_argument("--device", default=default.device, help="cpu or cuda (default: %(default)s)")
        parser.add_argument(
            "--network",
            action="append",
            metavar="package.module:NAME",
            help="a network of your own: a class, a function or an instance; may be repeated",
        )
        parser.add_argument(
            "--network-folder",
            action="append",
            type=Path,
            metavar="PATH",
            help="a network as timm or transformers saves it: config.json, model.safetensors; may be repeated",
        )
        parser.add_argument(
            "--download-mb",
            type=int,
            default=default.download_mb,
            help="what weights that visitors ask for may take on disk; 0: none (default: 4000, or 0 where others come)",
        )
        parser.add_argument("--mcp", action="store_true", default=default.mcp, help="serve assistants too, over MCP")
        given = {name: value for name, value in vars(parser.parse_args(argv)).items() if value is not None}
        several = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        settings = dataclasses.replace(default, **given | several)
        from explorer.ui.page import build_app, launch  # gradio takes a second that --help need not

        page = build_app(settings)
        sys.stdout.write(f"{settings.serves}\n")
        sys.setswitchinterval(SWITCH_S)
        _share_memory_among_threads()
        launch(page, settings)
    except ExplorerError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
