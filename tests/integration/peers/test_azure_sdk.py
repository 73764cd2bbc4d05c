# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's own SDK for Python, unmodified, logs in at the lab's Azure, makes things and reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import CertificateCredential, ClientSecretCredential
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient
from tools.azure_descriptions import Exchange, problems

from lab import Lab
from lab.azure import directory
from lab.azure.simulator import AzureSimulator

VM_ID = "cecf6466-3d5c-454e-b93a-ae9c30c06de7"
NAMESPACES = ("Microsoft.HybridCompute", "Microsoft.GuestConfiguration", "Microsoft.HybridConnectivity")
POLLING = {"polling_interval": 0}


class Cloud:
    """Credentials and clients of one application for the lab instead of the public cloud."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.url = f"https://localhost:{lab.ports['arm']}"
        self._login = {
            "authority": f"https://localhost:{lab.ports['entra']}",
            "disable_instance_discovery": True,
            "connection_verify": lab.ca_path,
        }
        self._client: dict[str, Any] = {
            "base_url": self.url,
            "credential_scopes": [f"{self.url}/.default"],
            "connection_verify": lab.ca_path,
            **POLLING,
        }

    def secret(self, name: str, **changes: str) -> ClientSecretCredential:
        identity = directory.IDENTITIES[name]
        given = {"tenant_id": directory.TENANT, "client_id": identity.client_id, "client_secret": identity.secret}
        return ClientSecretCredential(**{**given, **changes}, **self._login)

    def certificate(self, name: str) -> CertificateCredential:
        pem = self.simulator.certificate(name).encode()
        client = directory.IDENTITIES[name].client_id
        return CertificateCredential(directory.TENANT, client, certificate_data=pem, **self._login)

    @property
    def simulator(self) -> AzureSimulator:
        found = self.lab.simulators["azure"]
        assert isinstance(found, AzureSimulator)
        return found

    def resources(self, name: str = "administrator") -> ResourceManagementClient:
        return ResourceManagementClient(self.secret(name), directory.SUBSCRIPTION, **self._client)

    def machines(self, credential: Any = None) -> HybridComputeManagementClient:
        used = credential or self.secret("administrator")
        return HybridComputeManagementClient(used, directory.SUBSCRIPTION, **self._client)


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    with Lab.start(hosts=1) as lab:
        yield lab


@pytest.fixture
def cloud(running: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """MSAL, which asks for the authority's addresses, has no option for trusted certificates."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", running.ca_path)
    running.reset()
    running.rules = running.rules.changed(azure_retry_after=0)
    found = Cloud(running)
    yield found
    listed = [problem for e in found.simulator.arm.exchanges for problem in problems(Exchange(**vars(e)))]
    assert sorted(set(listed)) == []


def prepare(cloud: Cloud) -> None:
    """What an empty subscription needs, done with the SDK."""
    client = cloud.resources()
    for namespace in NAMESPACES:
        assert client.providers.register(namespace).registration_state == "Registering"
    cloud.lab.shared.clock.advance(1)
    for namespace in NAMESPACES:
        states = [client.providers.get(namespace).registration_state for _number in range(4)]
        assert states[-1] == "Registered"
    group = client.resource_groups.create_or_update("rg-arc", {"location": "westeurope", "tags": {"owner": "infra"}})
    assert group.properties.provisioning_state == "Succeeded"


def make_machine(client: HybridComputeManagementClient, name: str = "app01") -> Any:
    body = {
        "location": "westeurope",
        "tags": {"Datacenter": "DC1"},
        "identity": {"type": "SystemAssigned"},
        "properties": {"vmId": VM_ID},
    }
    return client.machines.create_or_update("rg-arc", name, body)


def test_it_prepares_a_subscription_and_reads_it_back(cloud: Cloud) -> None:
    prepare(cloud)
    client = cloud.resources("reader")
    assert [group.name for group in client.resource_groups.list()] == ["rg-arc"]
    registered = {p.namespace for p in client.providers.list() if p.registration_state == "Registered"}
    assert set(NAMESPACES) <= registered
    assert client.resource_groups.check_existence("rg-arc")
    assert not client.resource_groups.check_existence("rg-none")


def test_it_makes_reads_changes_and_deletes_a_machine(cloud: Cloud) -> None:
    prepare(cloud)
    client = cloud.machines()
    assert make_machine(client).properties.vm_id == VM_ID
    cloud.lab.shared.clock.advance(1)
    found = client.machines.get("rg-arc", "APP01")
    assert (found.name, found.location, found.tags) == ("app01", "westeurope", {"Datacenter": "DC1"})
    assert found.properties.provisioning_state == "Succeeded"
    changed = client.machines.update("rg-arc", "app01", {"tags": {"Datacenter": "DC2"}})
    assert changed.tags == {"Datacenter": "DC2"}
    client.machines.begin_delete("rg-arc", "app01").result()
    with pytest.raises(ResourceNotFoundError) as caught:
        client.machines.get("rg-arc", "app01")
    assert caught.value.error is not None
    assert caught.value.error.code == "ResourceNotFound"


def test_it_follows_pages(cloud: Cloud) -> None:
    prepare(cloud)
    cloud.lab.rules = cloud.lab.rules.changed(azure_page_size=2)
    client = cloud.machines()
    for number in range(5):
        make_machine(client, f"app{number}")
    assert [m.name for m in client.machines.list_by_resource_group("rg-arc")] == [f"app{n}" for n in range(5)]
    assert len(list(client.machines.list_by_subscription())) == 5


def test_it_waits_for_an_extension(cloud: Cloud) -> None:
    prepare(cloud)
    client = cloud.machines()
    make_machine(client)
    machine = cloud.simulator.state.machines()[0]
    machine.heard = machine.first_heard = cloud.lab.shared.clock.now() - 60
    body = {
        "location": "westeurope",
        "properties": {"publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent", "settings": {}},
    }
    made = client.machine_extensions.begin_create_or_update("rg-arc", "app01", "monitor", body).result()
    assert made.properties.provisioning_state == "Succeeded"
    assert [e.name for e in client.machine_extensions.list("rg-arc", "app01")] == ["monitor"]
    client.machine_extensions.begin_delete("rg-arc", "app01", "monitor").result()
    assert list(client.machine_extensions.list("rg-arc", "app01")) == []


def test_it_logs_in_with_a_certificate(cloud: Cloud) -> None:
    prepare(cloud)
    make_machine(cloud.machines(cloud.certificate("onboarding")))
    assert cloud.simulator.state.machines()[0].created_by == directory.IDENTITIES["onboarding"].object_id


def test_it_tells_a_wrong_secret_and_a_missing_right(cloud: Cloud) -> None:
    prepare(cloud)
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        cloud.secret("administrator", client_secret="wrong").get_token(f"{cloud.url}/.default")
    with pytest.raises(HttpResponseError, match=r"Microsoft\.HybridCompute/machines/write"):
        make_machine(cloud.machines(cloud.secret("reader")))


def test_it_deletes_a_group_with_all_in_it(cloud: Cloud) -> None:
    prepare(cloud)
    make_machine(cloud.machines())
    cloud.resources().resource_groups.begin_delete("rg-arc").result()
    assert cloud.simulator.state.machines() == []


def test_it_retries_when_throttled(cloud: Cloud) -> None:
    prepare(cloud)
    cloud.simulator.state.throttle.every, cloud.simulator.state.throttle.retry_after = 2, 0
    names = [cloud.resources().resource_groups.get("rg-arc").name for _number in range(3)]
    assert names == ["rg-arc"] * 3
    assert 429 in {entry.status for entry in cloud.lab.requests("azure/arm")}
