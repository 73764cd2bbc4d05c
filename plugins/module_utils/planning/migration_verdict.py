# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a virtual machine really migrated? Judged from what both ends show, not from what the migration says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]


def verdicts(
    vms: Sequence[Facts], source: Sequence[Facts], target: Sequence[Facts], jobs: Sequence[Facts]
) -> list[dict[str, Any]]:
    """One verdict for each wanted machine: ``vm``, ``migrated``, ``verdict``, ``reason`` and ``to_do``.

    ``vms`` have name, network and addresses as wanted at the target, by default those of the job's cards; ``source``
    and ``target`` are machines as the information modules of vCenter and Cloud Director return them; ``jobs`` tell
    which of several machines of one name at the target is meant.
    """
    by_vm = {job["vm"]: job for job in jobs}
    found = []
    for vm in vms:
        here = [one for one in source if one["name"] == vm["name"]]
        there = [one for one in target if one["name"] == vm["name"]]
        job = by_vm.get(vm["name"], {})
        meant = [one for one in there if one["id"] == job.get("cloud_vm_id")]
        found.append({"vm": vm["name"], **_verdict(_expected(vm, job), here, meant or there)})
    return found


def _expected(vm: Facts, job: Facts) -> Facts:
    cards = job.get("networks") or []
    return {
        "name": vm["name"],
        "network": vm.get("network") or (cards[0]["network"] if cards else None),
        "addresses": vm.get("addresses") or [card["address"] for card in cards if card["address"]],
    }


def _verdict(vm: Facts, here: Sequence[Facts], there: Sequence[Facts]) -> dict[str, Any]:
    name = vm["name"]
    for place, seen in (("the source", here), ("the target", there)):
        if len(seen) > 1:
            reason = f"{len(seen)} virtual machines at {place} have the name {name}."
            return _no("ambiguous", reason, "Rename all but one of them, or remove the copies of former attempts.")
    if not there:
        if here and here[0]["powered_on"]:
            return _no("not_migrated", f"{name} runs at the source and is not at the target.", "Cut it over.")
        if here:
            return _no(
                "off_at_both_ends",
                f"{name} is powered off at the source and is not at the target.",
                "Power it on in the source vCenter, or cut it over (again).",
            )
        return _no("missing", f"{name} is at neither end.", "Check its name, and the place where it is looked for.")
    (target,) = there
    running = bool(here and here[0]["powered_on"])
    if running and target["powered_on"]:
        return _no(
            "on_at_both_ends",
            f"{name} runs at the source and at the target with the same addresses.",
            "Disconnect one of them at once: the source if the target has the newer data, the target if it is a test.",
        )
    if running:
        return _no("not_migrated", f"{name} runs at the source; at the target it is off.", "Cut it over.")
    if not target["powered_on"]:
        return _no(
            "off_at_both_ends",
            f"{name} is powered off at both ends; it is at the target in vApp {target.get('vapp')}.",
            "Power it on in the cloud, or, to go back, power it on in the source vCenter.",
        )
    return _networks(vm, target)


def _networks(vm: Facts, target: Facts) -> dict[str, Any]:
    name, network = vm["name"], vm.get("network")
    if network and network not in target["networks"]:
        shown = ", ".join(target["networks"]) or "no network"
        return _no(
            "wrong_network",
            f"{name} runs at the target on {shown} instead of {network}.",
            f"Connect its card to {network} in the cloud; the network must be the stretched one.",
        )
    absent = [address for address in vm.get("addresses") or [] if address not in target["addresses"]]
    if absent and not target["addresses"]:
        return _no(
            "address_unknown",
            f"{name} runs at the target, which shows no address of it; {', '.join(absent)} is expected.",
            "Look at the guest's own console, and whether VMware Tools run; then verify again.",
        )
    if absent:
        return _no(
            "wrong_address",
            f"{name} runs at the target with {', '.join(target['addresses'])}; {', '.join(absent)} is missing.",
            "Set the address of its card in the cloud and in the guest.",
        )
    addresses = ", ".join(target["addresses"]) or "no known address"
    where = ", ".join(target["networks"]) or "no network"
    reason = f"{name} is off at the source and runs at the target on {where} with {addresses}."
    return {"migrated": True, "verdict": "migrated", "reason": reason, "to_do": None}


def _no(verdict: str, reason: str, to_do: str) -> dict[str, Any]:
    return {"migrated": False, "verdict": verdict, "reason": reason, "to_do": to_do}
