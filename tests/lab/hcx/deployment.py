# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mesh does in the vCenters: appliance virtual machines, and the mobility-agent host (HCX reference 11, 12)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from ..vcenter.distributed import PortGroupNode
from ..world import (
    BUILT_IN_STACKS,
    Adapter,
    Attachment,
    Dns,
    Host,
    HostState,
    Ipv4,
    NetworkCard,
    PortGroup,
    Site,
    Stack,
    StandardSwitch,
    VirtualMachine,
)
from . import inventory
from .appliance import KINDS, Appliance, Side
from .jobs import WorkFailed
from .service_mesh import ServiceMesh, network_ids, profile_of, site_of, wanted_slots

if TYPE_CHECKING:
    from .manager import Manager

AGENT_SERVICES = ("VMOTION", "RAV")
AGENT_VENDOR, AGENT_MODEL = "VMware, Inc.", "VMware Mobility Platform"


def reachable(owner: Manager, mesh: ServiceMesh, side: Side) -> Manager:
    """The manager at one side; WorkFailed while it does not answer. One that restarts goes on with its own tasks."""
    site = site_of(owner, mesh, side)
    if site is not owner and site.availability() != "up":
        raise WorkFailed(f"{site.site_name} at {site.url} does not answer.")
    return site


def surplus(mesh: ServiceMesh) -> list[Appliance]:
    """Appliances of both sides that the mesh no longer asks for."""
    wanted = {(kind, number): pair for kind, number, pair in wanted_slots(mesh)}
    return [a for a in mesh.appliances.values() if wanted.get(a.slot) != a.switches]


def missing(mesh: ServiceMesh, side: Side) -> list[tuple[str, int, tuple[str, ...]]]:
    there = {a.slot for a in mesh.on(side)}
    return [slot for slot in wanted_slots(mesh) if slot[:2] not in there]


def name_of(mesh: ServiceMesh, kind: str, side: Side, number: int) -> str:
    return f"{mesh.name}-{KINDS[kind].short}-{side}{number}"


def deploy_missing(owner: Manager, mesh_id: str, side: Side) -> None:
    mesh = owner.state.meshes[mesh_id]
    site = reachable(owner, mesh, side)
    for kind, number, switches in missing(mesh, side):
        made = Appliance(
            str(uuid.uuid4()),
            kind,
            number,
            side,
            name_of(mesh, kind, side, number),
            mesh_id,
            mesh.part(side)["computeProfileId"],
            site.endpoint_id,
            str(uuid.uuid4()),
            owner.rules.hcx_version,
            switches,
        )
        try:
            take_addresses(owner, mesh, made)
        except WorkFailed:
            give_back(site, made)
            raise
        mesh.appliances[made.appliance_id] = made
        owner.shared.world.add_machine(_machine(owner, mesh, made))


def take_addresses(owner: Manager, mesh: ServiceMesh, appliance: Appliance) -> None:
    """Addresses in exactly the networks that its profile names now; those it has there it keeps."""
    site = site_of(owner, mesh, appliance.side)
    wanted = network_ids(owner, mesh, appliance.side, appliance.kind)
    for network_id in [n for n in appliance.addresses if n not in wanted]:
        address = appliance.addresses.pop(network_id)
        site.state.networks[network_id].used.pop(address, None)
    for network_id in wanted:
        if network_id not in appliance.addresses:
            appliance.addresses[network_id] = site.state.networks[network_id].take(appliance.name)


def give_back(site: Manager, appliance: Appliance) -> None:
    for network in site.state.networks.values():
        network.give_back(appliance.name)


def reconnect(owner: Manager, mesh_id: str) -> None:
    """Let all appliances follow their profiles: addresses, networks, mobility agents."""
    mesh = owner.state.meshes[mesh_id]
    for appliance in mesh.appliances.values():
        take_addresses(owner, mesh, appliance)
        owner.shared.world.add_machine(_machine(owner, mesh, appliance))
    register_agents(owner, mesh_id)


def remove_surplus(owner: Manager, mesh_id: str) -> None:
    mesh = owner.state.meshes[mesh_id]
    for appliance in surplus(mesh):
        remove(owner, mesh, appliance)


def remove(owner: Manager, mesh: ServiceMesh, appliance: Appliance) -> None:
    """The site's manager need not answer for this: the lab knows where its appliances are."""
    site = next(m for m in (owner, *owner.others()) if m.endpoint_id == appliance.endpoint_id)
    _remove_agent(site, appliance)
    owner.shared.world.remove_machine(appliance.machine)
    give_back(site, appliance)
    del mesh.appliances[appliance.appliance_id]


def redeploy(owner: Manager, mesh_id: str, appliance_id: str) -> None:
    """A new virtual machine of the same name and addresses."""
    mesh = owner.state.meshes[mesh_id]
    appliance = mesh.appliances[appliance_id]
    owner.shared.world.remove_machine(appliance.machine)
    appliance.machine = str(uuid.uuid4())
    appliance.version = owner.rules.hcx_version
    take_addresses(owner, mesh, appliance)
    owner.shared.world.add_machine(_machine(owner, mesh, appliance))


