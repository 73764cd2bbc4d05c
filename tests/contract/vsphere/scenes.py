# SPDX-License-Identifier: GPL-3.0-or-later
"""What was there before a task: changes of the lab's world that nobody asked the API for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from lab import Lab
from lab.world import Adapter, Attachment, Host, Ipv4, Ipv6, PortGroup, Stack


def host_of(lab: Lab, name: str = "esx-a01") -> Host:
    return lab.world.host(f"{name}.lab.example")


def attachment(host: Host, network: str) -> Attachment:
    """Where a host finds a network of this name: on its own switches, else on a distributed one, else in NSX."""
    group = host.state.port_group(network)
    if group is not None:
        return Attachment("standard", network, group.switch)
    for switch in host.site.switches:
        for portgroup in switch.port_groups:
            if portgroup.name == network:
                return Attachment("distributed", portgroup.key, switch.uuid, "100")
    return Attachment("opaque", network)


def place(
    lab: Lab,
    device: str,
    network: str,
    address: str | None = None,
    *,
    host: str = "esx-a01",
    services: Iterable[str] = (),
    ipv6: Iterable[str] = (),
    **settings: Any,
) -> None:
    """Put an adapter there, or change it."""
    there = host_of(lab, host)
    ipv4 = Ipv4("static", address) if address else Ipv4("dhcp")
    number = int(device.removeprefix("vmk"))
    adapter = Adapter(
        device,
        f"00:50:56:7f:{there.number:02x}:{number:02x}",
        attachment(there, network),
        ipv4,
        Ipv6(tuple(ipv6)),
        services=frozenset(services),
        **settings,
    )
    there.state = there.state.with_adapter(adapter)
    if adapter.stack in ("vmotion", "vSphereProvisioning"):
        for other in there.state.adapters:
            change(lab, other.device, host=host, services=other.services - {adapter.stack})


def change(lab: Lab, device: str, *, host: str = "esx-a01", **settings: Any) -> None:
    """Change settings of an adapter behind everyone's back."""
    there = host_of(lab, host)
    adapter = there.state.adapter(device)
    assert adapter is not None
    there.state = there.state.with_adapter(replace(adapter, **settings))


def set_stack(lab: Lab, key: str, *, host: str = "esx-a01", **settings: Any) -> None:
    """Change settings of a stack behind everyone's back."""
    there = host_of(lab, host)
    stack = there.state.stack(key)
    assert stack is not None
    there.state = there.state.with_stack(replace(stack, **settings))


def add_stack(lab: Lab, key: str, *, host: str = "esx-a01") -> None:
    """A custom stack, made by someone else."""
    there = host_of(lab, host)
    template = there.state.stack("vmotion")
    assert template is not None
    there.state = there.state.with_stack(Stack(key, key, template.dns))


def add_port_group(lab: Lab, name: str, switch: str, *, host: str = "esx-a01", vlan: int = 0) -> None:
    there = host_of(lab, host)
    there.state = replace(there.state, port_groups=(*there.state.port_groups, PortGroup(name, switch, vlan)))


def disconnect(
    lab: Lab, host: str, connection: Literal["connected", "disconnected", "notResponding"] = "disconnected"
) -> None:
    there = host_of(lab, host)
    there.state = replace(there.state, connection=connection)
