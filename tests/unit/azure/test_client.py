# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens, versions, pages, long-running operations and refusals, against answers that are written down."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from unit.azure.conftest import CLIENT, ROOT, SUBSCRIPTION, TENANT, error, token
from unit.http_session.conftest import Time
from unit.http_session.scripted_server import Reply, ScriptedServer

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.answers import Forbidden, NotFound
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.api_versions import (
    MACHINES,
    RESOURCE_GROUPS,
    fallback,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.client import Azure
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.clouds import CLOUDS, Endpoint, endpoint
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import (
    InvalidInput,
    LoginFailed,
    MissingLibrary,
    Refused,
    TimedOut,
)
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import MASK, Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run

LogIn = Callable[..., Azure]
GROUP = f"{ROOT}/resourceGroups/rg-arc"
MACHINE = f"{GROUP}/providers/Microsoft.HybridCompute/machines/app01"
EXPIRED = error(401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time.")


def bearer(server: ScriptedServer) -> list[str]:
    return [request.headers.get("authorization", "") for request in server.requests]


def form(server: ScriptedServer, number: int = 0) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(server.requests[number].body).items()}


def entra(status: int, code: int, text: str) -> Reply:
    said = f"AADSTS{code}: {text}\r\nTrace ID: 1\r\nCorrelation ID: 2"
    return Reply(status, {"error": "invalid_client", "error_description": said, "error_codes": [code]})


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_secret_is_exchanged_for_a_token(server: ScriptedServer, log_in: LogIn) -> None:
    redactor = Redactor()
    azure = log_in(token("t-1"), Reply(200, {"name": "rg-arc"}), redactor=redactor)
    assert azure.get(GROUP, RESOURCE_GROUPS) == {"name": "rg-arc"}
    login, call = server.requests
    assert (login.method, login.path) == ("POST", f"/{TENANT}/oauth2/v2.0/token")
    assert login.headers["content-type"] == "application/x-www-form-urlencoded"
    assert form(server) == {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "scope": "https://management.azure.com/.default",
        "client_secret": "open-sesame",
    }
    assert call.path == f"{GROUP}?api-version=2021-04-01"
    assert call.headers["authorization"] == "Bearer t-1"
    assert call.headers["x-ms-client-request-id"]
    assert redactor.text("t-1 open-sesame") == f"{MASK} {MASK}"


@pytest.mark.parametrize("life", ["3599", 3599])
def test_a_token_is_renewed_five_minutes_before_its_end(
    server: ScriptedServer, log_in: LogIn, time: Time, life: Any
) -> None:
    azure = log_in(token("t-1", life), Reply(200, {}), Reply(200, {}), token("t-2"), Reply(200, {}))
    for now in (0, 3298, 3300):
        time.now = now
        azure.get(GROUP, RESOURCE_GROUPS)
    assert bearer(server) == ["", "Bearer t-1", "Bearer t-1", "", "Bearer t-2"]


def test_a_token_that_azure_no_longer_takes_is_replaced_once(server: ScriptedServer, log_in: LogIn) -> None:
    azure = log_in(token("t-1"), EXPIRED, token("t-2"), Reply(200, {"name": "rg-arc"}))
    assert azure.get(GROUP, RESOURCE_GROUPS) == {"name": "rg-arc"}
    assert bearer(server) == ["", "Bearer t-1", "", "Bearer t-2"]
    with pytest.raises(LoginFailed, match="does not accept the token"):
        log_in(token("t-1"), EXPIRED, token("t-2"), EXPIRED).get(GROUP, RESOURCE_GROUPS)


def test_a_token_that_was_handed_in_is_used_as_it_is(server: ScriptedServer, log_in: LogIn) -> None:
    azure = log_in(Reply(200, {}), EXPIRED, access_token="handed-in", client_secret=None, tenant_id=None)
    azure.get(GROUP, RESOURCE_GROUPS)
    with pytest.raises(LoginFailed, match="does not accept the token"):
        azure.get(GROUP, RESOURCE_GROUPS)
    assert bearer(server) == ["Bearer handed-in"] * 2


def test_the_tasks_of_a_run_share_one_token(server: ScriptedServer, log_in: LogIn, tmp_path: Path) -> None:
    log_in(token(), run=Run(tmp_path))
    log_in(token("t-2"), run=Run(tmp_path))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [(401, 7000215, "not its id"), (401, 7000222, "new secret"), (400, 700016, "tenant"), (400, 90002, "tenant_id")],
)
def test_entra_says_why_there_is_no_token(log_in: LogIn, status: int, code: int, hint: str) -> None:
    with pytest.raises(LoginFailed) as failed:
        log_in(entra(status, code, "No."))
    assert str(failed.value).endswith(f"gives no token: AADSTS{code}: No.")
    assert "Trace" not in str(failed.value)
    assert failed.value.facts["service_code"] == f"AADSTS{code}"
    assert hint in failed.value.facts["hint"]


