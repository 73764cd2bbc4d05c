# SPDX-License-Identifier: GPL-3.0-or-later
"""What no public source settles about deploying and changing appliances in vCenter (vSphere reference 21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DeploymentRules:
    ovf_unmapped_network: Literal["first", "refuse"] = "first"
    """A network of the template that network_mappings leaves out: the datacenter's first, or a failure (21)."""
    ovf_missing_property: Literal["refuse", "accept"] = "refuse"
    """A deployment without a value for a property that must have one (21)."""
    ovf_passwords_readable: bool = False
    """Whether config.vAppConfig shows the values of properties of type password."""
    ovf_changes_while_on: Literal["refuse", "accept"] = "refuse"
    """ReconfigVM_Task of vApp properties while the machine is powered on: InvalidPowerState, or done."""
    dvpg_mac_learning: Literal["offered", "missing"] = "offered"
    """Whether distributed switches know MAC learning, which they do from version 6.6 on (21)."""
