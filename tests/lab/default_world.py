# SPDX-License-Identifier: GPL-3.0-or-later
"""The world a lab starts with: a source vCenter with two sites, a destination vCenter with one, and two clouds."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from uuid import NAMESPACE_DNS, uuid5

from . import default_clouds
from .world import (
    BUILT_IN_STACKS,
    Adapter,
    Attachment,
    DistributedPortGroup,
    DistributedSwitch,
    Dns,
    Host,
    HostState,
    Ipv4,
    Membership,
    NetworkCard,
    PortGroup,
    Segment,
    Site,
    Stack,
    StandardSwitch,
    VCenter,
    VirtualMachine,
    World,
)

DOMAIN = "lab.example"
NETWORKS = {"management": 10, "vmotion": 20, "provisioning": 30, "replication": 40}
"""Port group suffix to VLAN; the second octet of its subnet is the site's plus the position in this table."""
OVERLAY = "overlay/seg-replication"
WAN_UPLINK = 60
"""VLAN of pg-uplink, by which appliances reach other sites."""
WEB, WEB_VLAN, WEB_ROUTER = "pg-web", 110, "172.16.10.1/24"
"""The source site's network of applications."""
WEB_MACHINES = {"WebApp2": 22, "WebApp3": 23, **{f"wave-{n:02d}": 100 + n for n in range(1, 41)}}
"""Name to the last octet of its address there."""
SWITCHED_OFF = ("WebApp3",)


def build(compute_a_hosts: int = 32) -> World:
    """ValueError unless 1 <= compute_a_hosts <= 1000, the size of a site's management subnet."""
    if not 1 <= compute_a_hosts <= 1000:
        raise ValueError("a site holds 1 to 1000 hosts")
    sites = {
        "dc-a": _site("a", "source", 10, compute_a_hosts, nsx_port_group=True),
        "dc-b": _site("b", "source", 20, 4, opaque="seg-opaque"),
        "dc-d": _site("d", "destination", 30, 4),
    }
    vcenters = {
        "source": VCenter("source", "10.10.0.5", "dc-a", str(uuid5(NAMESPACE_DNS, "source.vcenter." + DOMAIN))),
        "destination": VCenter(
            "destination", "10.30.0.5", "dc-d", str(uuid5(NAMESPACE_DNS, "destination.vcenter." + DOMAIN))
        ),
    }
    world = World(sites, vcenters, clouds=default_clouds.build())
    world.machines = {m.uuid: m for m in _web_machines(sites["dc-a"])}
    return world


def _site(
    letter: str, vcenter: str, octet: int, hosts: int, nsx_port_group: bool = False, opaque: str | None = None
) -> Site:
    segments = {
        str(vlan): Segment(str(vlan), routers=(f"10.{octet + position}.0.1/22",))
        for position, vlan in enumerate(NETWORKS.values())
    }
    segments[str(WAN_UPLINK)] = Segment(str(WAN_UPLINK), routers=(f"10.{octet + 5}.0.1/22",))
    groups = [
        DistributedPortGroup("", f"vds-{letter}-uplinks", "trunk", uplink=True),
        *(DistributedPortGroup("", f"pg-{name}", str(vlan)) for name, vlan in NETWORKS.items()),
    ]
    opaque_networks = {}
    if nsx_port_group:
        segments[OVERLAY] = Segment(OVERLAY, mtu=8900, routers=(f"10.{octet + 4}.0.1/22",))
        groups.append(DistributedPortGroup("", "seg-replication", OVERLAY, nsx=True))
    groups.append(DistributedPortGroup("", "pg-uplink", str(WAN_UPLINK)))
    if letter == "a":
        segments[str(WEB_VLAN)] = Segment(str(WEB_VLAN), routers=(WEB_ROUTER,))
        groups.append(DistributedPortGroup("", WEB, str(WEB_VLAN)))
    if opaque:
        overlay = f"overlay/{opaque}"
        segments[overlay] = Segment(overlay, mtu=8900, routers=(f"10.{octet + 4}.0.1/22",))
        opaque_networks[opaque] = overlay
    # Keys of port groups are the ids vCenter gives the objects; two vCenters may well give equal ones.
    first_key = {"a": 1001, "b": 1101, "d": 1001}[letter]
    keyed = tuple(
        DistributedPortGroup(f"dvportgroup-{first_key + i}", g.name, g.segment, g.uplink, g.nsx)
        for i, g in enumerate(groups)
    )
    switch = DistributedSwitch(_switch_uuid(f"vds-{letter}"), f"vds-{letter}", 9000, keyed)
    cluster = f"compute-{letter}"
    site = Site(
        f"dc-{letter}",
        vcenter,
        (cluster,),
        segments,
        (switch,),
        opaque_networks,
        dns_servers=(f"10.{octet}.0.2", f"10.{octet}.0.3"),
        datastores=(f"ds-{letter}", f"ds-{letter}-archive"),
        folders=("Appliances",),
        pools=("Infrastructure",),
    )
    for number in range(1, hosts + 1):
        site.hosts.append(_host(site, letter, cluster, octet, number, switch))
    return site


