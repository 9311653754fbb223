"""The network in use, taken along from the page: as ONNX or for OpenVINO, in a zip with a program that uses it."""

import io
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from explorer.errors import ModelError
from explorer.image.file_names import plain_name
from explorer.ui.networks.menu import Shelf
from explorer.ui.request import choice
from explorer.ui.store import Store
from explorer.ui.uploads import Photographs

if TYPE_CHECKING:
    from explorer.export.deployed import Input
    from explorer.networks.network import Network

KEPT_BYTES = 400_000_000
MOST_MB = 120  # of weights: a larger network is taken along in the shell, where nobody waits for it
LONGEST_WAIT_S = 60.0  # while others' networks are written


class TakeAlong:
    """The server function that the network's card asks."""

    def __init__(self, photographs: Photographs, shelf: Shelf, kept_s: float) -> None:
        self._photographs, self._shelf = photographs, shelf
        self.store = Store(KEPT_BYTES, kept_s)  # of its own, so that no photograph makes room for a network
        self._turn = threading.Semaphore(1)

    def take_network(self, request: dict[str, Any]) -> dict[str, str]:
        """The {"network"} as {"form"} "onnx" or "openvino", which takes {"input"} "uint8" or "float".

        It is checked on the {"photo"} of this token, which goes along, and on the project's own pictures.

        Returns:
            {"path", "name"} of a zip, and {"says"}: how it was checked.

        Raises:
            ModelError: what `explorer.export` refuses, a network that is too large, or others are before.
        """
        form = choice(request, "form", ("onnx", "openvino"))
        taken: Input = "float" if choice(request, "input", ("uint8", "float")) == "float" else "uint8"
        photograph, asked = self._photographs.get(request.get("photo")), request.get("network")
        network, classifier = self._shelf.network(asked), self._shelf.classifier(asked)
        check_size(network)
        name = plain_name(network.name, "network")
        with self._waiting():
            from explorer.export.onnx_file import make_onnx
            from explorer.export.openvino_files import make_openvino
            from explorer.networks.loading import example_pictures

            make = make_onnx if form == "onnx" else make_openvino
            made = make(classifier, name, [photograph.image, *example_pictures()], taken=taken)
        file = self.store.file(self.store.put(None, 0), f"{name}-{form}.zip", lambda: zipped(made.files))
        return {"path": file, "name": f"{name}-{form}.zip", "says": made.says}

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=LONGEST_WAIT_S):
            raise ModelError("Many take a network along at this moment; please press again in a minute.")
        try:
            yield
        finally:
            self._turn.release()


def check_size(network: "Network") -> None:
    """Refuse a network whose weights are too many to be sent.

    Raises:
        ModelError: says how it is taken along instead.
    """
    if network.n_bytes > MOST_MB * 1_000_000:
        raise ModelError(
            f"This network weighs {network.n_bytes // 1_000_000} MB, and the page hands out up to {MOST_MB}; "
            "at home, python -m explorer.export writes a checkpoint of any size."
        )


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files as a zip, uncompressed, as weights do not get smaller."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # of no date, so that equal files are equal
    return buffer.getvalue()
