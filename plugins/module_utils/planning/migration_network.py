# SPDX-License-Identifier: GPL-3.0-or-later
"""Which VMkernel networks carry a migration, and what is missing for it.

Facts in, data out: the answer holds plain lists and mappings that a person can read. (vSphere reference 11.1)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .carriers import FALLBACKS, PROVISIONING, VMOTION
from .host_paths import Host, Network, WayOut
from .migration_table import Circumstances, refinements, table_row
from .moves import Inventory, Move, resolve

WORDS = {VMOTION: "vMotion", PROVISIONING: "provisioning"}
OWN_WAYS = ("stack", "adapter", "route")
REMEDY = {
    VMOTION: "give the stack vmotion or the adapter a gateway, or add a static route",
    PROVISIONING: "give the stack vSphereProvisioning a gateway, or add a static route",
}


def plan(
    hosts: Sequence[Mapping[str, Any]],
    destination_hosts: Sequence[Mapping[str, Any]],
    moves: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """`{"moves": [...], "summary": {...}}` for the moves between hosts whose facts are given.

    `hosts` are of the source's vCenter, `destination_hosts` of the other one. Raises Problems with every move that
    names unknown hosts.
    """
    resolved = resolve(moves, Inventory("hosts", hosts), Inventory("destination_hosts", destination_hosts))
    # Thousands of VMs move between a handful of clusters: like moves are worked out once.
    kinds = {_kind(move): move for move in resolved}
    worked_out = {kind: plan_move(move) for kind, move in kinds.items()}
    planned = [{"vm": move.vm, **worked_out[_kind(move)]} for move in resolved]
    return {"moves": planned, "summary": summary(planned)}


def _kind(move: Move) -> tuple[object, ...]:
    return move.scope, move.powered_on, move.source, move.destination, move.other_vcenter


def plan_move(move: Move) -> dict[str, Any]:
    """Everything but the name of the VM."""
    row = table_row(move.scope, move.powered_on)
    disconnected = [host.name for host in move.hosts if not host.connected]
    routed = {kind: _routing(kind, move) for kind in row.networks}
    refined = refinements(_circumstances(move))
    extra = [kind for item in refined for kind in item.networks if kind not in row.networks]
    missing = (
        [f"{_listed(disconnected)} {_is(disconnected)} not connected, so nothing is known of it."]
        if disconnected
        else []
    )
    for kind in row.networks:
        missing += [*_without_carrier(kind, move), *_without_address(kind, move), *_without_gateway(kind, routed[kind])]
    warnings = [
        *_ill_advised_routing(move, routed),
        *_borrowed_gateways(row.networks, routed),
        *_weak_spots(row.networks, move),
    ]
    for kind in extra:
        warnings += [f"Refined: {sentence}" for sentence in _without_carrier(kind, move)]
    return {
        "scope": move.scope,
        "powered_on": move.powered_on,
        "row": row.name,
        "networks": _purposes(row.networks),
        "adapters": {kind: _sides(kind, move) for kind in dict.fromkeys([*row.networks, *extra])},
        "missing": missing,
        "routed": routed,
        "warnings": warnings,
        "refinements": [
            {"reason": item.reason, "source": item.source, "networks": _purposes(item.networks)} for item in refined
        ],
    }


def summary(planned: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts, and every missing thing once with the number of moves that wait for it."""
    waiting = Counter(sentence for move in planned for sentence in move["missing"])
    return {
        "moves": len(planned),
        "ready": sum(not move["missing"] for move in planned),
        "rows": dict(sorted(Counter(move["row"] for move in planned).items())),
        "vmotion_routed": sum(move["routed"].get(VMOTION, {}).get("required", False) for move in planned),
        "with_warnings": sum(bool(move["warnings"]) for move in planned),
        "missing": [{"what": sentence, "moves": count} for sentence, count in waiting.most_common()],
    }


def _purposes(networks: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"network": kind, "carries": purpose} for kind, purpose in networks.items()]


def _circumstances(move: Move) -> Circumstances:
    versions = [host.major_version for host in move.hosts]
    return Circumstances(
        scope=move.scope,
        powered_on=move.powered_on,
        between_hosts=bool(move.destination),
        other_vcenter=move.other_vcenter,
        provisioning_is_routed=bool(_routing(PROVISIONING, move)["required"]),
        versions=frozenset(version for version in versions if version is not None) if all(versions) else frozenset(),
        provisioning_enabled=all(host.carrier(PROVISIONING)["source"] in ("stack", "service") for host in move.hosts),
    )


# Which adapters


def _sides(kind: str, move: Move) -> dict[str, list[dict[str, Any]]]:
    return {"source": _groups(kind, move.source), "destination": _groups(kind, move.destination)}


def _groups(kind: str, hosts: Iterable[Host]) -> list[dict[str, Any]]:
    """Hosts that carry the traffic in the same way, together."""
    groups: list[dict[str, Any]] = []
    for host in hosts:
        carrier, adapters = host.carrier(kind), host.adapters(kind)
        way = {
            "devices": carrier["devices"],
            "source": carrier["source"],
            "networks": sorted({str(adapter["network"]) for adapter in adapters}),
            "subnets": _texts(host.subnets(kind)),
            "mtu": sorted({int(adapter["mtu"]) for adapter in adapters}),
        }
        group = next((item for item in groups if {**item, "hosts": None} == {**way, "hosts": None}), None)
        if group is None:
            group = {**way, "hosts": []}
            groups.append(group)
        group["hosts"].append(host.name)
    return groups


# What is missing


