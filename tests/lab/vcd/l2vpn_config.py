# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of an NSX-V edge's layer 2 VPN: reading and writing it (VCD reference 6.3)."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from ..clouds import L2VpnClientRole, L2VpnConfig, PeerSite
from .documents import check_children, child, children, flag, nsx, text

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .director import Director

CIPHERS = ("RC4-MD5", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA", "AES128-GCM-SHA256", "NULL-MD5")
LOG_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
DEFAULT_PORT = 443


def read(root: Element) -> L2VpnConfig:
    """ValueError for what is no such document."""
    _children(root, "version", "enabled", "logging", "l2VpnSites")
    enabled = flag(root, "enabled", default=True)
    logging, level = _logging(child(root, "logging"))
    listed = child(root, "l2VpnSites")
    if listed is None or len(listed) == 0:
        return L2VpnConfig(enabled, logging, level)
    found = children(listed, "l2VpnSite")
    if len(found) != 1 or len(listed) != 1:
        raise ValueError("l2VpnSites has one l2VpnSite.")
    site = found[0]
    _children(site, "name", "server", "client", "l2VpnUser")
    server, client = child(site, "server"), child(site, "client")
    if server is not None and client is None:
        return _server(_configuration(server), enabled, logging, level)
    if client is not None and server is None:
        return L2VpnConfig(enabled, logging, level, "client", client=_client(client, child(site, "l2VpnUser")))
    raise ValueError("An l2VpnSite is either a server or a client.")


def _children(element: Element, *names: str) -> None:
    """The order is free, the names are not."""
    check_children(element, names, ordered=False)


def _configuration(element: Element) -> Element:
    """Of a server or client; what a client has beside it is known."""
    _children(element, "configuration", "proxySetting", "l2VpnUser")
    found = child(element, "configuration")
    if found is None:
        raise ValueError("configuration is missing.")
    return found


def _logging(element: Element | None) -> tuple[bool, str]:
    if element is None:
        return False, "info"
    _children(element, "enable", "logLevel")
    level = text(element, "logLevel", "info").lower()
    if level not in LOG_LEVELS:
        raise ValueError(f"The log level {level} is not one of {', '.join(LOG_LEVELS)}.")
    return flag(element, "enable"), level


def _required(element: Element, name: str) -> str:
    found = text(element, name)
    if not found:
        raise ValueError(f"{name} is missing.")
    return found


def _address(value: str) -> str:
    try:
        return str(IPv4Address(value))
    except ValueError as error:
        raise ValueError(f"{value!r} is not an IPv4 address.") from error


def _number(value: str, name: str, low: int, high: int) -> int:
    if not value.isdigit() or not low <= int(value) <= high:
        raise ValueError(f"{name} is a number from {low} to {high}, not {value!r}.")
    return int(value)


def _cipher(element: Element) -> str:
    found = _required(element, "encryptionAlgorithm")
    if found not in CIPHERS:
        raise ValueError(f"The encryption algorithm {found} is not one of {', '.join(CIPHERS)}.")
    return found


def _server(element: Element, enabled: bool, logging: bool, level: str) -> L2VpnConfig:
    _children(element, "listenerIp", "listenerPort", "encryptionAlgorithm", "serverCertificate", "peerSites")
    listed = child(element, "peerSites")
    if listed is not None:
        _children(listed, "peerSite*")
    sites = tuple(_peer_site(s) for s in listed) if listed is not None else ()
    names = [s.name for s in sites]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ValueError(f"The peer site {twice[0]} comes twice.")
    return L2VpnConfig(
        enabled,
        logging,
        level,
        "server",
        _address(_required(element, "listenerIp")),
        _number(text(element, "listenerPort", str(DEFAULT_PORT)), "listenerPort", 1, 65535),
        _cipher(element),
        text(element, "serverCertificate") or None,
        sites,
    )


def _peer_site(element: Element) -> PeerSite:
    _children(element, "name", "description", "l2VpnUser", "vnics", "egressOptimization", "enabled")
    user = child(element, "l2VpnUser")
    vnics = child(element, "vnics")
    name = _required(element, "name")
    if user is None or vnics is None:
        raise ValueError(f"Peer site {name} needs l2VpnUser and vnics.")
    _children(user, "userId", "password")
    _children(vnics, "index*")
    indexes = tuple(_number((i.text or "").strip(), "index", 0, 4095) for i in vnics)
    if not indexes:
        raise ValueError(f"Peer site {name} needs at least one vNIC index.")
    return PeerSite(
        name,
        _required(user, "userId"),
        _required(user, "password"),
        indexes,
        text(element, "description"),
        _egress(element),
        flag(element, "enabled", default=True),
    )


def _egress(element: Element) -> tuple[str, ...]:
    found = child(element, "egressOptimization")
    if found is None:
        return ()
    _children(found, "gatewayIpAddress*")
    return tuple(_address((a.text or "").strip()) for a in found)


def _client(element: Element, user: Element | None) -> L2VpnClientRole:
    found = _configuration(element)
    _children(
        found, "serverAddress", "serverPort", "vnic", "encryptionAlgorithm", "caCertificate", "egressOptimization"
    )
    login = user if user is not None else child(element, "l2VpnUser")
    if login is None:
        raise ValueError("A client needs l2VpnUser.")
    return L2VpnClientRole(
        _required(found, "serverAddress"),
        _number(text(found, "serverPort", str(DEFAULT_PORT)), "serverPort", 1, 65535),
        _number(_required(found, "vnic"), "vnic", 0, 4095),
        _cipher(found),
        _required(login, "userId"),
        _required(login, "password"),
        text(found, "caCertificate") or None,
        _egress(found),
    )


def document(director: Director, config: L2VpnConfig, passwords: bool) -> Element:
    level = config.log_level.upper() if director.rules.vcd_log_level_case == "upper" else config.log_level
    site = None
    if config.role == "server":
        site = nsx("l2VpnSite", nsx("server", _server_element(config, passwords)))
    elif config.client is not None:
        site = nsx("l2VpnSite", _client_element(config.client), _user(config.client, passwords))
    return nsx(
        "l2Vpn",
        ("enabled", config.enabled),
        nsx("logging", ("enable", config.logging), ("logLevel", level)),
        nsx("l2VpnSites", site) if site is not None else None,
    )


def _user(owner: PeerSite | L2VpnClientRole, passwords: bool) -> Element:
    return nsx("l2VpnUser", ("userId", owner.user), ("password", owner.password) if passwords else None)


def _server_element(config: L2VpnConfig, passwords: bool) -> Element:
    return nsx(
        "configuration",
        ("listenerIp", config.listener_ip),
        ("listenerPort", config.listener_port),
        ("encryptionAlgorithm", config.cipher),
        ("serverCertificate", config.certificate) if config.certificate else None,
        nsx("peerSites", *(_site_element(s, passwords) for s in config.sites)),
    )


def _site_element(site: PeerSite, passwords: bool) -> Element:
    return nsx(
        "peerSite",
        ("name", site.name),
        ("description", site.description) if site.description else None,
        _user(site, passwords),
        nsx("vnics", *(("index", i) for i in site.indexes)),
        nsx("egressOptimization", *(("gatewayIpAddress", a) for a in site.egress)) if site.egress else None,
        ("enabled", site.enabled),
    )


def _client_element(client: L2VpnClientRole) -> Element:
    egress = nsx("egressOptimization", *(("gatewayIpAddress", a) for a in client.egress))
    configuration = nsx(
        "configuration",
        ("serverAddress", client.server_address),
        ("serverPort", client.server_port),
        ("vnic", client.vnic),
        ("encryptionAlgorithm", client.cipher),
        ("caCertificate", client.ca_certificate) if client.ca_certificate else None,
        egress if client.egress else None,
    )
    return nsx("client", configuration)
