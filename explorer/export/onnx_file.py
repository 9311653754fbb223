"""The ONNX file of a network: normalisation inside, classes, temperature and preprocessing in its metadata.

Written by torch's newer exporter (torch.export, `dynamo=True`), the only one of the two that holds `meesho`'s adaptive
pooling from 10 cells to 4, and the one that stays: the other one traces TorchScript, which torch is leaving. It costs
some seconds more. Both drop what `refused` names.
"""

import importlib.util
import json
import re
import threading
import warnings
from collections.abc import Sequence
from typing import Any

import torch

from explorer.activations.tracer import record_trace
from explorer.errors import ModelError
from explorer.export.agreement import Run, check_agrees
from explorer.export.deployed import Deployed, Input, Made, probe_picture, seen_png, taken_by
from explorer.export.refused import ONNX, Refusal, check_holdable
from explorer.export.using import browser_program, python_program
from explorer.image.pixels import Picture
from explorer.predict import Classifier

OPSET = 20  # what torch 2.11's exporter writes without a conversion; onnxruntime reads it from 1.17 on
NOT_INSTALLED = "onnx, onnxscript and onnxruntime are not all installed here: pip install cnn-explorer[export]."
_LARGEST = 1_900_000_000  # bytes of weights: a file of one piece ends at 2 GB
_PACKAGES = ("onnx", "onnxscript", "onnxruntime")

_turn = threading.Lock()  # torch's exporter keeps its state in globals


def make_onnx(classifier: Classifier, name: str, pictures: Sequence[Picture], *, taken: Input = "uint8") -> Made:
    """The file NAME.onnx, checked, with a program for Python, a page for a browser, and a picture to try them on.

    Args:
        name: of the network, as a file may be called.
        pictures: uint8 (H, W, 3) of any size, at least one: what it is checked on. The first goes along.

    Raises:
        ModelError: a package is missing, ONNX cannot hold the network, or onnxruntime computes something else.
    """
    content, batched = onnx_bytes(classifier, taken, form="ONNX", refusals=ONNX)
    run, runtime = _session(content)
    says = check_agrees(classifier, run, pictures, taken=taken, runtime=runtime, batched=batched)
    files = {
        f"{name}.onnx": content,
        f"{name}-onnx.py": python_program(classifier, name, taken, "onnx").encode(),
        f"{name}-onnx.html": browser_program(classifier, name, taken).encode(),
        f"{name}-picture.png": seen_png(classifier.preprocessing, pictures[0]),
    }
    return Made(files, f"ONNX, opset {OPSET}. {says}")


def onnx_bytes(classifier: Classifier, taken: Input, *, form: str, refusals: tuple[Refusal, ...]) -> tuple[bytes, bool]:
    """The ONNX file itself, not checked yet; and whether it takes several pictures at once.

    Args:
        form: what the format is called that it is for.

    Raises:
        ModelError: a package is missing, or the format cannot hold the network.
    """
    if not all(importlib.util.find_spec(package) for package in _PACKAGES):
        raise ModelError(NOT_INSTALLED)
    preprocessing = classifier.preprocessing
    probe = preprocessing(probe_picture())
    check_holdable(record_trace(classifier.model, probe.to(classifier.device)), form, refusals)
    deployed = Deployed(classifier, taken)
    if sum(weight.numel() for weight in deployed.state_dict().values()) * 4 > _LARGEST:
        raise ModelError("An ONNX file of one piece ends at 2 GB, and this network's weights alone reach that.")
    with _turn, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # of torch's own making, about its own deprecations
        model, batched = _exported(deployed, torch.from_numpy(taken_by(preprocessing, taken, probe_picture())), form)
    _strip(model)
    for key, value in _about(classifier, taken).items():
        model.metadata_props.add(key=key, value=value)
    return model.SerializeToString(), batched


def _exported(deployed: Deployed, example: torch.Tensor, form: str) -> tuple[Any, bool]:
    """The ModelProto; for any number of pictures at once, or, of a network that counts on one, for one."""
    several: dict[str, Any] = {"dynamic_shapes": ({0: torch.export.Dim("pictures")},)}
    for batch, options in ((torch.cat([example, example]), several), (example, {})):
        try:
            program: Any = torch.onnx.export(
                deployed,
                (batch,),
                dynamo=True,
                input_names=["image"],
                output_names=["logits"],
                opset_version=OPSET,
                external_data=False,
                verbose=False,
                **options,
            )
        except Exception as error:  # noqa: BLE001 -- whatever a foreign network makes torch raise
            failed = error
        else:
            return program.model_proto, bool(options)
    raise ModelError(f"{form} cannot hold this network: {_reason(failed)}. Nothing was written.") from failed


def _reason(error: BaseException) -> str:
    """The exporter's own words, in one line: the operation that it has no name for, else where its words begin."""
    text = str(error)
    operation = re.search(r"No ONNX function found for .*?aten\.(\w+)", text)
    if operation:
        return f"it has no operation for torch's {operation[1]}"
    first = next((line.strip() for line in str(error.__cause__ or error).splitlines() if line.strip()), "")
    return re.sub(r"\x1b\[\d+m", "", first)[:200].rstrip(".") or type(error).__name__


def _strip(model: Any) -> None:  # noqa: ANN401 -- onnx's ModelProto
    """Take out what tells of the machine that it was written on: lines of code with their paths, node by node."""
    graphs = [model.graph]
    while graphs:
        graph = graphs.pop()
        graph.ClearField("doc_string")
        for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
            part.ClearField("metadata_props")
            part.ClearField("doc_string")
        graphs += [given.g for node in graph.node for given in node.attribute if given.HasField("g")]


def _about(classifier: Classifier, taken: Input) -> dict[str, str]:
    """What the file says of itself."""
    return {
        "classes": json.dumps(classifier.classes),
        "temperature": repr(classifier.temperature),  # what the logits are divided by before the softmax
        "output": classifier.output,
        "input": "uint8 NHWC, RGB, 0 to 255" if taken == "uint8" else "float32 NCHW, RGB, 0 to 1",
        "size": str(classifier.preprocessing.size),
        "preprocessing": json.dumps(classifier.preprocessing.to_json()),  # mean and std are inside already
        "opset": str(OPSET),
    }


def _session(content: bytes) -> tuple[Run, str]:
    """What runs the file as its Python program does, and its name."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, {"image": batch})[0], f"onnxruntime {onnxruntime.__version__}"
