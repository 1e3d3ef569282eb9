"""
``python -m connlog``: the command line under its other name.

Floor 10: imports the command line.
"""

from __future__ import annotations

import sys

from connlog.cli import main

sys.exit(main())
