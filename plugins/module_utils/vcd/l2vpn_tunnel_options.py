# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user wants of an L2VPN tunnel: the options of ``vcd_l2vpn_tunnel``, checked before the first call.
(VCD reference 7)"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import refuse_if
from .org_network_options import is_address

TUNNEL_IDS = range(1, 4094)
# What only one of the modes has, by option.
OF_SERVER = ("pre_shared_key", "tunnel_interface", "initiation_mode")
OF_CLIENT = ("peer_code",)


@dataclass(frozen=True)
class WantedTunnel:
    """None means: leave that setting alone. ``networks`` are tunnel ids by name of the network, None for a server's,
    which the service numbers itself."""

    name: str
    absent: bool = False
    mode: str | None = None
    description: str | None = None
    enabled: bool | None = None
    local_endpoint: str | None = None
    remote_endpoint: str | None = None
    tunnel_interface: str | None = None
    initiation_mode: str | None = None
    pre_shared_key: str | None = field(default=None, repr=False)
    peer_code: str | None = field(default=None, repr=False)
    networks: Mapping[str, int | None] | None = None
    logging: bool | None = None
    renew_secrets: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> WantedTunnel:
        """Raises `InvalidInput` with every problem."""
        problems: list[str] = []
        mode, absent = params["session_mode"], params["state"] == "absent"
        if not params["name"].strip():
            problems.append("name is empty; name the tunnel")
        if mode is None and not absent:
            problems.append("session_mode is needed: server or client")
        problems += [
            f"{option} {params[option]} is not an IPv4 address"
            for option in ("local_endpoint", "remote_endpoint")
            if params[option] is not None and not is_address(params[option])
        ]
        if params["tunnel_interface"] is not None and not _is_interface(params["tunnel_interface"]):
            problems.append(
                f"tunnel_interface {params['tunnel_interface']} is not an address with a prefix length, such as "
                "192.168.1.1/24"
            )
        if params["peer_code"] and not _is_code(params["peer_code"]):
            problems.append("peer_code is no code of an L2VPN server, which is one long base64 text")
        foreign = {"server": OF_CLIENT, "client": OF_SERVER}.get(mode or "", ())
        problems += [
            f"{option} belongs to the other session_mode; a {mode} has none"
            for option in foreign
            if params[option] is not None
        ]
        refuse_if(problems + _network_problems(params["networks"] or [], mode))
        listed = params["networks"]
        return cls(
            name=params["name"].strip(),
            absent=absent,
            mode=mode,
            description=params["description"],
            enabled=params["enabled"],
            local_endpoint=params["local_endpoint"],
            remote_endpoint=params["remote_endpoint"],
            tunnel_interface=params["tunnel_interface"],
            initiation_mode=params["initiation_mode"],
            pre_shared_key=params["pre_shared_key"] or None,
            peer_code=params["peer_code"] or None,
            networks=None if listed is None else {one["name"]: one["tunnel_id"] for one in listed},
            logging=params["logging"],
            renew_secrets=params["update_password"] == "always",
        )


def _network_problems(listed: list[Mapping[str, Any]], mode: str | None) -> list[str]:
    problems = []
    names = [one["name"] for one in listed]
    problems += [f"network {name} is listed twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    numbers = [one["tunnel_id"] for one in listed if one["tunnel_id"] is not None]
    problems += [f"tunnel_id {one} is given twice" for one in dict.fromkeys(numbers) if numbers.count(one) > 1]
    for one in listed:
        name, number = one["name"], one["tunnel_id"]
        if number is not None and number not in TUNNEL_IDS:
            problems.append(f"network {name}: tunnel_id {number} is outside {TUNNEL_IDS[0]} to {TUNNEL_IDS[-1]}")
        if mode == "client" and number is None:
            problems.append(f"network {name}: a client needs the tunnel_id that the server has for the network")
        if mode == "server" and number is not None:
            problems.append(f"network {name}: tunnel_id is chosen by the server; leave it out")
    return problems


def _is_code(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _is_interface(text: str) -> bool:
    try:
        ipaddress.IPv4Interface(text)
    except ValueError:
        return False
    return "/" in text
