# SPDX-License-Identifier: GPL-3.0-or-later
"""What both interfaces check and do about Org VDC networks: addresses, vNICs of the edge, tasks (VCD reference 5)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from ipaddress import AddressValueError, IPv4Address, IPv4Interface
from typing import TYPE_CHECKING

from ..clouds import Cloud, InterfaceKind, OrgVdcNetwork
from . import answers, tasks
from .tasks import Task

if TYPE_CHECKING:
    from .director import Director

EDIT = "Organization vDC Network: Edit Properties"
VIEW = "Organization vDC Network: View Properties"
FIRST_SUBINTERFACE = 10
NETWORKS_OF_AN_EDGE = 8
"""Beside the uplink and the trunk of the subinterfaces: vNICs 1 to 8 (6.2)."""
CONVERSIONS: dict[InterfaceKind, tuple[InterfaceKind | None, ...]] = {
    "subinterface": ("internal",),
    "internal": ("subinterface",),
    "distributed": ("subinterface", "internal"),
}
"""From which kinds a network can be converted to this one (5.1)."""


def numbered(cloud: Cloud, network: OrgVdcNetwork) -> OrgVdcNetwork:
    """With the vNIC of its kind: ValueError when the edge has none left (6.2, 12)."""
    if cloud.backing == "nsx-t" or network.edge is None:
        return network
    others = [n for n in cloud.of_edge(network.edge) if n.id != network.id and n.kind == network.kind]
    taken = {n.index for n in others}
    if network.kind == "internal":
        free = next((i for i in range(1, NETWORKS_OF_AN_EDGE + 1) if i not in taken), None)
        if free is None:
            raise ValueError("The edge gateway has no free interface left.")
        return replace(network, index=free, tunnel_id=None)
    # Distributed ones are numbered by themselves, so that they have indexes that subinterfaces have as well.
    free = next(i for i in range(FIRST_SUBINTERFACE, 4096) if i not in taken)
    if network.kind == "distributed":
        return replace(network, index=free, tunnel_id=None)
    tunnels = {n.tunnel_id for n in others}
    return replace(network, index=free, tunnel_id=next(i for i in range(1, 4094) if i not in tunnels))


def check(director: Director, network: OrgVdcNetwork) -> None:
    """Refused 400 for addresses, names or an edge that cannot be."""
    try:
        _check_addresses(network)
    except ValueError as error:
        raise answers.bad(str(error)) from error
    cloud = director.cloud
    if any(
        n.name == network.name and n.vdc == network.vdc and n.id != network.id for n in director.networks().values()
    ):
        raise answers.bad(f"There already is a network {network.name} in the VDC.", "DUPLICATE_NAME")
    if network.edge is None:
        return
    edge = cloud.edges.get(network.edge)
    if edge is None or edge.vdc != network.vdc:
        raise answers.bad(f"The edge gateway {network.edge} is not one of this VDC.", "INVALID_REFERENCE")
    if network.kind == "subinterface" and not edge.advanced:
        raise answers.bad(f"The edge gateway {edge.name} is not an advanced one and has no subinterfaces.")
    for other in cloud.of_edge(edge.id):
        if other.id != network.id and other.interface.network.overlaps(network.interface.network):
            raise answers.bad(f"{network.interface.network} overlaps network {other.name} of the edge gateway.")


def _check_addresses(network: OrgVdcNetwork) -> None:
    """ValueError for what is no address, or lies outside the network."""
    if not network.name or len(network.name) > 128:
        raise ValueError("A network needs a name of 1 to 128 characters.")
    within = network.interface.network
    if network.interface.ip in (within.network_address, within.broadcast_address):
        raise ValueError(f"The gateway {network.interface.ip} is not the address of a machine in {within}.")
    for server in filter(None, (network.dns1, network.dns2)):
        address(server)
    seen: list[tuple[IPv4Address, IPv4Address]] = []
    for first, last in ((address(a), address(b)) for a, b in network.ranges):
        if first > last or first not in within or last not in within:
            raise ValueError(f"The range {first} to {last} is not one inside {within}.")
        if first <= network.interface.ip <= last:
            raise ValueError(f"The range {first} to {last} contains the gateway.")
        if any(first <= end and start <= last for start, end in seen):
            raise ValueError(f"The range {first} to {last} overlaps another.")
        seen.append((first, last))


def address(text: str) -> IPv4Address:
    """ValueError in the words of the API."""
    try:
        return IPv4Address(text)
    except AddressValueError as error:
        raise ValueError(f"{text!r} is not an IPv4 address.") from error


def gateway(ip: str, mask: str) -> str:
    """Interface address from a gateway and its netmask or prefix length; ValueError for what is none."""
    return str(IPv4Interface(f"{address(ip)}/{mask}"))


def _named(network: OrgVdcNetwork) -> tuple[str, str, str]:
    return "network", network.id, network.name


def _occupied(*networks: OrgVdcNetwork) -> frozenset[str]:
    return frozenset(i for n in networks for i in (n.id, n.edge) if i)


def _keep(director: Director, network: OrgVdcNetwork) -> None:
    try:
        director.cloud.networks[network.id] = numbered(director.cloud, network)
    except ValueError as error:
        raise tasks.WorkFailed(str(error)) from error
    director.state.coming.pop(network.id, None)


def _drop(director: Director, object_id: str) -> None:
    director.cloud.networks.pop(object_id, None)
    director.state.coming.pop(object_id, None)


def _abandon(director: Director, object_id: str) -> None:
    """Of a network whose making failed."""
    if director.rules.vcd_failed_network == "gone":
        director.state.coming.pop(object_id, None)


def start_create(director: Director, network: OrgVdcNetwork) -> Task:
    """It is shown from now on, and busy."""
    check(director, network)
    tasks.check_idle(director, network.edge)
    director.state.coming[network.id] = network
    return tasks.start(
        director,
        "networkCreateOrgVdcNetwork",
        f"Creating Network {network.name}({network.id})",
        _named(network),
        partial(_keep, network=network),
        partial(_abandon, object_id=network.id),
        occupies=_occupied(network),
        organization=director.owner_of_vdc(network.vdc),
    )


def start_update(director: Director, before: OrgVdcNetwork, after: OrgVdcNetwork) -> Task:
    """Name, description, DNS, ranges, sharing; in cloudapi also the interface kind."""
    tasks.check_idle(director, before.id, before.edge)
    _check_usable(director, before)
    if after.interface != before.interface:
        raise answers.bad("Gateway and prefix length of a network cannot be changed.", "OPERATION_NOT_SUPPORTED")
    if after.edge != before.edge:
        raise answers.bad("The edge gateway of a network cannot be changed.", "OPERATION_NOT_SUPPORTED")
    check(director, after)
    if after.kind != before.kind:
        check_conversion(director, before, after.kind)
    work = partial(_change, after=after)
    return _start(director, "networkUpdateNetwork", f"Updating Network {before.name}({before.id})", before, work)


def _change(director: Director, after: OrgVdcNetwork) -> None:
    before = director.cloud.networks[after.id]
    kept = replace(after, index=before.index, tunnel_id=before.tunnel_id)
    director.cloud.networks[after.id] = kept if after.kind == before.kind else _renumbered(director, kept)


def _renumbered(director: Director, network: OrgVdcNetwork) -> OrgVdcNetwork:
    try:
        return numbered(director.cloud, network)
    except ValueError as error:
        raise tasks.WorkFailed(str(error)) from error


def start_conversion(director: Director, before: OrgVdcNetwork, kind: InterfaceKind) -> Task:
    tasks.check_idle(director, before.id, before.edge)
    _check_usable(director, before)
    check_conversion(director, before, kind)
    work = partial(_convert, object_id=before.id, kind=kind)
    return _start(director, "networkConvert", f"Converting Network {before.name}({before.id})", before, work)


def check_conversion(director: Director, network: OrgVdcNetwork, kind: InterfaceKind | None) -> None:
    """Refused 400 where a conversion is not possible (5.1)."""
    if not can_become(director, network, kind):
        text = f"The network {network.name} is {network.kind or 'isolated'} and cannot be converted to {kind}."
        raise answers.bad(text, "OPERATION_NOT_SUPPORTED")
    if is_stretched(director, network):
        raise answers.bad(f"The network {network.name} is used by L2VPN.", "OBJECT_IN_USE")


def can_become(director: Director, network: OrgVdcNetwork, kind: InterfaceKind | None) -> bool:
    if network.edge is None or kind is None:
        return False
    if director.cloud.backing == "nsx-t":
        return {network.kind, kind} == {"internal", "non_distributed"}
    return network.kind in CONVERSIONS.get(kind, ()) and director.cloud.edges[network.edge].advanced


def _convert(director: Director, object_id: str, kind: InterfaceKind) -> None:
    before = director.cloud.networks[object_id]
    director.cloud.networks[object_id] = _renumbered(director, replace(before, kind=kind))


def start_delete(director: Director, network: OrgVdcNetwork) -> Task:
    tasks.check_idle(director, network.id, network.edge)
    if is_stretched(director, network):
        raise answers.bad(f"The network {network.name} is in use by L2VPN.", "OBJECT_IN_USE")
    users = [v.name for v in director.cloud.vms.values() if any(c.network == network.id for c in v.nics)]
    if users:
        raise answers.bad(f"The network {network.name} is in use by {', '.join(users)}.", "OBJECT_IN_USE")
    work = partial(_drop, object_id=network.id)
    return _start(director, "networkDelete", f"Deleting Network {network.name}({network.id})", network, work)


def _start(director: Director, name: str, operation: str, network: OrgVdcNetwork, work: tasks.Effect) -> Task:
    organization = director.owner_of_vdc(network.vdc)
    return tasks.start(
        director, name, operation, _named(network), work, occupies=_occupied(network), organization=organization
    )


def is_stretched(director: Director, network: OrgVdcNetwork) -> bool:
    """Whether a peer site or a tunnel of the edge has it (5.3)."""
    cloud = director.cloud
    if any(s.network == network.id for t in cloud.tunnels.values() for s in t.stretched):
        return True
    if network.edge is None or network.kind != "subinterface":
        return False
    config = cloud.l2vpn.get(network.edge)
    return config is not None and any(network.index in site.indexes for site in config.sites)


def _check_usable(director: Director, network: OrgVdcNetwork) -> None:
    if network.id in director.state.coming:
        raise answers.bad(f"The making of network {network.name} failed; it can only be deleted.", "INVALID_STATE")