def _web_machines(site: Site) -> Iterator[VirtualMachine]:
    """Spread over the site's hosts."""
    (key,) = (g.key for g in site.switches[0].port_groups if g.name == WEB)
    network = IPv4Network(WEB_ROUTER, strict=False)
    for number, (name, octet) in enumerate(WEB_MACHINES.items()):
        card = NetworkCard(key, f"00:50:56:a0:00:{number:02x}", str(network[octet]))
        yield VirtualMachine(
            name,
            str(uuid5(NAMESPACE_DNS, f"{name.lower()}.{DOMAIN}")),
            site.name,
            site.hosts[number % len(site.hosts)].name,
            site.datastores[0],
            cards=(card,),
            powered_on=name not in SWITCHED_OFF,
        )


def _host(site: Site, letter: str, cluster: str, octet: int, number: int, switch: DistributedSwitch) -> Host:
    name = f"esx-{letter}{number:02d}.{DOMAIN}"
    network = IPv4Network(f"10.{octet}.0.0/22")
    # A first host at .11, then counting on through the /22 without the last-octet gaps a /24 would have.
    address = IPv4Address(int(network.network_address) + 10 + number)
    management = Adapter(
        "vmk0",
        mac_address(octet, number, 0),
        Attachment("standard", "Management Network", "vSwitch0"),
        Ipv4("static", f"{address}/22"),
        services=frozenset({"management", "vmotion"}),
    )
    short = name.split(".")[0]
    stacks = tuple(
        Stack(
            key,
            "defaultTcpipStack" if key == BUILT_IN_STACKS[0] else "",
            Dns(short, DOMAIN, site.dns_servers, (DOMAIN,)) if key == BUILT_IN_STACKS[0] else Dns("", ""),
            gateway_ipv4=f"10.{octet}.0.1" if key == BUILT_IN_STACKS[0] else None,
        )
        for key in BUILT_IN_STACKS
    )
    state = HostState(
        adapters=(management,),
        stacks=stacks,
        switches=(StandardSwitch("vSwitch0", 1500, ("vmnic0",)), StandardSwitch("vSwitch1", 9000, ("vmnic1",))),
        port_groups=(
            PortGroup("Management Network", "vSwitch0", 10),
            PortGroup("VM Network", "vSwitch0", 0),
            PortGroup("std-vmotion", "vSwitch1", 20),
            PortGroup("std-storage", "vSwitch1", 50),
        ),
        memberships=(Membership(switch.uuid, switch.mtu, ("vmnic2", "vmnic3")),),
        opaque_networks=tuple(site.opaque_networks),
    )
    return Host(name, number, str(uuid5(NAMESPACE_DNS, name)), cluster, site, state)


def mac_address(octet: int, number: int, index: int) -> str:
    """VMware's 00:50:56 range; unique by site, host and adapter."""
    return f"00:50:56:{0x60 + octet // 10 * 4 + (number >> 8):02x}:{number & 0xFF:02x}:{index:02x}"


def _switch_uuid(name: str) -> str:
    digits = uuid5(NAMESPACE_DNS, f"{name}.{DOMAIN}").hex
    pairs = [digits[i : i + 2] for i in range(0, 32, 2)]
    return " ".join(pairs[:8]) + "-" + " ".join(pairs[8:])
