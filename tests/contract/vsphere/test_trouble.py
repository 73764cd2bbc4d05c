# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a task from its server is said in one sentence, and no secret is in it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from contract.vsphere.tasks import MODULES, Tasks, static

from lab import Lab

NEEDED: dict[str, dict[str, Any]] = {
    "esxi_vmkernel": {"adapters": [{"network": "pg-vmotion", "ipv4": static("10.11.0.11/22")}]},
    "esxi_vmkernel_info": {},
    "esxi_netstack": {"stacks": [{"name": "vmotion", "congestion_control": "cubic"}]},
    "esxi_vmkping": {"device": "vmk0", "pattern": "none", "gateway": True},
}
EVERY_MODULE = pytest.mark.parametrize("module", MODULES)


@EVERY_MODULE
def test_a_wrong_password(run: Tasks, lab: Lab, module: str) -> None:
    result = run.failing(module, password="Wrong!98765", **NEEDED[module])
    assert "does not accept this user name and password" in result["msg"]
    assert "VMWARE_PASSWORD" in result["hint"]
    assert "Wrong!98765" not in json.dumps(result)
    assert lab.sessions()["opened"] == 0


@EVERY_MODULE
def test_an_untrusted_certificate(run: Tasks, module: str) -> None:
    result = run.failing(module, ca_path=None, **NEEDED[module])
    assert "the certificate of localhost" in result["msg"]
    assert "not trusted" in result["msg"]
    assert "ca_path" in result["hint"]


@EVERY_MODULE
def test_an_unreachable_port(run: Tasks, module: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        result = run.failing(module, port=port, **NEEDED[module])
    assert f"no answer from localhost:{port}" in result["msg"]


def test_a_server_that_stays_silent(run: Tasks) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        result = run.failing("esxi_vmkernel_info", port=silent.getsockname()[1], request_timeout=1)
    assert "no answer from localhost" in result["msg"]


def test_a_server_of_another_kind(run: Tasks, lab: Lab) -> None:
    control = int(lab.control_url.rpartition(":")[2])
    assert "no answer from localhost" in run.failing("esxi_vmkernel_info", port=control)["msg"]


@EVERY_MODULE
def test_a_service_that_is_unavailable(run: Tasks, lab: Lab, module: str) -> None:
    lab.faults.add("http", status=503, times=None)
    assert "503" in run.failing(module, **NEEDED[module])["msg"]


def test_a_ca_file_that_does_not_exist(run: Tasks, tmp_path: Path) -> None:
    result = run.failing("esxi_vmkernel_info", ca_path=str(tmp_path / "missing.pem"))
    assert "ca_path" in result["msg"]
    assert "missing.pem" in result["msg"]


def test_certificates_may_be_left_unchecked(run: Tasks) -> None:
    assert run("esxi_vmkernel_info", ca_path=None, validate_certs=False)["hosts"]


@pytest.mark.parametrize("module", ["esxi_vmkernel", "esxi_netstack"])
def test_a_missing_privilege_is_named(run: Tasks, lab: Lab, module: str) -> None:
    result = run.failing(module, username=lab.reader_username, **NEEDED[module])
    assert "the privilege Host.Config.Network is missing" in result["msg"]
    assert result["changed"] is False


def test_a_missing_privilege_for_pings_is_named(run: Tasks, lab: Lab) -> None:
    lab.rules = lab.rules.changed(esxcli_privilege="Host.Config.Settings")
    result = run.failing("esxi_vmkping", username=lab.reader_username, **NEEDED["esxi_vmkping"])
    assert "the privilege Host.Config.Settings is missing" in result["msg"]


def test_pings_survive_a_moment_without_service(run: Tasks, lab: Lab) -> None:
    for trouble in ("http", "drop_before"):
        lab.faults.add(trouble, method="ExecuteSoap")
        run("esxi_vmkping", **NEEDED["esxi_vmkping"])


@pytest.mark.usefixtures("run_folder")
def test_password_and_cookie_are_in_no_result(run: Tasks, lab: Lab, run_folder: Path) -> None:
    run("esxi_vmkernel_info")
    (file,) = run_folder.glob("login.*.json")
    assert file.stat().st_mode & 0o077 == 0
    assert lab.password not in file.read_text()
    cookie = json.loads(file.read_text())["cookie"].split('"')[1]
    assert len(cookie) > 20
    lab.faults.add("fault", method="AddVirtualNic", message=f"said {lab.password} with {cookie}", times=None)
    for options in NEEDED["esxi_vmkernel"], {**NEEDED["esxi_vmkernel"], "clusters": ["compute-b"]}:
        text = json.dumps(run.attempt("esxi_vmkernel", **options))
        assert lab.password not in text
        assert cookie not in text
