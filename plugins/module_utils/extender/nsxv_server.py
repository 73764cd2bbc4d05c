# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's end of a tunnel on an NSX-V edge gateway: a peer site and its interfaces. (VCD reference 6)"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn

from ..engine.errors import InvalidInput
from ..vcd.client import Vcd
from ..vcd.inventory import Edge, near
from ..vcd.markup import Node, is_true, node

SUBINTERFACE = "subinterface"
CONFIGURATION = "l2VpnSites/l2VpnSite/server/configuration"


@dataclass(frozen=True)
class Interface:
    """A network that an edge gateway can stretch: index on the server's side, tunnel id on both."""

    network: str
    index: int
    tunnel_id: int | None
    subnet: ipaddress.IPv4Network | None

    def contains(self, address: str) -> bool:
        return self.subnet is not None and ipaddress.IPv4Address(address) in self.subnet


@dataclass(frozen=True)
class PeerSite:
    name: str
    indexes: frozenset[int]
    egress_gateways: frozenset[str]
    enabled: bool


class NsxvServer:
    """The L2VPN server of one edge gateway."""

    def __init__(self, vcd: Vcd, edge: Edge) -> None:
        self._vcd = vcd
        self._edge = edge
        self._base = f"/network/edges/{edge.id}"

    def interfaces(self) -> dict[str, Interface]:
        """By name of the network. Entries of other kinds reuse the indexes. (VCD reference 6.2)"""
        root = self._vcd.read_nsx(f"{self._base}/vdcNetworks")
        found = {}
        for one in root.all("edgeInterface"):
            if one.value("type").lower() == SUBINTERFACE:
                name = one.value("networkReference/name") or one.value("name")
                tunnel = one.value("tunnelId")
                group = one.at("addressGroups/addressGroup")
                subnet = _subnet(group) if group else None
                found[name] = Interface(name, int(one.value("index")), int(tunnel) if tunnel else None, subnet)
        return found

    def refuse_unknown(self, network: str) -> NoReturn:
        """Raises `InvalidInput` that says which networks could be stretched, and what to do."""
        raise InvalidInput(
            f"edge gateway {self._edge.name} has no subinterface network {network}{near(network, self.interfaces())}; "
            "only subinterfaces can be stretched: convert it with interface_type subinterface of vcd_org_network"
        )

    def site(self, name: str) -> PeerSite | None:
        return next((one for one in self._sites(self._read()) if one.name == name), None)

    def _read(self) -> Node:
        return self._vcd.read_nsx(f"{self._base}/l2vpn/config", showSensitiveData="true")

    def _sites(self, root: Node) -> list[PeerSite]:
        return [
            PeerSite(
                one.value("name"),
                frozenset(int(index.text) for index in one.all("vnics/index")),
                frozenset(address.text for address in one.all("egressOptimization/gatewayIpAddress")),
                is_true(one.value("enabled") or "true"),
            )
            for one in root.all(f"{CONFIGURATION}/peerSites/peerSite")
        ]

    def put_site(
        self, name: str, indexes: Collection[int], egress_gateways: Collection[str], login: Mapping[str, str] | None
    ) -> None:
        """One peer site; those of others stay. ``login`` (userId, password) is for a site that is new."""
        root = self._read()
        sites = root.at(f"{CONFIGURATION}/peerSites")
        if sites is None:
            raise InvalidInput(
                f"edge gateway {self._edge.name} is no L2VPN server yet; make it one with vcd_edge_l2vpn first"
            )
        present = next((one for one in sites.children if one.value("name") == name), None)
        if present is None:
            user = node("l2VpnUser", *(node(tag, text) for tag, text in (login or {}).items()))
            present = node("peerSite", node("name", name), user, node("enabled", "true"))
            sites.children.append(present)
        order = ("name", "description", "l2VpnUser", "vnics", "egressOptimization", "enabled")
        on = present.at("enabled")
        if on is not None:
            on.text = "true"
        present.put(node("vnics", *(node("index", index) for index in sorted(indexes))), order)
        gateways = [node("gatewayIpAddress", address) for address in sorted(egress_gateways)]
        if gateways:
            present.put(node("egressOptimization", *gateways), order)
        else:
            present.drop("egressOptimization")
        self._write(root, name)

    def remove_site(self, name: str) -> None:
        root = self._read()
        sites = root.at(f"{CONFIGURATION}/peerSites")
        if sites is None:
            return
        sites.children = [one for one in sites.children if one.value("name") != name]
        enabled = root.at("enabled")
        if not sites.children and enabled is not None:
            # A server without peer sites cannot be enabled. (VCD reference 6.3)
            enabled.text = "false"
        self._write(root, name)

    def _write(self, root: Node, name: str) -> None:
        self._vcd.write_nsx("PUT", f"{self._base}/l2vpn/config", root, what=f"the change of peer site {name}")

    def status(self, name: str) -> tuple[bool, str]:
        """Whether the tunnel of a peer site is up, and why not. The spelling is inferred. (VCD reference 6.4)"""
        root = self._vcd.read_nsx(f"{self._base}/l2vpn/config/statistics")
        for one in root.walk():
            values = {child.name.rpartition("}")[2]: child.text for child in one.children}
            if "tunnelStatus" in values and values.get("name") == name:
                return values["tunnelStatus"].upper() == "UP", values.get("failureMessage") or ""
        return False, "The edge gateway tells nothing about this peer site."


def _subnet(group: Node) -> ipaddress.IPv4Network | None:
    address, size = group.value("primaryAddress"), group.value("subnetPrefixLength") or group.value("subnetMask")
    return ipaddress.IPv4Network(f"{address}/{size}", strict=False) if address and size else None
