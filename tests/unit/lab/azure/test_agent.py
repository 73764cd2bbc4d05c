# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for azcmagent, in a folder in place of / (Azure reference 9)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from unit.lab.azure.conftest import GROUP, MACHINE, SUBSCRIPTION, V_RESOURCES, Azure, machine_body

from lab.azure import agent, directory
from lab.azure.repository import VERSIONS

PROGRAM = "import sys; from agent.cli import main; sys.exit(main())"
METHOD = "GET /machine/{vm_id}/identity"


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out[self.out.index("{") :])


@dataclass
class Agent:
    """`root` is what the agent takes for /; `library` holds its code."""

    azure: Azure
    root: Path
    library: Path
    hardware: str = "11111111-0000-4000-8000-000000000001"
    variables: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, fail: str = "") -> Done:
        lab = self.azure.lab
        mine = {
            "ROOT": str(self.root),
            "LOGIN": self.azure.url("entra"),
            "ARM": self.azure.url("arm"),
            "HIS": self.azure.url("his"),
            "IMDS": self.azure.url("his"),
            "CA": lab.ca_path,
            "HARDWARE": self.hardware,
            "FAIL": fail,
            **self.variables,
        }
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.library), "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {f"MSFT_ARC_LAB_{name}": value for name, value in mine.items()}
        command = [sys.executable, "-c", PROGRAM, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    def config(self, who: str = "onboarding", **changes: Any) -> str:
        """A file for --config with a token of an application."""
        content = {
            "access-token": self.azure.token(who),
            "subscription-id": directory.SUBSCRIPTION,
            "resource-group": "rg-arc",
            "tenant-id": directory.TENANT,
            "location": "westeurope",
            "resource-name": "app01",
            "tags": "Datacenter=DC1,Owner='Shared, Infra',Path=a\\,b",
            **changes,
        }
        return self._file({name: value for name, value in content.items() if value is not None})

    def credentials(self, who: str) -> str:
        return self._file({"access-token": self.azure.token(who)})

    def _file(self, content: dict[str, Any]) -> str:
        file = self.root / "config.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(content))
        return str(file)

    def connect(self, who: str = "onboarding", **changes: Any) -> Done:
        return self("connect", "--config", self.config(who, **changes))

    @property
    def shown(self) -> Any:
        return self("show", "-j", "--log-stderr").json


@pytest.fixture
def arc(azure: Azure, tmp_path: Path) -> Agent:
    """An agent that is not connected; the subscription is prepared, with the group rg-arc."""
    azure.register("Microsoft.HybridCompute", "Microsoft.HybridConnectivity")
    azure.call("PUT", GROUP, V_RESOURCES, {"location": "westeurope"})
    library, root = tmp_path / "library", tmp_path / "root"
    root.mkdir()
    shutil.copytree(Path(agent.__file__).parent, library / "agent", ignore=shutil.ignore_patterns("__pycache__"))
    (library / "agent" / "VERSION").write_text(VERSIONS[1])
    return Agent(azure, root, library)


def test_it_connects_and_azure_says_so(arc: Agent) -> None:
    assert arc.shown["resourceId"] == ""
    done = arc.connect()
    assert (done.code, done.err) == (0, "")
    assert "Connected machine to Azure" in done.out
    arc.azure.lab.shared.clock.advance(1)
    found = arc.azure.get(MACHINE)
    assert (found["properties"]["status"], found["properties"]["provisioningState"]) == ("Connected", "Succeeded")
    assert found["tags"] == {"Datacenter": "DC1", "Owner": "Shared, Infra", "Path": "a,b"}
    shown = arc.shown
    assert (shown["status"], shown["resourceId"]) == ("Connected", MACHINE)
    assert shown["vmId"] == found["properties"]["vmId"]
    assert found["properties"]["vmUuid"] == arc.hardware
    assert found["properties"]["agentVersion"] == shown["agentVersion"] == VERSIONS[1]


def test_connecting_again_changes_nothing(arc: Agent) -> None:
    arc.connect()
    done = arc.connect()
    assert done.code == 67
    assert MACHINE in done.out
    assert arc.shown["status"] == "Connected"


@pytest.mark.parametrize(
    ("who", "changes", "code"),
    [
        ("reader", {}, 42),
        ("stranger", {}, 42),
        ("onboarding", {"location": "mars"}, 20),
        ("onboarding", {"resource-group": None}, 16),
        ("onboarding", {"cloud": "Cumulus"}, 23),
        ("onboarding", {"colour": "red"}, 23),
        ("onboarding", {"access-token": "nonsense"}, 12),
        ("onboarding", {"access-token": None}, 41),
        ("onboarding", {"subscription-id": "Nowhere"}, 68),
        ("onboarding", {"resource-group": "rg-new"}, 42),
        ("onboarding", {"tags": "nonsense"}, 23),
    ],
)
def test_why_it_does_not_connect(arc: Agent, who: str, changes: dict[str, Any], code: int) -> None:
    done = arc.connect(who, **changes)
    assert done.code == code
    assert f"AZCM{code:04d}" in done.out
    assert arc.azure.control("GET", "/machines") == []
    assert arc.shown["resourceId"] == ""


def test_an_administrator_may_leave_the_group_to_it(arc: Agent) -> None:
    assert arc.connect("administrator", **{"resource-group": "rg-new", "subscription-id": "lab"}).code == 0
    assert {g["name"] for g in arc.azure.control("GET", "/groups")} == {"rg-arc", "rg-new"}


def test_a_taken_name(arc: Agent) -> None:
    arc.azure.call("PUT", MACHINE, body=machine_body())
    assert arc.connect().code == 44


@pytest.mark.parametrize(
    ("failure", "code", "left"),
    [
        ("network", 26, False),
        ("credentials", 41, False),
        ("create", 42, False),
        ("half-created", 42, True),
        ("certificate", 81, True),
        ("die-after-create", -9, True),
    ],
)
def test_failures_that_a_test_orders(arc: Agent, failure: str, code: int, left: bool) -> None:
    done = arc("connect", "--config", arc.config(), fail=failure)
    assert done.code == code
    assert bool(arc.azure.control("GET", "/machines")) == left
    assert arc.shown["resourceId"] == ""


def test_an_identity_service_that_fails(arc: Agent) -> None:
    arc.azure.lab.faults.add("http", service="azure/his", method=METHOD, status=500)
    assert arc.connect().code == 81


def test_the_sequence_of_its_calls(arc: Agent) -> None:
    since = arc.azure.lab.requests()[-1].number
    arc.connect()
    names = [e.name.split("/providers/")[-1] for e in arc.azure.lab.requests("azure/arm", since=since)]
    assert names == [
        "GET /",
        "{namespace}/register",
        "{namespace}/register",
        "Microsoft.HybridCompute/machines/{machine}",
        "Microsoft.HybridCompute/machines/{machine}",
    ]


def test_service_principals_by_secret_and_by_certificate(arc: Agent, tmp_path: Path) -> None:
    identity = directory.IDENTITIES["onboarding"]
    common = {"access-token": None, "service-principal-id": identity.client_id}
    assert arc.connect(**common, **{"service-principal-secret": "wrong"}).code == 41
    assert arc.connect(**common, **{"service-principal-secret": identity.secret}).code == 0
    arc("disconnect", "--force-local-only")
    arc.azure.control("DELETE", "/machines/app01")
    pem = tmp_path / "certificate.pem"
    pem.write_text(arc.azure.simulator.certificate("onboarding"))
    assert arc.connect(**common, **{"service-principal-cert": str(pem)}).code == 0


def test_a_key_needs_no_credential(arc: Agent) -> None:
    public = arc("genkey").out.strip()
    body = machine_body(clientPublicKey=public)
    assert arc.azure.call("PUT", MACHINE, body=body).status_code == 200
    place = [
        *("--subscription-id", directory.SUBSCRIPTION, "--tenant-id", directory.TENANT, "--resource-group", "rg-arc"),
        *("--resource-name", "app01", "--location", "westeurope", "--use-saved-key"),
    ]
    other = arc("connect", "existing", *place, "--vmid", "cecf6466-0000-454e-b93a-ae9c30c06de7")
    assert other.code == 81
    done = arc("connect", "existing", *place, "--vmid", body["properties"]["vmId"])
    assert done.code == 0
    assert arc.shown["status"] == "Connected"


def test_another_key_is_refused(arc: Agent) -> None:
    first = arc("genkey").out.strip()
    assert arc("genkey").out.strip() != first
    arc.azure.call("PUT", MACHINE, body=machine_body(clientPublicKey=first))
    place = ["-s", directory.SUBSCRIPTION, "-t", directory.TENANT, "-g", "rg-arc", "-n", "app01", "-l", "westeurope"]
    done = arc("connect", "existing", *place, "--vmid", machine_body()["properties"]["vmId"], "--use-saved-key")
    assert done.code == 81


def test_disconnecting_deletes_in_azure_with_the_right(arc: Agent) -> None:
    arc.connect()
    assert arc("disconnect", "--config", arc.credentials("onboarding")).code == 43
    assert arc.shown["resourceId"] == MACHINE
    assert arc("disconnect", "--config", arc.credentials("machine-administrator")).code == 0
    assert arc.azure.control("GET", "/machines") == []
    assert arc.shown["resourceId"] == ""
    assert arc("disconnect", "--config", arc.credentials("machine-administrator")).code == 1


def test_an_orphan_is_disconnected_locally_only(arc: Agent) -> None:
    arc.connect()
    arc.azure.control("DELETE", "/machines/app01")
    assert (arc.shown["status"], arc.shown["agentErrorCode"]) == ("Disconnected", "AZCM0070")
    assert arc("disconnect", "--config", arc.credentials("machine-administrator")).code == 43
    assert arc("disconnect", "-f").code == 0
    assert arc.shown["resourceId"] == ""


def test_a_copy_of_a_connected_machine_is_noticed(arc: Agent, tmp_path: Path) -> None:
    arc.connect()
    shutil.copytree(arc.root, tmp_path / "copy")
    copy = Agent(arc.azure, tmp_path / "copy", arc.library, hardware="22222222-0000-4000-8000-000000000002")
    assert "HIS0429" in copy.shown["agentErrorDetails"]
    found = arc.azure.get(MACHINE, "2026-07-15")["properties"]
    assert found["statusReason"] == "Cloned"
    assert copy("disconnect", "-f").code == 0
    arc.azure.lab.shared.clock.advance(3000)
    assert arc.shown["status"] == "Connected"


def test_settings_are_kept_and_reported(arc: Agent) -> None:
    assert "has not been set" in arc("config", "get", "proxy.url").out
    for name, value in (("proxy.url", "http://proxy:3128"), ("extensions.allowlist", "Pub.A/Type.B,Pub.C/Type.D")):
        assert arc("config", "set", name, value).code == 0
    arc("config", "set", "extensions.allowlist", "Pub.E/Type.F", "--add")
    arc("config", "set", "extensions.allowlist", "Pub.A/Type.B", "--remove")
    assert arc("config", "get", "extensions.allowlist").out.strip() == "[Pub.C/Type.D,Pub.E/Type.F]"
    arc.connect()
    found = arc.azure.get(MACHINE)["properties"]["agentConfiguration"]
    assert found["proxyUrl"] == "http://proxy:3128"
    assert found["extensionsAllowList"] == [
        {"publisher": "Pub.C", "type": "Type.D"},
        {"publisher": "Pub.E", "type": "Type.F"},
    ]
    arc("config", "clear", "proxy.url")
    arc("config", "set", "config.mode", "monitor")
    found = arc.azure.get(MACHINE)["properties"]["agentConfiguration"]
    assert (found["proxyUrl"], found["configMode"], found["extensionsEnabled"]) == ("", "monitor", "false")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("set", "proxy.url", "proxy:3128"), 23),
        (("set", "config.mode", "half"), 23),
        (("set", "proxy.bypass", "Everything"), 23),
        (("set", "extensions.allowlist", "nonsense"), 23),
        (("get", "colour"), 23),
    ],
)
def test_bad_settings(arc: Agent, arguments: tuple[str, ...], code: int) -> None:
    assert arc("config", *arguments).code == code


