# SPDX-License-Identifier: GPL-3.0-or-later
"""Option tables that vSphere modules share; the documentation fragment ``vsphere`` mirrors them."""

from __future__ import annotations

from ..module import Spec, connection_options

# A change of host networking may take as long as a rollback does.
CONNECTION = connection_options("VMWARE", request_timeout=120)

SELECTION: Spec = {
    "datacenter": {"type": "str"},
    "clusters": {"type": "list", "elements": "str"},
    "folders": {"type": "list", "elements": "str"},
    "hosts": {"type": "list", "elements": "str"},
}

DISCONNECTED: Spec = {
    "disconnected_hosts": {"type": "str", "choices": ["refuse", "skip"], "default": "refuse"},
}
