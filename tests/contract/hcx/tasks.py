# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the HCX modules against the lab as Ansible would, in this process, and tells what they sent."""

from __future__ import annotations

import hashlib
import ssl
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.modules import (
    hcx_compute_profile,
    hcx_health_info,
    hcx_info,
    hcx_network_profile,
    hcx_service_mesh,
    hcx_site_pairing,
)
from lab import Lab

MODULES = {
    "hcx_compute_profile": hcx_compute_profile,
    "hcx_health_info": hcx_health_info,
    "hcx_info": hcx_info,
    "hcx_network_profile": hcx_network_profile,
    "hcx_service_mesh": hcx_service_mesh,
    "hcx_site_pairing": hcx_site_pairing,
}
# POSTs that only ask.
ASKING = ("/sessions", "?action=queryIpUsage", "/list", "/query", "/inventory/networks", "/inventory/containers")

Result = dict[str, Any]


def fingerprint(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


class Tasks:
    """``run("hcx_network_profile", profiles=[...])``, logged in to the manager at ``port``."""

    def __init__(self, lab: Lab, port: int) -> None:
        self.lab = lab
        self.connection: Result = {
            "hostname": "localhost",
            "port": port,
            "username": lab.username,
            "password": lab.password,
            "ca_path": lab.ca_path,
        }
        self.remote: Result = {
            "remote_url": lab.cloud.url,
            "remote_username": lab.username,
            "remote_password": lab.password,
            "certificate_fingerprint": fingerprint(lab.cloud.certificate),
        }
        self.shown: list[str] = []

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

    def pair(self, **options: Any) -> Result:
        """With the cloud, which is trusted by its fingerprint."""
        return self("hcx_site_pairing", **{**self.remote, **options})

    def not_paired(self, **options: Any) -> Result:
        return self.failing("hcx_site_pairing", **{**self.remote, **options})

    def profiles(self, *profiles: Result, **options: Any) -> Result:
        return self("hcx_network_profile", profiles=list(profiles), **options)

    def refused(self, *profiles: Result, **options: Any) -> Result:
        return self.failing("hcx_network_profile", profiles=list(profiles), **options)

    def mark(self) -> int:
        """The number of the newest request, to look only at later ones."""
        requests = self.lab.requests()
        return requests[-1].number if requests else 0

    def calls(self, since: int = 0) -> list[str]:
        """The names of all requests, oldest first; not for tests that also look with the reader."""
        return [entry.name for entry in self.lab.requests(since=since)]

    def writes(self, since: int = 0) -> list[str]:
        """The names of the writing requests, oldest first."""
        return [name for name in self.calls(since) if not name.startswith("GET ") and not name.endswith(ASKING)]


def listed(result: Result) -> list[tuple[str, str]]:
    """(action, name) of every change."""
    return [(change["action"], change["name"]) for change in result["changes"]]


def span(text: str) -> Result:
    """An entry of the option ranges from "first-last"."""
    first, _rest, last = text.partition("-")
    return {"first": first, "last": last or None}


def uplink(**settings: Any) -> Result:
    """A whole network profile on a segment whose name is unique."""
    return {
        "name": "np-uplink",
        "network": "seg-replication",
        "roles": ["uplink"],
        "prefix_length": 22,
        "gateway": "10.13.0.1",
        "ranges": [span("10.13.3.10-10.13.3.19")],
        "dns_servers": ["10.10.0.2", "10.10.0.3"],
        "dns_suffix": "lab.example",
        **settings,
    }
