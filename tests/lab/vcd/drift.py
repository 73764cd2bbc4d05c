# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes behind the API's back, as a colleague in the user interface makes them, and a cloud as plain data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import l2vpn
from ..clouds import SYSTEM, Cloud, Edge, OrgVdcNetwork, Tunnel
from .tunnel import issued

if TYPE_CHECKING:
    from ..world import World


def change_organization(cloud: Cloud, name: str, add: list[str], remove: list[str]) -> None:
    """The rights that an organization has by itself, by name; those that it has by bundles leave the bundles."""
    added, removed = _rights(cloud, add), _rights(cloud, remove)
    organization = cloud.organization(name)
    cloud.organizations[organization.id] = replace(organization, rights=organization.rights - removed | added)
    for bundle in list(cloud.bundles.values()):
        if bundle.reaches(organization.id) and bundle.rights & removed:
            cloud.bundles[bundle.id] = replace(bundle, rights=bundle.rights - removed)


def change_role(cloud: Cloud, organization: str, name: str, add: list[str], remove: list[str]) -> None:
    """Of the template, where the role follows one."""
    owner = cloud.organization(organization).id
    role = next((r for r in cloud.roles.values() if r.organization == owner and r.name == name), None)
    if role is None:
        raise KeyError(f"no role {name} in {organization}")
    added, removed = _rights(cloud, add), _rights(cloud, remove)
    if role.template is None:
        cloud.roles[role.id] = replace(role, rights=role.rights - removed | added)
    else:
        template = cloud.global_roles[role.template]
        cloud.global_roles[template.id] = replace(template, rights=template.rights - removed | added)


def _rights(cloud: Cloud, names: list[str]) -> frozenset[str]:
    """KeyError for one that does not exist."""
    known = {r.name: r.id for r in cloud.rights.values()}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise KeyError(f"no right {unknown[0]}")
    return frozenset(known[n] for n in names)


def change_network(cloud: Cloud, name: str, changes: dict[str, Any]) -> None:
    network = cloud.network(name)
    if "ranges" in changes:
        changes = {**changes, "ranges": tuple((first, last) for first, last in changes["ranges"])}
    cloud.networks[network.id] = replace(network, **changes)


def change_peer(cloud: Cloud, edge: str, peer: str, changes: dict[str, Any]) -> None:
    """Of a peer site of an NSX-V edge."""
    found = cloud.edge(edge)
    config = cloud.l2vpn.get(found.id)
    if config is None or config.site(peer) is None:
        raise KeyError(f"no peer site {peer}")
    if "egress" in changes:
        changes = {**changes, "egress": tuple(changes["egress"])}
    sites = tuple(replace(s, **changes) if s.name == peer else s for s in config.sites)
    cloud.l2vpn[found.id] = replace(config, sites=sites)


def change_tunnel(cloud: Cloud, name: str, changes: dict[str, Any]) -> None:
    """Of an NSX-T edge; a server's peer code is another one afterwards."""
    tunnel = next((t for t in cloud.tunnels.values() if name in (t.id, t.name)), None)
    if tunnel is None:
        raise KeyError(f"no tunnel {name}")
    cloud.tunnels[tunnel.id] = issued(replace(tunnel, version=tunnel.version + 1, **changes))


def disturb(cloud: Cloud, edge: str, peer: str | None, reason: str) -> None:
    """From now on the tunnel, or every one of the edge, is down."""
    found = cloud.edge(edge)
    if peer is not None and peer not in _peers(cloud, found):
        raise KeyError(f"no tunnel or peer site {peer}")
    cloud.troubles[found.id, peer] = reason


def _peers(cloud: Cloud, edge: Edge) -> set[str]:
    config = cloud.l2vpn.get(edge.id)
    sites = {s.name for s in config.sites} if config else set()
    return sites | {n for t in cloud.tunnels_of(edge.id) for n in (t.id, t.name)}


def describe(world: World, cloud: Cloud) -> dict[str, Any]:
    """Organizations with rights and roles by name, edges with their tunnels, networks, vApps; no passwords."""
    tenants = [o for o in cloud.organizations.values() if o.name != SYSTEM]
    return {
        "name": cloud.name,
        "organizations": {o.name: _organization(cloud, o.id) for o in tenants},
        "edges": {e.name: _edge(world, cloud, e) for e in cloud.edges.values()},
        "networks": {n.name: _network(cloud, n) for n in cloud.networks.values()},
        "vapps": {v.name: [_machine(world, cloud, m.id) for m in cloud.vms_of(v.id)] for v in cloud.vapps.values()},
    }


def _names(cloud: Cloud, rights: frozenset[str]) -> list[str]:
    return sorted(cloud.rights[r].name for r in rights)


def _organization(cloud: Cloud, organization: str) -> dict[str, Any]:
    roles = [r for r in cloud.roles.values() if r.organization == organization]
    return {
        "id": organization,
        "rights": _names(cloud, cloud.granted(organization)),
        "roles": {r.name: _names(cloud, cloud.rights_of_role(r)) for r in roles},
        "bundles": sorted(b.name for b in cloud.bundles.values() if b.reaches(organization)),
    }


def _edge(world: World, cloud: Cloud, edge: Edge) -> dict[str, Any]:
    config = cloud.l2vpn.get(edge.id)
    peers: list[dict[str, Any]] = []
    for site in config.sites if config else ():
        up, reason = l2vpn.status(world, cloud, edge.id, site.name)
        found = {"name": site.name, "user": site.user, "indexes": list(site.indexes), "egress": list(site.egress)}
        peers.append({**found, "enabled": site.enabled, "up": up, "reason": reason})
    peers += [_tunnel(world, cloud, t) for t in cloud.tunnels_of(edge.id)]
    return {
        "id": edge.id,
        "backing": edge.backing,
        "addresses": list(edge.addresses),
        "advanced": edge.advanced,
        "l2vpn_enabled": bool(config and config.enabled),
        "tunnels": peers,
    }


def _tunnel(world: World, cloud: Cloud, tunnel: Tunnel) -> dict[str, Any]:
    up, reason = l2vpn.status(world, cloud, tunnel.edge, tunnel.id)
    return {
        "name": tunnel.name,
        "id": tunnel.id,
        "mode": tunnel.mode,
        "enabled": tunnel.enabled,
        "version": tunnel.version,
        "networks": {cloud.networks[s.network].name: s.tunnel_id for s in tunnel.stretched},
        "up": up,
        "reason": reason,
    }


def _network(cloud: Cloud, network: OrgVdcNetwork) -> dict[str, Any]:
    return {
        "id": network.id,
        "vdc": cloud.vdcs[network.vdc].name,
        "gateway": network.gateway,
        "kind": network.kind or "isolated",
        "edge": cloud.edges[network.edge].name if network.edge else None,
        "index": network.index,
        "tunnel_id": network.tunnel_id,
        "description": network.description,
        "dns": [d for d in (network.dns1, network.dns2) if d],
        "dns_suffix": network.dns_suffix,
        "ranges": [list(r) for r in network.ranges],
        "shared": network.shared,
    }


def _machine(world: World, cloud: Cloud, vm: str) -> dict[str, Any]:
    found = cloud.vms[vm]
    machine = world.machines.get(found.machine)
    return {
        "name": found.name,
        "id": found.id,
        "powered_on": machine is not None and machine.powered_on,
        "nics": [
            {
                "network": cloud.networks[n.network].name if n.network in cloud.networks else None,
                "address": n.address,
                "mode": n.mode,
                "connected": n.connected,
            }
            for n in found.nics
        ],
    }
