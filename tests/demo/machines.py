# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual machines of a vCenter as anybody sees them: with pyVmomi alone. Run, it prints their names."""

from __future__ import annotations

import os
import ssl

from drift import Access
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim


def machine_names(access: Access) -> list[str]:
    """Sorted."""
    trust = ssl.create_default_context(cafile=str(access.authority))
    service = SmartConnect(
        host=access.hostname, port=access.port, user=access.username, pwd=access.password, sslContext=trust
    )
    try:
        content = service.RetrieveContent()
        view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
        return sorted(machine.name for machine in view.view)
    finally:
        Disconnect(service)


if __name__ == "__main__":
    print("\n".join(machine_names(Access.from_environment(os.environ))))
