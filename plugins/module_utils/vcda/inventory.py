# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of sites, virtual machines and places turned into the ids that replications need. (VCD reference 10.5)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.errors import Refused, refuse_if
from .client import Json, Vcda

ANY_PROFILE = "*"


@dataclass(frozen=True)
class SourceVm:
    """``id`` is the managed object id, such as vm-15; ``powered_on`` is None where the site does not tell."""

    id: str
    name: str
    powered_on: bool | None


@dataclass(frozen=True)
class Source:
    """The vCenter that the virtual machines leave. ``vc_uuid`` is its id at the site."""

    site: str
    vc_uuid: str
    vms: tuple[SourceVm, ...]

    def vm(self, moid: str) -> SourceVm | None:
        return next((vm for vm in self.vms if vm.id == moid), None)


@dataclass(frozen=True)
class Target:
    """Where they go. ``networks`` are ids by name; ``profile`` is an id or ``*``."""

    cloud: str
    vdc: str
    vdc_name: str
    profile: str
    profile_name: str
    networks: Mapping[str, str]


def source_site(vcda: Vcda, site: str | None) -> str:
    """The on-premises site that the virtual machines leave; it may be left out where there is one."""
    return _chosen("source_site", site, [str(entry["site"]) for entry in vcda.items("/vc-sites")], vcda.address)


def read_source(vcda: Vcda, name: str, vcenter: str | None) -> Source:
    """``vcenter`` (id or name) may be left out where the site has one. Needs a session that is extended to the site."""
    vcenters = vcda.items(f"/vc-sites/{name}/vcenters")
    named = {str(entry["vcId"]): str(entry.get("name") or entry["vcId"]) for entry in vcenters}
    known = {**{label: uuid for uuid, label in named.items()}, **{uuid: uuid for uuid in named}}
    if vcenter is None:
        uuid = _chosen("source_vcenter", None, named, f"site {name}")
    else:
        uuid = known[_chosen("source_vcenter", vcenter, known, f"site {name}")]
    return Source(name, uuid, read_vms(vcda, name, uuid))


def read_vms(vcda: Vcda, site: str, vc_uuid: str) -> tuple[SourceVm, ...]:
    """Two forms of the path are known; the second one answers where the first does not exist. (VCD reference 10.5)"""
    try:
        items = vcda.items(f"/vc-sites/{site}/vcenters/{vc_uuid}/vms")
    except Refused as refused:
        if refused.facts.get("status") != 404:
            raise
        items = vcda.items(f"/vc-sites/{site}/{vc_uuid}/vms")
    return tuple(SourceVm(str(item["id"]), str(item.get("name") or item["id"]), _is_on(item)) for item in items)


def _is_on(item: Json) -> bool | None:
    """How the inventory shows the power state is not known; what is not understood is no answer."""
    said = str(item.get("powerState") or "").lower().replace("_", "")
    return {"poweredon": True, "on": True, "poweredoff": False, "off": False}.get(said)


def read_target(vcda: Vcda, wanted: Mapping[str, Any]) -> Target:
    """``wanted`` holds cloud, vdc and storage_profile as the user gave them."""
    sites = vcda.items("/sites")
    local = [str(entry["site"]) for entry in sites if entry.get("isLocal")]
    cloud = _chosen("target.cloud", wanted.get("cloud"), local, f"the login at {vcda.address}")
    vdcs = {str(vdc["name"]): str(vdc["id"]) for vdc in vcda.items("/inventory/vdcs", site=cloud)}
    vdc_name = _chosen("target.vdc", wanted.get("vdc"), vdcs, f"cloud {cloud}")
    vdc = vdcs[vdc_name]
    listed = vcda.items(f"/inventory/vdcs/{vdc}/storage-profiles", site=cloud)
    profiles = {str(entry["name"]): str(entry["id"]) for entry in listed}
    profile_name = wanted.get("storage_profile") or ANY_PROFILE
    if profile_name != ANY_PROFILE:
        profile_name = _chosen("target.storage_profile", profile_name, profiles, f"Org VDC {vdc_name}")
    networks = vcda.items(f"/inventory/vdcs/{vdc}/networks", site=cloud)
    return Target(
        cloud=cloud,
        vdc=vdc,
        vdc_name=vdc_name,
        profile=profiles.get(profile_name, ANY_PROFILE),
        profile_name=profile_name,
        networks={str(entry["name"]): str(entry["id"]) for entry in networks},
    )


def least_rpo(vcda: Vcda) -> int | None:
    """Minutes below which every policy that the user sees refuses an RPO; None where no policy is shown."""
    try:
        policies = vcda.items("/policies")
    except Refused as refused:
        if refused.facts.get("status") != 403:
            raise
        return None
    bounds = [int(policy["minRpo"]) for policy in policies if policy.get("minRpo")]
    return min(bounds, default=None)


def _chosen(option: str, wanted: str | None, there: Iterable[str], place: str) -> str:
    known = sorted(set(there))
    listed = ", ".join(known) or "none"
    if wanted is None:
        refuse_if([] if len(known) == 1 else [f"{option} must be given; {place} has: {listed}"])
        return known[0]
    refuse_if([] if wanted in known else [f"{option} {wanted} does not exist; {place} has: {listed}"])
    return wanted
