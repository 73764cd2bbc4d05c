# SPDX-License-Identifier: GPL-3.0-or-later
"""Org VDC networks through the XML interface. (VCD reference 5.1)"""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Mapping

from .client import Vcd, bare_id, local
from .inventory import Edge, Vdc
from .markup import Node, is_true, node
from .networks import Network
from .org_network_options import Range

NETWORK = "application/vnd.vmware.vcloud.orgVdcNetwork+xml"
# The kind is two booleans that exclude each other; with neither it is internal.
SWITCHES = {"subinterface": "SubInterface", "distributed": "DistributedInterface"}
ACTIONS = {
    "subinterface": "convertToSubInterface",
    "internal": "convertToInternalInterface",
    "distributed": "convertToDistributedInterface",
}
# The schemas are sequences.
ROOT = ("Description", "Configuration", "EdgeGateway", "ServiceConfig", "IsShared")
CONFIGURATION = (
    "BackwardCompatibilityMode",
    "IpScopes",
    "ParentNetwork",
    "FenceMode",
    "RetainNetInfoAcrossDeployments",
    "Features",
    "SubInterface",
    "DistributedInterface",
    "GuestVlanAllowed",
)
SCOPE = (
    "IsInherited",
    "Gateway",
    "Netmask",
    "SubnetPrefixLength",
    "Dns1",
    "Dns2",
    "DnsSuffix",
    "IsEnabled",
    "IpRanges",
    "AllocatedIpAddresses",
    "SubAllocations",
)


class XmlNetworks:
    def __init__(self, vcd: Vcd, vdc: Vdc) -> None:
        self._vcd = vcd
        self._vdc = vdc

    def read(self, record: Mapping[str, str]) -> Network:
        """The edge gateway is known to the record alone; the conversions are links of the administrator's view."""
        identifier = bare_id(record["href"])
        root = self._vcd.read_xml(f"/api/admin/network/{identifier}")
        configuration = root.at("Configuration") or Node("Configuration")
        scope = configuration.at("IpScopes/IpScope") or Node("IpScope")
        kinds = [kind for kind, switch in SWITCHES.items() if is_true(configuration.value(switch))]
        conversions = _conversions(root)
        return Network(
            name=root.attributes["name"],
            edge_gateway=record.get("connectedTo", ""),
            gateway=scope.value("Gateway"),
            prefix_length=_prefix_length(scope),
            interface_type=kinds[0] if kinds else "internal",
            dns_servers=tuple(server for server in (scope.value("Dns1"), scope.value("Dns2")) if server),
            dns_suffix=scope.value("DnsSuffix"),
            ip_ranges=tuple(
                sorted(
                    Range.parsed(one.value("StartAddress"), one.value("EndAddress"))
                    for one in scope.all("IpRanges/IpRange")
                )
            ),
            description=root.value("Description"),
            shared=is_true(root.value("IsShared")),
            id=identifier,
            # An action that is not offered is not allowed; a server without such links leaves it open.
            conversions=tuple(conversions) if conversions else None,
            raw=root,
        )

    def create(self, target: Network, edge: Edge) -> None:
        switch = SWITCHES.get(target.interface_type)
        configuration = node(
            "Configuration",
            node("IpScopes", _scope(target, node("IpScope", node("IsInherited", False)))),
            node("FenceMode", "natRouted"),
            node("RetainNetInfoAcrossDeployments", False),
            node(switch, True) if switch else None,
            node("GuestVlanAllowed", False),
        )
        self._vcd.write_xml(
            "POST",
            f"/api/admin/vdc/{self._vdc.id}/networks",
            self._filled(Node("OrgVdcNetwork", children=[configuration]), target, edge),
            kind=NETWORK,
            what=f"the creation of network {target.name}",
        )

    def update(self, target: Network, edge: Edge) -> None:
        """The whole object goes back. What is read of a routed network leaves out its edge gateway, which must be
        sent again."""
        root: Node = copy.deepcopy(target.raw)
        root.drop("Link", "Tasks")
        for scope in root.all("Configuration/IpScopes/IpScope")[:1]:
            scope.drop("AllocatedIpAddresses")
            _scope(target, scope)
        self._vcd.write_xml(
            "PUT",
            f"/api/admin/network/{target.id}",
            self._filled(root, target, edge),
            kind=NETWORK,
            what=f"the change of network {target.name}",
        )

    def convert(self, target: Network) -> None:
        path = _conversions(target.raw).get(target.interface_type)
        self._vcd.write_xml(
            "POST",
            path or f"/api/admin/network/{target.id}/action/{ACTIONS[target.interface_type]}",
            what=f"the conversion of network {target.name} to {target.interface_type}",
        )

    def remove(self, present: Network) -> None:
        self._vcd.write_xml("DELETE", f"/api/admin/network/{present.id}", what=f"the removal of network {present.name}")

    def _filled(self, root: Node, target: Network, edge: Edge) -> Node:
        root.attributes = {"name": target.name}
        root.put(node("Description", target.description), ROOT)
        root.put(node("EdgeGateway", href=f"https://{self._vcd.address}/api/admin/edgeGateway/{edge.id}"), ROOT)
        root.put(node("IsShared", target.shared), ROOT)
        return root


def _conversions(root: Node) -> dict[str, str]:
    """The paths of the conversions that the network's links offer, by interface type."""
    links = {
        link.attributes.get("rel", "").rpartition(":")[2]: local(link.attributes["href"])
        for link in root.all("Link")
        if "href" in link.attributes
    }
    return {kind: links[action] for kind, action in ACTIONS.items() if action in links}


def _prefix_length(scope: Node) -> int:
    if scope.value("SubnetPrefixLength"):
        return int(scope.value("SubnetPrefixLength"))
    return ipaddress.IPv4Network(f"0.0.0.0/{scope.value('Netmask') or 0}").prefixlen


def _scope(target: Network, scope: Node) -> Node:
    """The scope with the settings of ``target`` in the places that the schema has for them."""
    netmask = str(ipaddress.IPv4Network(f"0.0.0.0/{target.prefix_length}").netmask)
    servers = dict(zip(("Dns1", "Dns2"), target.dns_servers, strict=False))
    texts = {"Gateway": target.gateway, "Netmask": netmask, **servers, "DnsSuffix": target.dns_suffix}
    scope.drop("Dns1", "Dns2", "DnsSuffix", "IpRanges")
    for name, text in texts.items():
        if text:
            scope.put(node(name, text), SCOPE)
    ranges = [
        node("IpRange", node("StartAddress", str(one.first)), node("EndAddress", str(one.last)))
        for one in target.ip_ranges
    ]
    if ranges:
        scope.put(node("IpRanges", *ranges), SCOPE)
    return scope