def _without_carrier(kind: str, move: Move) -> list[str]:
    lacking = [host.name for host in move.hosts if host.connected and host.carrier(kind)["source"] == "none"]
    reason = f", nor {FALLBACKS[kind]} in its place" if kind in FALLBACKS else ""
    return [f"No adapter carries {WORDS[kind]}{reason} on {_listed(lacking)}."] if lacking else []


def _without_address(kind: str, move: Move) -> list[str]:
    lacking = [
        host.name
        for host in move.hosts
        if host.connected and host.carrier(kind)["source"] != "none" and not host.subnets(kind)
    ]
    return [f"The adapters that carry {WORDS[kind]} have no address on {_listed(lacking)}."] if lacking else []


def _without_gateway(kind: str, routing: Mapping[str, Any]) -> list[str]:
    return [
        f"{_title(kind)} must be routed to {', '.join(way['to'])}, but {_listed(way['hosts'])} "
        f"{'has' if len(way['hosts']) == 1 else 'have'} no gateway for it: {REMEDY[kind]}."
        for way in routing["gateways"]
        if way["by"] == "none"
    ]


# Routing


def _routing(kind: str, move: Move) -> dict[str, Any]:
    """Whether the traffic must cross subnets, between which, and the gateway that each host has for it."""
    crossings: dict[tuple[WayOut, tuple[str, ...]], list[str]] = {}
    sources, targets = _by_subnets(kind, move.source), _by_subnets(kind, move.destination)
    crossed: set[Network] = set()
    for own, peers in ((sources, targets), (targets, sources)):
        for subnets, hosts in own.items():
            remote = sorted({net for other in peers if not other & subnets for net in other}, key=str)
            remote = [net for net in remote if any(net.version == mine.version for mine in subnets)]
            crossed.update(remote)
            for host in hosts:
                _add_ways(kind, host, remote, crossings)
    return {
        "required": bool(crossed),
        "own_gateway": bool(crossed) and all(way.by in OWN_WAYS for way, _to in crossings),
        "source_subnets": _texts(net for subnets in sources for net in subnets),
        "destination_subnets": _texts(net for subnets in targets for net in subnets),
        "gateways": [
            {"by": way.by, "gateway": way.gateway, "to": list(to), "hosts": hosts}
            for (way, to), hosts in crossings.items()
        ],
    }


def _add_ways(
    kind: str, host: Host, remote: Sequence[Network], crossings: dict[tuple[WayOut, tuple[str, ...]], list[str]]
) -> None:
    """Note under each way out which subnets it serves on this host; a host on both sides is noted once."""
    served: dict[WayOut, list[str]] = {}
    for net in remote:
        served.setdefault(host.way_out(kind, net), []).append(str(net))
    for way, nets in served.items():
        names = crossings.setdefault((way, tuple(nets)), [])
        if host.name not in names:
            names.append(host.name)


def _by_subnets(kind: str, hosts: Iterable[Host]) -> dict[frozenset[Network], list[Host]]:
    groups: dict[frozenset[Network], list[Host]] = {}
    for host in hosts:
        subnets = host.subnets(kind)
        if subnets:
            groups.setdefault(subnets, []).append(host)
    return groups


# Warnings


def _ill_advised_routing(move: Move, routed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Routed vMotion is for moves between sites; here a datacenter of a vCenter counts as a site."""
    if move.other_vcenter or not routed.get(VMOTION, {}).get("required"):
        return []
    shared = {host.facts.get("datacenter") for host in move.source} & {
        host.facts.get("datacenter") for host in move.destination
    }
    return [
        f"vMotion would be routed inside the datacenter {name}: give the hosts of one site a common vMotion "
        "subnet, because a router adds delay and becomes the bottleneck."
        for name in sorted(str(name) for name in shared)
    ]


def _borrowed_gateways(kinds: Iterable[str], routed: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    for kind in kinds:
        for way in routed[kind]["gateways"]:
            if way["by"] == "default":
                yield (
                    f"{_title(kind)} has no gateway of its own on {_listed(way['hosts'])} and is routed over the "
                    f"default gateway {way['gateway']}, together with management."
                )


def _weak_spots(kinds: Iterable[str], move: Move) -> Iterable[str]:
    for kind in kinds:
        falling_back = [host.name for host in move.hosts if host.carrier(kind)["source"] == "fallback"]
        if falling_back:
            yield f"{_title(kind)} has no adapter of its own on {_listed(falling_back)} and uses management's."
        sizes = sorted({int(adapter["mtu"]) for host in move.hosts for adapter in host.adapters(kind)})
        if len(sizes) > 1:
            yield f"The adapters that carry {WORDS[kind]} differ in MTU: {', '.join(map(str, sizes))}."
        for side, hosts in (("source", move.source), ("destination", move.destination)):
            if len({host.subnets(kind) for host in hosts if host.subnets(kind)}) > 1:
                yield f"The {side} hosts are in different subnets for {WORDS[kind]}."
    crowded = [host.name for host in move.hosts if _own_adapters(host, PROVISIONING) > 1]
    if PROVISIONING in kinds and crowded:
        yield f"More than one adapter for provisioning is not supported; this is so on {_listed(crowded)}."


def _own_adapters(host: Host, kind: str) -> int:
    carrier = host.carrier(kind)
    return len(carrier["devices"]) if carrier["source"] in ("stack", "service") else 0


# Words


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 3:
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more hosts"


def _title(kind: str) -> str:
    return "vMotion" if kind == VMOTION else WORDS[kind].capitalize()


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _texts(networks: Iterable[Network]) -> list[str]:
    return sorted({str(network) for network in networks})
