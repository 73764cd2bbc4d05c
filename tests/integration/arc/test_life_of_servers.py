# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty subscription and servers without an agent to Connected machines, through drift, and to nothing again.

The tests follow each other on the same servers; each one needs those before it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.azure.tasks import GROUP, Tasks
from integration.arc.conftest import AZURE_VM, NAMES, Site, changed

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.account import Account
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.client import Azure
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from lab.azure import directory

ALL = f"--limit={','.join(NAMES)}"
AGENT = "/opt/azcmagent/bin/azcmagent"
SECRETS = [directory.IDENTITIES[name].secret for name in ("administrator", "onboarding")]
BEGIN_OF_A_TOKEN = "eyJ"


@contextmanager
def watched(names: list[str], site: Site) -> Iterator[set[str]]:
    """The arguments of all processes of the servers, again and again while something runs."""
    seen: set[str] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for name in names:
                for file in site.target(name).path("/proc").glob("[0-9]*/cmdline"):
                    try:
                        seen.add(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                    except OSError:
                        continue
            time.sleep(0.02)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def test_check_mode_shows_the_plan_of_every_server(site: Site) -> None:
    finished = site.play("arc_onboarding", "--check", "--diff", ALL).succeeded()
    assert {result.result["situation"] for result in finished.named("Find out in which situation the server is")} == {
        "absent"
    }
    registered = finished.named("Register the resource providers")[0].result["changes"]
    assert registered[0]["name"] == "Microsoft.HybridCompute"
    assert finished.named("Make the resource group")[0].result["changes"][0]["action"] == "create"
    assert site.control("GET", "/groups") == []
    assert not site.target(NAMES[0]).path(AGENT).exists()


def test_three_servers_become_connected_machines(site: Site) -> None:
    with watched(NAMES, site) as arguments:
        finished = site.play("arc_onboarding", ALL, "-vvv").succeeded()
    machines = site.machines()
    assert [machine["name"] for machine in machines] == NAMES
    assert {(machine["status"], machine["provisioning_state"]) for machine in machines} == {("Connected", "Succeeded")}
    assert {machine["tags"]["Datacenter"] for machine in machines} == {"DC1"}
    assert {
        tuple(sorted(result.result["steps"])) for result in finished.named("Bring the agent to the wanted state")
    } == {("connect",)}
    assert any("azcmagent" in line for line in arguments)
    for secret in [*SECRETS, BEGIN_OF_A_TOKEN]:
        assert not [line for line in arguments if secret in line]


def test_no_secret_is_left_anywhere(site: Site) -> None:
    """All output at -vvv, the servers' disks and memory files, the agent's log and its arguments."""
    for secret in SECRETS:
        assert secret not in "".join(site.shown)
    assert f"Bearer {BEGIN_OF_A_TOKEN}" not in "".join(site.shown)
    assert f'"access_token": "{BEGIN_OF_A_TOKEN}' not in "".join(site.shown)
    for name in NAMES:
        target = site.target(name)
        modes = [call["config_mode"] for call in target.calls() if "--config" in call["arguments"]]
        assert modes == ["0o600"]
        assert BEGIN_OF_A_TOKEN not in str(target.calls())
        places = "/var/opt /var/lib/hybridcloud-arc /var/tmp /tmp /run /root /var/log /etc"
        words = " ".join(f"-e {word}" for word in [*SECRETS, "access-token", "eyJ0eXAi", "eyJhbGci"])
        found = target.run(f"grep -rlIs {words} {places}", check=False).stdout.split()
        assert [file for file in found if not file.endswith("arguments.jsonl")] == []
        assert target.run("ls -d /run/hybridcloud-arc*", check=False).stdout == ""


def test_a_second_run_changes_nothing_and_asks_for_no_token_of_the_servers(site: Site) -> None:
    since = Tasks(site.lab).mark()
    assert changed(site.play("arc_onboarding", ALL).succeeded()) == []
    assert len(site.lab.requests("azure/entra", since=since)) == 1


def test_drift_is_corrected_by_exactly_what_differs(site: Site) -> None:
    first, second, third = NAMES
    site.control("PATCH", f"/machines/{first}", tags={"Datacenter": "Attic"})
    site.target(second).run(f"{AGENT} config set proxy.bypass ARM")
    site.control("DELETE", f"/machines/{third}")
    finished = site.play("arc_onboarding", ALL).succeeded()
    assert sorted(changed(finished)) == [
        (first, "Bring tags and settings in Azure in order"),
        (second, "Bring the agent to the wanted state"),
        (third, "Bring the agent to the wanted state"),
    ]
    results = {one.host: one.result for one in finished.named("Bring the agent to the wanted state")}
    assert results[second]["changes"][0]["before"] == {"proxy_bypass": ["ARM"]}
    assert (results[third]["situation"], results[third]["steps"]) == ("orphan", ["reset", "connect"])
    assert [machine["status"] for machine in site.machines()] == ["Connected"] * 3


def test_an_agent_that_was_disconnected_is_connected_again(site: Site) -> None:
    name = NAMES[0]
    site.target(name).run(f"{AGENT} disconnect --force-local-only")
    refused = site.play("arc_onboarding", f"--limit={name}")
    assert "the wanted name belongs to a machine that is Connected in Azure" in refused.output.replace("\n", " ")
    assert site.target(name).calls()[-1]["arguments"][0] in ("show", "config")
    site.control("PATCH", f"/machines/{name}", connected=False)
    site.lab.shared.clock.advance(3600)
    site.target(NAMES[1]).run(f"{AGENT} show")
    finished = site.play("arc_onboarding", f"--limit={name}", arc_onboarding_replace_stale=True).succeeded()
    assert [task for _host, task in changed(finished)] == [
        "Take away the machine that stands in the way",
        "Bring the agent to the wanted state",
    ]


def test_a_copy_of_a_server_is_refused(site: Site, tmp_path: Path) -> None:
    first, second = NAMES[:2]
    original, copy = site.target(first), site.target(second)
    copy.run("mv /var/opt/azcmagent /var/opt/kept && mkdir /var/opt/azcmagent")
    archive = tmp_path / "identity.tar"
    subprocess.run(["tar", "-C", original.path("/var/opt/azcmagent"), "-cf", archive, "."], check=True)
    subprocess.run(["tar", "-C", copy.path("/var/opt/azcmagent"), "-xf", archive], check=True)
    refused = site.play("arc_onboarding", f"--limit={second}", arc_onboarding_resource_name=first)
    assert "is a copy of the one that Azure knows" in " ".join(refused.output.split())
    refused = site.play("arc_onboarding", f"--limit={second}")
    assert "allow_move lets it leave that place" in " ".join(refused.output.split())
    copy.run("rm -r /var/opt/azcmagent && mv /var/opt/kept /var/opt/azcmagent")


def test_offboarding_leaves_nothing(site: Site) -> None:
    site.play("arc_offboarding", ALL).succeeded()
    assert site.machines() == []
    for name in NAMES:
        target = site.target(name)
        assert target.run("dpkg -l azcmagent | grep ^ii", check=False).stdout == ""
        left = target.run("ls -d /var/opt/azcmagent /opt/azcmagent /var/lib/hybridcloud-arc", check=False).stdout
        assert left == ""
    assert changed(site.play("arc_offboarding", ALL).succeeded()) == []


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_what_cannot_be_connected_is_refused_before_anything_is_changed(site: Site) -> None:
    first, second = NAMES[:2]
    site.control.add(count=1, prefix="taken-")
    old = site.target(second).path("/etc/os-release").read_text()
    site.target(second).path("/etc/os-release").write_text(old.replace('VERSION_ID="12"', 'VERSION_ID="9"'))
    site.target(second).run("echo 9.13 > /etc/debian_version")
    site.hosts = {first: {"arc_onboarding_resource_name": "taken-0001"}}
    finished = site.play("arc_onboarding", f"--limit={first},{second},{AZURE_VM}")
    said = {one.host: one.result["msg"] for one in finished.results if one.state == "failed"}
    assert "the wanted name belongs to a machine that is Connected in Azure" in said[first]
    assert "Azure Arc does not support Debian 9 on x86_64" in said[second]
    assert "the server is a virtual machine in Azure" in said[AZURE_VM]
    for name in (first, second, AZURE_VM):
        assert not site.target(name).path(AGENT).exists()
    assert finished.named("Register the resource providers") == []
    assert set(site.control.machines()) == {"taken-0001"}
    site.hosts = {}
    site.target(second).path("/etc/os-release").write_text(old)
    site.target(second).run("echo 12.0 > /etc/debian_version")


@pytest.mark.parametrize(
    ("who", "variables", "words"),
    [
        ("expired", {}, "AADSTS7000222"),
        ("administrator", {"azure_tenant_id": directory.OTHER_TENANT}, "AADSTS700016"),
        ("reader", {}, "Microsoft.HybridCompute/register/action"),
    ],
)
def test_a_login_or_a_right_that_is_missing_is_named(
    site: Site, who: str, variables: dict[str, str], words: str
) -> None:
    site.control("PUT", "/providers/Microsoft.HybridCompute", state="NotRegistered")
    finished = site.play(
        "arc_onboarding", f"--limit={NAMES[0]}", who=who, arc_onboarding_check_network=False, **variables
    )
    assert words in finished.output
    assert finished.code != 0
    assert not site.target(NAMES[0]).path(AGENT).exists()


# --- when it goes wrong on the way ------------------------------------------------------------------------------------


def test_a_connect_that_fails_is_rolled_back_and_one_that_died_is_finished(site: Site) -> None:
    first, second = NAMES[:2]
    Tasks(site.lab)("azure_resource_group", name=GROUP, state="absent", remove_contents=True)
    quick = {"arc_onboarding_check_network": False}
    site.play("arc_onboarding", f"--limit={NAMES[2]}", **quick).succeeded()
    for name in (first, second):
        site.target(name).run("apt-get update -q && apt-get install -y -q azcmagent", check=False)
    site.target(first).fail("half-created")
    finished = site.play("arc_onboarding", f"--limit={first}", **quick)
    assert "its half-made machine was removed in Azure" in " ".join(finished.output.split())
    assert [machine["name"] for machine in site.machines()] == [NAMES[2]]

    # Nobody can take this one back, as if the run had been killed.
    site.control("PATCH", "/identities/administrator", denied=["Microsoft.HybridCompute/machines/delete"])
    site.target(second).fail("die-after-create")
    finished = site.play("arc_onboarding", f"--limit={second}", **quick)
    assert finished.code != 0
    assert "AwaitingConnection" in {machine["status"] for machine in site.machines()}
    site.control("PATCH", "/identities/administrator", denied=[])
    for name in (first, second):
        site.target(name).fail()
    finished = site.play("arc_onboarding", ALL, **quick).succeeded()
    situations = {
        one.host: one.result["situation"] for one in finished.named("Find out in which situation the server is")
    }
    assert situations == {first: "never_connected", second: "half_created", NAMES[2]: "connected"}
    assert [machine["status"] for machine in site.machines()] == ["Connected"] * 3


def test_a_run_that_is_killed_in_the_middle_of_a_connect_is_finished_by_the_next(site: Site) -> None:
    name, quick = NAMES[0], {"arc_onboarding_check_network": False}
    site.play("arc_offboarding", f"--limit={name}").succeeded()
    # The machine is made in Azure, and then the agent waits long for its certificate.
    site.lab.latency.set(4000, "azure/his")
    killed = site.start("arc_onboarding", f"--limit={name}", **quick)
    deadline = time.monotonic() + 120
    while name not in [machine["name"] for machine in site.machines()]:
        assert killed.poll() is None, site.finish(killed).output
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    site.lab.latency.clear()
    while site.target(name).run("pgrep -f azcmagent.connect", check=False).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    site.play("arc_onboarding", f"--limit={name}", **quick).succeeded()
    assert {machine["name"]: machine["status"] for machine in site.machines()}[name] == "Connected"
    assert site.target(name).run("ls -d /run/hybridcloud-arc*", check=False).stdout == ""


def test_a_key_of_its_own_connects_a_server_without_any_credential(site: Site) -> None:
    name = NAMES[0]
    site.play("arc_offboarding", f"--limit={name}").succeeded()
    before = len(site.target(name).calls())
    site.play(
        "arc_onboarding", f"--limit={name}", arc_onboarding_method="key", arc_onboarding_check_network=False
    ).succeeded()
    calls = site.target(name).calls()[before:]
    assert ["connect", "existing"] in [call["arguments"][:2] for call in calls]
    assert not [call for call in calls if "--config" in call["arguments"]]
    assert {machine["status"] for machine in site.machines() if machine["name"] == name} == {"Connected"}


# --- what else the role has -------------------------------------------------------------------------------------------


def role_tasks(folder: Path, tasks_from: str) -> Path:
    """A playbook that includes one of the role's further task files."""
    login = {
        "tenant_id": "{{ azure_tenant_id }}",
        "subscription_id": "{{ azure_subscription_id }}",
        "client_id": "{{ azure_client_id }}",
        "client_secret": "{{ azure_client_secret }}",
        "login_endpoint": "{{ azure_login_endpoint }}",
        "resource_manager_endpoint": "{{ azure_resource_manager_endpoint }}",
        "ca_path": "{{ azure_ca_path }}",
    }
    include = {"name": "hybridcloud.mobility.arc_onboarding", "tasks_from": tasks_from}
    play = {
        "hosts": "arc_servers",
        "gather_facts": False,
        "become": True,
        "module_defaults": {"group/hybridcloud.mobility.azure": login},
        "tasks": [{"name": tasks_from, "ansible.builtin.include_role": include}],
    }
    file = folder / "tasks.yml"
    file.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return file


def test_a_migrated_server_answers_with_the_same_identity_unless_its_original_is_on(site: Site, tmp_path: Path) -> None:
    name = NAMES[1]
    before = {machine["name"]: machine["vm_id"] for machine in site.machines()}
    file = str(role_tasks(tmp_path, "after_migration.yml"))
    refused = site.play(file, f"--limit={name}", arc_onboarding_original_is_off=False)
    assert "both would answer to Azure with one identity" in " ".join(refused.output.split())
    site.control("PATCH", f"/machines/{name}", connected=False)
    site.lab.shared.clock.advance(3600)
    finished = site.play(file, f"--limit={name}").succeeded()
    assert finished.result("Bring the agent back to Azure")["situation"] == "silent"
    found = next(machine for machine in site.machines() if machine["name"] == name)
    assert (found["status"], found["vm_id"]) == ("Connected", before[name])


def test_a_generated_script_connects_a_server_that_ansible_does_not_reach(site: Site, tmp_path: Path) -> None:
    name = NAMES[2]
    target = site.target(name)
    target.run(f"{AGENT} disconnect --force-local-only")
    site.control("DELETE", f"/machines/{name}")
    site.play(
        str(role_tasks(tmp_path, "scripts.yml")), f"--limit={name}", arc_onboarding_script_dir=str(tmp_path)
    ).succeeded()
    text = (tmp_path / f"connect-{name}.sh").read_text()
    assert not [secret for secret in SECRETS if secret in text]
    target.path("/var/tmp/connect.sh").write_text(text)
    with Azure(Account.from_params(login(site)), Run(None), Redactor(), Progress(lambda text: None)) as azure:
        target.path("/var/tmp/token").write_text(azure.token())
    before = len(target.calls())
    done = target.run(
        "bash /var/tmp/connect.sh < /var/tmp/token; rm /var/tmp/token; ls -d /run/arc-* 2> /dev/null", check=False
    )
    assert "is connected; Azure shows it as Connected" in done.stderr, done.stdout + done.stderr
    assert "/run/arc-" not in done.stdout
    assert BEGIN_OF_A_TOKEN not in str(target.calls()[before:])
    assert next(machine for machine in site.machines() if machine["name"] == name)["status"] == "Connected"
    again = target.run("bash /var/tmp/connect.sh < /dev/null", check=False)
    assert "is connected already; nothing was done" in again.stderr


def login(site: Site) -> dict[str, Any]:
    """The onboarding application's, as the options of a module."""
    given = {
        "cloud": "AzureCloud",
        "client_certificate": None,
        "client_certificate_password": None,
        "access_token": None,
        "validate_certs": True,
        "request_timeout": 10,
    }
    return {**given, **Tasks(site.lab, "onboarding").connection}


def test_an_own_mirror_gives_the_wanted_version_and_another_one_later(site: Site) -> None:
    name = NAMES[0]
    mirror = {
        "url": "https://packages.microsoft.com/debian/12/prod",
        "suite": "bookworm",
        "key_url": "https://packages.microsoft.com/keys/microsoft.asc",
    }
    given = {"arc_onboarding_source": "mirror", "arc_onboarding_mirror": mirror, "arc_onboarding_check_network": False}
    site.play("arc_offboarding", f"--limit={name}").succeeded()
    # In the lab the mirror is Microsoft's own repository, which apt does not take twice with different keys.
    site.target(name).run("dpkg --purge packages-microsoft-prod", check=False)
    for version in ("1.66", "1.67"):
        finished = site.play("arc_onboarding", f"--limit={name}", arc_onboarding_agent_version=version, **given)
        assert (
            finished.succeeded()
            .result("Bring the agent to the wanted state")["agent"]["agentVersion"]
            .startswith(version)
        )
        (situation,) = finished.named("Find out in which situation the server is")
        assert situation.result["situation"] == ("absent" if version == "1.66" else "connected")
