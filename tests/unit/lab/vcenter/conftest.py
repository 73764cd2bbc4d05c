# SPDX-License-Identifier: GPL-3.0-or-later
"""vCenter's two interfaces as a user of the source site has them: tasks of vim25 waited for, REST as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from pyVmomi import vim as _vim

from lab import Lab

vim: Any = _vim
DEADLINE_SECONDS = 5.0


@pytest.fixture
def done() -> Callable[[Any], Any]:
    """The result of a task, or the fault that it ended with."""

    def wait(task: Any) -> Any:
        end = time.monotonic() + DEADLINE_SECONDS
        while (info := task.info).state not in ("success", "error") and time.monotonic() < end:
            time.sleep(0.01)
        if info.error is not None:
            raise info.error
        assert info.state == "success"
        return info.result

    return wait


@pytest.fixture
def named(client: Any) -> Callable[[Any, str], Any]:
    """The one object of a type and name."""

    def find(kind: Any, name: str) -> Any:
        view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [kind], True)
        found = [o for o in view.view if o.name == name]
        view.Destroy()
        assert len(found) <= 1
        return found[0] if found else None

    return find


class Rest:
    def __init__(self, lab: Lab) -> None:
        self.url = f"https://localhost:{lab.source.port}"
        self.http = requests.Session()
        self.http.verify = lab.ca_path
        self.http.trust_env = False

    def login(self, user: str = Lab.username, password: str = Lab.password) -> requests.Response:
        answer = self.http.post(f"{self.url}/api/session", auth=(user, password), timeout=10)
        if answer.ok:
            self.http.headers["vmware-api-session-id"] = answer.json()
        return answer

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        return self.http.request(method, self.url + path, json=body, headers=headers, timeout=10)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        answer = self.call("POST", path, body, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def stranger(lab: Lab) -> Iterator[Rest]:
    made = Rest(lab)
    with made.http:
        yield made


@pytest.fixture
def rest(stranger: Rest) -> Rest:
    assert stranger.login().status_code == 201
    return stranger
