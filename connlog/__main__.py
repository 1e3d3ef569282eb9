"""
``python -m connlog``: the command line under its other name.

Imports the command line.
"""

from __future__ import annotations

import sys

from connlog.cli import main

sys.exit(main())