def test_settings_that_conflict(arc: Agent) -> None:
    arc("config", "set", "connection.type", "gateway")
    assert arc("config", "set", "proxy.bypass", "AAD,ARM").code == 27


def test_check_lists_endpoints(arc: Agent) -> None:
    done = arc("check", "--location", "westeurope")
    assert (done.code, done.out.count("|true")) == (0, 3)
    assert arc("check", "-l", "westeurope", fail="network").code == 26


def test_versions_and_single_properties(arc: Agent) -> None:
    assert arc("--version").out == arc("version").out == f"azcmagent version {VERSIONS[1]}\n"
    assert arc("show", "Agent Version").out.split(": ")[1].strip() == VERSIONS[1]
    assert arc("show", "colour").code == 23


def test_json_has_noise_before_it_on_stdout(arc: Agent) -> None:
    noisy = arc("show", "-j")
    assert not noisy.out.startswith("{")
    assert noisy.json["status"] == "Disconnected"


def test_errors_in_json(arc: Agent) -> None:
    error = arc("connect", "-j", "--config", arc.config("reader")).json["error"]
    assert error["code"] == "AZCM0042"
    assert "Microsoft.HybridCompute/machines/write" in error["message"]


def test_a_missing_configuration_file(arc: Agent) -> None:
    assert arc("connect", "--config", "/nowhere.json").code == 19


