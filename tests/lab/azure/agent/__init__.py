# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for azcmagent, installed by the lab's Debian package (Azure reference 9), of standard Python only."""
