# SPDX-License-Identifier: GPL-3.0-or-later
"""The OVF templates in the lab's content library, with what each declares.

Property names belong to the appliance's own template (vSphere reference 21): those of the standalone edge are inferred,
those of the autonomous edge are the ones of the NSX edge template, but for `external_port`, which is inferred too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from uuid import NAMESPACE_DNS, uuid5

LIBRARY = str(uuid5(NAMESPACE_DNS, "appliances.library.lab.example"))
STANDALONE, AUTONOMOUS = "nsx-l2vpn-client", "nsx-autonomous-edge"
_NUMBER = re.compile(r"int\((\d+)\.\.(\d+)\)")


@dataclass(frozen=True)
class Declared:
    """One OVF property; `type` in OVF's words: string, password, boolean, ip, int(first..last)."""

    id: str
    type: str
    label: str
    category: str
    default: str = ""
    required: bool = True

    def problem(self, value: str) -> str:
        """Why this cannot be its value; empty when it can."""
        if not value:
            return f"{self.id} needs a value." if self.required else ""
        number = _NUMBER.fullmatch(self.type)
        if number is not None and not (value.isdigit() and int(number[1]) <= int(value) <= int(number[2])):
            return f"{self.id} is a number from {number[1]} to {number[2]}."
        if self.type == "boolean" and value.lower() not in ("true", "false"):
            return f"{self.id} is True or False."
        if self.type == "ip" and not _is_address(value):
            return f"{self.id} is an IPv4 address."
        return ""


@dataclass(frozen=True)
class Template:
    """`addresses` tells which property holds the address in which network; of a list it is the `field`-th word."""

    name: str
    annotation: str
    networks: tuple[str, ...]
    properties: tuple[Declared, ...]
    addresses: dict[str, tuple[str, int]] = field(default_factory=dict)
    cpus: int = 2
    memory_mb: int = 2048
    disk_gb: int = 4

    @property
    def item_id(self) -> str:
        return str(uuid5(NAMESPACE_DNS, f"{self.name}.item.lab.example"))

    def declared(self, property_id: str) -> Declared | None:
        return next((p for p in self.properties if p.id == property_id), None)

    def address(self, network: str, values: dict[str, str]) -> str | None:
        """What the appliance will have in one of its networks, by the values of its properties."""
        property_id, word = self.addresses.get(network, ("", 0))
        words = values.get(property_id, "").split(",")
        return words[word].strip() if word < len(words) and _is_address(words[word].strip()) else None


def _is_address(text: str) -> bool:
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


UPLINK, CREDENTIALS, L2VPN = "Uplink Interface", "Credentials", "L2VPN"
TEMPLATES = (
    Template(
        STANDALONE,
        "Standalone NSX Edge: L2VPN client",
        ("Public", "Trunk", "HA"),
        (
            Declared("cli_admin_password", "password", "CLI admin password", CREDENTIALS),
            Declared("cli_enable_password", "password", "CLI enable password", CREDENTIALS),
            Declared("cli_root_password", "password", "CLI root password", CREDENTIALS),
            Declared("uplink_ip", "ip", "IP address", UPLINK),
            Declared("uplink_prefix", "int(1..32)", "Prefix length", UPLINK),
            Declared("uplink_gateway", "ip", "Default gateway", UPLINK),
            Declared("uplink_dns", "ip", "DNS IP address", UPLINK, required=False),
            Declared("l2vpn_server_address", "string", "Server address", L2VPN),
            Declared("l2vpn_server_port", "int(1..65535)", "Server port", L2VPN, "443"),
            Declared("l2vpn_user", "string", "User name", L2VPN),
            Declared("l2vpn_password", "password", "Password", L2VPN),
            Declared("l2vpn_cipher", "string", "Cipher suite", L2VPN, "AES128-GCM-SHA256"),
            Declared("l2vpn_sub_interfaces", "string", "Sub interfaces VLAN (Tunnel ID)", L2VPN),
            Declared("l2vpn_egress_ip", "string", "Egress optimization IP address", L2VPN, required=False),
        ),
        {"Public": ("uplink_ip", 0)},
    ),
    Template(
        AUTONOMOUS,
        "NSX Edge, also as Autonomous Edge",
        ("Network 0", "Network 1", "Network 2", "Network 3"),
        (
            Declared("nsx_passwd_0", "password", "System root user password", "System"),
            Declared("nsx_cli_passwd_0", "password", "CLI admin user password", "System"),
            Declared("is_autonomous_edge", "boolean", "Autonomous Edge", "Internal properties", "False"),
            Declared("nsx_hostname", "string", "Hostname", "Network properties", required=False),
            Declared("nsx_ip_0", "ip", "Management network IPv4 address", "Network properties"),
            Declared("nsx_netmask_0", "ip", "Management network netmask", "Network properties"),
            Declared("nsx_gateway_0", "ip", "Default IPv4 gateway", "Network properties"),
            Declared("nsx_dns1_0", "string", "DNS server list", "DNS", required=False),
            Declared("nsx_isSSHEnabled", "boolean", "Enable SSH", "Services configuration", "False"),
            Declared("nsx_allowSSHRootLogin", "boolean", "Allow root SSH logins", "Services configuration", "False"),
            Declared("external_port", "string", "VLAN,exit interface,IP,prefix length", "External", required=False),
        ),
        {"Network 0": ("nsx_ip_0", 0), "Network 1": ("external_port", 2)},
        cpus=4,
        memory_mb=8192,
        disk_gb=200,
    ),
)


def of_item(item_id: str) -> Template | None:
    return next((t for t in TEMPLATES if t.item_id == item_id), None)


def named(name: str) -> Template | None:
    return next((t for t in TEMPLATES if t.name == name), None)
