# SPDX-License-Identifier: GPL-3.0-or-later
"""For every module, options that do something on the lab and options that fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integration.execution import azure_cases, extender_cases

HOSTS = ("esx-a01.lab.example", "esx-a02.lab.example")
SELECTED = {"datacenter": "dc-a", "hosts": list(HOSTS)}

Options = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`refused` fails inside the module's work, with a sentence and facts beside it."""

    works: Options
    refused: Options


def _adapters(mtu: int) -> Options:
    addresses = {host: f"10.11.0.{number}/22" for number, host in enumerate(HOSTS, 11)}
    vmotion = {
        "network": "pg-vmotion",
        "stack": "vmotion",
        "mtu": mtu,
        "ipv4": {"mode": "static", "addresses": addresses},
    }
    return {**SELECTED, "adapters": [vmotion]}


def _hcx_plan(version: str) -> Options:
    def site(name: str, net: str) -> Options:
        management = {
            "name": "np-management",
            "roles": ["management", "uplink"],
            "cidr": f"{net}.0/24",
            "gateway": f"{net}.1",
            "ranges": [f"{net}.30-{net}.33"],
        }
        return {"name": name, "manager": f"{net}.20", "vcenter": f"{net}.5", "network_profiles": [management]}

    sites = {"local": site("here", "10.1.1"), "remote": site("there", "10.2.1")}
    return {**sites, "services": ["bulk_migration"], "hcx_version": version}


def _moves(cluster: str) -> Options:
    moves = [
        {"vm": "web01", "powered_on": True, "scope": "compute", "source_cluster": cluster},
        {"vm": "archive01", "powered_on": False, "scope": "storage", "source_host": HOSTS[0]},
    ]
    return {"hosts": "{{ esxi_vmkernel_info.hosts }}", "moves": moves}


def _pairing(fingerprint: str) -> Options:
    return {
        "remote_url": "{{ cloud.url }}",
        "remote_username": "administrator@vsphere.local",
        "remote_password": "{{ cloud.password }}",
        "certificate_fingerprint": fingerprint,
    }


def _network_profiles(gateway: str) -> Options:
    uplink = {
        "name": "np-uplink",
        "network": "seg-replication",
        "roles": ["uplink"],
        "over_vpn": True,
        "prefix_length": 22,
        "gateway": gateway,
        "ranges": [{"first": "10.13.3.10", "last": "10.13.3.19"}],
    }
    return {"profiles": [uplink]}


def _compute_profile(datastore: str) -> Options:
    return {
        "name": "cp-onprem",
        "datacenter": "dc-a",
        "services": ["INTERCONNECT", "BULK_MIGRATION"],
        "service_clusters": ["compute-a"],
        "deployment_clusters": ["compute-a"],
        "datastores": [datastore],
        "networks": {"management": ["np-uplink"], "replication": ["np-uplink"]},
    }


def _service_mesh(remote_compute_profile: str) -> Options:
    return {
        "name": "onprem-cloud",
        "remote_url": "{{ cloud.url }}",
        "compute_profile": "cp-onprem",
        "remote_compute_profile": remote_compute_profile,
        "services": ["INTERCONNECT", "BULK_MIGRATION"],
    }


def _organization_network(prefix_length: int) -> Options:
    company = {
        "name": "company-network",
        "edge_gateway": "acme-edge",
        "gateway": "172.16.10.1",
        "prefix_length": prefix_length,
        "interface_type": "internal",
    }
    return {"vdc": "acme-vdc", "organization": "acme", "networks": [company]}


def _edge_server(listener_ip: str) -> Options:
    """At the cloud with NSX-V."""
    edge = {"port": "{{ vcd_v_port }}", "vdc": "acme-vdc", "edge_gateway": "acme-edge"}
    return {**edge, "listener_ip": listener_ip, "enabled": False}


def _tunnel(local_endpoint: str) -> Options:
    return {
        "vdc": "acme-vdc",
        "edge_gateway": "acme-edge",
        "name": "company-dc1",
        "session_mode": "server",
        "local_endpoint": local_endpoint,
        "remote_endpoint": "198.51.100.10",
        "tunnel_interface": "192.168.254.1/30",
        "pre_shared_key": "{{ cloud.password }}",
        "networks": [{"name": "company-network"}],
    }


