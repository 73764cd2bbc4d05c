# SPDX-License-Identifier: GPL-3.0-or-later
"""What HCX has left in a vCenter, seen with plain pyVmomi."""

from __future__ import annotations

import ssl
from typing import Any

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

from lab import Lab
from lab.default_world import WEB_MACHINES


class VCenter:
    """Logs in as the user who may only read."""

    def __init__(self, lab: Lab, port: int) -> None:
        self._instance = SmartConnect(
            host="localhost",
            port=port,
            user=lab.reader_username,
            pwd=lab.password,
            sslContext=ssl.create_default_context(cafile=lab.ca_path),
        )
        self._content = self._instance.RetrieveContent()

    def close(self) -> None:
        Disconnect(self._instance)

    def machines(self) -> dict[str, Any]:
        """Virtual machines by name, without those that run applications."""
        found = [machine for machine in self._all(vim.VirtualMachine) if machine.name not in WEB_MACHINES]
        by_name = {machine.name: machine for machine in found}
        assert len(by_name) == len(found)
        return by_name

    def identities(self) -> dict[str, str]:
        """Name to UUID: a machine that was deployed anew has another one."""
        return {name: machine.config.uuid for name, machine in self.machines().items()}

    def agents(self) -> list[str]:
        """Hosts without a cluster: the mobility agents."""
        hosts = self._all(vim.HostSystem)
        return [host.name for host in hosts if not isinstance(host.parent, vim.ClusterComputeResource)]

    def cluster_id(self, name: str) -> str:
        return str(next(c._GetMoId() for c in self._all(vim.ClusterComputeResource) if c.name == name))

    def folder_id(self, name: str, datacenter: str) -> str:
        return str(self._below(vim.Folder, name, datacenter)._GetMoId())

    def pool_id(self, name: str, datacenter: str) -> str:
        return str(self._below(vim.ResourcePool, name, datacenter)._GetMoId())

    def _below(self, kind: Any, name: str, datacenter: str) -> Any:
        (found,) = (one for one in self._all(kind) if one.name == name and _datacenter(one) == datacenter)
        return found

    def _all(self, kind: Any) -> list[Any]:
        view = self._content.viewManager.CreateContainerView(self._content.rootFolder, [kind], True)
        try:
            return list(view.view)
        finally:
            view.Destroy()


def _datacenter(entity: Any) -> str:
    while not isinstance(entity, vim.Datacenter):
        entity = entity.parent
    return str(entity.name)
