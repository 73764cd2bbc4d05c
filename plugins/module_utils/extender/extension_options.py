# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of a stretched network: the options of ``extender_dc_extension``, checked before any call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..autonomous_edge.client import TUNNEL_IDS
from ..connection import Connection
from ..engine.errors import refuse_if
from ..vcd.account import Account
from .appliance_options import CloudEnd, Placement
from .networks import parse_address


@dataclass(frozen=True)
class Login:
    """Of a peer site that is new: what the standalone edge logs in with."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class WantedExtension:
    """``source`` is a port group, ``network`` an Org VDC network, ``appliance`` the edge's virtual machine.

    ``egress`` None leaves the gateways of the peer site alone. ``tunnel_id`` is used where Cloud Director tells none.
    ``appliance_pending``: in check mode, an earlier task of the run would make the edge.
    """

    name: str
    absent: bool
    generation: Literal["nsx_v", "nsx_t"]
    source: str
    network: str
    egress: str | None
    appliance: str
    session: str
    tunnel_id: int | None
    interface: str
    trunk: str
    security: Literal["promiscuous", "mac_learning"]
    placement: Placement
    tunnel: CloudEnd
    login: Login | None
    vcenter: Connection
    edge: Connection | None
    cloud: Account
    wait: bool
    appliance_pending: bool = False

    @property
    def autonomous(self) -> bool:
        return self.generation == "nsx_t"


def parse_extension(params: Mapping[str, Any]) -> WantedExtension:
    """Raises `InvalidInput` with everything that is wrong, and `Refused` for what backend extender cannot do."""
    problems: list[str] = []
    autonomous = params["generation"] == "nsx_t"
    needed = ["generation", "source_port_group", "network", "appliance", "trunk", "datacenter", "tunnel"]
    needed += ["vcenter", "cloud_director", *(["edge"] if autonomous else [])]
    missing = [name for name in needed if not params[name]]
    problems += [f"backend vcd needs {', '.join(missing)}"] if missing else []
    refuse_if(problems)
    if not params["name"].strip():
        problems.append("name is empty")
    egress = params["egress_gateway"]
    if egress is not None and autonomous:
        problems.append(
            "egress_gateway is for generation nsx_v: the tunnels of an NSX-T edge gateway have no egress optimization; "
            "set the gateway of the network itself"
        )
    address = None if egress is None else parse_address(egress, "egress_gateway", problems)
    if autonomous and not params["tunnel"]["name"]:
        problems.append("generation nsx_t needs tunnel.name, the L2VPN tunnel of the edge gateway")
    login = params["peer_site"]
    if login and autonomous:
        problems.append("peer_site is for generation nsx_v")
    if login and bool(login["user"]) != bool(login["password"]):
        problems.append("peer_site needs both user and password, or neither where the site exists")
    if params["source_port_group"] == params["trunk"]["port_group"]:
        problems.append(
            f"trunk.port_group {params['source_port_group']} is the source itself; a trunk is one of its own"
        )
    tunnel_id = params["tunnel_id"]
    if tunnel_id is not None and not TUNNEL_IDS[0] <= tunnel_id <= TUNNEL_IDS[1]:
        problems.append(f"tunnel_id {tunnel_id} is outside {TUNNEL_IDS[0]} to {TUNNEL_IDS[1]}")
    refuse_if(problems)
    site = (login or {}).get("name") or params["name"]
    tunnel = CloudEnd(**params["tunnel"])
    return WantedExtension(
        name=params["name"] if autonomous else site,
        absent=params["state"] == "absent",
        generation=params["generation"],
        source=params["source_port_group"],
        network=params["network"],
        egress=None if address is None else str(address),
        appliance=params["appliance"],
        session=params["session"] or params["appliance"],
        tunnel_id=params["tunnel_id"],
        interface=params["interface"],
        trunk=params["trunk"]["port_group"],
        security=params["trunk"]["security"],
        placement=Placement(params["datacenter"], params["folder"], None, None, None, None),
        tunnel=tunnel,
        login=Login(login["user"], login["password"]) if login and login["user"] else None,
        vcenter=Connection.from_params(params["vcenter"]),
        edge=Connection.from_params(params["edge"]) if autonomous and params["edge"] else None,
        cloud=Account.from_params(params["cloud_director"]),
        wait=params["wait"],
    )


def check_backend(params: Mapping[str, Any]) -> None:
    """The experimental backend is off unless it is asked for, and can do nothing but say what the appliance is."""
    problems = []
    if not params["allow_experimental"]:
        problems.append(
            "backend extender is experimental: it speaks endpoints that were only observed; set allow_experimental to "
            "true, or use backend vcd"
        )
    if not params["extender"]:
        problems.append("backend extender needs extender, the connection to the appliance")
    refuse_if(problems)