def _migration(rpo_minutes: int) -> Options:
    """One that begins so late that nothing of its result depends on when the test runs."""
    target = {"vdc": "acme-vdc", "storage_profile": "gold", "networks": [{"network": "acme-isolated", "mode": "pool"}]}
    late = "2999-01-01T00:00:00+00:00"
    return {"vms": [{"name": "WebApp2"}], "target": target, "rpo_minutes": rpo_minutes, "start_at": late}


# In the order in which a site is built: a ping needs an adapter. Later cases may use the result of an earlier one,
# registered under the name of its module.
CASES = {
    "esxi_vmkernel": Case(works=_adapters(9000), refused=_adapters(9500)),
    "esxi_netstack": Case(
        works={**SELECTED, "stacks": [{"name": "vmotion", "gateway_ipv4": "10.11.0.1"}]},
        refused={**SELECTED, "stacks": [{"name": "vmotion", "gateway_ipv4": "10.99.0.1"}]},
    ),
    "esxi_vmkernel_info": Case(works=SELECTED, refused={"hosts": ["no-such-host"]}),
    "migration_network_plan": Case(works=_moves("compute-a"), refused=_moves("no-such-cluster")),
    "esxi_vmkping": Case(
        works={**SELECTED, "service": "vmotion", "gateway": True},
        refused={**SELECTED, "service": "vmotion", "pattern": "none", "targets": ["10.99.0.1"]},
    ),
    "hcx_site_pairing": Case(works=_pairing("{{ cloud.fingerprint }}"), refused=_pairing("5A:0B")),
    "hcx_network_profile": Case(works=_network_profiles("10.13.0.1"), refused=_network_profiles("10.99.0.1")),
    "hcx_compute_profile": Case(works=_compute_profile("ds-a"), refused=_compute_profile("no-such-datastore")),
    "hcx_service_mesh": Case(works=_service_mesh("cp-cloud"), refused=_service_mesh("no-such-profile")),
    "hcx_info": Case(works={}, refused={"hostname": "https://hcx.lab.example"}),
    "hcx_health_info": Case(works={}, refused={"hostname": "https://hcx.lab.example"}),
    "hcx_plan": Case(works=_hcx_plan("4.10.1"), refused=_hcx_plan("next")),
    "vcd_org_rights": Case(
        works={"organization": "acme", "rights_set": "extender_l2vpn", "role_scope": "global"},
        refused={"organization": "acme", "rights": ["no such right"]},
    ),
    "vcd_org_network": Case(works=_organization_network(24), refused=_organization_network(31)),
    "vcd_edge_l2vpn": Case(works=_edge_server("203.0.113.20"), refused=_edge_server("203.0.113.99/24")),
    "vcd_l2vpn_tunnel": Case(works=_tunnel("203.0.113.30"), refused=_tunnel("203.0.113.300")),
    **{module: Case(*options) for module, options in extender_cases.CASES.items()},
    "vcda_migration": Case(works=_migration(15), refused=_migration(3)),
    "vcda_info": Case(works={}, refused={"hostname": "https://vcda.lab.example"}),
    "vcenter_vm_info": Case(works={"vms": ["WebApp2", "WebApp3"]}, refused={"vms": []}),
    "vcd_vm_info": Case(
        works={"vdc": "acme-vdc", "organization": "acme", "vms": ["WebApp2"]},
        refused={"vdc": "no-such-vdc"},
    ),
    "migration_verdict": Case(
        works={
            "vms": [{"name": "WebApp2", "network": "company-network"}],
            "source_vms": [{"name": "WebApp2", "id": "vm-15", "powered_on": True}],
            "target_vms": "{{ vcd_vm_info.vms }}",
        },
        refused={"vms": [{"name": "WebApp2"}, {"name": "WebApp2"}]},
    ),
    **{module: Case(works, refused) for module, (works, refused) in azure_cases.CASES.items()},
}
