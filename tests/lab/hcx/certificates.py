# SPDX-License-Identifier: GPL-3.0-or-later
"""Which remote certificates a manager trusts (HCX reference 8, 16)."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from .manager import Manager


def parsed(pem: str) -> x509.Certificate:
    """ValueError for what is no certificate."""
    return x509.load_pem_x509_certificate(pem.encode())


def is_trusted(manager: Manager, pem: str) -> bool:
    """The very certificate was imported, or the one that issued it."""
    certificate = parsed(pem)
    return any(_vouches(parsed(known), certificate) for known in manager.state.trusted)


def trust(manager: Manager, pem: str) -> None:
    """ValueError for what is no certificate."""
    normal = parsed(pem)
    if all(parsed(known) != normal for known in manager.state.trusted):
        manager.state.trusted.append(pem)


def _vouches(known: x509.Certificate, certificate: x509.Certificate) -> bool:
    if known == certificate:
        return True
    try:
        certificate.verify_directly_issued_by(known)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
