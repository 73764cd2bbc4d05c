# SPDX-License-Identifier: GPL-3.0-or-later
"""VMware Cloud Director Availability, one per cloud (VCD reference 10)."""
