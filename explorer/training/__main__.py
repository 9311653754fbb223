"""The command line of a training run: `python -m explorer.training --help`."""

import sys
from collections.abc import Sequence

from explorer.errors import ExplorerError
from explorer.training.options import parse
from explorer.training.run import train


def main(argv: Sequence[str] | None = None) -> int:
    """Trains; prints the checkpoint's path. 0, or 2 for what the caller can put right."""
    try:
        print(train(parse(argv)))
    except ExplorerError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
