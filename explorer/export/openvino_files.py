"""The two files of a network for OpenVINO, made of its ONNX file: NAME.xml and NAME.bin.

OpenVINO's own reader of torch's networks is not asked: it shrinks to one row by taking the first, and drops the beta of
Softplus. Weights stay float32, and full precision is asked for, as OpenVINO else computes in bfloat16 on CPUs that can.
"""

import importlib.util
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import ModelError
from explorer.export.agreement import check_agrees
from explorer.export.deployed import Input, Made, seen_png
from explorer.export.onnx_file import onnx_bytes
from explorer.export.refused import OPENVINO
from explorer.export.using import python_program
from explorer.image.pixels import Picture
from explorer.predict import Classifier

NOT_INSTALLED = "OpenVINO is not installed here: pip install cnn-explorer[export,openvino]."


def make_openvino(classifier: Classifier, name: str, pictures: Sequence[Picture], *, taken: Input = "uint8") -> Made:
    """The files NAME.xml and NAME.bin, checked, with a program for Python and a picture to try it on.

    Args:
        name: of the network, as a file may be called.
        pictures: uint8 (H, W, 3) of any size, at least one: what it is checked on. The first goes along.

    Raises:
        ModelError: a package is missing, OpenVINO cannot hold the network, or it computes something else.
    """
    if not importlib.util.find_spec("openvino"):
        raise ModelError(NOT_INSTALLED)
    import openvino

    content, batched = onnx_bytes(classifier, taken, form="OpenVINO", refusals=OPENVINO)
    core = openvino.Core()
    try:
        written, weights = _written(openvino, core.read_model(content))
        model = core.read_model(written, openvino.Tensor(np.frombuffer(weights, np.uint8)))
        compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1][:200]
        raise ModelError(f"OpenVINO cannot hold this network: {reason}. Nothing was written.") from error
    runtime = f"OpenVINO {openvino.__version__.partition('-')[0]}"
    says = check_agrees(
        classifier,
        lambda batch: compiled({"image": batch})[0],
        pictures,
        taken=taken,
        runtime=runtime,
        batched=batched,
    )
    files = {
        f"{name}.xml": written,
        f"{name}.bin": weights,
        f"{name}-openvino.py": python_program(classifier, name, taken, "openvino").encode(),
        f"{name}-picture.png": seen_png(classifier.preprocessing, pictures[0]),
    }
    return Made(files, f"OpenVINO, in float32. {says}")


def _written(openvino: Any, model: Any) -> tuple[bytes, bytes]:  # noqa: ANN401 -- an extra, without types
    """A model as OpenVINO writes it: what it is made of, and its weights."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.xml"
        openvino.save_model(model, str(path), compress_to_fp16=False)
        return path.read_bytes(), path.with_suffix(".bin").read_bytes()
