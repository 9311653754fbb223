"""The command line of an export: `python -m explorer.export --help`."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from explorer.activations.tracer import record_trace
from explorer.checkpoint.file import write_atomically
from explorer.errors import ExplorerError, ModelError
from explorer.export.deployed import INPUTS, Made
from explorer.export.notebook import Unit, likeliest, looked_at
from explorer.export.onnx_file import make_onnx
from explorer.export.openvino_files import make_openvino
from explorer.image import open_upload
from explorer.networks.loading import example_pictures, load_own_weights
from explorer.predict import Classifier
from explorer.predict.classifier import checkpoint_file
from explorer.settings import EXAMPLES

ENDINGS = {"onnx": ".onnx", "openvino": ".xml", "notebook": ".ipynb", "code": ".py"}


def main(argv: Sequence[str] | None = None) -> int:
    """Writes the file and what goes with it, and prints how it was checked. 0, or 2 for a user's error."""
    options = _options(argv)
    try:
        made = _made(options)
        for name, content in made.files.items():
            write_atomically(options.out.with_name(name), content)
            print(options.out.with_name(name))
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return 2
    print(made.says)
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m explorer.export", description="A network in a format that others run, with a program for it."
    )
    parser.add_argument("checkpoint", help="name or .safetensors file")
    parser.add_argument("--to", required=True, choices=tuple(ENDINGS))
    parser.add_argument(
        "--out", required=True, type=Path, metavar="FILE", help="what goes with it is written beside it"
    )
    parser.add_argument(
        "--input",
        choices=INPUTS,
        default=INPUTS[0],
        help="what it takes: uint8 of 0 to 255, (N, H, W, C), or float of 0 to 1, (N, C, H, W) (default: %(default)s)",
    )
    parser.add_argument("--photo", type=Path, help="to try it on, or to look at (default: the first example)")
    parser.add_argument(
        "--unit", metavar="LAYER,CHANNEL,Y,X", help="what a notebook or program opens (default: the likeliest class)"
    )
    return parser.parse_args(argv)


def _made(options: argparse.Namespace) -> Made:
    ending = ENDINGS[options.to]
    if options.out.suffix != ending:
        raise ModelError(f"--to {options.to} writes a file that ends in {ending}, not {options.out.name}.")
    file = checkpoint_file(options.checkpoint)
    if options.to in {"onnx", "openvino"}:
        photos = [open_upload(options.photo)] if options.photo else []
        name, pictures = options.out.stem, [*photos, *example_pictures()]
        make = make_onnx if options.to == "onnx" else make_openvino
        return make(Classifier.load(file), name, pictures, taken=options.input)
    return _looked_at(file, options)


def _looked_at(file: Path, options: argparse.Namespace) -> Made:
    """A notebook or a program, with what it reads beside it."""
    photo = options.photo or sorted(EXAMPLES.glob("*.png"))[0]
    image, network = open_upload(photo), load_own_weights("", file)
    network = replace(network, name=file.stem)
    trace = record_trace(network.model, network.preprocessing(image))
    unit = _unit(options.unit) if options.unit else likeliest(trace)
    files = looked_at(network, trace, unit, image, photo.name, options.out.name)
    layer, *place = unit
    return Made(files, f"It opens {layer}, channel, row and column {tuple(place)}.")


def _unit(text: str) -> Unit:
    """A unit as the command line names it: its layer, and up to three numbers.

    Raises:
        ModelError: it is none.
    """
    layer, *numbers = text.split(",")
    if not layer or len(numbers) not in {1, 2, 3} or not all(one.isdecimal() and len(one) < 7 for one in numbers):
        raise ModelError(f"--unit is LAYER,CHANNEL,Y,X, such as stem.conv,5,0,3, not {text!r}.")
    channel, y, x = (*map(int, numbers), 0, 0)[:3]
    return layer, channel, y, x


if __name__ == "__main__":
    sys.exit(main())