def test_no_secret_is_in_its_log_and_every_call_is_recorded(arc: Agent) -> None:
    arc.connect()
    arc("disconnect", "--config", arc.credentials("machine-administrator"))
    log = arc.root / "var/opt/azcmagent/log/azcmagent.log"
    for who in ("onboarding", "machine-administrator"):
        assert arc.azure.token(who) not in log.read_text()
    record = arc.root / "var/log/azcmagent-lab/arguments.jsonl"
    assert record.stat().st_mode & 0o777 == 0o600
    calls = [json.loads(line) for line in record.read_text().splitlines()]
    assert [(c["arguments"][0], c["exit"], c["config_mode"]) for c in calls] == [
        ("connect", 0, "0o600"),
        ("disconnect", 0, "0o600"),
    ]
    assert arc.azure.token("onboarding") not in record.read_text()


def test_extensions_that_azure_put_there_are_listed(arc: Agent) -> None:
    arc.connect()
    body = {"location": "westeurope", "properties": {"publisher": "Pub.A", "type": "Type.B", "settings": {}}}
    arc.azure.lab.shared.clock.advance(1)
    arc.azure.finished(arc.azure.call("PUT", f"{MACHINE}/extensions/monitor", body=body))
    assert arc("extension", "list").out.strip() == "monitor"
    assert arc("extension", "remove", "--name", "nothing").code == 72


def test_registration_of_providers_is_tried_and_a_refusal_ignored(arc: Agent) -> None:
    arc.azure.control("PUT", "/providers/Microsoft.HybridConnectivity", {"state": "NotRegistered"})
    assert arc.connect().code == 0
    state = arc.azure.get(f"{SUBSCRIPTION}/providers/Microsoft.HybridConnectivity", V_RESOURCES)
    assert state["registrationState"] == "NotRegistered"
