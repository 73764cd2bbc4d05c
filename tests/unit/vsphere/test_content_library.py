# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploying from a content library, against a vCenter whose answers are written down. (vSphere reference 13, 21)"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from unit.http_session.conftest import Time
from unit.http_session.scripted_server import Reply, ScriptedServer, scripted_server

from ansible_collections.hybridcloud.mobility.plugins.module_utils import http_session
from ansible_collections.hybridcloud.mobility.plugins.module_utils.connection import Connection
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    InvalidInput,
    LoginFailed,
    Refused,
    TimedOut,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK, Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.appliances import content_library
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.appliances.content_library import (
    Order,
    Target,
    Template,
    deploy,
    find_template,
    read_template,
    template_problems,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.appliances.rest import VCenterRest

LOGIN = Reply(201, '"session-1"', {"Content-Type": "application/json"})
TARGET = Target("resgroup-1", "group-v1", None, "datastore-1")
DECLARED = [
    {"id": "ip", "class_id": "", "instance_id": "", "type": "ip", "value": "", "ui_optional": False, "label": "IP"},
    {"id": "port", "class_id": "c", "instance_id": "1", "type": "int", "value": "443", "ui_optional": False},
    {"id": "dns", "class_id": "", "instance_id": "", "type": "ip", "value": "", "ui_optional": True},
]
SUMMARY = {
    "name": "edge",
    "EULAs": ["Read me."],
    "networks": ["Public", "Trunk"],
    "additional_params": [
        {"@class": "com.vmware.vcenter.ovf.size_params", "type": "SizeParams", "approximate_download_size": 1},
        {"@class": "com.vmware.vcenter.ovf.property_params", "type": "PropertyParams", "properties": DECLARED},
    ],
}
MADE = {"succeeded": True, "resource_id": {"type": "VirtualMachine", "id": "vm-7"}}
ORDER = Order("edge", "note", {"Public": "network-1", "Trunk": "dvportgroup-2"}, {"ip": "10.0.0.9"}, True, "thin")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ScriptedServer]:
    with scripted_server(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    fake = Time()
    for module in (content_library, http_session):
        monkeypatch.setattr(module, "wait_for", partial(module.wait_for, clock=fake.clock, sleep=fake.sleep))
    return fake


@pytest.fixture
def log_in(server: ScriptedServer) -> Iterator[Callable[..., VCenterRest]]:
    opened: list[VCenterRest] = []

    def make(*script: Reply, redactor: Redactor | None = None) -> VCenterRest:
        server.script = [LOGIN, *script]
        connection = Connection("localhost", server.port, "admin", "open sesame", True, server.ca_path, 2)
        opened.append(VCenterRest(connection, redactor or Redactor(), answer_timeout=2))
        return opened[-1]

    yield make
    for rest in opened:
        server.script = [Reply(204)]
        rest.__exit__(None, None, None)


def template() -> Template:
    properties = tuple(
        content_library.Property(one["id"], one["type"], one["value"], one["ui_optional"], one) for one in DECLARED
    )
    return Template("item-1", ("Public", "Trunk"), properties, has_licence=True)


def made_by(rest: VCenterRest, exists: Callable[[], str | None], **settings: Any) -> str:
    return deploy(rest, template(), TARGET, ORDER, token="token-1", exists=exists, timeout=60, **settings)


# --- the session ------------------------------------------------------------------------------------------------------


def test_a_session_is_begun_with_a_password_and_ended(
    log_in: Callable[..., VCenterRest], server: ScriptedServer
) -> None:
    redactor = Redactor()
    rest = log_in(Reply(200, ["item-1"]), Reply(204), redactor=redactor)
    find_template(rest, "edge", None)
    rest.__exit__(None, None, None)
    login, find, logout = server.requests
    assert (login.method, login.path, login.headers["authorization"][:6]) == ("POST", "/api/session", "Basic ")
    assert (find.headers["vmware-api-session-id"], find.path) == ("session-1", "/api/content/library/item?action=find")
    assert find.body == {"name": "edge", "type": "ovf"}
    assert (logout.method, logout.path) == ("DELETE", "/api/session")
    assert redactor.text("session-1") == MASK


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Reply(401), LoginFailed, "does not accept this user name and password"),
        (Reply(404), Refused, "vCenter 7.0 Update 2 or later is needed"),
        (Reply(200, {"value": "x"}), Refused, "vCenter 7.0 Update 2 or later is needed"),
    ],
)
def test_a_login_that_fails(server: ScriptedServer, reply: Reply, kind: type[Exception], words: str) -> None:
    server.script = [reply]
    connection = Connection("localhost", server.port, "admin", "open sesame", True, server.ca_path, 2)
    with pytest.raises(kind, match=words):
        VCenterRest(connection, Redactor(), answer_timeout=2)


def test_vcenters_own_words(log_in: Callable[..., VCenterRest], server: ScriptedServer) -> None:
    refusal = {"error_type": "UNAUTHORIZED", "messages": [{"default_message": "Not for you."}, {"id": "x"}]}
    with pytest.raises(Refused) as caught:
        find_template(log_in(Reply(403, refusal)), "edge", None)
    assert str(caught.value) == f"localhost:{server.port} refuses: Not for you."
    assert caught.value.facts == {"status": 403, "kind": "UNAUTHORIZED"}


