# SPDX-License-Identifier: GPL-3.0-or-later
"""Which VMkernel adapters of a host really carry each kind of traffic.

Having a service enabled is not the same as carrying it: an adapter on a dedicated TCP/IP stack takes the traffic away
from the default stack (vSphere reference 7), and provisioning and replication traffic without an adapter of their own
travel over management (vSphere reference 11.1 and 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

MANAGEMENT = "management"
VMOTION = "vmotion"
PROVISIONING = "vSphereProvisioning"
REPLICATION = "vSphereReplication"
REPLICATION_NFC = "vSphereReplicationNFC"

TRAFFIC_KINDS = (MANAGEMENT, VMOTION, PROVISIONING, REPLICATION, REPLICATION_NFC)
DEFAULT_STACK = "defaultTcpipStack"
DEDICATED_STACKS = {VMOTION: "vmotion", PROVISIONING: "vSphereProvisioning"}
FALLBACKS = {PROVISIONING: MANAGEMENT, REPLICATION: MANAGEMENT, REPLICATION_NFC: MANAGEMENT}


class Carrier(TypedDict):
    """The adapters of one traffic kind: `devices` such as `["vmk1"]`, `source` stack, service, fallback or none."""

    devices: list[str]
    source: str


def carriers(adapters: Iterable[Mapping[str, Any]]) -> dict[str, Carrier]:
    """The carrier of every traffic kind on one host.

    `adapters` are the host's adapter facts; `device`, `stack` and `services` are read. Devices come back in the
    order of their numbers, so vmk2 precedes vmk10.
    """
    host = sorted(adapters, key=lambda adapter: device_order(adapter["device"]))
    return {kind: _carrier(kind, host) for kind in TRAFFIC_KINDS}


def device_order(device: str) -> tuple[int, str]:
    """Sort key that puts vmk2 before vmk10."""
    return len(device), device


def _carrier(kind: str, adapters: list[Mapping[str, Any]]) -> Carrier:
    own_stack = [adapter["device"] for adapter in adapters if adapter["stack"] == DEDICATED_STACKS.get(kind)]
    if own_stack:
        return Carrier(devices=own_stack, source="stack")
    serving = _serving(kind, adapters)
    if serving:
        return Carrier(devices=serving, source="service")
    substitutes = _serving(FALLBACKS[kind], adapters) if kind in FALLBACKS else []
    return Carrier(devices=substitutes, source="fallback" if substitutes else "none")


def _serving(kind: str, adapters: list[Mapping[str, Any]]) -> list[str]:
    return [adapter["device"] for adapter in adapters if kind in adapter["services"]]
