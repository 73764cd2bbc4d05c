# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures our modules beside the peer's on one lab: `make bench`, or `python -m bench --help`."""
