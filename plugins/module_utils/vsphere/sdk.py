# SPDX-License-Identifier: GPL-3.0-or-later
"""pyVmomi, or the reason why it cannot be used.

Modules must be importable without it (documentation, argument checks); everything that touches vSphere calls
`require` first.
"""

from __future__ import annotations

import importlib
from typing import Any

from ..engine.errors import MissingLibrary

# Any, because the stubs of pyVmomi leave out much of what its objects can do.
SoapAdapter: Any = None
VmomiSupport: Any = None
vim: Any = None
vmodl: Any = None
IMPORT_ERROR: str | None = None

try:
    sdk: Any = importlib.import_module("pyVmomi")
except ImportError as error:
    IMPORT_ERROR = str(error)
else:
    SoapAdapter, VmomiSupport, vim, vmodl = sdk.SoapAdapter, sdk.VmomiSupport, sdk.vim, sdk.vmodl

__all__ = ["SoapAdapter", "VmomiSupport", "require", "vim", "vmodl"]


def require() -> None:
    if IMPORT_ERROR:
        raise MissingLibrary(
            f"the Python package pyvmomi is missing ({IMPORT_ERROR}); install it for the Python that runs this task"
        )
