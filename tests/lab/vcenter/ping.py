# SPDX-License-Identifier: GPL-3.0-or-later
"""`esxcli network diag ping` on the lab's world (vSphere reference 10)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from ..reachability import Path, find_path
from ..rules import Rules
from ..world import DEFAULT_STACK, Adapter, Host, World

DEFAULT_COUNT = 3
DEFAULT_SIZE = 56
HEADERS = {4: 28, 6: 48}
"""IP and ICMP header bytes."""
LARGEST = 65507
ROUND_TRIP_MS = (0.21, 0.64, 14.8)
"""By number of routers on the way."""


class PingError(Exception):
    """The command fails without having sent anything."""


def ping(world: World, rules: Rules, host: Host, values: dict[str, Any]) -> dict[str, Any]:
    """The record of Summary and Trace."""
    target = _target(world, values)
    version = ip_address(target).version
    stack = values.get("netstack", DEFAULT_STACK)
    if host.state.stack(stack) is None:
        raise PingError(f"Netstack instance {stack} not found")
    device = values.get("interface")
    if device is not None and device not in {a.device for a in host.state.on_stack(stack)}:
        raise PingError(f"Unknown interface '{device}': Invalid argument")
    if version == 6 and values.get("df"):
        raise PingError("The don't fragment option is for IPv4 only")
    size = values.get("size", DEFAULT_SIZE)
    if not 0 <= size <= LARGEST:
        raise PingError(f"Invalid payload size {size}")
    count = values.get("count", DEFAULT_COUNT)
    if count < 1:
        raise PingError(f"Invalid count {count}")
    path = find_path(world, host, target, stack, device, values.get("nexthop"))
    sender = path.adapter if path else _sender(host, stack, device)
    if sender is None:
        raise PingError("sendto() failed (Network is unreachable)")
    frame = size + HEADERS[version]
    if values.get("df") and frame > sender.mtu:
        raise PingError("sendto() failed (Message too long)")
    answered = path is not None and path.hops < values.get("ttl", 64) and (not values.get("df") or frame <= path.mtu)
    return _record(rules, target, size, count, path if answered else None)


def _target(world: World, values: dict[str, Any]) -> str:
    """An address as it is; a host of the world by its name."""
    name = values.get("host")
    if not name:
        raise PingError("Missing required parameter -H|--host")
    try:
        address = ip_address(name)
    except ValueError:
        return _resolved(world, name)
    if values.get("ipv4" if address.version == 6 else "ipv6"):
        raise PingError(f"{name} is not an IPv{10 - address.version} address")
    return str(address)


def _resolved(world: World, name: str) -> str:
    host = next((h for h in world.hosts() if name.lower() in (h.name, h.name.split(".")[0])), None)
    adapter = next(iter(host.state.carriers("management")), None) if host else None
    if host is None or adapter is None or (address := world.ipv4_address(host, adapter)) is None:
        raise PingError(f"Unknown host '{name}'")
    return address.partition("/")[0]


def _sender(host: Host, stack: str, device: str | None) -> Adapter | None:
    return next((a for a in host.state.on_stack(stack) if device in (None, a.device)), None)


def _record(rules: Rules, target: str, size: int, count: int, path: Path | None) -> dict[str, Any]:
    received = 0 if path is None else count
    milliseconds = ROUND_TRIP_MS[path.hops] if path else 0
    unit = rules.ping_roundtrip_suffix
    summary: dict[str, Any] = {
        "Duplicated": 0,
        "HostAddr": target,
        "PacketLost": 0 if received else 100,
        "Recieved": received,
        f"RoundtripAvg{unit}": milliseconds,
        f"RoundtripMax{unit}": round(milliseconds * 1.1, 3),
        f"RoundtripMin{unit}": round(milliseconds * 0.9, 3),
        "Transmitted": count,
    }
    trace = [
        {
            "Detail": "",
            "Dup": False,
            "Host": target,
            "ICMPSeq": number,
            "ReceivedBytes": size + 8,
            "RoundtripTimeMS": milliseconds,
            "TTL": 64 - (path.hops if path else 0),
        }
        for number in range(received)
    ]
    return {"Summary": summary, "Trace": trace}
