# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of an on-premises L2VPN client: the options of ``extender_l2_appliance``, checked at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Literal

from ..connection import Connection
from ..engine.errors import refuse_if
from ..vcd.account import Account
from ..vsphere.appliances.port_group import WantedPortGroup
from .networks import Stretched, Uplink, parse_address, parse_stretched, parse_trunk, parse_uplink, uplink_overlaps

# What the values of OVF properties may refer to: the names of the properties are the template's own, the settings ours.
REFERENCES = (
    "uplink_address",
    "uplink_prefix_length",
    "uplink_netmask",
    "uplink_gateway",
    "server_address",
    "server_port",
    "server_user",
    "server_password",
    "cipher",
    "networks",
    "egress_gateways",
)
SECRET_REFERENCES = ("server_password",)


@dataclass(frozen=True)
class Setting:
    """The value of an OVF property, with references not yet filled in."""

    name: str
    text: str = field(repr=False)
    secret: bool
    references: frozenset[str]


@dataclass(frozen=True)
class Deployment:
    """How the edge is made from a template of a content library."""

    library_item: str
    library_id: str | None
    networks: Mapping[str, str]
    settings: tuple[Setting, ...]
    accept_eula: bool
    storage_provisioning: str | None


@dataclass(frozen=True)
class Placement:
    """Where in vCenter, by names."""

    datacenter: str
    folder: str | None
    cluster: str | None
    resource_pool: str | None
    host: str | None
    datastore: str | None


@dataclass(frozen=True)
class Server:
    """The L2VPN server. Of an NSX-T one only the address may be given; its peer code says the rest."""

    address: str | None
    port: int
    cipher: str | None
    user: str | None
    password: str | None = field(repr=False)


@dataclass(frozen=True)
class CloudEnd:
    """Where Cloud Director knows the other end."""

    edge_gateway: str
    vdc: str
    organization: str | None
    name: str | None


@dataclass(frozen=True)
class WantedAppliance:
    name: str
    absent: bool
    generation: Literal["nsx_v", "nsx_t"]
    vcenter: Connection | None
    edge: Connection | None
    cloud: Account | None
    placement: Placement | None
    deployment: Deployment | None
    uplink: Uplink | None
    networks: tuple[Stretched, ...]
    trunk: WantedPortGroup | None
    server: Server
    tunnel: CloudEnd | None
    peer_code: str | None = field(repr=False)
    recreate: bool
    remove_port_group: bool

    @property
    def autonomous(self) -> bool:
        return self.generation == "nsx_t"


def parse_appliance(params: Mapping[str, Any]) -> WantedAppliance:
    """Raises `InvalidInput` with everything that is wrong with the options."""
    problems: list[str] = []
    networks = parse_stretched(params["networks"], problems)
    uplink = parse_uplink(params["uplink"], len(networks), problems)
    problems += uplink_overlaps(uplink, networks)
    server = params["server"] or {"address": None, "port": 443, "cipher": None, "user": None, "password": None}
    if server["address"] is not None:
        parse_address(server["address"], "server.address", problems)
    if not 0 < server["port"] < 65536:
        problems.append(f"server.port {server['port']} is outside 1 to 65535")
    wanted = WantedAppliance(
        name=params["name"],
        absent=params["state"] == "absent",
        generation=params["generation"],
        vcenter=_connection(params["vcenter"]),
        edge=_connection(params["edge"]) if params["generation"] == "nsx_t" else None,
        cloud=Account.from_params(params["cloud_director"]) if params["cloud_director"] else None,
        placement=Placement(**params["placement"]) if params["placement"] else None,
        deployment=_deployment(params["deployment"], problems),
        uplink=uplink,
        networks=networks,
        trunk=parse_trunk(params["trunk"], [one.vlan for one in networks], params["state"] == "absent", problems),
        server=Server(**server),
        tunnel=CloudEnd(**params["tunnel"]) if params["tunnel"] else None,
        peer_code=params["peer_code"],
        recreate=params["recreate"],
        remove_port_group=params["remove_port_group"],
    )
    if not wanted.name.strip():
        problems.append("name is empty")
    problems += _missing(wanted)
    if not wanted.absent:
        problems += _autonomous_problems(wanted) if wanted.autonomous else _standalone_problems(wanted)
        problems += _uplink_problems(wanted, params["uplink"] is not None)
    refuse_if(problems)
    return wanted


def _connection(options: Mapping[str, Any] | None) -> Connection | None:
    return Connection.from_params(options) if options else None


