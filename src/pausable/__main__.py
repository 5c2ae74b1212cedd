"""`python -m pausable` is `pausable`."""

from __future__ import annotations

import sys

from pausable.cli import main

if __name__ == "__main__":
    sys.exit(main())
