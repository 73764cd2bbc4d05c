# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's certificate authority: made once per state folder, so that clients can keep trusting it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

NAMES = ("localhost", "127.0.0.1", "::1")
AZURE_NAMES = ("login.microsoftonline.com", "management.azure.com", "*.his.arc.azure.com", "packages.microsoft.com")
"""Under which a target, the only one that resolves them so, finds the lab's Azure."""


@dataclass(frozen=True)
class ServerCertificate:
    """A server's TLS settings, and its own certificate as PEM."""

    context: ssl.SSLContext
    pem: str


class Authority:
    """Keeps its key beside its certificate in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ca.pem"
        key = folder / "ca.key"
        if key.exists() and self.path.exists():
            self._ca = trustme.CA.from_pem(self.path.read_bytes(), key.read_bytes())
        else:
            self._ca = trustme.CA(organization_name="Lab certificate authority")
            folder.mkdir(parents=True, exist_ok=True)
            key.touch(mode=0o600)
            self._ca.private_key_pem.write_to_path(str(key))
            self._ca.cert_pem.write_to_path(str(self.path))

    def server_certificate(self) -> ServerCertificate:
        """A new one, for a server on this machine."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        issued = self._ca.issue_cert(*NAMES, *AZURE_NAMES)
        issued.configure_cert(context)
        return ServerCertificate(context, issued.cert_chain_pems[0].bytes().decode())
