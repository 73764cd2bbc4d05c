# SPDX-License-Identifier: GPL-3.0-or-later
"""Install pip into an empty virtual environment from the wheel that CPython brings along.

ansible-test fetches a script of this purpose from a server that only answers to machines with access to the internet.
tests/tools/sanity.py puts this one into its cache instead, so that only a package index is needed.
"""

from __future__ import annotations

import ensurepip
import sys
from pathlib import Path

WHEEL = max((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
NOT_FOR_PIP = {"--no-setuptools", "--no-wheel"}

sys.path.insert(0, str(WHEEL))
pip = __import__("pip._internal.cli.main", fromlist=["main"])
sys.exit(pip.main(["install", *(argument for argument in sys.argv[1:] if argument not in NOT_FOR_PIP)]))
