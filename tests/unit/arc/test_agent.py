# SPDX-License-Identifier: GPL-3.0-or-later
"""`arc_agent` with an agent that only remembers: plans, commands, secrets, and sentences for codes."""

from __future__ import annotations

import ast
import json
import os
import signal
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc import agent as agent_module
from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc import agent_state, exit_codes, secret_file
from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc.agent import (
    Azcmagent,
    Ended,
    first_object,
    message,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc.settings import parsed
from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc.wanted import tags_flag
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.wait import Pace
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.modules.arc_agent import JOB

SUBSCRIPTION = "0b2c3d4e-5f60-4718-92a3-b4c5d6e7f801"
TOKEN = "eyJ0eXAiOiJKV1QiLCJub25jZSI6"
PLACE = {
    "tenant_id": "6b1d5a1e-0c1e-4f7a-9a52-3a1c6f2e7d10",
    "subscription_id": SUBSCRIPTION,
    "resource_group": "rg-arc",
    "location": "West Europe",
    "resource_name": "app01",
}
WANTED = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-arc/providers/Microsoft.HybridCompute/machines/app01"
NOISE = "INFO    Testing {connectivity}\n  20% [==>            ]\n"


class Server:
    """An azcmagent that keeps its state in memory, and everything that was asked of it."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.shown: dict[str, Any] = {"status": "Disconnected", "resourceId": "", "agentVersion": "1.67.03504.1320"}
        self.settings: dict[str, str] = {}
        self.config: dict[str, Any] = {}
        self.config_mode = 0
        self.fails: dict[str, list[Ended]] = {}

    def __call__(self, command: Sequence[str]) -> Ended:
        self.calls.append(list(command[1:]) if command[0] != "systemctl" else list(command))
        words = [word for word in self.calls[-1] if not word.startswith("-")]
        verb = "existing" if "existing" in words else words[0]
        if self.fails.get(verb):
            return self.fails[verb].pop(0)
        answer = getattr(self, f"_{verb}")(self.calls[-1])
        return Ended(0, f"{NOISE}{answer}")

    def _show(self, words: list[str]) -> str:
        return json.dumps(self.shown)

    def _systemctl(self, words: list[str]) -> str:
        self.shown["status"] = "Connected"
        return ""

    def _config(self, words: list[str]) -> str:
        if words[1] == "get":
            return self.settings.get(words[2], f"{words[2]} has not been set")
        if words[1] == "clear":
            self.settings.pop(words[2])
        else:
            self.settings[words[2]] = f"[{words[3]}]" if "list" in words[2] or "ports" in words[2] else words[3]
        return f"Config property {words[2]} changed"

    def _connect(self, words: list[str]) -> str:
        file = Path(words[words.index("--config") + 1])
        self.config_mode = stat.S_IMODE(file.stat().st_mode)
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        self.config = json.loads(file.read_text())
        self.shown |= {"status": "Connected", "resourceId": WANTED, "vmId": "v-1"}
        return json.dumps({"resourceId": WANTED})

    def _existing(self, words: list[str]) -> str:
        self.shown |= {"status": "Connected", "resourceId": WANTED, "vmId": "v-1"}
        return ""

    def _genkey(self, words: list[str]) -> str:
        return "Public key:\n" + "MIIBCgKCAQEA" + "x" * 200 + "=="

    def _disconnect(self, words: list[str]) -> str:
        self.shown |= {"status": "Disconnected", "resourceId": "", "vmId": ""}
        return ""

    def writes(self) -> list[str]:
        asking = (["show"], ["config", "get"])
        return [" ".join(call) for call in self.calls if not any(call[: len(one)] == one for one in asking)]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(agent_module, "is_azure_vm", lambda: False)
    monkeypatch.setattr(agent_module, "_hardware", lambda: "")
    monkeypatch.setattr(agent_state, "POLLING", Pace(0.001, 0.001))
    monkeypatch.setattr(secret_file, "IN_MEMORY", tmp_path)
    (tmp_path / "azcmagent").touch()
    return Server()


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Any:
    agent = Azcmagent(str(tmp_path / "azcmagent"), server, tmp_path / "state" / "connecting.json")
    job = Job(JOB.argument_spec, lambda task: agent_state.ensure_agent(task, agent))

    def attempt(*, check: bool = False, **options: Any) -> dict[str, Any]:
        checked = ArgumentSpecValidator(JOB.argument_spec).validate({**PLACE, **options})
        assert checked.error_messages == []
        return job.result(checked.validated_parameters, check=check, show=lambda text: None)

    return attempt


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.name != "azcmagent")


def test_connecting_gives_the_token_in_a_file_and_leaves_nothing(run: Any, server: Server, tmp_path: Path) -> None:
    result = run(access_token=TOKEN, tags={"Datacenter": "DC1", "Owner": "Shared Infra"}, azure_machine={})
    assert (result["changed"], result["situation"], result["steps"]) == (True, "never_connected", ["connect"])
    assert server.config == {
        "access-token": TOKEN,
        "subscription-id": SUBSCRIPTION,
        "resource-group": "rg-arc",
        "tenant-id": PLACE["tenant_id"],
        "location": "westeurope",
        "cloud": "AzureCloud",
        "resource-name": "app01",
        "tags": "Datacenter=DC1,Owner='Shared Infra'",
    }
    assert server.config_mode == 0o600
    assert TOKEN not in json.dumps(server.calls)
    assert TOKEN not in json.dumps(result)
    assert left_behind(tmp_path) == []
    assert run(access_token=TOKEN)["changed"] is False


def test_check_mode_only_looks(run: Any, server: Server) -> None:
    result = run(check=True, azure_machine={}, proxy_url="http://proxy:3128")
    assert [(change["action"], change["kind"]) for change in result["changes"]] == [
        ("update", "arc agent settings"),
        ("create", "arc agent"),
    ]
    assert server.writes() == []


def test_settings_are_written_before_the_agent_connects(run: Any, server: Server) -> None:
    run(access_token=TOKEN, proxy_url="http://proxy:3128", extensions_allowlist=["Allow/None"], config_mode="monitor")
    assert [call.rpartition(" ")[0] for call in server.writes()[:3]] == [
        "config set extensions.allowlist",
        "config set proxy.url",
        "config set config.mode",
    ]
    assert server.writes()[3].startswith("connect --config")


def test_exactly_the_setting_that_differs_is_written(run: Any, server: Server) -> None:
    wanted = {"proxy_url": "http://proxy:3128", "incoming_ports": [6516, 22]}
    run(access_token=TOKEN, **wanted)
    server.settings["proxy.url"] = "http://other:3128"
    server.calls.clear()
    result = run(**wanted)
    assert result["changes"][0]["before"] == {"proxy_url": "http://other:3128"}
    assert server.writes() == ["config set proxy.url http://proxy:3128"]
    run(proxy_url="")
    assert "proxy.url" not in server.settings


def test_a_silent_agent_is_restarted(run: Any, server: Server) -> None:
    server.shown |= {"status": "Disconnected", "resourceId": WANTED, "vmId": "v-1"}
    result = run()
    assert (result["situation"], result["changed"]) == ("silent", True)
    assert server.writes() == [f"systemctl restart {name}" for name in ("himdsd", "arcproxyd", "extd", "gcad")]


def test_an_orphan_connects_again_with_its_settings(run: Any, server: Server) -> None:
    server.shown |= {"status": "Connected", "resourceId": WANTED, "vmId": "v-1"}
    result = run(access_token=TOKEN, azure_machine={})
    assert result["steps"] == ["reset", "connect"]
    assert [call.split()[0] for call in server.writes()] == ["disconnect", "connect"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "connecting needs an access_token, or vm_id"),
        ({"agent_version": "1.66"}, "agent 1.67.03504.1320 is installed, not 1.66"),
        (
            {"azure_machine": {"id": WANTED, "status": "Connected"}},
            "the wanted name belongs to a machine that is Connected",
        ),
        (
            {"azure_machine": {"id": WANTED, "status": "Expired"}, "replace_stale": True, "access_token": TOKEN},
            "with arc_machine on the controller first",
        ),
        ({"location": None}, "location is not given; state connected needs it"),
        ({"subscription_id": "Lab"}, "subscription_id Lab is not the id of a subscription"),
        ({"resource_name": "a_"}, "resource_name a_ is no name of a machine"),
        ({"resource_group": "rg."}, "resource_group rg. is no name of a resource group"),
        ({"client_secret": "open-sesame"}, "a secret has reached the server"),
        ({"proxy_url": "proxy:3128"}, "proxy_url is not an address such as"),
        ({"extensions_blocklist": ["x"]}, "extensions_blocklist: x is not written as publisher/type"),
        ({"extensions_allowlist": ["Allow/None", "a/b"]}, "Allow/None forbids every extension and stands alone"),
        ({"incoming_ports": [0]}, "incoming_ports: 0 is outside 1 to 65535"),
        ({"connection_type": "gateway", "proxy_bypass": ["ARM"]}, "proxy_bypass has no effect behind a gateway"),
        ({"vm_id": "7"}, "vm_id 7 is no UUID"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_done(
    run: Any, server: Server, options: dict[str, Any], sentence: str
) -> None:
    result = run(**options)
    assert sentence in result["msg"]
    assert server.writes() == []


def test_an_azure_vm_is_refused_before_anything_is_installed(
    run: Any, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_module, "is_azure_vm", lambda: True)
    (tmp_path / "azcmagent").unlink()
    result = run(check=True)
    assert "virtual machine in Azure" in result["msg"]
    assert server.calls == []
    assert run(check=True, allow_azure_vm=True)["steps"] == ["install", "connect"]


def test_a_failed_connect_is_a_sentence_and_leaves_a_mark_but_no_secret(
    run: Any, server: Server, tmp_path: Path
) -> None:
    said = json.dumps({"status": "failed", "error": {"code": "AZCM0081", "message": f"No certificate for {TOKEN}."}})
    server.fails["connect"] = [Ended(81, f"ERROR   AZCM0081: x\n{said}")]
    result = run(access_token=TOKEN)
    failure = result["failed_changes"][0]
    assert "the certificate of the managed identity was not obtained (AZCM0081)" in failure["error"]
    assert (failure["agent_code"], failure["leftover"]) == ("AZCM0081", True)
    assert TOKEN not in json.dumps(result)
    assert left_behind(tmp_path) == ["connecting.json", "state"]
    half = {"id": WANTED, "status": "AwaitingConnection", "vm_id": "v-9"}
    assert run(check=True, azure_machine=half)["situation"] == "half_created"
    assert run(access_token=TOKEN, azure_machine={})["changed"] is True
    assert left_behind(tmp_path) == []


def test_an_error_that_passes_is_tried_once_more(run: Any, server: Server) -> None:
    server.fails["connect"] = [Ended(65, "ERROR   AZCM0065: x")]
    assert run(access_token=TOKEN)["changed"] is True
    server.shown["resourceId"] = ""
    server.fails["connect"] = [Ended(65, "")] * 2
    assert "AZCM0065" in run(access_token=TOKEN)["msg"]


def test_a_key_of_its_own_needs_no_token(run: Any, server: Server) -> None:
    assert run(state="prepared", check=True)["changed"] is True
    key = run(state="prepared")["public_key"]
    assert key.startswith("MIIBCgKCAQEA")
    vm_id = "11111111-2222-4333-8444-555566667777"
    made = {"id": WANTED, "status": "AwaitingConnection", "vm_id": vm_id}
    result = run(vm_id=vm_id, azure_machine=made)
    assert result["changed"] is True
    assert server.writes()[-1] == (
        f"connect existing --location westeurope --resource-group rg-arc --resource-name app01 --subscription-id "
        f"{SUBSCRIPTION} --tenant-id {PLACE['tenant_id']} --vmid {vm_id} --cloud AzureCloud --use-saved-key"
    )
    assert run(state="prepared")["changed"] is False


@pytest.mark.parametrize(
    ("token", "command"), [(None, "disconnect --force-local-only"), (TOKEN, "disconnect --config")]
)
def test_leaving_with_and_without_a_token(run: Any, server: Server, token: str | None, command: str) -> None:
    server.shown |= {"status": "Connected", "resourceId": WANTED}
    result = run(state="disconnected", access_token=token)
    assert [(change["action"]) for change in result["changes"]] == ["remove" if token else "update"]
    assert server.writes()[0].startswith(command)
    assert run(state="disconnected", access_token=token)["changed"] is False


# --- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "output", "value"),
    [
        ("proxy_url", "proxy.url has not been set", ""),
        ("proxy_url", "INFO    x\nhttp://proxy:3128\n", "http://proxy:3128"),
        ("proxy_url", "", ""),
        ("incoming_ports", "[6516,22]", ["22", "6516"]),
        ("incoming_ports", "[]", []),
        ("extensions_allowlist", "extensions.allowlist has not been set", []),
        ("extensions_allowlist", "a/b,c/d", ["a/b", "c/d"]),
        ("incoming_connections", "True", "true"),
        ("config_mode", "monitor", "monitor"),
    ],
)
def test_what_config_get_prints(option: str, output: str, value: Any) -> None:
    assert parsed(option, output) == value


def test_tags_are_quoted_where_they_must_be() -> None:
    assert tags_flag({"a": "b", "c d": "it's", "e": "x,y"}) == "a=b,'c d'='it\\'s',e='x,y'"


def test_json_is_found_behind_noise() -> None:
    assert first_object(NOISE + '{"status": "Connected"}\nINFO done') == {"status": "Connected"}
    assert message("INFO    a\nERROR   The name is taken.\nFATAL   AZCM0044: x") == "The name is taken."


@pytest.mark.parametrize(
    ("exit_code", "output", "system", "code", "words"),
    [
        (44, "", "linux", 44, "a machine of this name exists"),
        (1, '{"error": {"code": "AZCM0141"}}', "linux", 141, "virtual machine in Azure"),
        (1, "AZCM0147", "windows", 147, "virtual machine in Azure"),
        (1, "AZCM0147", "linux", 147, "the wanted version of the agent was not found"),
        (77, "", "linux", 77, "not documented"),
        (42, "see AZCM0104", "linux", 42, "could not be made in Azure"),
    ],
)
def test_codes_are_read_with_the_operating_system(
    exit_code: int, output: str, system: str, code: int, words: str
) -> None:
    assert exit_codes.code_of(exit_code, output) == code
    assert words in exit_codes.sentence(code, system)


def test_every_code_has_a_sentence_that_says_what_to_do() -> None:
    for code, found in {**exit_codes.MEANINGS, **{key[0]: one for key, one in exit_codes.BY_SYSTEM.items()}}.items():
        assert found.what, code
        assert found.advice, code
        assert not found.what.endswith(".")


def test_a_polite_kill_takes_the_file_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_file, "IN_MEMORY", tmp_path)

    def killed_while_connecting() -> None:
        with secret_file.removed_when_killed(), secret_file.secret_file({"access-token": TOKEN}) as file:
            assert Path(file).exists()
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit):
        killed_while_connecting()
    assert left_behind(tmp_path) == []


def test_what_runs_on_the_server_is_written_for_python_3_9() -> None:
    """Newer words would fail on the oldest servers; what is imported is guarded by the architecture's tests."""
    folder = Path(agent_module.__file__).parent
    for file in [*folder.glob("*.py"), *folder.parent.glob("engine/*.py"), folder.parent / "module.py"]:
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
