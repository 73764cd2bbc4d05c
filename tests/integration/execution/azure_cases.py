# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases of the Azure modules, in the order in which a subscription is prepared."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

GROUP = "rg-both"
PUBLIC_KEY = rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
MACHINE = {
    "resource_group": GROUP,
    "name": "server-01",
    "vm_id": "11111111-2222-4333-8444-555566667777",
    "location": "westeurope",
    "os_type": "linux",
    "public_key": base64.b64encode(PUBLIC_KEY).decode(),
}

# Per module: options that work, options that are refused. The machine that runs the tests has no agent, and gets none.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "azure_resource_provider": ({"namespaces": ["Microsoft.HybridCompute"]}, {"namespaces": ["HybridCompute"]}),
    "azure_resource_group": (
        {"name": GROUP, "location": "westeurope", "tags": {"owner": "infra"}},
        {"name": GROUP, "location": "eastus"},
    ),
    "arc_machine": (MACHINE, {**MACHINE, "vm_id": "99999999-2222-4333-8444-555566667777"}),
    "arc_machine_info": ({"resource_group": GROUP}, {"resource_group": "rg."}),
    "arc_agent": ({"state": "disconnected"}, {"state": "connected", "resource_name": "no_", "resource_group": GROUP}),
}