# --- the template -----------------------------------------------------------------------------------------------------


def test_a_template_by_name(log_in: Callable[..., VCenterRest], server: ScriptedServer) -> None:
    assert find_template(log_in(Reply(200, ["item-1"])), "edge", "library-1") == "item-1"
    assert server.requests[-1].body == {"name": "edge", "type": "ovf", "library_id": "library-1"}


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([], "no OVF template is called edge"),
        (["b", "a"], r"2 OVF templates are called edge \(a, b\); name their library"),
    ],
)
def test_a_name_that_means_no_template_or_two(log_in: Callable[..., VCenterRest], ids: list[str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        find_template(log_in(Reply(200, ids)), "edge", None)


def test_what_a_template_declares(log_in: Callable[..., VCenterRest], server: ScriptedServer) -> None:
    found = read_template(log_in(Reply(200, SUMMARY)), "item-1", TARGET)
    assert found == template()
    assert server.requests[-1].body == {"target": {"resource_pool_id": "resgroup-1", "folder_id": "group-v1"}}


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"networks": {"Public": "n"}}, "network_mappings says nothing about Trunk"),
        (
            {"networks": {**ORDER.networks, "HA": "n"}},
            "names HA, which the template does not have; it has: Public, Trunk",
        ),
        ({"properties": {}}, "properties says nothing about ip, which the template needs"),
        (
            {"properties": {"ip": "x", "mac": "y"}},
            "names mac, which the template does not declare; it declares: dns, ip",
        ),
        ({"accept_licence": False}, "licence agreement; read it, then set accept_eula"),
        ({}, None),
    ],
)
def test_an_order_is_compared_with_the_template(order: dict[str, Any], words: str | None) -> None:
    found = template_problems(template(), Order(**{**vars(ORDER), **order}))
    assert [words in text for text in found] == ([True] if words else []) if words else found == []


# --- the deployment ---------------------------------------------------------------------------------------------------


def test_what_is_sent(log_in: Callable[..., VCenterRest], server: ScriptedServer) -> None:
    assert made_by(log_in(Reply(200, MADE)), lambda: "vm-7") == "vm-7"
    sent = server.requests[-1]
    assert sent.path == "/api/vcenter/ovf/library-item/item-1?action=deploy"
    assert sent.headers["client-token"] == "token-1"
    specification = sent.body["deployment_spec"]
    assert specification["network_mappings"] == {"Public": "network-1", "Trunk": "dvportgroup-2"}
    assert (specification["default_datastore_id"], specification["storage_provisioning"]) == ("datastore-1", "thin")
    (group,) = specification["additional_parameters"]
    assert group["@class"] == "com.vmware.vcenter.ovf.property_params"
    assert group["properties"] == [{**DECLARED[0], "value": "10.0.0.9"}, DECLARED[1]]


def test_success_without_success(log_in: Callable[..., VCenterRest]) -> None:
    said = {
        "category": "INPUT",
        "issues": [{"message": {"default_message": "The name is taken."}}],
        "message": {"default_message": "Validation failed."},
    }
    answer = {"succeeded": False, "error": {"errors": [said, {"category": "SERVER", "name": "disk"}]}}
    with pytest.raises(Refused, match=r"did not deploy it: Validation failed\.; The name is taken\.; SERVER disk$"):
        made_by(log_in(Reply(200, answer)), lambda: None)


def test_a_broken_connection_finds_the_machine_again(
    log_in: Callable[..., VCenterRest], server: ScriptedServer
) -> None:
    assert made_by(log_in(Reply(breaks=True), Reply(200, MADE)), lambda: "vm-7") == "vm-7"
    assert [request.path.rpartition("=")[2] for request in server.requests].count("deploy") == 1


@pytest.mark.parametrize("trouble", [Reply(breaks=True), Reply(504)])
def test_a_broken_connection_without_a_machine_is_repeated_with_the_same_token(
    log_in: Callable[..., VCenterRest], server: ScriptedServer, trouble: Reply
) -> None:
    answers = iter([None, "vm-7"])
    assert made_by(log_in(trouble, Reply(200, MADE)), lambda: next(answers)) == "vm-7"
    assert [request.headers.get("client-token") for request in server.requests[1:]] == ["token-1"] * 2


def test_the_answer_about_a_machine_that_was_removed_since(
    log_in: Callable[..., VCenterRest], server: ScriptedServer
) -> None:
    answers = iter([None, "vm-8"])
    fresh = {"succeeded": True, "resource_id": {"id": "vm-8"}}
    assert made_by(log_in(Reply(200, MADE), Reply(200, fresh)), lambda: next(answers)) == "vm-8"
    first, second = (request.headers["client-token"] for request in server.requests[1:])
    assert first == "token-1" != second


def test_a_deployment_that_never_ends(log_in: Callable[..., VCenterRest], time: Time) -> None:
    with pytest.raises(TimedOut, match=r"waiting for the deployment of edge; vCenter may still be at work"):
        made_by(log_in(Reply(breaks=True)), lambda: None)
    assert time.now == 60