def register_agents(owner: Manager, mesh_id: str) -> None:
    """The interconnect appliance of each side shows as a stand-alone host while a service needs vMotion (12)."""
    mesh = owner.state.meshes[mesh_id]
    wanted = any(s in mesh.services for s in AGENT_SERVICES)
    for appliance in mesh.appliances.values():
        if appliance.kind != "HCX-WAN-IX":
            continue
        site = site_of(owner, mesh, appliance.side)
        management = profile_of(owner, mesh, appliance.side).networks("management")[0]
        name = appliance.addresses[management] if wanted else ""
        if appliance.agent != name:
            _remove_agent(site, appliance)
        if name and not appliance.agent:
            owner.shared.world.add_host(_agent(owner, mesh, appliance, name))
            appliance.agent = name


def _remove_agent(site: Manager, appliance: Appliance) -> None:
    for place in site.shared.world.sites.values():
        if appliance.agent and place.vcenter == site.vcenter.name:
            site.shared.world.remove_host(place, appliance.agent)
    appliance.agent = ""


def _machine(owner: Manager, mesh: ServiceMesh, appliance: Appliance) -> VirtualMachine:
    site, where = (
        site_of(owner, mesh, appliance.side),
        profile_of(owner, mesh, appliance.side).content["deploymentContainer"],
    )
    place, cluster, pool = _placement(site, where["compute"][0]["id"])
    hosts = [h for h in place.hosts if h.cluster == cluster and h.state.connection == "connected"]
    if not hosts:
        raise WorkFailed(f"No connected host is left in cluster {cluster} for {appliance.name}.")
    kind = KINDS[appliance.kind]
    folder = where.get("folder")
    names = {f.moid: f.name for f in inventory.vm_folders(site)}
    return VirtualMachine(
        appliance.name,
        appliance.machine,
        place.name,
        hosts[0].name,
        where["storage"][0]["name"],
        names[folder["id"]] if folder else "",
        pool,
        tuple(_card(site, appliance, network_id, n) for n, network_id in enumerate(appliance.addresses)),
        kind.cpus,
        kind.memory_mb,
        f"HCX appliance {appliance.appliance_id} of service mesh {mesh.name}",
    )


def _placement(site: Manager, container_id: str) -> tuple[Site, str, str]:
    """Site, cluster and resource pool of a deployment container."""
    pool = next((p for p in inventory.pools(site) if p.moid == container_id), None)
    cluster = next(
        c
        for c in inventory.clusters(site)
        if c.moid == (inventory.cluster_of_pool(pool).moid if pool is not None else container_id)
    )
    return inventory.datacenter_of(cluster).site, cluster.name, pool.name if pool is not None else ""


def _backing(site: Manager, network_id: str) -> Any:
    backing = site.state.networks[network_id].content["backings"][0]
    found = inventory.network(site, backing["backingId"], backing.get("type"))
    if found is None:
        raise WorkFailed(f"Network {backing['backingId']} is no longer there.")
    return found.node


def _card(site: Manager, appliance: Appliance, network_id: str, number: int) -> NetworkCard:
    node = _backing(site, network_id)
    digits = uuid.UUID(appliance.machine).hex
    mac = f"00:50:56:{0x80 + int(digits[0], 16):02x}:{digits[1:3]}:{(int(digits[3:5], 16) & 0xF0) + number:02x}"
    name = node.moid if isinstance(node, PortGroupNode) else node.name
    return NetworkCard(name, mac, appliance.addresses[network_id])


def _agent(owner: Manager, mesh: ServiceMesh, appliance: Appliance, name: str) -> Host:
    """A host with the appliance's addresses on a switch of its own: no source tells more of its networking."""
    site, profile = site_of(owner, mesh, appliance.side), profile_of(owner, mesh, appliance.side)
    place = _placement(site, profile.content["deploymentContainer"]["compute"][0]["id"])[0]
    groups, adapters = [], []
    # Where one profile serves both roles, one adapter has both services.
    roles = {n: role for role in ("vmotion", "management") for n in profile.networks(role)[:1]}
    names = {"management": "Management Network", "vmotion": "std-vmotion"}
    for device, (network_id, role) in enumerate(sorted(roles.items(), key=lambda item: item[1])):
        scope = site.state.networks[network_id].content["ipScopes"][0]
        node = _backing(site, network_id)
        # Overlays and trunks have no VLAN of their own.
        segment = node.group.segment if isinstance(node, PortGroupNode) and node.group.segment.isdigit() else "0"
        groups.append(PortGroup(names[role], "vSwitch0", int(segment)))
        adapters.append(
            Adapter(
                f"vmk{device}",
                f"00:50:56:7f:{device:02x}:{appliance.number:02x}",
                Attachment("standard", names[role], "vSwitch0"),
                Ipv4("static", f"{appliance.addresses[network_id]}/{scope['prefixLength']}"),
                services=frozenset({role} if len(roles) > 1 else names),
            )
        )
    stacks = tuple(Stack(key, key if key == BUILT_IN_STACKS[0] else "", Dns("", "")) for key in BUILT_IN_STACKS)
    state = HostState(
        tuple(adapters), stacks, (StandardSwitch("vSwitch0", 1500, ("vmnic0",)),), tuple(groups), memberships=()
    )
    pattern = place.hosts[0]
    host = Host(name, 0, str(uuid.uuid4()), None, place, state, vendor=AGENT_VENDOR, model=AGENT_MODEL)
    host.version, host.build = pattern.version, pattern.build
    return host
