# SPDX-License-Identifier: GPL-3.0-or-later
"""The token endpoints of Entra ID: client credentials by secret and by certificate (Azure reference 1)."""

from __future__ import annotations

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..rules import Rules
from ..shared import Shared
from . import directory
from .directory import Identity
from .gate import Answer, Arrived, Service
from .state import State, Token
from .times import stamp

V2 = "/{tenant}/oauth2/v2.0/token"
V1 = "/{tenant}/oauth2/token"
DISCOVERY = "/{tenant}/v2.0/.well-known/openid-configuration"
TEMPLATES = {V2: "POST", V1: "POST", DISCOVERY: "GET"}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ARM_HOSTS = ("management.azure.com", "management.usgovcloudapi.net", "management.chinacloudapi.cn")
AUDIENCES = (
    *(f"https://{host}" for host in ARM_HOSTS),
    "https://management.core.windows.net",
    "https://graph.microsoft.com",
)
NO_STORE = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "x-ms-ests-server": "2.1.0 - LAB ProdSlices"}


class Denied(Exception):
    """An answer with an AADSTS code (1.3)."""

    def __init__(self, status: int, error: str, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.error, self.code, self.text = status, error, code, text


class Entra:
    """`url` is its own, `arm_url` the lab's Azure Resource Manager, which is an audience of tokens."""

    def __init__(self, shared: Shared, state: Callable[[], State], url: str, arm_url: str) -> None:
        self._shared, self._state = shared, state
        self._url = url
        self.audiences = (*AUDIENCES, arm_url)

    def service(self) -> Service:
        return Service("azure/entra", self._shared, self._template, self._answer)

    @property
    def _rules(self) -> Rules:
        return self._shared.rules

    def _template(self, method: str, path: str) -> str:
        return next((t for t in TEMPLATES if _tenant(t, path) is not None), path)

    def _answer(self, arrived: Arrived) -> Answer:
        template = arrived.template
        if template not in TEMPLATES:
            return Answer(404, b"", media_type="text/html")
        if arrived.method != TEMPLATES[template]:
            return Answer(405)
        try:
            tenant = self._tenant_id(_tenant(template, arrived.path) or "")
            if template == DISCOVERY:
                return Answer(200, self._discovery(tenant))
            if arrived.planned is not None and arrived.planned.action == "fault":
                number = re.sub(r"\D", "", arrived.planned.fault) or "90033"
                raise Denied(arrived.planned.status, "temporarily_unavailable", int(number), arrived.planned.message)
            return self._token(arrived, template, tenant)
        except Denied as denied:
            arrived.error = f"AADSTS{denied.code}"
            return self._denied(denied)

    def _denied(self, denied: Denied) -> Answer:
        now = self._shared.clock.now()
        at = stamp(now)[:19].replace("T", " ") + "Z"
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        ids = f"Trace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {at}"
        text = f"AADSTS{denied.code}: {denied.text}\r\n{ids}"
        content = {
            "error": denied.error,
            "error_description": text,
            "error_codes": [denied.code],
            "timestamp": at,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{self._url}/error?code={denied.code}",
        }
        return Answer(denied.status, content, {**NO_STORE, "x-ms-request-id": trace})

    def _tenant_id(self, name: str) -> str:
        found = directory.TENANTS.get(name.lower())
        if found is None:
            raise Denied(
                400,
                "invalid_request",
                90002,
                f"Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing "
                "into the "
                "correct cloud. Check with your subscription administrator, this may happen if there are no active "
                "subscriptions for the tenant.",
            )
        return found

    def _discovery(self, tenant: str) -> dict[str, Any]:
        base = f"{self._url}/{tenant}"
        return {
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "tenant_region_scope": "EU",
        }

    def _token(self, arrived: Arrived, template: str, tenant: str) -> Answer:
        form = _form(arrived)
        if form.get("grant_type") != "client_credentials":
            raise Denied(
                400,
                "unsupported_grant_type",
                70003,
                f"The app requested an unsupported grant type '{form.get('grant_type', '')}'.",
            )
        audience = self._audience(form, template)
        identity = self._identified(form, tenant)
        arrived.user = identity.name
        self._authenticated(form, identity, tenant)
        return Answer(200, self._issued(identity, audience, tenant, template), dict(NO_STORE))

    def _audience(self, form: dict[str, str], template: str) -> str:
        if template == V1:
            audience = form.get("resource", "").rstrip("/")
            if audience not in self.audiences:
                raise Denied(
                    400,
                    "invalid_resource",
                    500011,
                    f"The resource principal named {form.get('resource', '')} was not found in the tenant.",
                )
            return audience
        scope = form.get("scope", "")
        audience = scope.removesuffix("/.default").rstrip("/")
        if not scope.endswith("/.default") or audience not in self.audiences:
            raise Denied(
                400,
                "invalid_scope",
                70011,
                f"The provided request must include a 'scope' input parameter. The provided value for the input "
                f"parameter 'scope' is not valid. The scope {scope} is not valid.",
            )
        return audience

    def _identified(self, form: dict[str, str], tenant: str) -> Identity:
        client = form.get("client_id", "")
        if not client:
            raise Denied(
                400, "invalid_request", 900144, "The request body must contain the following parameter: 'client_id'."
            )
        identity = directory.by_client_id(client) if tenant == directory.TENANT else None
        if identity is None:
            raise Denied(
                400,
                "unauthorized_client",
                700016,
                f"Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if "
                "the application has not been installed by the administrator of the tenant or consented to by any user "
                "in the tenant. You may have sent your authentication request to the wrong tenant.",
            )
        return identity

    def _authenticated(self, form: dict[str, str], identity: Identity, tenant: str) -> None:
        if "client_assertion" in form:
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise Denied(400, "invalid_request", 900144, "'client_assertion_type' is missing or wrong.")
            self._asserted(form["client_assertion"], identity, tenant)
            return
        if "client_secret" not in form:
            raise Denied(
                401,
                "invalid_client",
                7000218,
                "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            )
        if form["client_secret"] != identity.secret:
            raise Denied(
                401,
                "invalid_client",
                7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret "
                f"value, not the client secret ID, for a secret added to app '{identity.client_id}'.",
            )
        if identity.secret_expired:
            raise Denied(
                401,
                "invalid_client",
                7000222,
                f"The provided client secret keys for app '{identity.client_id}' are expired. Visit the Azure "
                "portal to "
                "create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate "
                "credentials for added security: https://aka.ms/certCreds.",
            )

    def _asserted(self, assertion: str, identity: Identity, tenant: str) -> None:
        wrong = Denied(
            401, "invalid_client", 700027, "The certificate with identifier used to sign the client assertion is not "
            f"registered on application '{identity.client_id}', or the assertion is not valid."
        )  # fmt: skip
        pem = directory.certificate(identity.name).encode()
        registered = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
        try:
            signed, _rest, signature = assertion.rpartition(".")
            header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
            key = registered.public_key()
            assert isinstance(key, rsa.RSAPublicKey)
            _verify(key, header.get("alg"), _decoded(signature), signed.encode())
        except (ValueError, binascii.Error, InvalidSignature, AttributeError) as error:
            raise wrong from error
        thumbprints = {
            "x5t": registered.fingerprint(hashes.SHA1()),  # the older way to name a certificate
            "x5t#S256": registered.fingerprint(hashes.SHA256()),
        }
        named = [name for name, print_ in thumbprints.items() if str(header.get(name)).rstrip("=") == _encoded(print_)]
        base = f"{self._url}/{tenant}"
        audiences = (f"{base}/oauth2/v2.0/token", f"{base}/oauth2/token", f"{base}/v2.0")
        mine = claims.get("iss") == identity.client_id == claims.get("sub")
        now = self._shared.clock.now()
        # A clock that a test advanced is not the signer's, so only an assertion that was old when sent is refused.
        lasting = isinstance(claims.get("exp"), int | float) and claims["exp"] - claims.get("nbf", now) > 0
        if not (named and mine and lasting and claims.get("aud") in audiences and claims.get("jti")):
            raise wrong

    def _issued(self, identity: Identity, audience: str, tenant: str, template: str) -> dict[str, Any]:
        now, seconds = self._shared.clock.now(), self._rules.azure_token_seconds
        claims = {
            "aud": audience,
            "iss": f"https://sts.windows.net/{tenant}/",
            "iat": int(now),
            "exp": int(now + seconds),
            "appid": identity.client_id,
            "oid": identity.object_id,
            "tid": tenant,
            "uti": uuid.uuid4().hex,
        }
        header = {"typ": "JWT", "alg": "RS256", "kid": "lab"}
        parts = [_encoded(json.dumps(part).encode()) for part in (header, claims)]
        token = ".".join([*parts, _encoded(uuid.uuid4().bytes * 16)])
        state = self._state()
        state.tokens[token] = Token(identity, audience, now + seconds)
        state.tokens_issued += 1
        if template == V2:
            return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}
        text = self._rules.azure_old_expires_in == "text"
        numbers = {
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "expires_on": int(now + seconds),
            "not_before": int(now),
        }
        return {
            "token_type": "Bearer",
            **{name: str(number) if text else number for name, number in numbers.items()},
            "resource": audience,
            "access_token": token,
        }


def _tenant(template: str, path: str) -> str | None:
    """The tenant in a path of this form."""
    matched = re.fullmatch(template.replace(".", r"\.").replace("{tenant}", "([^/]+)"), path)
    return matched[1] if matched else None


def _form(arrived: Arrived) -> dict[str, str]:
    """The form's fields, with those of HTTP Basic (1.1)."""
    if "application/x-www-form-urlencoded" not in arrived.headers.get("content-type", ""):
        raise Denied(
            400, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."
        )
    form = {k: v[-1] for k, v in parse_qs(arrived.body.decode(), keep_blank_values=True).items()}
    kind, _rest, value = arrived.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        client, _rest, secret = base64.b64decode(value).decode().partition(":")
        form = {"client_id": unquote_plus(client), "client_secret": unquote_plus(secret), **form}
    return form


def _verify(key: rsa.RSAPublicKey, algorithm: str | None, signature: bytes, signed: bytes) -> None:
    if algorithm == "RS256":
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    elif algorithm == "PS256":
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        key.verify(signature, signed, pss, hashes.SHA256())
    else:
        raise ValueError(f"algorithm {algorithm}")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
