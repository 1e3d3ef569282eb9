"""
``python -m connlog``: the command line under its other name.

Imports the command line.
"""

from __future__ import annotations

import sys

from connlog.cli import main

if __name__ == "__main__":  # `connlog scan` starts processes, which load this module under another name
    sys.exit(main())
