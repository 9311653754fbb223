"""Start the CNN Explorer from a checkout: `python app.py`, or on a Space."""

import sys

from explorer.ui.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
