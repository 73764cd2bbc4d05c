# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about named virtual machines in one bulk read: the work of ``vcenter_vm_info``. (vSphere reference 4, 11.4)"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from ..connection import Connection
from ..engine.errors import refuse_if
from ..engine.plan import Facts
from ..task import Task
from .client import Properties, VSphere
from .inventory import display_name
from .sdk import vim, vmodl

PATHS = [
    "name",
    "config.template",
    "config.uuid",
    "runtime.powerState",
    "guest.toolsRunningStatus",
    "guest.net",
    "network",
]
POWER = {"poweredOn": "on", "poweredOff": "off", "suspended": "suspended"}


def read_vms(task: Task) -> Facts:
    """The named virtual machines in the order of their names, and the names that nobody has."""
    wanted = task.params["vms"]
    refuse_if(["vms is empty; name at least one virtual machine, or leave it out for all"] if wanted == [] else [])
    with VSphere(Connection.from_params(task.params), task.run, task.redactor) as server:
        read = server.retrieve([_spec(server)])
    networks = {ref: display_name(props["name"]) for ref, props, _none in read if isinstance(ref, vim.Network)}
    found = [
        _facts(ref, props, networks)
        for ref, props, _none in read
        if isinstance(ref, vim.VirtualMachine) and not props.get("config.template")
    ]
    chosen = [vm for vm in found if wanted is None or vm["name"] in wanted or vm["id"] in wanted]
    known = {vm[key] for vm in chosen for key in ("name", "id")}
    return {
        "vms": sorted(chosen, key=lambda vm: (vm["name"], vm["id"])),
        "missing": [name for name in wanted or [] if name not in known],
    }


def _spec(server: VSphere) -> Any:
    """All virtual machines and networks below the root folder; names are compared here, for vCenter has no filter."""
    collector = vmodl.query.PropertyCollector

    def walk(name: str, kind: Any, path: str, then: Iterable[str]) -> Any:
        select = [collector.SelectionSpec(name=following) for following in then]
        return collector.TraversalSpec(name=name, type=kind, path=path, skip=False, selectSet=select)

    walks = [
        walk("machines", vim.Datacenter, "vmFolder", ["folder"]),
        walk("networks", vim.Datacenter, "networkFolder", ["folder"]),
        # A vApp holds virtual machines outside of the folders.
        walk("members", vim.VirtualApp, "vm", []),
        walk("folder", vim.Folder, "childEntity", ["folder", "machines", "networks", "members"]),
    ]
    return collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=server.root_folder, skip=False, selectSet=walks)],
        propSet=[
            collector.PropertySpec(type=vim.VirtualMachine, pathSet=PATHS, all=False),
            collector.PropertySpec(type=vim.Network, pathSet=["name"], all=False),
        ],
    )


def _facts(ref: Any, props: Properties, networks: Mapping[Any, str]) -> Facts:
    nics = [_nic(nic) for nic in props.get("guest.net") or []]
    return {
        "name": display_name(props["name"]),
        "id": ref._moId,
        "uuid": props.get("config.uuid"),
        "power_state": POWER.get(str(props.get("runtime.powerState")), "unknown"),
        "powered_on": str(props.get("runtime.powerState")) == "poweredOn",
        "tools_running": props.get("guest.toolsRunningStatus") == "guestToolsRunning",
        "networks": [networks.get(each, each._moId) for each in props.get("network") or []],
        "addresses": [address for nic in nics for address in nic["addresses"]],
        "nics": nics,
    }


def _nic(nic: Any) -> Facts:
    """As the guest's tools report it; link-local addresses tell nothing about a network. (vSphere reference 11.4)"""
    addresses = [str(address) for address in nic.ipAddress or []]
    return {
        "network": nic.network,
        "mac": nic.macAddress,
        "connected": bool(nic.connected),
        "addresses": [address for address in addresses if not ipaddress.ip_address(address).is_link_local],
    }
