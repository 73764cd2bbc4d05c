# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: a detached lab that others find through its state folder."""

from __future__ import annotations

import os
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from pyVim.connect import Disconnect, SmartConnect

from lab import LabControl

TESTS = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    environment = {**os.environ, "LAB_HOME": str(tmp_path), "PYTHONPATH": str(TESTS)}

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lab", *arguments], env=environment, capture_output=True, text=True, check=False
        )

    yield command
    for folder in tmp_path.iterdir():
        command("down", "--name", folder.name)


def exported(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return {
        name: value.strip("'") for name, _rest, value in (line.removeprefix("export ").partition("=") for line in lines)
    }


def test_up_status_drift_reset_down(run: Run, tmp_path: Path) -> None:
    up = run("up", "--name", "one", "--base-port", "0", "--hosts", "2")
    assert up.returncode == 0, up.stderr
    folder = tmp_path / "one"
    env = exported(folder / "env")
    assert stat.S_IMODE((folder / "env").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "ca.key").stat().st_mode) == 0o600
    assert f"https://localhost:{env['VMWARE_PORT']}" in up.stdout
    si = SmartConnect(
        host=env["VMWARE_HOST"],
        port=int(env["VMWARE_PORT"]),
        user=env["VMWARE_USER"],
        pwd=env["VMWARE_PASSWORD"],
        sslContext=ssl.create_default_context(cafile=env["VMWARE_CA_PATH"]),
    )
    Disconnect(si)
    assert run("status", "--name", "one").returncode == 0
    assert run("drift", "esx-a01.lab.example", "vmk0", "--mtu", "1400", "--name", "one").returncode == 0
    with LabControl(env["LAB_CONTROL"], env["VMWARE_CA_PATH"]) as control:
        assert control.host("esx-a01.lab.example")["adapters"][0]["mtu"] == 1400
        assert "Login" in run("requests", "--name", "one").stdout
        planned = run("fault", "--action", "fail_work", "--method", "POST /x", "--step", "3", "--name", "one")
        assert planned.returncode == 0, planned.stderr
        assert control.faults()[0]["step"] == 3
        login = {"username": env["HCX_USER"], "password": env["HCX_PASSWORD"]}
        url = f"https://{env['HCX_HOST']}:{env['HCX_PORT']}/hybridity/api/sessions"
        assert requests.post(url, json=login, verify=env["HCX_CA_PATH"], timeout=10).status_code == 200
        assert run("reset", "--name", "one").returncode == 0
        assert control.host("esx-a01.lab.example")["adapters"][0]["mtu"] == 1500
    authority = (folder / "ca.pem").read_bytes()
    assert run("down", "--name", "one").returncode == 0
    assert run("status", "--name", "one").returncode == 1
    assert not (folder / "env").exists()
    assert (folder / "ca.pem").read_bytes() == authority


def test_a_taken_port_is_reported(run: Run, tmp_path: Path) -> None:
    run("up", "--name", "one", "--base-port", "0", "--hosts", "1")
    taken = exported(tmp_path / "one" / "env")["VMWARE_PORT"]
    second = run("up", "--name", "two", "--base-port", taken, "--hosts", "1")
    assert second.returncode != 0
    assert "in use" in second.stderr


def test_wrong_use_is_explained(run: Run) -> None:
    refused = run("drift", "esx-a01.lab.example", "vmk0", "--mtu", "1400")
    assert refused.returncode != 0
    assert "is not running" in refused.stderr
    assert "1 to 1000" in run("up", "--hosts", "0", "--base-port", "0").stderr
