# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may log in at the lab's Entra ID, and the roles that Azure knows (Azure reference 1, 7.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

TENANT = "6b1d5a1e-0c1e-4f7a-9a52-3a1c6f2e7d10"
TENANT_DOMAIN = "lab.onmicrosoft.com"
OTHER_TENANT = "d4c3b2a1-1111-4222-8333-444455556666"
TENANTS = {TENANT: TENANT, TENANT_DOMAIN: TENANT, OTHER_TENANT: OTHER_TENANT}
SUBSCRIPTION = "0b2c3d4e-5f60-4718-92a3-b4c5d6e7f801"
OTHER_SUBSCRIPTION = "1c3d4e5f-6071-4829-a3b4-c5d6e7f80912"
SUBSCRIPTIONS = {SUBSCRIPTION: "Lab", OTHER_SUBSCRIPTION: "Other"}


@dataclass(frozen=True)
class Role:
    """`actions` may have `*`; `not_actions` are taken away."""

    id: str
    name: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()


ONBOARDING = "b64e21ea-ac4e-4cdf-9dc9-5b892992bee7"
RESOURCE_ADMINISTRATOR = "cd570a14-e51a-42ad-bac8-bafd67325302"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ROLES = {
    role.id: role
    for role in (
        Role(OWNER, "Owner", ("*",)),
        Role(
            CONTRIBUTOR, "Contributor", ("*",), ("Microsoft.Authorization/*/write", "Microsoft.Authorization/*/delete")
        ),
        Role(READER, "Reader", ("*/read",)),
        Role(
            ONBOARDING,
            "Azure Connected Machine Onboarding",
            (
                "Microsoft.HybridCompute/machines/read",
                "Microsoft.HybridCompute/machines/write",
                "Microsoft.HybridCompute/privateLinkScopes/read",
                "Microsoft.GuestConfiguration/guestConfigurationAssignments/read",
            ),
        ),
        Role(
            RESOURCE_ADMINISTRATOR,
            "Azure Connected Machine Resource Administrator",
            (
                "Microsoft.HybridCompute/machines/*",
                "Microsoft.HybridCompute/privateLinkScopes/*",
                "Microsoft.HybridCompute/*/read",
            ),
        ),
    )
}


@dataclass(frozen=True)
class Identity:
    """An application with its service principal; `roles` are role ids at the scope of both subscriptions or one."""

    name: str
    number: int
    roles: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = (SUBSCRIPTION,)
    secret_expired: bool = False

    @property
    def client_id(self) -> str:
        return f"aaaaaaaa-0000-4000-8000-{self.number:012d}"

    @property
    def object_id(self) -> str:
        return f"bbbbbbbb-0000-4000-8000-{self.number:012d}"

    @property
    def secret(self) -> str:
        return f"lab-secret-{self.name}-Q7d"


BOTH = (SUBSCRIPTION, OTHER_SUBSCRIPTION)
IDENTITIES = {
    identity.name: identity
    for identity in (
        Identity("administrator", 1, (OWNER,), BOTH),
        Identity("contributor", 2, (CONTRIBUTOR,)),
        Identity("machine-administrator", 3, (RESOURCE_ADMINISTRATOR,)),
        Identity("onboarding", 4, (ONBOARDING,)),
        Identity("reader", 5, (READER,), BOTH),
        Identity("stranger", 6),
        Identity("expired", 7, (OWNER,), secret_expired=True),
    )
}


def by_client_id(client_id: str) -> Identity | None:
    return next((i for i in IDENTITIES.values() if i.client_id == client_id.lower()), None)


@cache
def certificate(name: str) -> str:
    """Key and certificate of an application as PEM; made when first asked for, and registered from then on."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now().astimezone()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + made.public_bytes(serialization.Encoding.PEM)).decode()
