# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user of ``vcda_migration`` wants, checked before the first call. (VCD reference 10.6, 11.2)"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..engine.errors import refuse_if
from .network_settings import Card

RPO = range(5, 1441)
CONCURRENCY = range(1, 65)
KEEP = "keep"
CONNECTION_TYPES = {"encrypted": "ENCRYPTED", "encrypted_compressed": "ENCRYPTED_COMPRESSED", "plain": "PLAIN"}


@dataclass(frozen=True)
class WantedVm:
    """``label`` is what the user called it. ``cards`` None leaves the networks alone.

    ``unknown_address`` says that they are None because a card shall keep an address that nobody told.
    """

    label: str
    name: str | None
    id: str | None
    vapp: str | None
    powered_on: bool | None
    excluded_disks: tuple[int, ...]
    cards: tuple[Card, ...] | None
    unknown_address: bool = False


@dataclass(frozen=True)
class Wanted:
    """``start`` in milliseconds since 1970. None means that the option was not given."""

    vms: tuple[WantedVm, ...]
    state: str
    cold: bool
    group: str | None
    target: Mapping[str, Any]
    test_network: str | None
    rpo: int | None
    start: int | None
    description: str | None
    quiesced: bool | None
    connection_type: str | None
    disk_type: str
    power_on: bool
    wait: bool
    timeout: float
    concurrency: int
    behind_fails: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Wanted:
        problems: list[str] = []
        start = _milliseconds(params["start_at"], problems)
        problems += _number_problems(params)
        group = params["vapp_name"] if params["group_into_vapp"] else None
        if params["group_into_vapp"] and not group:
            problems.append("group_into_vapp needs vapp_name, the name of the vApp that the virtual machines share")
        if params["vapp_name"] and not params["group_into_vapp"]:
            problems.append(
                f"vapp_name {params['vapp_name']} needs group_into_vapp; give vapp_name of each entry of vms"
            )
        target = params["target"] or {}
        vms = tuple(_vm(entry, params, problems) for entry in params["vms"])
        if not target.get("vdc") and (any(vm.cards for vm in vms) or target):
            problems.append("target.vdc must be given with networks and other settings of the target")
        problems += _doubles(vms)
        if "@" not in params["username"]:
            problems.append(f"username {params['username']} is not of the form user@organization, such as admin@acme")
        refuse_if(problems)
        return cls(
            vms=vms,
            state=params["state"],
            cold=params["type"] == "cold",
            group=group,
            target=target,
            test_network=target.get("test_network"),
            rpo=params["rpo_minutes"],
            start=start,
            description=params["description"],
            quiesced=params["quiesced"],
            connection_type=CONNECTION_TYPES.get(params["data_connection"]),
            disk_type=params["disk_type"].upper(),
            power_on=params["power_on"],
            wait=params["wait"],
            timeout=float(params["wait_timeout"]),
            concurrency=params["concurrency"],
            behind_fails=params["rpo_violation"] == "fail",
        )


def _number_problems(params: Mapping[str, Any]) -> Iterator[str]:
    rpo, concurrency = params["rpo_minutes"], params["concurrency"]
    if rpo is not None and rpo not in RPO:
        yield f"rpo_minutes {rpo} is outside {RPO[0]} to {RPO[-1]} (24 hours)"
    if concurrency not in CONCURRENCY:
        yield f"concurrency {concurrency} is outside {CONCURRENCY[0]} to {CONCURRENCY[-1]}"
    if params["wait_timeout"] < 1:
        yield f"wait_timeout {params['wait_timeout']} must be 1 or more seconds"
    if not params["vms"]:
        yield "vms is empty; name at least one virtual machine"


def _milliseconds(text: str | None, problems: list[str]) -> int | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        problems.append(f"start_at {text} is not a time with its zone, such as 2026-05-01T22:00:00+02:00")
        return None
    return round(moment.timestamp() * 1000)


def _vm(entry: Mapping[str, Any], params: Mapping[str, Any], problems: list[str]) -> WantedVm:
    label = entry["name"] or entry["id"] or ""
    if not label:
        problems.append("an entry of vms has neither name nor id; give one of them")
    networks = entry["networks"] if entry["networks"] is not None else (params["target"] or {}).get("networks")
    seen = _seen(entry, params["source_vms"] or [])
    cards = None if networks is None else _cards(label, networks, seen, problems)
    unknown = any(card.mode == KEEP for card in cards or ())
    if entry["vapp_name"] and params["group_into_vapp"]:
        problems.append(
            f"vms ({label}): vapp_name {entry['vapp_name']} excludes group_into_vapp, which has one for all"
        )
    return WantedVm(
        label=label,
        name=entry["name"],
        id=entry["id"],
        vapp=entry["vapp_name"],
        powered_on=seen.get("powered_on"),
        excluded_disks=tuple(entry["excluded_disks"] or ()),
        cards=None if unknown else cards or None,
        unknown_address=unknown,
    )


def _seen(entry: Mapping[str, Any], machines: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the source's vCenter says about the machine, where the user has passed that on."""
    key = "id" if entry["id"] else "name"
    return next((machine for machine in machines if machine.get(key) == entry[key]), {})


def _cards(
    label: str, networks: list[Mapping[str, Any]], seen: Mapping[str, Any], problems: list[str]
) -> tuple[Card, ...]:
    """A card that keeps its address becomes one with that address; it stays as it is where the address is unknown."""
    cards = []
    nics = seen.get("nics") or []
    for position, entry in enumerate(networks):
        index = position if entry["nic"] is None else entry["nic"]
        place = f"vms ({label}): networks of card {index}"
        address, mode = entry["address"], entry["mode"] or ("manual" if entry["address"] else "none")
        if mode == KEEP and not address:
            present = nics[index]["addresses"] if 0 <= index < len(nics) else []
            address, mode = (present[0], "manual") if present else (None, KEEP)
        if address and mode != "manual":
            problems.append(f"{place}: address {address} needs mode manual, not {mode}")
        if mode == "manual" and not address:
            problems.append(f"{place}: mode manual needs an address")
        if address and not _is_address(address):
            problems.append(f"{place}: address {address} is not an IP address")
        if index < 0:
            problems.append(f"{place}: cards are counted from 0")
        cards.append(Card(index, entry["network"], mode, address, entry["connected"], entry["keep_mac"]))
    problems += [
        f"vms ({label}): networks has card {index} more than once"
        for index, times in Counter(card.index for card in cards).items()
        if times > 1
    ]
    return tuple(sorted(cards, key=lambda card: card.index))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _doubles(vms: tuple[WantedVm, ...]) -> Iterator[str]:
    for label, times in Counter(vm.label for vm in vms if vm.label).items():
        if times > 1:
            yield f"vms names {label} {times} times; keep one of its entries"
    owners: dict[tuple[str, str], str] = {}
    for vm in vms:
        for card in vm.cards or ():
            if card.address:
                other = owners.setdefault((card.network, card.address), vm.label)
                if other != vm.label:
                    yield f"vms: {other} and {vm.label} are both given {card.address} on {card.network}"
