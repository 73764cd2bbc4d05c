# SPDX-License-Identifier: GPL-3.0-or-later
"""RSA keys and signatures by the openssl command, which the agent's package needs (Azure reference 8.1, 9.4)."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

from . import places
from .output import Failure

BITS = "2048"


def _openssl(*arguments: str, given: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=False)
    if done.returncode:
        raise Failure(103, f"openssl {arguments[0]} failed: {done.stderr.decode().strip()}")
    return done.stdout


def saved() -> Path:
    """The key of `genkey`."""
    return places.data("certs", "genPrivateKey.pem")


def in_use() -> Path:
    """The key of a connected agent."""
    return places.data("certs", "myKey.pem")


def write(file: Path, pem: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(pem)


def new() -> bytes:
    return _openssl("genrsa", BITS)


def from_pkcs1(text: str) -> bytes:
    """PEM of a key given as base64 of PKCS#1 DER."""
    try:
        der = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Failure(104, "The private key is not base64.") from error
    return _openssl("rsa", "-inform", "DER", given=der)


def public(pem: bytes) -> str:
    """base64 of the PKCS#1 RSAPublicKey in DER."""
    return base64.b64encode(_openssl("rsa", "-RSAPublicKey_out", "-outform", "DER", given=pem)).decode()


def sign(file: Path, text: bytes) -> bytes:
    return _openssl("dgst", "-sha256", "-sign", str(file), given=text)


def thumbprint(file: Path) -> bytes:
    """SHA-1 of the certificate in a PEM file."""
    shown = _openssl("x509", "-in", str(file), "-noout", "-fingerprint", "-sha1").decode()
    return bytes.fromhex(shown.strip().rpartition("=")[2].replace(":", ""))
