# SPDX-License-Identifier: GPL-3.0-or-later
"""VMware's own Python client reads the lab's Cloud Directors, unmodified.

It knows versions 29.0 to 36.0, so the older Cloud Director is one of 9.1, with version 30.0, instead of 8.20. (VCD
reference 2.1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyvcloud.vcd.client import BasicLoginCredentials, Client, EntityType, TaskStatus
from pyvcloud.vcd.exceptions import AccessForbiddenException, BadRequestException
from pyvcloud.vcd.org import Org
from pyvcloud.vcd.role import Role
from pyvcloud.vcd.vdc import VDC
from pyvcloud.vcd.vdc_network import VdcNetwork

from lab import Lab
from lab.default_clouds import TENANT

Connect = Callable[..., Client]
PORTS = ("vcd-v", "vcd-t")
L2_VPN = ["Organization vDC Gateway: View L2 VPN", "Organization vDC Gateway: Configure L2 VPN"]
ADMINISTRATOR = "Organization Administrator"


@pytest.fixture
def connect(lab: Lab, tmp_path: Path) -> Iterator[Connect]:
    lab.reset()
    lab.rules = lab.rules.changed(vcd_v_newest_version="30.0")
    opened: list[Client] = []

    def log_in(port: str, user: str = "administrator", organization: str = "System") -> Client:
        uri = f"https://localhost:{lab.ports[port]}"
        client = Client(uri, verify_ssl_certs=lab.ca_path, log_file=str(tmp_path / "pyvcloud.log"))
        client.set_credentials(BasicLoginCredentials(user, organization, lab.password))
        opened.append(client)
        return client

    yield log_in
    for client in opened:
        client.logout()


def acme(client: Client) -> Org:
    return Org(client, resource=client.get_org_by_name("acme"))


def acme_vdc(client: Client) -> VDC:
    return VDC(client, resource=acme(client).get_vdc("acme-vdc"))


@pytest.mark.parametrize(("port", "version"), [("vcd-v", "30.0"), ("vcd-t", "36.0")])
def test_it_negotiates_and_logs_in(connect: Connect, port: str, version: str) -> None:
    client = connect(port)
    assert client.get_api_version() == version
    assert client.is_sysadmin()
    assert [o.get("name") for o in client.get_org_list()] == ["System", "acme", "globex"]
    assert [o.get("name") for o in connect(port, "orgadmin", "acme").get_org_list()] == ["acme"]


@pytest.mark.parametrize("port", PORTS)
def test_it_lists_rights_and_roles(connect: Connect, port: str) -> None:
    for client, available in ((connect(port), 41), (connect(port, "orgadmin", "acme"), len(TENANT))):
        org = acme(client)
        assert {r["name"] for r in org.list_rights_of_org()} == set(TENANT)
        assert {r["name"] for r in org.list_roles()} == {ADMINISTRATOR, "vApp User"}
        assert len(org.list_rights_available_in_vcd()) == available


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("user", [("administrator", "System"), ("orgadmin", "acme")])
def test_it_lists_networks_and_vapps(connect: Connect, port: str, user: tuple[str, str]) -> None:
    vdc = acme_vdc(connect(port, *user))
    networks = {"acme-services", "acme-isolated"} | ({"acme-distributed"} if port == "vcd-v" else set())
    assert {r["name"] for r in vdc.list_orgvdc_network_records()} == networks
    assert {n.get("name") for n in vdc.list_orgvdc_network_resources(type="isolated")} == {"acme-isolated"}
    assert [r["name"] for r in vdc.list_resources(EntityType.VAPP)] == ["acme-apps"]
    assert vdc.get_vapp("acme-apps").get("name") == "acme-apps"


@pytest.mark.parametrize("port", PORTS)
def test_it_finds_the_edge_gateway(connect: Connect, port: str) -> None:
    client = connect(port)
    vdc = VDC(client, resource=acme(client).get_vdc("acme-vdc", is_admin_operation=True))
    assert [e["name"] for e in vdc.list_edge_gateways()] == ["acme-edge"]
    assert vdc.get_gateway("acme-edge").get("name") == "acme-edge"


@pytest.mark.parametrize("port", PORTS)
def test_it_grants_rights_to_an_organization(connect: Connect, port: str) -> None:
    org = acme(connect(port))
    org.add_rights(L2_VPN)
    assert {r["name"] for r in org.list_rights_of_org()} == {*TENANT, *L2_VPN}
    org.remove_rights(L2_VPN)
    assert {r["name"] for r in org.list_rights_of_org()} == set(TENANT)
    with pytest.raises(BadRequestException):
        org.add_rights(L2_VPN[1:])
    with pytest.raises(AccessForbiddenException):
        connect(port, "orgadmin", "acme").post_resource(
            f"{org.href_admin}/rights", org.client.get_resource(f"{org.href_admin}/rights"), EntityType.ORG_RIGHTS.value
        )


def test_it_unlinks_a_role_and_adds_rights(connect: Connect) -> None:
    client = connect("vcd-v")
    org = acme(client)
    org.add_rights(L2_VPN)
    role = Role(client, href=org.get_role_record(ADMINISTRATOR)["href"])
    with pytest.raises(BadRequestException):
        role.add_rights(L2_VPN, org)
    role.unlink()
    role.add_rights(L2_VPN, org)
    changed = Role(client, href=role.href)
    assert {r["name"] for r in changed.list_rights()} == {*TENANT, *L2_VPN}


def test_it_makes_a_routed_network_a_subinterface(connect: Connect) -> None:
    client = connect("vcd-v")
    vdc = acme_vdc(client)

    def wait(resource: Any) -> None:
        task = client.get_task_monitor().wait_for_success(resource, poll_frequency=0.02)
        assert task.get("status") == TaskStatus.SUCCESS.value

    made = vdc.create_routed_vdc_network("company-network", "acme-edge", "172.16.10.1/24", "stretched web tier")
    wait(made.Tasks.Task[0])
    network = VdcNetwork(client, href=made.get("href"))
    wait(network.convert_to_sub_interface())
    network.reload_admin()
    assert bool(network.admin_resource.Configuration.SubInterface)
    wait(vdc.delete_routed_orgvdc_network("company-network"))
