# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the virtual machines of an Org VDC: the work of ``vcd_vm_info``. (VCD reference 3.7)

The query service tells names, vApps and power states in one read; the networks are in each machine's own document,
whose form is inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..engine.errors import refuse_if
from ..engine.plan import Facts
from ..task import Task
from .account import Account
from .client import Vcd, bare_id, local
from .inventory import find_vdc
from .markup import Node, is_true

POWER = {"POWERED_ON": "on", "POWERED_OFF": "off", "SUSPENDED": "suspended"}
# The network of a card that has none.
NO_NETWORK = "none"
AT_ONCE = 8


def read_vms(task: Task) -> Facts:
    """The named machines in the order of their names, and the names that nobody has."""
    params = task.params
    wanted: Sequence[str] | None = params["vms"]
    refuse_if(["vms is empty; name at least one virtual machine, or leave it out for all"] if wanted == [] else [])
    with Vcd(Account.from_params(params), task, wait_timeout=params["request_timeout"]) as vcd:
        vdc = find_vdc(vcd, params["vdc"], params["organization"])
        records = vcd.records("adminVM" if vcd.is_provider else "vm")
        inside = [one for one in records if bare_id(one.get("vdc", vdc.id)) == vdc.id and not _is_template(one)]
        chosen = [one for one in inside if wanted is None or one["name"] in wanted or _id(one) in wanted]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            documents = list(pool.map(lambda one: vcd.read_xml(local(one["href"])), chosen))
    found = [_facts(record, document) for record, document in zip(chosen, documents, strict=True)]
    known = {vm[key] for vm in found for key in ("name", "id")}
    return {
        "vms": sorted(found, key=lambda vm: (vm["name"], vm["id"])),
        "missing": [name for name in wanted or [] if name not in known],
    }


def _is_template(record: dict[str, str]) -> bool:
    return is_true(record.get("isVAppTemplate", ""))


def _id(record: dict[str, str]) -> str:
    """The machine's own id, without the word that stands before it in its address."""
    return bare_id(record["href"]).removeprefix("vm-")


def _facts(record: dict[str, str], document: Node) -> Facts:
    nics = [_nic(one) for one in document.all("NetworkConnectionSection/NetworkConnection")]
    power = POWER.get(record.get("status", "").upper(), "unknown")
    return {
        "name": record["name"],
        "id": _id(record),
        "vapp": record.get("containerName"),
        "power_state": power,
        "powered_on": power == "on",
        "networks": list(dict.fromkeys(nic["network"] for nic in nics if nic["connected"])),
        "addresses": [nic["address"] for nic in nics if nic["address"]],
        "nics": sorted(nics, key=lambda nic: nic["nic"]),
    }


def _nic(one: Node) -> dict[str, Any]:
    network = one.attributes.get("network")
    return {
        "nic": int(one.value("NetworkConnectionIndex") or 0),
        "network": None if network == NO_NETWORK else network,
        "connected": network != NO_NETWORK and is_true(one.value("IsConnected")),
        "mode": one.value("IpAddressAllocationMode").lower() or None,
        "address": one.value("IpAddress") or None,
        "mac": one.value("MACAddress") or None,
    }
