# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's end of a tunnel: an edge gateway of Cloud Director, NSX-V or NSX-T. (VCD reference 6, 7)"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from ..engine.errors import InvalidInput
from ..task import Task
from ..vcd.client import Vcd, bare_id
from ..vcd.edge_kind import Interface, interfaces_of
from ..vcd.edge_l2vpn import planned_server
from ..vcd.inventory import Edge, find_edge, find_vdc, near
from ..vcd.l2vpn_server import STRETCHABLE, Server, Site, read_server, read_tunnels, write_server
from ..vcd.l2vpn_tunnel import is_planned, peer_code
from ..vcd.networks import planned_networks
from ..vcd.tunnels import Tunnel, list_tunnels, read_status, read_tunnel, update_tunnel
from .appliance_options import CloudEnd


@dataclass(frozen=True)
class OrgNetwork:
    """An Org VDC network; ``id`` is empty for one that an earlier task of the run would make, in check mode."""

    id: str
    subnet: ipaddress.IPv4Network | None

    def contains(self, address: str) -> bool:
        return self.subnet is not None and ipaddress.IPv4Address(address) in self.subnet


def org_networks(vcd: Vcd, edge: Edge, task: Task) -> dict[str, OrgNetwork]:
    """The networks of the edge gateway's Org VDC by name."""
    found = {
        one["name"]: OrgNetwork(bare_id(one["href"]), _subnet(one.get("defaultGateway"), one.get("netmask")))
        for one in vcd.records("orgVdcNetwork")
        if bare_id(one.get("vdc", "")) == edge.vdc.id
    }
    planned = {
        name: OrgNetwork("", _subnet(one.gateway, str(one.prefix_length)))
        for name, one in planned_networks(vcd, task, edge.vdc).items()
        if one
    }
    return {**planned, **found}


def _subnet(gateway: str | None, size: str | None) -> ipaddress.IPv4Network | None:
    return ipaddress.IPv4Network(f"{gateway}/{size}", strict=False) if gateway and size else None


class NsxtServer:
    """One L2VPN tunnel of an NSX-T edge gateway."""

    def __init__(self, vcd: Vcd, edge: Edge, name: str, task: Task) -> None:
        self._vcd = vcd
        self._edge = edge
        self._name = name
        self._task = task

    def find(self) -> Tunnel | None:
        """With the secrets that the service shows; the client hides them."""
        listed = next((one for one in list_tunnels(self._vcd, self._edge) if one.name == self._name), None)
        return read_tunnel(self._vcd, self._edge, listed.id) if listed else None

    def need(self) -> Tunnel:
        """With its peer code. Raises `InvalidInput` for a tunnel that there is not, or that is a client's."""
        code = peer_code(self._vcd, self._edge, self._name)
        found = self.find()
        if found is None:
            raise InvalidInput(f"L2VPN tunnel {self._name} of {self._edge.name} was removed meanwhile")
        return replace(found, peer_code=code)

    @property
    def is_pending(self) -> bool:
        """In check mode: an earlier task of the run would make it."""
        return is_planned(self._vcd, self._task, self._edge, self._name) and self.find() is None

    def networks(self) -> dict[str, OrgNetwork]:
        return org_networks(self._vcd, self._edge, self._task)

    def stretch(self, network: str) -> None:
        """The server chooses the tunnel id, and issues another peer code. (VCD reference 7)"""
        present = self.need()
        self._write(replace(present, networks={**present.networks, network: None}))

    def release(self, network: str) -> None:
        present = self.need()
        self._write(replace(present, networks={name: one for name, one in present.networks.items() if name != network}))

    def _write(self, target: Tunnel) -> None:
        ids = {name: one.id for name, one in self.networks().items()}
        update_tunnel(self._vcd, self._edge, target, ids)

    def status(self) -> tuple[bool, str]:
        """Whether the tunnel is up, and the server's reason when it is not."""
        found = self.find()
        if found is None:
            return False, "The edge gateway has no such tunnel."
        status = read_status(self._vcd, self._edge, found.id)
        return status.is_up, status.failure


class NsxvServer:
    """The L2VPN server of an NSX-V edge gateway."""

    def __init__(self, vcd: Vcd, edge: Edge, task: Task) -> None:
        self._vcd = vcd
        self._edge = edge
        self._task = task

    def interfaces(self) -> dict[str, Interface]:
        """By name of the network. Raises `InvalidInput` where NSX-T is behind the edge gateway."""
        return {one.network: one for one in self._interfaces() if one.type == STRETCHABLE}

    def _interfaces(self) -> list[Interface]:
        found = interfaces_of(self._vcd, self._edge)
        if found is None:
            raise InvalidInput(f"edge gateway {self._edge.name} is NSX-T; its generation is nsx_t")
        return found

    def networks(self) -> dict[str, OrgNetwork]:
        return org_networks(self._vcd, self._edge, self._task)

    def is_pending(self, network: str) -> bool:
        """In check mode: an earlier task of the run would make the network, or convert it."""
        return planned_networks(self._vcd, self._task, self._edge.vdc).get(network) is not None

    def refuse_unknown(self, network: str) -> NoReturn:
        """Raises `InvalidInput` that says which networks could be stretched, and what to do."""
        raise InvalidInput(
            f"edge gateway {self._edge.name} has no subinterface network {network}{near(network, self.interfaces())}; "
            "only subinterfaces can be stretched: convert it with interface_type subinterface of vcd_org_network"
        )

    def read(self) -> Server:
        """In check mode as earlier tasks of the run would have left it."""
        planned = planned_server(self._vcd, self._task, self._edge)
        return planned or read_server(self._vcd, self._edge, self._interfaces())

    def put_site(self, site: Site) -> None:
        """One peer site, merged into what is there at this moment: those of others stay."""
        present = self.read()
        if present.role != "server":
            raise InvalidInput(
                f"edge gateway {self._edge.name} is no L2VPN server yet; make it one with vcd_edge_l2vpn first"
            )
        # A server without peer sites cannot be enabled, so one that gets its first is waiting for that.
        enabled = present.enabled or not present.sites
        self._write(replace(present, enabled=enabled), {**present.sites, site.name: replace(site, raw=None)})

    def remove_site(self, name: str) -> None:
        """A server without peer sites cannot be enabled. (VCD reference 6.3)"""
        present = self.read()
        sites = {other: site for other, site in present.sites.items() if other != name}
        self._write(replace(present, enabled=present.enabled and bool(sites)), sites)

    def _write(self, present: Server, sites: Mapping[str, Site]) -> None:
        write_server(self._vcd, self._edge, replace(present, sites=sites), self._interfaces())

    def status(self, name: str) -> tuple[bool, str]:
        """Whether the tunnel of a peer site is up, and why not."""
        found = read_tunnels(self._vcd, self._edge).get(name)
        if found is None:
            return False, "The edge gateway tells nothing about this peer site."
        return found.is_up, found.failure


def server_of(vcd: Vcd, end: CloudEnd, generation: str, task: Task) -> NsxtServer | NsxvServer:
    """Raises `InvalidInput` for an edge gateway that is not there."""
    edge = find_edge(vcd, end.edge_gateway, find_vdc(vcd, end.vdc, end.organization))
    if generation == "nsx_v":
        return NsxvServer(vcd, edge, task)
    if end.name is None:
        raise InvalidInput("generation nsx_t needs tunnel.name, the L2VPN tunnel of the edge gateway")
    return NsxtServer(vcd, edge, end.name, task)
