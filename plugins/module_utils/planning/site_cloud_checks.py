# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the values of a sheet's section `cloud_director`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from . import hcx_ranges

if TYPE_CHECKING:
    from .site_cloud import Appliance, CloudDirector, L2Vpn, OrgNetwork

# Cloud Director's longest prefix of a network. (VCD reference 5.1)
LONGEST_PREFIX = 30


def check(cloud: CloudDirector) -> Iterable[str]:
    """The problems of the parts with each other."""
    for network in cloud.networks:
        yield from _network_problems(network)
    yield from _overlaps(cloud.networks)
    if cloud.networks and not cloud.edge_gateway:
        yield "cloud_director.networks needs cloud_director.edge_gateway, by which they are routed."
    yield from _connection_problems(cloud)
    if cloud.l2vpn:
        yield from _server_problems(cloud.l2vpn, cloud.generation)
    if cloud.appliance:
        yield from _appliance_problems(cloud.appliance, cloud)
    yield from _stretched_problems(cloud)


def _network_problems(network: OrgNetwork) -> Iterable[str]:
    path = f"cloud_director.networks.{network.name}"
    if network.cidr is None:
        return
    if network.cidr.prefixlen > LONGEST_PREFIX:
        yield f"{path}.cidr is {network.cidr}, but a network of an Org VDC has at most /{LONGEST_PREFIX}."
    elif network.gateway and not _for_a_machine(network.gateway, network.cidr):
        yield f"{path}.gateway is {network.gateway}, which is no address for a machine inside the cidr {network.cidr}."
    for number, found in enumerate(network.ranges):
        if not hcx_ranges.inside(found, network.cidr):
            yield f"{path}.ranges[{number}] is {hcx_ranges.span(found)}, which reaches outside the cidr {network.cidr}."
        if network.gateway and found[0] <= network.gateway <= found[1]:
            yield f"{path}.ranges[{number}] holds the gateway {network.gateway}."
    if len(network.dns_servers) > 2:
        yield f"{path}.dns_servers holds {len(network.dns_servers)} servers, but a network of an Org VDC takes two."


def _for_a_machine(address: IPv4Address, subnet: IPv4Network) -> bool:
    return address in subnet and address not in (subnet.network_address, subnet.broadcast_address)


def _overlaps(networks: Iterable[OrgNetwork]) -> Iterable[str]:
    for one, other in itertools.combinations(networks, 2):
        if one.cidr and other.cidr and one.cidr.overlaps(other.cidr):
            yield (
                f"cloud_director.networks.{one.name} and {other.name} overlap ({one.cidr}, {other.cidr}), "
                "but one edge gateway routes both."
            )


def _connection_problems(cloud: CloudDirector) -> Iterable[str]:
    """The server, the client and what they stretch belong together."""
    parts = {"l2vpn": cloud.l2vpn, "appliance": cloud.appliance, "stretched": cloud.stretched}
    missing = [name for name, part in parts.items() if not part]
    if 0 < len(missing) < len(parts):
        given = ", ".join(name for name in parts if name not in missing)
        yield f"cloud_director has {given}, but not {', '.join(missing)}; a network is stretched with all three."
    if cloud.l2vpn and not cloud.edge_gateway:
        yield "cloud_director.l2vpn needs cloud_director.edge_gateway, which is the server."


def _server_problems(l2vpn: L2Vpn, generation: str) -> Iterable[str]:
    path = "cloud_director.l2vpn"
    of_nsx_v = {"user": l2vpn.user, "cipher": l2vpn.cipher}
    of_nsx_t = {"remote_address": l2vpn.remote_address, "tunnel_interface": l2vpn.tunnel_interface}
    strange = of_nsx_t if generation == "nsx_v" else of_nsx_v
    for name in (name for name, value in strange.items() if value):
        yield f"{path}.{name} does not exist with generation {generation}."
    needed = {"user": l2vpn.user} if generation == "nsx_v" else {"remote_address": l2vpn.remote_address}
    for name in (name for name, value in needed.items() if not value):
        yield f"{path}.{name} is missing; generation {generation} needs it."


def _appliance_problems(appliance: Appliance, cloud: CloudDirector) -> Iterable[str]:
    path = "cloud_director.appliance"
    yield from _uplink_problems(path, appliance)
    wanted = max(1, len(cloud.stretched))
    if len(appliance.addresses) < wanted:
        yield f"{path}.addresses holds {len(appliance.addresses)}, but {wanted} are needed, one per stretched network."
    if cloud.generation == "nsx_t" and appliance.edge is None:
        yield f"{path}.edge is missing; an edge for generation nsx_t is configured through its own API."
    if cloud.generation == "nsx_v" and appliance.edge:
        yield f"{path}.edge does not exist with generation nsx_v; a standalone edge has no API."
    if not appliance.template and (appliance.mappings or appliance.properties or appliance.accept_eula):
        yield f"{path} says how to deploy an edge, but not from which template."
    if appliance.template and not appliance.mappings:
        yield f"{path}.mappings is missing; it names a network of the site for each network of the template."


def _uplink_problems(path: str, appliance: Appliance) -> Iterable[str]:
    for number, address in enumerate(appliance.addresses):
        if appliance.cidr and not _for_a_machine(address, appliance.cidr):
            yield f"{path}.addresses[{number}] is {address}, which is no address for a machine in {appliance.cidr}."
        if address == appliance.gateway:
            yield f"{path}.addresses[{number}] is {address}, which is the gateway."
        if address in appliance.addresses[:number]:
            yield f"{path}.addresses[{number}] is {address}, which the list already holds."
    if appliance.cidr and appliance.gateway and not _for_a_machine(appliance.gateway, appliance.cidr):
        yield f"{path}.gateway is {appliance.gateway}, which is no address for a machine in {appliance.cidr}."


def _stretched_problems(cloud: CloudDirector) -> Iterable[str]:
    networks = {network.name: network for network in cloud.networks}
    for number, one in enumerate(cloud.stretched):
        path = f"cloud_director.stretched[{number}]"
        earlier = cloud.stretched[:number]
        if one.source in [other.source for other in earlier] or one.vlan in [other.vlan for other in earlier]:
            yield f"{path} stretches {one.source} (VLAN {one.vlan}), which the list already holds."
        if one.network in [other.network for other in earlier]:
            yield f"{path}.network is {one.network}, which already belongs to another port group."
        cidr = networks[one.network].cidr if one.network in networks else None
        if one.egress_gateway and cloud.generation == "nsx_t":
            yield f"{path}.egress_gateway does not exist with generation nsx_t."
        if one.egress_gateway and cidr and one.egress_gateway not in cidr:
            yield f"{path}.egress_gateway is {one.egress_gateway}, which is not inside {cidr}, the network's cidr."
        if cidr and cloud.appliance and cloud.appliance.cidr and cidr.overlaps(cloud.appliance.cidr):
            yield (
                f"{path}.network is {one.network} ({cidr}), which overlaps {cloud.appliance.cidr}, by which the edge "
                "reaches the cloud; the tunnel would cut itself off."
            )
