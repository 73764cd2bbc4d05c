# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of Microsoft Entra ID for an application that proves itself by secret or certificate. (Azure reference 1)"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..engine.errors import InvalidInput, LoginFailed, MissingLibrary
from ..http_session import Answer, Http
from ..run import Saved
from .account import Account

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Seconds that a proof by certificate is good for; it is used at once.
ASSERTION_LIFE = 300
# A token is renewed this many seconds before its end. (Azure reference 1.2)
MARGIN = 300.0
# What to do about the errors that have a known cause. (Azure reference 1.3)
HINTS = {
    7000215: "Give the value of the secret as client_secret, not its id.",
    7000222: "Make a new secret for the application and give it as client_secret.",
    700016: "Check client_id, and whether tenant_id is the tenant in which the application lives.",
    700027: "Upload the certificate of client_certificate to the application, or give the one that is registered.",
    90002: "Check tenant_id and cloud.",
}


def token_for(account: Account, http: Http, *, patient: bool) -> Saved:
    """A new token as ``token`` and ``renew_at`` (seconds since 1970). Raises `LoginFailed` in Entra's own words."""
    path = f"/{account.tenant}/oauth2/v2.0/token"
    form = {"grant_type": "client_credentials", "client_id": account.client_id, "scope": account.cloud.scope}
    if account.certificate:
        form |= {
            "client_assertion_type": ASSERTION,
            "client_assertion": _assertion(account, f"https://{http.address.removesuffix(':443')}{path}"),
        }
    else:
        form["client_secret"] = account.secret or ""
    # A second token harms nobody, so the call is sent again like a read.
    answer = http.send(
        "POST",
        path,
        body=urlencode(form),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        reads=True,
        patient=patient,
    )
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status != 200 or not body.get("access_token"):
        raise _refusal(answer, body, http.address)
    # A string in answers of the older endpoint. (Azure reference 1.2)
    life = float(int(body.get("expires_in", 0)))
    return {"token": body["access_token"], "renew_at": time.time() + life - min(MARGIN, life / 2)}


def _refusal(answer: Answer, body: dict[str, Any], address: str) -> LoginFailed:
    codes = body.get("error_codes") or []
    code = codes[0] if codes else None
    said = str(body.get("error_description") or "").splitlines()
    sentence = said[0] if said else f"it answers {answer.status} without a token; check login_endpoint"
    facts = {"status": answer.status, "service_code": f"AADSTS{code}" if code else body.get("error")}
    hint = HINTS.get(code or 0, "Check tenant_id, client_id and its proof.")
    return LoginFailed(f"{address} gives no token: {sentence}", **facts, hint=hint)


def _assertion(account: Account, audience: str) -> str:
    """A statement of the application about itself, signed with the key of its certificate."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError as error:
        raise MissingLibrary(
            f"the Python package cryptography is missing ({error}); client_certificate needs it"
        ) from error
    path = account.certificate or ""
    password = account.certificate_password.encode() if account.certificate_password else None
    try:
        content = Path(path).read_bytes()
        certificate = x509.load_pem_x509_certificate(content)
        key = serialization.load_pem_private_key(content, password)
    except OSError as error:
        raise InvalidInput(f"client_certificate {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            f"client_certificate {path} does not hold a private key and its certificate as PEM, or "
            "client_certificate_password does not open the key"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise InvalidInput(f"client_certificate {path} has a key of another kind than RSA; Entra ID takes RSA keys")
    now = int(time.time())
    thumbprint = hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest()
    header = {"alg": "PS256", "typ": "JWT", "x5t#S256": _base64(thumbprint)}
    claims = {
        "aud": audience,
        "iss": account.client_id,
        "sub": account.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "exp": now + ASSERTION_LIFE,
    }
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    signature = key.sign(signed.encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    return f"{signed}.{_base64(signature)}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
