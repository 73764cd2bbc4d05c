# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import http.client
import socket
import ssl
from typing import Any
from xml.parsers.expat import ExpatError

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    Busy,
    LoginFailed,
    MobilityError,
    Refused,
    Unreachable,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.faults import sentence, translated
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.sdk import vim, vmodl

Message = vmodl.LocalizableMessage


def error_of(problem: BaseException) -> MobilityError:
    with pytest.raises(MobilityError) as told, translated("vcenter:443"):
        raise problem
    return told.value


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (vim.fault.NotFound(msg="No such adapter."), "No such adapter. [NotFound]"),
        (vim.fault.NotFound(), "NotFound"),
        (
            vmodl.fault.InvalidArgument(msg="A specified parameter was not correct", invalidProperty="spec.mtu"),
            "A specified parameter was not correct (property spec.mtu) [InvalidArgument]",
        ),
        (
            vim.fault.HostConfigFault(
                msg="An error occurred.", faultMessage=[Message(key="k", message="vmk1 is in use"), Message(key="k")]
            ),
            "An error occurred. vmk1 is in use [HostConfigFault]",
        ),
        (
            vim.fault.HostConfigFailed(msg="Failed.", faultCause=vim.fault.ResourceInUse(msg="The stack is in use.")),
            "Failed. The stack is in use. [ResourceInUse] [HostConfigFailed]",
        ),
        (vim.fault.PlatformConfigFault(msg="Failed.", text="Sysinfo error: busy"), "Failed. Sysinfo error: busy"),
        (vim.fault.HostConfigFault(msg="Same.", faultMessage=[Message(key="k", message="Same.")]), "Same. [HostConfig"),
    ],
)
def test_the_most_telling_words_of_a_fault(fault: Any, words: str) -> None:
    assert sentence(fault).startswith(words)


@pytest.mark.parametrize(
    ("fault", "kind", "message", "code"),
    [
        (vim.fault.NotAuthenticated(), LoginFailed, "the session on vcenter:443 has ended", "NotAuthenticated"),
        (
            vim.fault.InvalidLogin(),
            LoginFailed,
            "vcenter:443 does not accept this user name and password",
            "InvalidLogin",
        ),
        (
            vim.fault.NoPermission(object=vim.HostSystem("host-1"), privilegeId="Host.Config.Network"),
            Refused,
            "the privilege Host.Config.Network is missing on host-1",
            "NoPermission",
        ),
        (
            vmodl.fault.HostNotConnected(msg="Not connected."),
            Unreachable,
            "the host does not answer vcenter:443: Not connected. [HostNotConnected]",
            "HostNotConnected",
        ),
        (
            vim.fault.TaskInProgress(msg="Busy."),
            Busy,
            "another operation is running: Busy. [TaskInProgress]",
            "TaskInProgress",
        ),
        (vim.fault.AlreadyExists(msg="There is one."), Refused, "There is one. [AlreadyExists]", "AlreadyExists"),
    ],
)
def test_a_fault_becomes_an_error_of_our_family(fault: Any, kind: type, message: str, code: str) -> None:
    error = error_of(fault)
    assert type(error) is kind
    assert str(error) == message
    assert error.facts["service_code"] == code


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "no answer from vcenter:443: Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "no answer from vcenter:443: Name or service not known"),
        (TimeoutError("timed out"), "no answer from vcenter:443: timed out"),
        (http.client.RemoteDisconnected(), "no answer from vcenter:443: RemoteDisconnected"),
        (http.client.BadStatusLine("nonsense"), "no answer from vcenter:443: nonsense"),
        (ExpatError("syntax error"), "vcenter:443 gave an answer that is not vSphere's: syntax error"),
    ],
)
def test_a_broken_connection_is_told_without_python_words(problem: Exception, message: str) -> None:
    error = error_of(problem)
    assert isinstance(error, Unreachable)
    assert str(error) == message


def test_an_untrusted_certificate_is_told_with_its_reason() -> None:
    problem = ssl.SSLCertVerificationError(1, "certificate verify failed")
    problem.verify_message = "unable to get local issuer certificate"
    error = error_of(problem)
    assert str(error) == "the certificate of vcenter:443 is not trusted: unable to get local issuer certificate"
    assert "ca_path" in error.facts["hint"]


def test_what_is_not_a_problem_of_the_service_passes() -> None:
    with pytest.raises(ZeroDivisionError), translated("vcenter:443"):
        raise ZeroDivisionError
