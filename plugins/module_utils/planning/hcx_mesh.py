# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a service mesh, before HCX is installed: appliances, addresses, firewall, limits, cautions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .hcx_addresses import addresses
from .hcx_appliances import IX, NE, WO, Extension, extensions, mesh_appliances, site_appliances, switch_pairs
from .hcx_extension_rules import extendable
from .hcx_firewall import firewall
from .hcx_hosts import EsxiHosts
from .hcx_request import Request, parse
from .hcx_roles import UPLINK
from .hcx_rules import cautions
from .hcx_services import MON


def plan(options: Mapping[str, Any]) -> dict[str, Any]:
    """The plan for the options of the module `hcx_plan`, as that module returns it but for the renderings.

    Raises Problems with everything that is wrong in the options.
    """
    request = parse(options)
    hosts = {site.name: EsxiHosts(site) for site in request.sites}
    pairs = [(network.switch, network.remote_switch) for network in extendable(request)]
    extended = extensions(pairs, request.figures["networks_per_ne"], request.ha)
    meshes = {
        site.name: mesh_appliances(request.services, extended, initiator=site is request.local)
        for site in request.sites
    }
    rows: dict[str, list[dict[str, Any]]] = {
        "appliances": [site_appliances(name, mesh) for name, mesh in meshes.items()],
        "addresses": [
            row
            for site in request.sites
            for row in addresses(site, hosts[site.name], meshes[site.name], request.figures)
        ],
        "firewall": firewall(request, hosts),
        "limits": request.figures.compared(request.services, _planned(request, extended, meshes[request.local.name])),
    }
    found = cautions(request, hosts, extended, rows)
    return {
        **rows,
        "switch_pairs": switch_pairs(extended),
        "cautions": [{**asdict(item), "site": item.site or None} for item in found],
        "fits": not any(item.blocks for item in found),
    }


def _planned(request: Request, extended: Sequence[Extension], mesh: Mapping[str, int]) -> dict[str, int]:
    """What this mesh takes of each limit that a plan can know."""
    figures = request.figures
    uplinks = [(site, profile) for site in request.sites for profile in site.with_role(UPLINK)]
    over_vpn = [site.mtu(profile, figures) for site, profile in uplinks if profile.vpn]
    networks = sum(item.networks for item in extended)
    planned = {
        "networks_per_ne": max((min(item.networks, figures["networks_per_ne"]) for item in extended), default=0),
        "ne_per_manager": mesh.get(NE, 0),
        "destinations_per_network": 1,
        "site_pairs_per_manager": 1,
        "meshes_per_manager": 1,
        "ix_per_mesh": mesh.get(IX, 0),
        "wo_per_mesh": mesh.get(WO, 0),
        "service_appliances": sum(mesh.values()),
        "uplink_mtu": min(site.mtu(profile, figures) for site, profile in uplinks),
    }
    if MON in request.services:
        planned["mon_networks"] = networks
    if request.underlay_mbit is not None:
        planned["underlay_mbit"] = request.underlay_mbit
    if over_vpn:
        planned["uplink_mtu_over_vpn"] = max(over_vpn)
    return planned
