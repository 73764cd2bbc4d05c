# SPDX-License-Identifier: GPL-3.0-or-later
"""What names in a site sheet look like: machines, objects of an inventory, ports; and how to say it in words."""

from __future__ import annotations

import re

PORT = (1, 65535)
HOST_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
HOST_NAME_WORDS = "a host name or address made of letters, digits, dots and hyphens"
OBJECT_NAME = re.compile(r"\S(?:.{0,78}\S)?")
OBJECT_NAME_WORDS = "a name of at most 80 characters without blanks at its ends"
