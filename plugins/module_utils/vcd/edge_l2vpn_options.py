# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of an edge gateway's L2VPN server: the options of ``vcd_edge_l2vpn``, checked before the first
call. (VCD reference 6.3)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import refuse_if
from .org_network_options import is_address

STRONG = ("AES128-GCM-SHA256", "AES256-SHA", "AES128-SHA")
# Broken, or no encryption at all.
WEAK = ("RC4-MD5", "DES-CBC3-SHA", "NULL-MD5")
DEFAULT_CIPHER = STRONG[0]


@dataclass(frozen=True)
class WantedSite:
    """One entry of ``peer_sites``. None means: leave that setting alone."""

    name: str
    absent: bool = False
    description: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    networks: frozenset[str] | None = None
    egress_gateways: frozenset[str] | None = None
    enabled: bool | None = None


@dataclass(frozen=True)
class WantedServer:
    """None means: leave that setting alone. ``exact`` removes peer sites that are not listed."""

    absent: bool = False
    enabled: bool | None = None
    listener_ip: str | None = None
    listener_port: int | None = None
    cipher: str | None = None
    certificate: str | None = None
    log_enabled: bool | None = None
    log_level: str | None = None
    sites: tuple[WantedSite, ...] = ()
    exact: bool = False
    renew_passwords: bool = False
    replace_client: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> WantedServer:
        """Raises `InvalidInput` with every problem."""
        problems: list[str] = []
        if params["cipher"] in WEAK and not params["allow_weak_cipher"]:
            problems.append(
                f"cipher {params['cipher']} is broken or no encryption at all; use {DEFAULT_CIPHER}, or say "
                "allow_weak_cipher"
            )
        if params["listener_port"] is not None and not 0 < params["listener_port"] < 65536:
            problems.append(f"listener_port {params['listener_port']} is outside 1 to 65535")
        if params["listener_ip"] is not None and not is_address(params["listener_ip"]):
            problems.append(f"listener_ip {params['listener_ip']} is not an IPv4 address")
        sites = tuple(_site(number, option, problems) for number, option in enumerate(params["peer_sites"] or []))
        names = [site.name for site in sites]
        problems += [f"peer site {name} is listed twice" for name in dict.fromkeys(names) if names.count(name) > 1]
        if params["peer_sites_exact"] and params["peer_sites"] is None:
            problems.append("peer_sites_exact needs peer_sites, which may be an empty list")
        refuse_if(problems)
        return cls(
            absent=params["state"] == "absent",
            enabled=params["enabled"],
            listener_ip=params["listener_ip"],
            listener_port=params["listener_port"],
            cipher=params["cipher"],
            certificate=params["certificate"],
            log_enabled=params["log_enabled"],
            log_level=params["log_level"],
            sites=sites,
            exact=params["peer_sites_exact"],
            renew_passwords=params["update_password"] == "always",
            replace_client=params["replace_client"],
        )


def _site(number: int, option: Mapping[str, Any], problems: list[str]) -> WantedSite:
    label = f"peer_sites[{number}] ({option['name']})"
    name, gateways = option["name"].strip(), option["egress_gateways"]
    if not name:
        problems.append(f"{label}: name is empty")
    wrong = [gateway for gateway in gateways or [] if not is_address(gateway)]
    problems += [f"{label}: egress gateway {gateway} is not an IPv4 address" for gateway in wrong]
    if option["networks"] == [] and option["state"] == "present":
        problems.append(f"{label}: networks is empty; a peer site stretches at least one network")
    return WantedSite(
        name=name,
        absent=option["state"] == "absent",
        description=option["description"],
        user=option["user"],
        password=option["password"] or None,
        networks=None if option["networks"] is None else frozenset(option["networks"]),
        egress_gateways=None if gateways is None else frozenset(gateways),
        enabled=option["enabled"],
    )
