# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers, certificates and accounts that do not let a task in; the same for every module."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from contract.bad_input.case import Case, all_of
from contract.bad_input.test_selection import OPTIONS
from contract.vsphere.tasks import Tasks

from lab import Lab

MODULES = pytest.mark.parametrize("module", OPTIONS)


def refused(module: str, run: Tasks, sentence: str, **options: Any) -> None:
    Case(module, sentence, {**OPTIONS[module], **options}).refused_by(module, run)


@MODULES
@pytest.mark.parametrize("wrong", [{"password": "Lab!1234"}, {"username": "nobody@vsphere.local"}], ids=str)
def test_credentials_that_are_wrong(module: str, wrong: dict[str, Any], run: Tasks) -> None:
    address = f"localhost:{run.lab.source.port}"
    refused(module, run, f"{address} does not accept this user name and password", **wrong)
    assert run.lab.sessions()["open"] == 0


@pytest.mark.parametrize("fault", ["PasswordExpired", "InvalidLogin"])
def test_an_account_that_is_locked_or_expired(fault: str, run: Tasks) -> None:
    run.lab.faults.add("fault", method="Login", fault=fault, message="The account is locked.", times=None)
    result = run.failing("esxi_vmkernel_info")
    assert result["msg"].startswith(f"localhost:{run.lab.source.port} does not ")
    assert result["service_code"] == fault
    assert "locked" in result["hint"]


@MODULES
def test_a_session_that_ends_and_cannot_be_renewed(module: str, run: Tasks) -> None:
    run.lab.faults.add("fault", method="RetrievePropertiesEx", fault="NotAuthenticated", times=None)
    refused(module, run, f"the session on localhost:{run.lab.source.port} has ended")


@MODULES
def test_a_certificate_that_is_not_trusted(module: str, run: Tasks) -> None:
    result = run.failing(module, **OPTIONS[module], ca_path=None)
    assert result["msg"].startswith(f"the certificate of localhost:{run.lab.source.port} is not trusted: ")
    assert "ca_path" in result["hint"]
    assert run.lab.requests() == []


@MODULES
def test_a_ca_file_that_is_missing(module: str, run: Tasks, tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    sentence = f"ca_path {missing} cannot be used: No such file or directory; give a file of PEM certificates"
    refused(module, run, sentence, ca_path=str(missing))


def test_a_ca_file_that_holds_no_certificate(run: Tasks, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    result = run.failing("esxi_vmkernel_info", ca_path=str(file))
    assert (
        result["msg"]
        == f"ca_path {file} cannot be used: it holds no valid certificate; give a file of PEM certificates"
    )


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that stays bound but does not listen, so that nobody else answers there."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@MODULES
def test_a_server_that_does_not_answer(module: str, run: Tasks, closed_port: int) -> None:
    refused(module, run, f"no answer from localhost:{closed_port}: Connection refused", port=closed_port)


def test_a_server_that_does_not_exist(run: Tasks) -> None:
    result = run.failing("esxi_vmkernel_info", hostname="vcenter.invalid")
    assert result["msg"].startswith(f"no answer from vcenter.invalid:{run.lab.source.port}: ")
    assert "Errno" not in result["msg"]


def test_a_server_that_is_no_vsphere(run: Tasks) -> None:
    port = int(run.lab.control_url.rpartition(":")[2])
    result = run.failing("esxi_vmkernel_info", port=port)
    assert result["msg"] == f"no answer from localhost:{port}: 404 Not Found"


WRITERS = [
    Case(
        "esxi_netstack",
        "could not update TCP/IP stack esx-a01.lab.example/vmotion: the privilege "
        "Host.Config.Network is missing on {network_system}",
    ),
    Case(
        "esxi_vmkernel",
        "could not update VMkernel adapter esx-a01.lab.example/vmk0: the privilege "
        "Host.Config.Network is missing on {network_system}",
    ),
]


@all_of(WRITERS)
def test_a_privilege_that_is_missing(case: Case, run: Tasks, lab: Lab) -> None:
    (moid,) = {network_system(lab)}
    filled = replace(
        case,
        sentence=case.sentence.format(network_system=moid),
        options={**OPTIONS[case.name], "username": lab.reader_username},
        writes=True,
    )
    filled.refused_by(case.name, run)


def network_system(lab: Lab) -> str:
    """What vCenter calls the network system of the first host."""
    server = lab._server.vcenters["source"]
    return next(moid for moid in server.nodes if moid.startswith("networkSystem-"))
