# SPDX-License-Identifier: GPL-3.0-or-later
"""The L2VPN configuration of an NSX-V edge gateway as objects and as XML, and its tunnels. (VCD reference 6)"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..engine.plan import Facts
from .client import Vcd
from .edge_kind import Interface
from .inventory import Edge
from .markup import Node, is_true, node

DEFAULT_PORT = 443
STRETCHABLE = "subinterface"
# Sequences of the schemas.
ROOT = ("version", "enabled", "logging", "l2VpnSites")
CONFIGURATION = ("listenerIp", "listenerPort", "encryptionAlgorithm", "serverCertificate", "peerSites")


@dataclass(frozen=True)
class Site:
    """A peer site. ``networks`` are names, or ``index 12`` where no subinterface has the number; ``password`` is None
    where the server does not show it."""

    name: str
    description: str = ""
    user: str = ""
    password: str | None = field(default=None, repr=False)
    networks: frozenset[str] = frozenset()
    egress_gateways: frozenset[str] = frozenset()
    enabled: bool = True
    raw: Node | None = field(default=None, compare=False, repr=False)

    def facts(self) -> Facts:
        return {
            "name": self.name,
            "description": self.description,
            "user": self.user,
            "networks": sorted(self.networks),
            "egress_gateways": sorted(self.egress_gateways),
            "enabled": self.enabled,
        }


@dataclass(frozen=True)
class Server:
    """``role`` is what the edge gateway is in L2VPNs at present: ``server``, ``client`` or nothing."""

    role: str = ""
    enabled: bool = False
    listener_ip: str = ""
    listener_port: int = DEFAULT_PORT
    cipher: str = ""
    certificate: str = ""
    log_enabled: bool = False
    log_level: str = "info"
    sites: Mapping[str, Site] = field(default_factory=dict)
    raw: Node | None = field(default=None, compare=False, repr=False)

    def facts(self) -> Facts:
        """All settings but the peer sites, each of which has a change of its own."""
        return {
            "enabled": self.enabled,
            "listener_ip": self.listener_ip,
            "listener_port": self.listener_port,
            "cipher": self.cipher,
            "certificate": self.certificate,
            "log_enabled": self.log_enabled,
            "log_level": self.log_level,
        }


@dataclass(frozen=True)
class Tunnel:
    """How a peer site's tunnel is; ``failure`` is what the edge gateway says of one that is down."""

    site: str
    is_up: bool
    failure: str

    def facts(self) -> Facts:
        return {"site": self.site, "status": "up" if self.is_up else "down", "failure": self.failure}


def read_server(vcd: Vcd, edge: Edge, interfaces: Iterable[Interface]) -> Server:
    """The present configuration; passwords that the server shows are kept out of everything that is displayed."""
    root = vcd.read_nsx(f"/network/edges/{edge.id}/l2vpn/config", showSensitiveData="true")
    names = {str(one.index): one.network for one in interfaces if one.type == STRETCHABLE}
    found = root.at("l2VpnSites/l2VpnSite") or Node("l2VpnSite")
    configuration = found.at("server/configuration")
    settings = configuration or Node("configuration")
    sites = [_site(one, names) for one in settings.all("peerSites/peerSite")]
    for one in found.walk():
        if one.name == "password":
            vcd.hide(one.text)
    return Server(
        role="server" if configuration else "client" if found.at("client") else "",
        enabled=is_true(root.value("enabled")) and bool(configuration),
        listener_ip=settings.value("listenerIp"),
        listener_port=int(settings.value("listenerPort") or DEFAULT_PORT),
        cipher=settings.value("encryptionAlgorithm"),
        certificate=settings.value("serverCertificate"),
        log_enabled=is_true(root.value("logging/enable")),
        log_level=(root.value("logging/logLevel") or "info").lower(),
        sites={site.name: site for site in sites},
        raw=root,
    )


