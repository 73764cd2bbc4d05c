# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulators of a lab beside vCenter and HCX, in the order of their ports; a later one may use an earlier one."""

from __future__ import annotations

from .autonomous_edge.simulator import AutonomousEdge
from .azure.simulator import AzureSimulator
from .simulator import Simulator
from .vcd.simulator import CloudDirectors
from .vcda.simulator import Availabilities

SIMULATORS: tuple[type[Simulator], ...] = (CloudDirectors, Availabilities, AutonomousEdge, AzureSimulator)
