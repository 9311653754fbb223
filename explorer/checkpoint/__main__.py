"""Checkpoints from the shell: `python -m explorer.checkpoint convert WEIGHTS.pth OUT.safetensors`."""

import sys

from explorer.checkpoint.conversion import main

if __name__ == "__main__":
    sys.exit(main())
