# SPDX-License-Identifier: GPL-3.0-or-later
"""Change something behind Ansible's back, as a colleague in the vSphere Client would: with pyVmomi alone."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

MANAGEMENT = "vmk0"


@dataclass(frozen=True)
class Access:
    """Where a vCenter of the lab answers, and to whom."""

    hostname: str
    port: int
    username: str
    password: str
    authority: Path

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Access:
        """As the lab's env file says."""
        return cls(
            hostname=variables["VMWARE_HOST"],
            port=int(variables["VMWARE_PORT"]),
            username=variables["VMWARE_USER"],
            password=variables["VMWARE_PASSWORD"],
            authority=Path(variables["VMWARE_CA_PATH"]),
        )


@dataclass(frozen=True)
class Drift:
    """The adapter `device` of `host` had the MTU `before` and has `after` now."""

    host: str
    device: str
    before: int
    after: int


def change_one_mtu(access: Access) -> Drift:
    """Give the first adapter that does not carry management, on the first host that has one, another MTU."""
    with _hosts(access) as hosts:
        for host in hosts:
            for adapter in host.config.network.vnic:
                if adapter.device != MANAGEMENT:
                    before = adapter.spec.mtu
                    after = 1500 if before != 1500 else 1400
                    specification = adapter.spec
                    specification.mtu = after
                    host.configManager.networkSystem.UpdateVirtualNic(adapter.device, specification)
                    return Drift(host.name, adapter.device, before, after)
    raise LookupError("no host has an adapter beside the one that carries management")


@contextmanager
def _hosts(access: Access) -> Iterator[list[vim.HostSystem]]:
    """All hosts of the vCenter by name, for as long as the login lasts."""
    trust = ssl.create_default_context(cafile=str(access.authority))
    service = SmartConnect(
        host=access.hostname, port=access.port, user=access.username, pwd=access.password, sslContext=trust
    )
    try:
        content = service.RetrieveContent()
        view = content.viewManager.CreateContainerView(content.rootFolder, [vim.HostSystem], True)
        yield sorted(view.view, key=lambda host: host.name)
    finally:
        Disconnect(service)
