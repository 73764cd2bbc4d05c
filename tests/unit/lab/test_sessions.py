# SPDX-License-Identifier: GPL-3.0-or-later
"""Login, sessions and privileges (vSphere reference 3, 18.2)."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim as _vim

vim: Any = _vim


def test_smart_connect_costs_three_requests(lab: Any, connect: Any) -> None:
    connect()
    names = [e.name for e in lab.requests(service="vcenter/source")]
    assert names == ["GET /sdk/vimServiceVersions.xml", "RetrieveServiceContent", "Login"]


def test_a_wrong_password_is_an_invalid_login(lab: Any, connect: Any) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        connect(password="wrong")
    assert lab.sessions()["opened"] == 0


def test_sessions_are_counted(lab: Any) -> None:
    context = ssl.create_default_context(cafile=lab.ca_path)
    si = SmartConnect(host="localhost", port=lab.source.port, user=lab.username, pwd=lab.password, sslContext=context)
    assert lab.sessions() == {"opened": 1, "closed": 0, "expired": 0, "open": 1}
    Disconnect(si)
    assert lab.sessions() == {"opened": 1, "closed": 1, "expired": 0, "open": 0}
    assert lab.sessions("destination")["opened"] == 0


def test_a_certificate_of_another_authority_is_not_trusted(lab: Any) -> None:
    context = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError):
        SmartConnect(host="localhost", port=lab.source.port, user=lab.username, pwd=lab.password, sslContext=context)


def test_calls_without_a_session_are_not_authenticated(client: Any) -> None:
    status, text = client.post(
        '<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>',
        cookie=False,
    )
    assert status == 500
    assert "<NotAuthenticatedFault" in text
    status, text = client.post(
        '<Fetch xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this><prop>content</prop></Fetch>',
        cookie=False,
    )
    assert status == 200


def test_an_idle_session_ends_on_the_labs_clock(lab: Any, client: Any) -> None:
    lab.shared.clock.advance(lab.rules.session_idle_seconds - 5)
    client.si.CurrentTime()
    lab.shared.clock.advance(lab.rules.session_idle_seconds + 5)
    with pytest.raises(vim.fault.NotAuthenticated):
        client.si.CurrentTime()
    assert lab.sessions()["expired"] == 1


def test_all_sessions_can_be_expired_at_once(lab: Any, client: Any) -> None:
    assert lab.expire_sessions() == 1
    with pytest.raises(vim.fault.NotAuthenticated):
        client.host()


def test_the_current_session_is_the_callers(lab: Any, connect: Any) -> None:
    connect()
    reader = connect(lab.reader_username)
    manager = reader.content.sessionManager
    current = manager.currentSession
    assert current.userName == lab.reader_username
    assert manager.SessionIsActive(current.key, current.userName)
    assert not manager.SessionIsActive(current.key, lab.username)
    assert {s.userName for s in manager.sessionList} == {lab.username, lab.reader_username}


def test_a_second_login_on_a_session_is_refused(lab: Any, client: Any) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        client.content.sessionManager.Login(lab.username, lab.password, None)


def test_a_reader_reads_and_gets_no_permission_on_writes(lab: Any, connect: Any, nic: Any) -> None:
    reader = connect(lab.reader_username)
    assert reader.vnic("vmk0").spec.ip.ipAddress == "10.10.0.11"
    writes: list[Callable[[], Any]] = [
        lambda: reader.network().AddVirtualNic("std-vmotion", nic("10.11.0.21/22")),
        lambda: reader.services().SelectVnic("vSphereReplication", "vmk0"),
        lambda: reader.edit_stack(key="vmotion"),
    ]
    for write in writes:
        with pytest.raises(vim.fault.NoPermission) as caught:
            write()
        assert caught.value.privilegeId == "Host.Config.Network"
        assert caught.value.object is not None
    assert len(lab.world.host("esx-a01.lab.example").state.adapters) == 1


def test_esxcli_asks_for_a_privilege(lab: Any, connect: Any, esxcli_error: Any) -> None:
    with pytest.raises(esxcli_error, match="Permission"):
        connect(lab.reader_username).esxcli("network.ip.netstack.list")