def write_server(vcd: Vcd, edge: Edge, target: Server, interfaces: Iterable[Interface]) -> None:
    """The whole configuration in one call; peer sites that are as they were are sent back as they came."""
    indexes = {one.network: one.index for one in interfaces if one.type == STRETCHABLE}
    what = f"the change of the L2VPN server of {edge.name}"
    vcd.write_nsx("PUT", f"/network/edges/{edge.id}/l2vpn/config", _document(target, indexes), what=what)


def remove_server(vcd: Vcd, edge: Edge) -> None:
    what = f"the removal of the L2VPN server of {edge.name}"
    vcd.write_nsx("DELETE", f"/network/edges/{edge.id}/l2vpn/config", what=what)


def read_tunnels(vcd: Vcd, edge: Edge) -> dict[str, Tunnel]:
    """By peer site. Nobody shows the XML of this call: whatever holds a ``tunnelStatus`` and a ``name`` is a tunnel."""
    root = vcd.read_nsx(f"/network/edges/{edge.id}/l2vpn/config/statistics")
    found = [
        Tunnel(_spelt(one, "name"), _spelt(one, "tunnelStatus").upper() == "UP", _spelt(one, "failureMessage"))
        for one in root.walk()
        if _spelt(one, "tunnelStatus") and _spelt(one, "name")
    ]
    return {tunnel.site: tunnel for tunnel in found}


def _spelt(one: Node, name: str) -> str:
    """The text of a child of this name in whatever namespace."""
    return next((child.text for child in one.children if child.name.rpartition("}")[2] == name), "")


def _site(root: Node, names: Mapping[str, str]) -> Site:
    indexes = [one.text for one in root.all("vnics/index")]
    return Site(
        name=root.value("name"),
        description=root.value("description"),
        user=root.value("l2VpnUser/userId"),
        password=root.value("l2VpnUser/password") or None,
        networks=frozenset(names.get(index, f"index {index}") for index in indexes),
        egress_gateways=frozenset(one.text for one in root.all("egressOptimization/gatewayIpAddress")),
        enabled=is_true(root.value("enabled") or "true"),
        raw=root,
    )


def _document(target: Server, indexes: Mapping[str, int]) -> Node:
    root = copy.deepcopy(target.raw) if target.raw else Node("l2Vpn")
    present = root.at("l2VpnSites/l2VpnSite/server/configuration")
    configuration = present or Node("configuration")
    texts = {
        "listenerIp": target.listener_ip,
        "listenerPort": str(target.listener_port),
        "encryptionAlgorithm": target.cipher,
        "serverCertificate": target.certificate,
    }
    for name, text in texts.items():
        if text:
            configuration.put(node(name, text), CONFIGURATION)
    sites = [_peer_site(site, indexes) for site in target.sites.values()]
    configuration.put(node("peerSites", *sites), CONFIGURATION)
    root.put(node("enabled", target.enabled), ROOT)
    root.put(node("logging", node("enable", target.log_enabled), node("logLevel", target.log_level)), ROOT)
    if present is None:
        root.put(node("l2VpnSites", node("l2VpnSite", node("server", configuration))), ROOT)
    return root


def _peer_site(site: Site, indexes: Mapping[str, int]) -> Node:
    if site.raw:
        return site.raw
    numbers = sorted(_index(name, indexes) for name in site.networks)
    gateways = [node("gatewayIpAddress", one) for one in sorted(site.egress_gateways)]
    return node(
        "peerSite",
        node("name", site.name),
        node("description", site.description) if site.description else None,
        node("l2VpnUser", node("userId", site.user), node("password", site.password) if site.password else None),
        node("vnics", *(node("index", number) for number in numbers)),
        node("egressOptimization", *gateways) if gateways else None,
        node("enabled", site.enabled),
    )


def _index(name: str, indexes: Mapping[str, int]) -> int:
    """What no subinterface stands behind any more keeps the number it has."""
    return indexes[name] if name in indexes else int(name.removeprefix("index "))