def _deployment(option: Mapping[str, Any] | None, problems: list[str]) -> Deployment | None:
    if option is None:
        return None
    settings = [_setting(one, problems) for one in option["properties"]]
    names = [one.name for one in settings]
    problems += [f"properties lists {name} twice" for name in sorted({n for n in names if names.count(n) > 1})]
    return Deployment(
        option["library_item"],
        option["library_id"],
        option["network_mappings"],
        tuple(settings),
        option["accept_eula"],
        option["storage_provisioning"],
    )


def _setting(option: Mapping[str, Any], problems: list[str]) -> Setting:
    """A secret is taken as it is written: nobody may be surprised by a brace in a password."""
    name, text = option["id"], option["value"]
    if text is None:
        return Setting(name, option["secret"], True, frozenset())
    try:
        named = [
            field_name for _text, field_name, _spec, _conversion in Formatter().parse(text) if field_name is not None
        ]
    except ValueError:
        problems.append(f"properties: {name} has a brace without its partner; write a plain brace twice")
        return Setting(name, text, False, frozenset())
    problems += [
        f"properties: {name} refers to {{{one}}}, which there is not; there is: {', '.join(REFERENCES)}"
        for one in named
        if one not in REFERENCES
    ]
    plain = text if named else text.format()
    return Setting(name, plain, bool(set(named) & set(SECRET_REFERENCES)), frozenset(named))


def _missing(wanted: WantedAppliance) -> list[str]:
    """What the task needs to know to reach what it shall change."""
    problems = []
    if (wanted.deployment or wanted.trunk) and not (wanted.vcenter and wanted.placement):
        problems.append("deployment and trunk need vcenter and placement")
    if wanted.vcenter and not wanted.placement:
        problems.append("vcenter needs placement, with at least the datacenter of the edge")
    if not (wanted.vcenter or wanted.edge):
        problems.append("neither vcenter nor edge is given; an edge is reached through at least one of them")
    if wanted.remove_port_group and not (wanted.absent and wanted.trunk):
        problems.append("remove_port_group is for state absent, with the trunk that shall be removed")
    if wanted.deployment and wanted.placement and not (wanted.placement.cluster or wanted.placement.resource_pool):
        problems.append("a deployment needs placement.cluster or placement.resource_pool")
    return problems


def _uplink_problems(wanted: WantedAppliance, given: bool) -> list[str]:
    if given:
        return []
    if wanted.autonomous:
        return ["generation nsx_t needs uplink: the address that the tunnel begins at"]
    settings = wanted.deployment.settings if wanted.deployment else ()
    used = any(name.startswith("uplink_") for one in settings for name in one.references)
    return ["properties refer to the uplink, which is not given"] if used else []


def _autonomous_problems(wanted: WantedAppliance) -> list[str]:
    problems = []
    if wanted.edge is None:
        problems.append("generation nsx_t needs edge: an autonomous edge is configured through its own REST API")
    from_cloud = wanted.cloud and wanted.tunnel and wanted.tunnel.name
    if not (wanted.peer_code or from_cloud):
        problems.append("generation nsx_t needs peer_code, or cloud_director with tunnel.edge_gateway and tunnel.name")
    if wanted.peer_code and from_cloud:
        problems.append("peer_code and tunnel.name exclude each other; leave the reading to the module, or give it")
    if wanted.peer_code and not wanted.server.address:
        problems.append("peer_code needs server.address, the address of the server's end")
    given = [name for name in ("cipher", "user", "password") if getattr(wanted.server, name)]
    problems += [f"server.{name} is for generation nsx_v; an NSX-T server's peer code holds it" for name in given]
    return problems


def _standalone_problems(wanted: WantedAppliance) -> list[str]:
    problems = []
    if wanted.vcenter is None:
        problems.append("generation nsx_v needs vcenter: a standalone edge has no API and is set by OVF properties")
    if wanted.peer_code is not None:
        problems.append("peer_code is for generation nsx_t")
    if wanted.deployment is None:
        return problems
    used = {name for one in wanted.deployment.settings for name in one.references}
    ids_missing = "networks" in used and any(one.tunnel_id is None for one in wanted.networks)
    if ids_missing and not (wanted.cloud and wanted.tunnel):
        problems.append("networks without tunnel_id need cloud_director and tunnel.edge_gateway, to read the ids there")
    if not wanted.networks and used & {"networks", "egress_gateways"}:
        problems.append("properties refer to networks, but none are listed")
    wants = {"server_address": "address", "server_user": "user", "server_password": "password", "cipher": "cipher"}
    problems += [
        f"properties refer to {{{name}}}, but server.{option} is not given"
        for name, option in wants.items()
        if name in used and not getattr(wanted.server, option)
    ]
    return problems
