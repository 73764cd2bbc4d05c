# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of a service mesh: the options of ``hcx_service_mesh``, checked before the first call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.errors import refuse_if
from .compute_profile_options import INTERCONNECT, NETWORK_EXTENSION
from .site_pairing import canonical_url

# Belongs to HCX 9 itself. (HCX reference 11)
SYSTEM_MESH = "default-service-mesh-"


@dataclass(frozen=True)
class SwitchPair:
    """A local and a remote switch whose networks may be extended, and the NE appliances for them."""

    local: str
    remote: str
    appliances: int


@dataclass(frozen=True)
class WantedMesh:
    """None means: leave that setting alone. ``flags`` holds the stated traffic settings by HCX's own names."""

    name: str
    absent: bool
    forced: bool
    resync: bool
    redeploy: bool
    remote_url: str | None
    compute_profile: str | None
    remote_compute_profile: str | None
    services: tuple[str, ...] | None
    uplinks: tuple[str, ...] | None
    remote_uplinks: tuple[str, ...] | None
    switch_pairs: tuple[SwitchPair, ...] | None
    bandwidth: int | None
    flags: Mapping[str, bool]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> WantedMesh:
        problems: list[str] = []
        remote_url = params["remote_url"]
        if remote_url is not None:
            try:
                remote_url = canonical_url(remote_url)
            except ValueError:
                problems.append(f"remote_url {remote_url} is not a URL such as https://hcx-cloud.example.com")
        wanted = cls(
            name=params["name"],
            absent=params["state"] == "absent",
            forced=params["force_delete"],
            resync=params["resync"],
            redeploy=params["redeploy_unhealthy"],
            remote_url=remote_url,
            compute_profile=params["compute_profile"],
            remote_compute_profile=params["remote_compute_profile"],
            services=_names(params["services"]),
            uplinks=_names(params["uplinks"]),
            remote_uplinks=_names(params["remote_uplinks"]),
            switch_pairs=_pairs(params["switch_pairs"]),
            bandwidth=params["wan_optimization_bandwidth"],
            flags={
                name: params[option]
                for option, name in {
                    "application_path_resiliency": "isAppPathResiliencyEnabled",
                    "tcp_flow_conditioning": "isTcpFlowConditioningEnabled",
                }.items()
                if params[option] is not None
            },
        )
        refuse_if(problems + _problems(wanted))
        return wanted


def _names(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(sorted(set(names)))


def _pairs(options: Sequence[Mapping[str, Any]] | None) -> tuple[SwitchPair, ...] | None:
    if options is None:
        return None
    return tuple(SwitchPair(option["local"], option["remote"], option["appliances"]) for option in options)


def _problems(wanted: WantedMesh) -> list[str]:
    problems = []
    if wanted.name.startswith(SYSTEM_MESH):
        problems.append(f"service mesh {wanted.name} belongs to HCX itself and is not ours to change")
    if wanted.services is not None and INTERCONNECT not in wanted.services:
        problems.append(f"services lacks {INTERCONNECT}, which every service mesh needs")
    if wanted.services is not None and NETWORK_EXTENSION in wanted.services and wanted.switch_pairs == ():
        problems.append(f"switch_pairs is empty; {NETWORK_EXTENSION} needs at least one")
    if wanted.bandwidth is not None and wanted.bandwidth < 1:
        problems.append(f"wan_optimization_bandwidth {wanted.bandwidth} must be 1 or more")
    pairs = wanted.switch_pairs or ()
    problems += [
        f"switch_pairs: {pair.appliances} appliances for {pair.local} and {pair.remote}; at least 1 is needed"
        for pair in pairs
        if pair.appliances < 1
    ]
    ends = [(pair.local, pair.remote) for pair in pairs]
    twice = sorted({f"{local} and {remote}" for local, remote in ends if ends.count((local, remote)) > 1})
    problems += [f"switch_pairs lists {pair} twice; raise its appliances instead" for pair in twice]
    return problems