def certificate_file(folder: Path, password: bytes | None = None) -> tuple[Path, Any]:
    import trustme
    from cryptography.hazmat.primitives import serialization

    leaf = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("app.example", key_type=trustme.KeyType.RSA)
    key = serialization.load_pem_private_key(leaf.private_key_pem.bytes(), None)
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    kept = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden)
    file = folder / "app.pem"
    file.write_bytes(kept + leaf.cert_chain_pems[0].bytes())
    return file, key.public_key()


@pytest.mark.parametrize("password", [None, "crab-apple"])
def test_a_certificate_signs_who_we_are(
    server: ScriptedServer, log_in: LogIn, tmp_path: Path, password: str | None
) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    file, public = certificate_file(tmp_path, password.encode() if password else None)
    log_in(token(), client_secret=None, client_certificate=str(file), client_certificate_password=password)
    sent = form(server)
    assert sent["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert "client_secret" not in sent
    head, claims, signature = (
        base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in sent["client_assertion"].split(".")
    )
    signed = sent["client_assertion"].rpartition(".")[0].encode()
    public.verify(signature, signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert json.loads(head)["alg"] == "PS256"
    said = json.loads(claims)
    assert said["aud"] == f"https://localhost:{server.port}/{TENANT}/oauth2/v2.0/token"
    assert (said["iss"], said["sub"]) == (CLIENT, CLIENT)


@pytest.mark.parametrize(
    ("text", "sentence"), [(None, "cannot be read: No such file"), ("nothing", "does not hold a private key")]
)
def test_a_certificate_file_that_is_none(log_in: LogIn, tmp_path: Path, text: str | None, sentence: str) -> None:
    file = tmp_path / "app.pem"
    if text:
        file.write_text(text)
    with pytest.raises(InvalidInput, match=sentence):
        log_in(token(), client_secret=None, client_certificate=str(file))


def test_a_wrong_password_of_the_certificate(log_in: LogIn, tmp_path: Path) -> None:
    file, _public = certificate_file(tmp_path, b"crab-apple")
    with pytest.raises(InvalidInput, match="client_certificate_password does not open the key"):
        log_in(token(), client_secret=None, client_certificate=str(file), client_certificate_password="pear")


def test_only_a_certificate_needs_the_cryptography_package(
    log_in: LogIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cryptography", None)
    log_in(token())
    with pytest.raises(MissingLibrary, match="client_certificate needs it"):
        log_in(token(), client_secret=None, client_certificate=str(tmp_path / "app.pem"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"client_secret": None}, "a login needs either client_secret or client_certificate, and none is given"),
        ({"client_certificate": "a.pem"}, "a login needs either client_secret or client_certificate, not both"),
        ({"client_id": None}, "a login needs tenant_id and client_id, or an access_token"),
        ({"client_id": "app"}, "client_id app is not the id of an application"),
        ({"tenant_id": "a/b"}, "tenant_id a/b is neither the id of a tenant nor one of its domains"),
        ({"subscription_id": " "}, "subscription_id is empty"),
        ({"login_endpoint": "http://localhost"}, "login_endpoint http://localhost is not an address such as"),
        ({"resource_manager_endpoint": "https://a/b"}, "resource_manager_endpoint https://a/b is not an address"),
    ],
)
def test_an_account_that_cannot_be(
    server: ScriptedServer, log_in: LogIn, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        log_in(token(), **options)
    assert str(refused.value).startswith(sentence)
    assert server.requests == []


# --- clouds and hosts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cloud", "login", "arm"),
    [
        ("AzureCloud", "login.microsoftonline.com", "management.azure.com"),
        ("AzureUSGovernment", "login.microsoftonline.us", "management.usgovcloudapi.net"),
        ("AzureChinaCloud", "login.chinacloudapi.cn", "management.chinacloudapi.cn"),
    ],
)
def test_every_cloud_has_its_own_addresses(cloud: str, login: str, arm: str) -> None:
    assert (CLOUDS[cloud].login_host, CLOUDS[cloud].scope) == (login, f"https://{arm}/.default")


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://management.azure.com/x", True),
        ("https://eastus2euap.management.azure.com/x?t=1", True),
        ("https://MANAGEMENT.azure.com:443/x", True),
        ("http://management.azure.com/x", False),
        ("https://management.azure.com:8443/x", False),
        ("https://evil-management.azure.com/x", False),
        ("https://management.azure.com.evil.example/x", False),
        ("https://management.azure.com@evil.example/x", False),
    ],
)
def test_which_addresses_may_see_the_token(url: str, ours: bool) -> None:
    assert Endpoint("management.azure.com").covers(url) is ours


