# SPDX-License-Identifier: GPL-3.0-or-later
"""The package repository, and hosts that install from it the way Microsoft documents (Azure reference 8.3)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import yaml
from unit.lab.azure.conftest import GROUP, MACHINE, V_RESOURCES, Azure

from lab import Lab
from lab.azure import directory
from lab.azure.repository import VERSIONS
from lab.azure.targets import Targets, missing

SUITE = "/debian/12/prod/dists/bookworm"
INSTALL = (
    "set -e; curl -sSfo /tmp/prod.deb https://packages.microsoft.com/config/debian/12/packages-microsoft-prod.deb;"
    " dpkg -i /tmp/prod.deb; apt-get -q update; apt-get -qy install azcmagent={version}"
)
needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb builds the packages")


def fetch(azure: Azure, path: str) -> requests.Response:
    return azure._http.get(azure.url("packages") + path, timeout=30)


@needs_dpkg
def test_the_index_describes_what_is_there(azure: Azure) -> None:
    stanzas = fetch(azure, f"{SUITE}/main/binary-amd64/Packages").text.strip().split("\n\n")
    packages = [dict(line.split(": ", 1) for line in stanza.splitlines()) for stanza in stanzas]
    assert [p["Version"] for p in packages] == list(VERSIONS)
    for package in packages:
        content = fetch(azure, f"/debian/12/prod/{package['Filename']}").content
        assert package["SHA256"] == hashlib.sha256(content).hexdigest()
        assert int(package["Size"]) == len(content)


@needs_dpkg
def test_the_release_names_its_indexes(azure: Azure) -> None:
    release = fetch(azure, f"{SUITE}/Release").text
    for name in ("main/binary-amd64/Packages", "main/binary-amd64/Packages.gz"):
        assert f"{hashlib.sha256(fetch(azure, f'{SUITE}/{name}').content).hexdigest()} " in release
    assert fetch(azure, f"{SUITE}/nothing").status_code == 404


REASON = missing() or ""
needs_targets = pytest.mark.skipif(bool(REASON), reason=REASON)


@pytest.fixture(scope="module")
def targets(azure_lab: Lab) -> Iterator[Targets]:
    with Targets.start(azure_lab.ports, azure_lab.ca_path, 2, azure_vms=["target-2"]) as targets:
        yield targets


@needs_targets
def test_a_target_is_a_host_of_its_own(targets: Targets) -> None:
    first, second = targets["target-1"], targets["target-2"]
    assert first.run("hostname").stdout.strip() == "target-1"
    first.run("echo mine > /etc/mark && useradd somebody")
    assert second.run("cat /etc/mark; id somebody", check=False).returncode != 0
    assert not Path("/etc/mark").exists()
    assert first.run("cat /sys/class/dmi/id/product_uuid").stdout.strip() == first.hardware != second.hardware
    assert stat.S_IMODE(first.key.stat().st_mode) == 0o600
    hosts = yaml.safe_load(targets.inventory.read_text())["arc_targets"]["hosts"]
    assert hosts["target-1"]["ansible_port"] == first.port


@needs_targets
def test_azures_metadata_service_answers_on_its_own_machines_only(targets: Targets) -> None:
    ask = "curl -sS -m 3 -H Metadata:true 'http://169.254.169.254/metadata/instance/compute?api-version=2019-06-01'"
    assert targets["target-1"].run(ask, check=False).returncode == 7
    assert "azEnvironment" in json.loads(targets["target-2"].run(ask).stdout)


@needs_targets
def test_the_agent_from_package_to_purge(azure: Azure, targets: Targets) -> None:
    azure.register("Microsoft.HybridCompute", "Microsoft.HybridConnectivity")
    azure.call("PUT", GROUP, V_RESOURCES, {"location": "westeurope"})
    target = targets["target-1"]
    target.run(INSTALL.format(version=VERSIONS[0]))
    assert target.run("azcmagent version").stdout.strip() == f"azcmagent version {VERSIONS[0]}"
    assert target.run("systemctl is-active himdsd extd gcad arcproxyd").stdout.split() == ["active"] * 4
    config = {
        "access-token": azure.token("onboarding"),
        "subscription-id": directory.SUBSCRIPTION,
        "resource-group": "rg-arc",
        "tenant-id": directory.TENANT,
        "location": "westeurope",
        "resource-name": "app01",
    }
    target.path("/run/connect.json").write_text(json.dumps(config))
    target.run("chmod 600 /run/connect.json && azcmagent connect --config /run/connect.json")
    azure.lab.shared.clock.advance(1)
    assert azure.get(MACHINE)["properties"]["vmUuid"] == target.hardware
    target.run("systemctl stop himdsd")
    azure.lab.shared.clock.advance(30 * 60)
    assert azure.get(MACHINE)["properties"]["status"] == "Disconnected"
    target.run("systemctl restart himdsd")
    assert azure.get(MACHINE)["properties"]["status"] == "Connected"
    target.run(f"apt-get -qy install azcmagent={VERSIONS[2]}")
    assert "Connected" in target.run("azcmagent show status").stdout
    target.run("azcmagent disconnect -f && apt-get -qy purge azcmagent")
    assert target.run("command -v azcmagent", check=False).returncode != 0
    assert [c["arguments"][0] for c in target.calls()] == ["version", "connect", "show", "disconnect"]


@needs_targets
def test_the_agent_refuses_a_virtual_machine_of_azure(azure: Azure, targets: Targets) -> None:
    target = targets["target-2"]
    package = f"debian/12/prod/pool/main/a/azcmagent/azcmagent_{VERSIONS[1]}_amd64.deb"
    target.run(f"curl -sSfo /tmp/agent.deb https://packages.microsoft.com/{package} && dpkg -i /tmp/agent.deb")
    flags = f"-s {directory.SUBSCRIPTION} -g rg-arc -l westeurope -t {directory.TENANT} --access-token x"
    done = target.run(f"azcmagent connect {flags}", check=False)
    assert (done.returncode, "AZCM0141" in done.stdout) == (3, True)
    target.run("systemctl set-environment MSFT_ARC_TEST=true")
    done = target.run(f"azcmagent connect {flags}", check=False)
    assert (done.returncode, "AZCM0012" in done.stdout) == (12, True)


@needs_targets
def test_nothing_stays_when_targets_stop(azure_lab: Lab) -> None:
    with Targets.start(azure_lab.ports, azure_lab.ca_path) as short:
        process, folder = short.all[0].process, short.folder
        os.kill(process, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert not folder.exists()
