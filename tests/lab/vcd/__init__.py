# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloud Director, twice: with NSX-V edges and the XML API alone, and with NSX-T edges and cloudapi."""