def test_an_endpoint_has_a_port_where_somebody_stands_in() -> None:
    assert endpoint("https://localhost:8443/") == Endpoint("localhost", 8443)


# --- pages, versions, names -------------------------------------------------------------------------------------------


def test_pages_are_followed_as_they_are_written(server: ScriptedServer, log_in: LogIn) -> None:
    link = f"https://localhost:{server.port}{GROUP}/x?api-version=2021-04-01&$skiptoken=a%7Eb%2B"
    azure = log_in(token(), Reply(200, {"value": [1, 2], "nextLink": link}), Reply(200, {"value": [3], "nextLink": ""}))
    assert list(azure.pages(f"{GROUP}/x", RESOURCE_GROUPS)) == [1, 2, 3]
    assert server.requests[-1].path == link.partition(str(server.port))[2]


def test_the_token_is_not_shown_to_strangers(server: ScriptedServer, log_in: LogIn) -> None:
    azure = log_in(token(), Reply(200, {"value": [], "nextLink": "https://evil.example/x"}))
    with pytest.raises(Refused, match=r"sends us to evil\.example, which does not belong to AzureCloud"):
        list(azure.pages(f"{GROUP}/x", RESOURCE_GROUPS))


@pytest.mark.parametrize("code", ["InvalidApiVersionParameter", "NoRegisteredProviderFound"])
def test_an_unknown_version_gives_way_to_an_older_one(server: ScriptedServer, log_in: LogIn, code: str) -> None:
    listed = "2026-07-15,2024-11-10-preview,2024-07-10,2022-12-27"
    no = error(400, code, f"No. The supported api-versions are '{listed}'. The supported locations are 'a'.")
    azure = log_in(token(), no, Reply(200, {"name": "app01"}), Reply(200, {"name": "app01"}))
    assert azure.get(MACHINE, MACHINES) == {"name": "app01"}
    azure.get(MACHINE, MACHINES)
    assert [request.path.partition("=")[2] for request in server.requests[1:]] == [
        "2025-01-13",
        "2024-07-10",
        "2024-07-10",
    ]


def test_without_a_list_the_provider_is_asked_for_its_versions(server: ScriptedServer, log_in: LogIn) -> None:
    no = error(400, "InvalidApiVersionParameter", "No.")
    provider = {"resourceTypes": [{"resourceType": "Machines", "apiVersions": ["2026-07-15", "2022-12-27"]}]}
    azure = log_in(token(), no, Reply(200, provider), Reply(200, {"name": "app01"}))
    assert azure.get(MACHINE, MACHINES) == {"name": "app01"}
    assert server.requests[2].path.startswith(f"{ROOT}/providers/Microsoft.HybridCompute?")
    assert azure.version(MACHINES) == "2022-12-27"


def test_previews_and_newer_versions_are_no_fallback() -> None:
    assert fallback("2025-01-13", ["2026-07-15", "2024-11-10-preview"]) is None


def test_a_subscription_is_found_by_its_name(server: ScriptedServer, log_in: LogIn) -> None:
    seen = {"value": [{"displayName": "Lab", "subscriptionId": SUBSCRIPTION}]}
    azure = log_in(token(), Reply(200, seen), subscription_id="lab")
    assert azure.subscription == azure.subscription == ROOT
    assert len(server.requests) == 2
    with pytest.raises(Refused, match=rf"no subscription is named other; the account sees: Lab \({SUBSCRIPTION}\)"):
        print(log_in(token(), Reply(200, seen), subscription_id="other").subscription)


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_missing_permission_is_named(log_in: LogIn) -> None:
    action = "Microsoft.HybridCompute/register/action"
    said = (
        f"The client 'x' with object id 'y' does not have authorization to perform action '{action}' over scope '/s'."
    )
    with pytest.raises(Forbidden) as refused:
        log_in(token(), error(403, "AuthorizationFailed", said)).ask(f"{ROOT}/x", None, RESOURCE_GROUPS)
    assert str(refused.value) == (
        f"the permission {action} on /s is missing; Contributor or Owner on the subscription have it, the onboarding "
        "role has not [AuthorizationFailed]"
    )
    assert refused.value.facts["missing_permission"] == action


