# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the Cloud Director modules against the lab as Ansible would, in this process, and tells what they sent."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.modules import (
    vcd_edge_l2vpn,
    vcd_l2vpn_tunnel,
    vcd_org_network,
    vcd_org_rights,
    vcd_vm_info,
)
from lab import Lab

MODULES = {
    "vcd_edge_l2vpn": vcd_edge_l2vpn,
    "vcd_l2vpn_tunnel": vcd_l2vpn_tunnel,
    "vcd_org_network": vcd_org_network,
    "vcd_org_rights": vcd_org_rights,
    "vcd_vm_info": vcd_vm_info,
}
# Logging in and out changes nothing.
SESSIONS = ("/sessions", "/sessions/provider", "/session", "/token")

Result = dict[str, Any]


class Tasks:
    """``run("vcd_org_network", ...)``, logged in to one of the lab's Cloud Directors as somebody."""

    def __init__(self, lab: Lab, name: str, user: str = "administrator", org: str = "System") -> None:
        self.lab = lab
        self.service = f"vcd/{name}"
        self.name = name
        self.connection: Result = {
            "hostname": "localhost",
            "port": lab.ports[name],
            "username": user,
            "org": org,
            "password": lab.password,
            "ca_path": lab.ca_path,
        }
        self.shown: list[str] = []

    def by(self, user: str, org: str) -> Tasks:
        """The same Cloud Director for somebody else."""
        return Tasks(self.lab, self.name, user, org)

    def __call__(self, module: str, *, check: bool = False, **options: Any) -> Result:
        """The result of a task that succeeds."""
        result = self.attempt(module, check=check, **options)
        assert not result.get("failed"), result
        return result

    def failing(self, module: str, *, check: bool = False, **options: Any) -> Result:
        """The result of a task that fails: one sentence, and facts."""
        result = self.attempt(module, check=check, **options)
        assert result.get("failed"), result
        assert "\n" not in result["msg"]
        return result

    def attempt(self, module: str, *, check: bool = False, **options: Any) -> Result:
        job = MODULES[module].JOB
        checked = ArgumentSpecValidator(job.argument_spec, **job.rules).validate({**self.connection, **options})
        assert checked.error_messages == []
        result: Result = job.result(checked.validated_parameters, check=check, show=self.shown.append)
        return result

    def rights(self, **options: Any) -> Result:
        return self("vcd_org_rights", **{"organization": "acme", **options})

    def networks(self, *networks: Result, **options: Any) -> Result:
        return self("vcd_org_network", networks=list(networks), **{"vdc": "acme-vdc", **options})

    def refused(self, *networks: Result, **options: Any) -> Result:
        return self.failing("vcd_org_network", networks=list(networks), **{"vdc": "acme-vdc", **options})

    def server(self, *sites: Result, **options: Any) -> Result:
        return self("vcd_edge_l2vpn", peer_sites=list(sites), **{**EDGE, **options})

    def no_server(self, *sites: Result, **options: Any) -> Result:
        return self.failing("vcd_edge_l2vpn", peer_sites=list(sites), **{**EDGE, **options})

    def tunnel(self, **options: Any) -> Result:
        return self("vcd_l2vpn_tunnel", **{**EDGE, **TUNNEL, **options})

    def no_tunnel(self, **options: Any) -> Result:
        return self.failing("vcd_l2vpn_tunnel", **{**EDGE, **TUNNEL, **options})

    def mark(self) -> int:
        """The number of the newest request, to look only at later ones."""
        requests = self.lab.requests()
        return requests[-1].number if requests else 0

    def calls(self, since: int = 0) -> list[str]:
        """The names of all requests, oldest first."""
        return [entry.name for entry in self.lab.requests(self.service, since=since)]

    def writes(self, since: int = 0) -> list[str]:
        """The names of the writing requests, oldest first."""
        return [name for name in self.calls(since) if not name.startswith("GET ") and not name.endswith(SESSIONS)]


EDGE: Result = {"vdc": "acme-vdc", "edge_gateway": "acme-edge"}
TUNNEL: Result = {
    "name": "company-dc1",
    "session_mode": "server",
    "local_endpoint": "203.0.113.30",
    "remote_endpoint": "198.51.100.10",
    "tunnel_interface": "192.168.254.1/30",
    "pre_shared_key": "open sesame, tunnel",
}


def network(**settings: Any) -> Result:
    """A whole routed network."""
    return {
        "name": "company-network",
        "edge_gateway": "acme-edge",
        "gateway": "172.16.10.1",
        "prefix_length": 24,
        "dns_servers": ["172.16.10.10", "172.16.10.11"],
        "dns_suffix": "company.example",
        "ip_ranges": [{"first": "172.16.10.150", "last": "172.16.10.199"}],
        "description": "stretched web tier",
        "interface_type": "subinterface",
        **settings,
    }


def site(**settings: Any) -> Result:
    """A whole peer site."""
    return {
        "name": "company-dc1",
        "user": "company",
        "password": "open sesame, site",
        "networks": ["company-network"],
        "egress_gateways": ["172.16.10.1"],
        **settings,
    }


def listed(result: Result) -> list[tuple[str, str, str]]:
    """(action, kind, name) of every change."""
    return [(change["action"], change["kind"], change["name"]) for change in result["changes"]]
