# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that carries out the writes of a plan on the model itself, as strictly as a real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.host_network import (
    DEFAULT_STACK,
    SERVICE_OF_STACK,
    Adapter,
    Host,
)


class SimulatedHost:
    """Stands in for the writer of a plan; `host` is what the writes have made of it so far."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._real_names: dict[str, str] = {}

    def create(self, wanted: Adapter) -> str:
        for other in self.host.adapters:
            assert other.ipv4 is None or other.ipv4 != wanted.ipv4, f"{other.device} has {wanted.ipv4}"
            standard = other.network is not None and other.network.type == "standard"
            assert not standard or other.network != wanted.network, f"{other.device} holds the port of {other.network}"
        carried = SERVICE_OF_STACK.get(wanted.stack)
        device = self.host.next_device()
        self._real_names[wanted.device] = device
        made = replace(wanted, device=device, planned=False, services=(carried,) if carried else ())
        self.host = self.host.with_adapter(made)
        return f"{self.host.name}/{device}"

    def create_again(self, wanted: Adapter) -> None:
        self.create(wanted)

    def update(self, actual: Adapter, wanted: Adapter) -> None:
        assert actual.stack == wanted.stack, "the stack of an adapter cannot be changed in place"
        others = [other for other in self.host.adapters if other.device != actual.device]
        assert wanted.ipv4 not in [other.ipv4 for other in others], f"{wanted.ipv4} is in use"
        self._put(replace(wanted, services=self._there(actual.device).services))

    def remove(self, device: str) -> None:
        self._there(device)
        self.host = self.host.without_adapter(device)

    def select(self, service: str, planned: str) -> None:
        adapter = self._there(self._real_names.get(planned, planned))
        assert adapter.stack == DEFAULT_STACK, f"{service} cannot be selected on {adapter.stack}"
        owners = [other for other in self.host.adapters if SERVICE_OF_STACK.get(other.stack) == service]
        assert not owners, f"{service} belongs to {owners[0].device if owners else ''}"
        self._put(replace(adapter, services=tuple(sorted({*adapter.services, service}))))

    def deselect(self, service: str, device: str) -> None:
        adapter = self._there(device)
        assert service in adapter.services, f"{service} is not on {device}"
        self._put(replace(adapter, services=tuple(name for name in adapter.services if name != service)))

    def set_vsan_adapters(self, planned: Sequence[str]) -> None:
        raise AssertionError("no vSAN in these plans")

    def _there(self, device: str) -> Adapter:
        adapter = self.host.adapter(device)
        assert adapter is not None, f"there is no {device}"
        return adapter

    def _put(self, adapter: Adapter) -> None:
        others = tuple(other for other in self.host.adapters if other.device != adapter.device)
        ordered = sorted((*others, adapter), key=lambda one: int(one.device.removeprefix("vmk")))
        self.host = replace(self.host, adapters=tuple(ordered))