@pytest.mark.parametrize("wrapped", [True, False])
def test_an_error_is_told_with_or_without_its_envelope(log_in: LogIn, wrapped: bool) -> None:
    said = {"code": "HCRP400", "message": "Missing or invalid properties: VmId", "details": [{"message": "A GUID."}]}
    ids = {"x-ms-request-id": "r-1", "x-ms-correlation-request-id": "c-1"}
    body = {"error": said} if wrapped else said
    with pytest.raises(Refused) as refused:
        log_in(token(), Reply(400, body, ids)).write("PUT", MACHINE, MACHINES, {})
    assert str(refused.value) == "Missing or invalid properties: VmId (A GUID.) [HCRP400]"
    assert refused.value.facts == {
        "status": 400,
        "service_code": "HCRP400",
        "request_id": "r-1",
        "correlation_id": "c-1",
    }


def test_what_is_not_there_is_none_but_a_missing_subscription_is_an_error(log_in: LogIn) -> None:
    gone = [error(404, code, "gone") for code in ("ResourceNotFound", "ResourceGroupNotFound", "SubscriptionNotFound")]
    unregistered = error(409, "MissingSubscriptionRegistration", "The subscription is not registered.")
    azure = log_in(token(), unregistered, *gone)
    assert list(azure.pages_if_there(MACHINE, MACHINES)) == []
    assert azure.find(MACHINE, MACHINES) is None
    assert azure.find(MACHINE, MACHINES) is None
    with pytest.raises(NotFound):
        azure.find(MACHINE, MACHINES)


def test_throttling_is_obeyed(log_in: LogIn, time: Time) -> None:
    busy = error(429, "SubscriptionRequestsThrottled", "Please try again.", **{"Retry-After": "17"})
    assert log_in(token(), busy, busy, Reply(200, {"a": 1})).get(GROUP, RESOURCE_GROUPS) == {"a": 1}
    assert time.pauses == [17.0, 17.0]


# --- long-running operations ------------------------------------------------------------------------------------------


def started(server: ScriptedServer, **headers: str) -> Reply:
    urls = {name: f"https://localhost:{server.port}{path}" for name, path in headers.items() if name != "retry"}
    wait = {"Retry-After": headers["retry"]} if "retry" in headers else {}
    return Reply(202, None, {**{name.replace("_", "-"): url for name, url in urls.items()}, **wait})


def remove(azure: Azure, timeout: float = 300) -> None:
    azure.finish("DELETE", MACHINE, MACHINES, what="the removal of app01", timeout=timeout)


SIGNED = "/operations/1?api-version=2025-01-13&t=1&c=a%7Eb%2B&s=x%3D%3D&h=h"


def test_an_operation_with_a_status_is_awaited(server: ScriptedServer, log_in: LogIn, time: Time) -> None:
    begun = started(server, Azure_AsyncOperation=SIGNED, Location="/results/1", retry="15")
    azure = log_in(
        token(),
        begun,
        Reply(200, {"status": "InProgress"}, {"Retry-After": "4"}),
        Reply(200, {"status": "Creating"}),
        Reply(200, {"status": "Succeeded"}),
    )
    remove(azure)
    assert {request.path for request in server.requests[2:]} == {SIGNED}
    assert time.pauses[:2] == [15.0, 4.0]


def test_an_operation_with_only_a_location_is_awaited(server: ScriptedServer, log_in: LogIn) -> None:
    azure = log_in(token(), started(server, Location="/results/1"), Reply(202), Reply(204))
    remove(azure)
    assert [request.path for request in server.requests[2:]] == ["/results/1"] * 2


@pytest.mark.parametrize("status", [200, 204])
def test_an_answer_that_promises_nothing_is_the_end(server: ScriptedServer, log_in: LogIn, status: int) -> None:
    remove(log_in(token(), Reply(status)))
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["Failed", "Canceled"])
def test_an_operation_that_fails_says_why(server: ScriptedServer, log_in: LogIn, status: str) -> None:
    ended = Reply(200, {"status": status, "error": {"code": "HCRP500", "message": "No room."}})
    with pytest.raises(Refused, match=r"the removal of app01 failed: No room\. \[HCRP500\]"):
        remove(log_in(token(), started(server, Azure_AsyncOperation=SIGNED), ended))


def test_an_operation_that_does_not_end_is_given_up(server: ScriptedServer, log_in: LogIn) -> None:
    azure = log_in(token(), started(server, Azure_AsyncOperation=SIGNED), Reply(200, {"status": "InProgress"}))
    with pytest.raises(TimedOut, match="gave up after 60 s waiting for the removal of app01; Azure goes on with it"):
        remove(azure, timeout=60)


def test_a_token_that_ends_during_an_operation_is_replaced(server: ScriptedServer, log_in: LogIn) -> None:
    done = Reply(200, {"status": "Succeeded"})
    remove(log_in(token("t-1"), started(server, Azure_AsyncOperation=SIGNED), EXPIRED, token("t-2"), done))
    assert bearer(server)[-1] == "Bearer t-2"
