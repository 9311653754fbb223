"""The command line of an export: `python -m explorer.export --help`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from explorer.checkpoint.file import write_atomically
from explorer.errors import ExplorerError, ModelError
from explorer.export.deployed import INPUTS, Made
from explorer.export.onnx_file import make_onnx
from explorer.image import open_upload
from explorer.networks.loading import example_pictures
from explorer.predict import Classifier
from explorer.predict.classifier import checkpoint_file

ENDINGS = {"onnx": ".onnx"}


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
    parser.add_argument("--photo", type=Path, help="to try it on, beside the project's own pictures")
    return parser.parse_args(argv)


def _made(options: argparse.Namespace) -> Made:
    ending = ENDINGS[options.to]
    if options.out.suffix != ending:
        raise ModelError(f"--to {options.to} writes a file that ends in {ending}, not {options.out.name}.")
    classifier = Classifier.load(checkpoint_file(options.checkpoint))
    photos = [open_upload(options.photo)] if options.photo else []
    return make_onnx(classifier, options.out.stem, [*photos, *example_pictures()], taken=options.input)


if __name__ == "__main__":
    sys.exit(main())
