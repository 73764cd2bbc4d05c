# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's own SDK for Python reads from Azure what our modules have made."""

from __future__ import annotations

from azure.identity import ClientSecretCredential
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from contract.azure.tasks import GROUP, Control, Tasks
from contract.azure.test_arc_machine import NEW_ID, public_key

from lab import Lab
from lab.azure import directory


def test_the_sdk_sees_what_the_modules_made(lab: Lab, run: Tasks, control: Control) -> None:
    run("azure_resource_provider")
    run("azure_resource_group", name=GROUP, location="westeurope", tags={"owner": "infra"})
    run.machine("new01", vm_id=NEW_ID, location="westeurope", os_type="linux", public_key=public_key())
    run.machine("new01", tags={"Datacenter": "DC1"}, location_data={"name": "DC1", "city": "Ghent"})

    reader = directory.IDENTITIES["reader"]
    url = f"https://localhost:{lab.ports['arm']}"
    login = ClientSecretCredential(
        directory.TENANT,
        reader.client_id,
        reader.secret,
        authority=f"https://localhost:{lab.ports['entra']}",
        disable_instance_discovery=True,
        connection_verify=lab.ca_path,
    )
    place = {"base_url": url, "credential_scopes": [f"{url}/.default"], "connection_verify": lab.ca_path}
    with ResourceManagementClient(login, directory.SUBSCRIPTION, **place) as resources:
        assert resources.providers.get("Microsoft.HybridCompute").registration_state == "Registered"
        assert dict(resources.resource_groups.get(GROUP).tags) == {"owner": "infra"}
    with HybridComputeManagementClient(login, directory.SUBSCRIPTION, **place) as compute:
        machine = compute.machines.get(GROUP, "new01")
        assert (machine.vm_id, machine.location, dict(machine.tags)) == (NEW_ID, "westeurope", {"Datacenter": "DC1"})
        assert machine.location_data.city == "Ghent"
        assert [one.name for one in compute.machines.list_by_resource_group(GROUP)] == ["new01"]
