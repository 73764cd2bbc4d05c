# SPDX-License-Identifier: GPL-3.0-or-later
"""vApps and virtual machines in the XML API, to read (VCD reference 3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from ..clouds import CloudNic, CloudVm, VApp
from .documents import MEDIA, leaf, link, vcloud, written
from .gate import VcdRoute
from .names import href, urn
from .queries import VIEW_VDCS

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .director import Director

POWERED_ON, POWERED_OFF = "4", "8"
"""Values of the attribute status."""


def routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/vApp", route_class=VcdRoute)

    @router.get("/vapp-{vapp}")
    async def vapp(vapp: str) -> Response:
        director.need(VIEW_VDCS)
        return Response(written(_vapp(director, director.vapp(vapp))), media_type=MEDIA + "vApp+xml")

    @router.get("/vm-{vm}")
    async def vm(vm: str) -> Response:
        director.need(VIEW_VDCS)
        found = director.cloud.vms.get(vm)
        if found is None:
            raise director.unknown("vm", vm)
        director.vapp(found.vapp)
        return Response(written(_vm(director, found)), media_type=MEDIA + "vm+xml")

    return router


def _vapp(director: Director, vapp: VApp) -> Element:
    machines = director.cloud.vms_of(vapp.id)
    on = any(_is_on(director, m) for m in machines)
    names = sorted({n.network for m in machines for n in m.nics if n.network})
    networks = [
        vcloud("NetworkConfig", {"networkName": director.cloud.networks[n].name})
        for n in names
        if n in director.cloud.networks
    ]
    return vcloud(
        "VApp",
        {
            "href": href(director, "vapp", vapp.id),
            "id": urn("vapp", vapp.id),
            "name": vapp.name,
            "type": MEDIA + "vApp+xml",
            "status": POWERED_ON if on else POWERED_OFF,
            "deployed": str(on).lower(),
        },
        link("up", href(director, "vdc", vapp.vdc), MEDIA + "vdc+xml"),
        leaf("Description", vapp.description),
        vcloud("NetworkConfigSection", {}, *networks),
        vcloud("Children", {}, *(_vm(director, m) for m in machines)),
    )


def _is_on(director: Director, machine: CloudVm) -> bool:
    found = director.shared.world.machines.get(machine.machine)
    return found is not None and found.powered_on


def _vm(director: Director, machine: CloudVm) -> Element:
    profile = next(
        (p for v in director.cloud.vdcs.values() for p in v.storage_profiles if p.id == machine.storage_profile), None
    )
    stored = None
    if profile is not None:
        at = href(director, "vdcstorageProfile", profile.id)
        stored = vcloud("StorageProfile", {"href": at, "name": profile.name, "type": MEDIA + "vdcStorageProfile+xml"})
    return vcloud(
        "Vm",
        {
            "href": href(director, "vm", machine.id),
            "id": urn("vm", machine.id),
            "name": machine.name,
            "type": MEDIA + "vm+xml",
            "status": POWERED_ON if _is_on(director, machine) else POWERED_OFF,
        },
        link("up", href(director, "vapp", machine.vapp), MEDIA + "vApp+xml"),
        leaf("Description", ""),
        vcloud("NetworkConnectionSection", {}, *(_nic(director, n) for n in machine.nics)),
        stored,
    )


def _nic(director: Director, nic: CloudNic) -> Element:
    network = director.cloud.networks.get(nic.network or "")
    return vcloud(
        "NetworkConnection",
        {"network": network.name if network else "none"},
        leaf("NetworkConnectionIndex", nic.index),
        leaf("IpAddress", nic.address) if nic.address else None,
        leaf("IsConnected", nic.connected),
        leaf("MACAddress", nic.mac),
        leaf("IpAddressAllocationMode", nic.mode),
    )
