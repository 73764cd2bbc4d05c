# SPDX-License-Identifier: GPL-3.0-or-later
"""The on-premises ends of layer 2 VPN tunnels: standalone edges by their properties, the autonomous edge by its API."""
