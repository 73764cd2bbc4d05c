# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of the lab's Entra ID (Azure reference 1)."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from unit.lab.azure.conftest import SUBSCRIPTION, Azure

from lab.azure import directory

SECRET_CASES = [
    ({"client_secret": "x"}, {}, 401, "invalid_client", 7000215),
    ({"client_id": str(uuid.UUID(int=1))}, {}, 400, "unauthorized_client", 700016),
    ({}, {"tenant": directory.OTHER_TENANT}, 400, "unauthorized_client", 700016),
    ({}, {"tenant": str(uuid.UUID(int=2))}, 400, "invalid_request", 90002),
    ({"scope": "https://management.azure.com"}, {}, 400, "invalid_scope", 70011),
    ({"grant_type": "password"}, {}, 400, "unsupported_grant_type", 70003),
]


@pytest.mark.parametrize(("form", "options", "status", "error", "code"), SECRET_CASES)
def test_refusals(
    azure: Azure, form: dict[str, str], options: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = azure.login(**options, **{**azure.secret(), **form})
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert azure.secret()["client_secret"] not in answer.text


def test_an_expired_secret_is_told_from_a_wrong_one(azure: Azure) -> None:
    assert azure.login(**azure.secret("expired")).json()["error_codes"] == [7000222]
    assert azure.login(**{**azure.secret("expired"), "client_secret": "x"}).json()["error_codes"] == [7000215]


def test_the_older_endpoint_takes_a_resource_and_writes_numbers_as_text(azure: Azure) -> None:
    form = {k: v for k, v in azure.secret().items() if k != "scope"}
    body = azure.login(old=True, resource="https://management.core.windows.net/", **form).json()
    assert body["expires_in"] == "3599"
    answer = azure._http.get(
        f"{azure.url('arm')}/subscriptions",
        params={"api-version": "2022-12-01"},
        headers={"Authorization": f"Bearer {body['access_token']}"},
    )
    assert answer.status_code == 200


def test_id_and_secret_may_come_as_basic_authentication(azure: Azure) -> None:
    form = azure.secret()
    answer = azure._http.post(
        f"{azure.url('entra')}/{directory.TENANT}/oauth2/v2.0/token",
        data={"grant_type": "client_credentials", "scope": form["scope"]},
        auth=(form["client_id"], form["client_secret"]),
    )
    assert answer.status_code == 200


def test_a_token_ends_on_the_labs_clock(azure: Azure) -> None:
    assert azure.call("GET", SUBSCRIPTION, "2022-12-01").status_code == 200
    azure.lab.shared.clock.advance(3600)
    answer = azure.call("GET", SUBSCRIPTION, "2022-12-01")
    assert azure.error(answer) == (401, "ExpiredAuthenticationToken")


def test_a_token_for_something_else_is_not_one_for_azure_resource_manager(azure: Azure) -> None:
    token = azure.login(**azure.secret(scope="https://graph.microsoft.com/.default")).json()["access_token"]
    azure._tokens["administrator"] = token
    assert azure.error(azure.call("GET", SUBSCRIPTION, "2022-12-01")) == (401, "InvalidAuthenticationToken")


def test_without_a_token_the_tenant_is_told(azure: Azure) -> None:
    answer = azure._http.get(f"{azure.url('arm')}{SUBSCRIPTION}", params={"api-version": "2022-12-01"})
    assert azure.error(answer) == (401, "AuthenticationFailed")
    assert directory.TENANT in answer.headers["WWW-Authenticate"]


def assertion(azure: Azure, name: str, **claims: Any) -> dict[str, str]:
    pem = azure.simulator.certificate(name).encode()
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    certificate = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    client = directory.IDENTITIES[name].client_id
    url = f"{azure.url('entra')}/{directory.TENANT}/oauth2/v2.0/token"
    now = int(time.time())
    body = {"aud": url, "iss": client, "sub": client, "jti": "1", "nbf": now, "exp": now + 600, **claims}
    header = {"alg": "RS256", "typ": "JWT", "x5t": encoded(certificate.fingerprint(hashes.SHA1()))}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, body))
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return {
        "client_id": client,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": f"{signed}.{encoded(signature)}",
        "scope": "https://management.azure.com/.default",
    }


def encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def test_a_certificate_logs_in(azure: Azure) -> None:
    assert azure.login(**assertion(azure, "onboarding")).status_code == 200


@pytest.mark.parametrize("claim", [{"aud": "https://elsewhere"}, {"sub": str(uuid.UUID(int=1))}, {"exp": 1}])
def test_a_wrong_assertion_is_refused(azure: Azure, claim: dict[str, Any]) -> None:
    answer = azure.login(**assertion(azure, "onboarding", **claim))
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [700027])


def test_an_assertion_of_another_application_is_refused(azure: Azure) -> None:
    form = {**assertion(azure, "onboarding"), "client_id": directory.IDENTITIES["administrator"].client_id}
    assert azure.login(**form).status_code == 401


def test_tokens_are_counted(azure: Azure) -> None:
    for _number in range(3):
        azure.login(**azure.secret())
    assert azure.control("GET", "")["tokensIssued"] == 3
