# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import multiprocessing
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE, Run

MANY = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "run"
    made.mkdir(mode=0o700)
    return made


class Service:
    """Gives out sessions and writes them down in a file, so that several processes can be counted."""

    def __init__(self, record: Path) -> None:
        self._record = record

    def log_in(self) -> dict[str, Any]:
        with self._record.open("a") as record:
            record.write("login\n")
        return {"cookie": f"cookie-{self.logins}"}

    @property
    def logins(self) -> int:
        return len(self._record.read_text().splitlines()) if self._record.exists() else 0


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "record")


def no_login() -> dict[str, Any]:
    raise AssertionError("there is a login already")


def together(action: Callable[[], Any]) -> list[Any]:
    """What the action returns in many threads that begin at the same time."""
    start = Barrier(MANY, timeout=10)

    def one(number: int) -> Any:
        start.wait()
        return action()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def test_threads_of_a_run_log_in_once(folder: Path, service: Service) -> None:
    saved = together(lambda: Run(folder).login("vsphere", "key", service.log_in))
    assert saved == [{"cookie": "cookie-1"}] * MANY
    assert service.logins == 1


def test_processes_of_a_run_log_in_once(folder: Path, service: Service) -> None:
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(MANY, timeout=10)

    def task() -> None:
        start.wait()
        assert Run(folder).login("vsphere", "key", service.log_in) == {"cookie": "cookie-1"}

    processes = [fork.Process(target=task) for _number in range(MANY)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * MANY
    assert service.logins == 1


def test_a_login_that_ended_is_replaced_once(folder: Path, service: Service) -> None:
    run = Run(folder)
    stale = run.login("vsphere", "key", service.log_in)
    renewed = together(lambda: Run(folder).login("vsphere", "key", service.log_in, stale=stale))
    assert renewed == [{"cookie": "cookie-2"}] * MANY
    assert run.login("vsphere", "key", no_login) == {"cookie": "cookie-2"}


@pytest.mark.parametrize(("system", "key"), [("vsphere", "other"), ("hcx", "key")])
def test_other_systems_and_other_users_have_logins_of_their_own(
    folder: Path, service: Service, system: str, key: str
) -> None:
    Run(folder).login("vsphere", "key", service.log_in)
    assert Run(folder).login(system, key, service.log_in) == {"cookie": "cookie-2"}


def test_a_failed_login_leaves_the_next_one_free(folder: Path, service: Service) -> None:
    def refused() -> dict[str, Any]:
        raise PermissionError("wrong password")

    with pytest.raises(PermissionError):
        Run(folder).login("vsphere", "key", refused)
    assert Run(folder).login("vsphere", "key", service.log_in) == {"cookie": "cookie-1"}


def test_only_the_user_can_read_what_is_saved_and_names_of_files_hold_no_key(folder: Path, service: Service) -> None:
    run = Run(folder)
    run.login("vsphere", '{"password": "geheim"}', service.log_in)
    run.plan("host-1", {"mtu": 9000})
    files = list(folder.iterdir())
    assert not [file.name for file in files if "geheim" in file.name or "host-1" in file.name]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files if file.suffix == ".json"} == {0o600}
    assert all(file.stat().st_size == 0 for file in files if file.suffix != ".json")


def test_logins_are_taken_out_when_the_run_ends(folder: Path, service: Service) -> None:
    run = Run(folder)
    run.login("vsphere", "source", service.log_in)
    run.login("hcx", "source", service.log_in)
    assert sorted((system, saved["cookie"]) for system, saved in run.logins()) == [
        ("hcx", "cookie-2"),
        ("vsphere", "cookie-1"),
    ]
    assert list(run.logins()) == []


def test_a_plan_is_seen_by_later_tasks_until_a_real_change_is_made(folder: Path) -> None:
    Run(folder).plan("vcenter host-1", {"mtu": 9000})
    assert Run(folder).planned("vcenter host-1") == {"mtu": 9000}
    assert Run(folder).planned("vcenter host-2") is None
    Run(folder).forget("vcenter host-1")
    assert Run(folder).planned("vcenter host-1") is None


def test_the_newest_plan_counts(folder: Path) -> None:
    run = Run(folder)
    run.plan("host-1", {"mtu": 1500})
    run.plan("host-1", {"mtu": 9000})
    assert run.planned("host-1") == {"mtu": 9000}


def test_forgetting_what_was_never_planned_is_fine(folder: Path) -> None:
    Run(folder).forget("host-1")


def test_a_reader_never_sees_half_a_file(folder: Path) -> None:
    versions = [{"text": letter * 200_000} for letter in "ab"]
    run = Run(folder)
    run.plan("host-1", versions[0])

    def write_and_read(number: int) -> bool:
        run.plan(f"other-{number}", versions[0])
        return json.dumps(run.planned("host-1")) in {json.dumps(version) for version in versions}

    with ThreadPoolExecutor(4) as pool:
        writing = pool.submit(lambda: [run.plan("host-1", versions[number % 2]) for number in range(20)])
        assert all(pool.map(write_and_read, range(20)))
        writing.result()


def test_without_a_run_every_task_stands_alone(service: Service) -> None:
    run = Run(None)
    assert not run.shared
    run.login("vsphere", "key", service.log_in)
    run.login("vsphere", "key", service.log_in)
    run.plan("host-1", {"mtu": 9000})
    run.forget("host-1")
    assert service.logins == 2
    assert run.planned("host-1") is None
    assert list(run.logins()) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_process_belongs_to_the_run_whose_folder_its_environment_names(
    folder: Path, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder if there else folder / "gone"))
    assert Run.current().shared is there


def test_a_process_without_that_variable_belongs_to_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    assert not Run.current().shared
