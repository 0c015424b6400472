"""``python -m detachment`` is the command ``detachment``."""

import sys

from detachment.cli import main

if __name__ == "__main__":
    sys.exit(main())
