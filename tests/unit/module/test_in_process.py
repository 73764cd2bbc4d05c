# SPDX-License-Identifier: GPL-3.0-or-later
"""When a task runs inside the Ansible process, and when its module runs as a process of its own."""

from __future__ import annotations

import importlib
import os
import stat
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import FOLDER_VARIABLE, Run

IN_PROCESS = "ansible_collections.hybridcloud.mobility.plugins.plugin_utils.in_process"


@pytest.fixture(scope="module")
def in_process() -> ModuleType:
    """The module; loading it opens a run, which the other tests of this process must not belong to."""
    before = os.environ.get(FOLDER_VARIABLE)
    loaded = importlib.import_module(IN_PROCESS)
    os.environ.pop(FOLDER_VARIABLE, None)
    if before is not None:
        os.environ[FOLDER_VARIABLE] = before
    return loaded


def decision(
    in_process: ModuleType,
    *,
    transport: str = "local",
    async_val: int = 0,
    become: bool = False,
    environment: Any = None,
    variables: dict[str, Any] | None = None,
) -> bool:
    loader = DataLoader()
    action = in_process.InProcessAction(
        task=SimpleNamespace(async_val=async_val, become=become, environment=environment),
        connection=SimpleNamespace(transport=transport),
        play_context=SimpleNamespace(),
        loader=loader,
        templar=Templar(loader=loader, variables=variables or {}),
        shared_loader_obj=None,
    )
    chosen: bool = action._in_process(variables or {})
    return chosen


@pytest.mark.parametrize(
    "circumstances",
    [
        {},
        {"environment": []},
        {"environment": [{}, {}]},
        {"variables": {"hybridcloud_mobility_in_process": True}},
        {"variables": {"hybridcloud_mobility_in_process": "yes"}},
    ],
)
def test_an_ordinary_local_task_runs_in_process(in_process: ModuleType, circumstances: dict[str, Any]) -> None:
    assert decision(in_process, **circumstances)


@pytest.mark.parametrize(
    "circumstances",
    [
        {"transport": "ssh"},
        {"async_val": 60},
        {"become": True},
        {"environment": [{}, {"VMWARE_HOST": "vcenter.example"}]},
        {"variables": {"hybridcloud_mobility_in_process": False}},
        {"variables": {"hybridcloud_mobility_in_process": "no"}},
    ],
)
def test_what_only_a_module_process_can_give_gets_one(in_process: ModuleType, circumstances: dict[str, Any]) -> None:
    assert not decision(in_process, **circumstances)


def test_a_run_has_a_folder_that_only_its_user_can_enter(
    in_process: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered: list[tuple[Any, ...]] = []
    monkeypatch.setenv(FOLDER_VARIABLE, "")
    monkeypatch.setattr(in_process.constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    monkeypatch.setattr(in_process.atexit, "register", lambda *call: registered.append(call))
    in_process.open_run()
    (folder,) = tmp_path.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Run.current().shared
    assert registered == [(in_process.close_run, folder)]


def test_closing_a_run_ends_every_login_at_the_system_it_belongs_to(
    in_process: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[dict[str, Any]] = []
    client = importlib.import_module("ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.client")
    monkeypatch.setattr(client, "end_login", ended.append)
    for cookie in ("one", "two"):
        Run(tmp_path).login("vsphere", cookie, lambda cookie=cookie: {"cookie": cookie})
    in_process.close_run(tmp_path)
    assert sorted(saved["cookie"] for saved in ended) == ["one", "two"]
    in_process.close_run(tmp_path)
    assert len(ended) == 2
