# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights of an organization through rights bundles, and of its roles and global roles. (VCD reference 4.4)"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ..engine.errors import InvalidInput
from .client import CLOUDAPI, Tenant, Vcd, bare_id, urn
from .inventory import near
from .org_rights_options import WantedRights
from .rights import Actual, Catalogue, Ids, Role

BUNDLES = f"{CLOUDAPI}/rightsBundles"
GLOBAL_ROLES = f"{CLOUDAPI}/globalRoles"
ROLES = f"{CLOUDAPI}/roles"
DESCRIPTION = "Rights for L2VPN and the migration to this cloud"


class CloudRights:
    """An organization has what the bundles hold that are published to it; one of them is this task's own."""

    def __init__(self, vcd: Vcd, wanted: WantedRights) -> None:
        self._vcd = vcd
        self._wanted = wanted
        self._names: dict[str, str] = {}
        self._bundle: str | None = None

    def catalogue(self) -> Catalogue:
        rights = self._vcd.list_json(f"{CLOUDAPI}/rights")
        self._names = {bare_id(one["id"]): one["name"] for one in rights}
        return Catalogue(
            self._names,
            {
                bare_id(one["id"]): frozenset(bare_id(more["id"]) for more in one.get("impliedRights") or [])
                for one in rights
            },
        )

    def read(self, tenant: Tenant) -> Actual:
        granted: set[str] = set()
        own: Ids = frozenset()
        exists = published = False
        self._bundle = None
        for bundle in self._vcd.list_json(BUNDLES):
            shared = bundle.get("publishAll") or tenant.id in self._tenants(BUNDLES, bundle["id"])
            ours = bundle["name"] == self._wanted.bundle
            rights = self._rights(BUNDLES, bundle["id"]) if shared or ours else frozenset()
            if shared:
                granted |= rights
            if ours:
                self._check(bundle)
                self._bundle = bundle["id"]
                own, exists, published = rights, True, bool(shared)
        return Actual(
            granted=frozenset(granted),
            own=own,
            kind="rights bundle",
            container=self._wanted.bundle,
            exists=exists,
            published=published,
            role=self._role(tenant) if self._wanted.scope != "none" else None,
            notes=self._bundle_notes(tenant) if self._bundle else (),
        )

    def write_grant(self, tenant: Tenant, actual: Actual, present: Ids, target: Ids) -> None:
        """Made, filled, published: each step is repeated by the next run when this one is interrupted."""
        what = f"the change of rights bundle {self._wanted.bundle}"
        if self._bundle is None:
            body = {"name": self._wanted.bundle, "description": DESCRIPTION, "publishAll": False}
            written = self._vcd.write_json("POST", BUNDLES, body, what=what)
            self._bundle = urn("rightsBundle", written.body["id"] if written.body else written.owner)
        self._write_rights(BUNDLES, self._bundle, present, target, None, what)
        if not actual.published and self._wanted.state != "absent":
            values = {"values": [{"name": tenant.name, "id": urn("org", tenant.id)}]}
            self._vcd.write_json("POST", f"{BUNDLES}/{self._bundle}/tenants/publish", values, what=what)

    def role_writes(self, tenant: Tenant, role: Role, target: Ids) -> Sequence[Callable[[], None]]:
        inside = None if role.kind == "global role" else tenant
        collection = ROLES if inside else GLOBAL_ROLES
        what = f"the change of {role.kind} {role.name}"
        return [partial(self._write_rights, collection, role.id, role.rights, target, inside, what)]

    def _check(self, bundle: Mapping[str, Any]) -> None:
        if bundle.get("readOnly"):
            raise InvalidInput(
                f"bundle {bundle['name']} is built in and read-only; name another one, or leave bundle out to use one "
                "of this organization's own"
            )

    def _bundle_notes(self, tenant: Tenant) -> tuple[str, ...]:
        others = sorted(self._tenants(BUNDLES, self._bundle or "").items())
        names = [name for identifier, name in others if identifier != tenant.id]
        return (f"the bundle is published to {', '.join(names)} as well",) if names else ()

    def _role(self, tenant: Tenant) -> Role:
        name = self._wanted.role
        if self._wanted.scope == "global":
            return self._global_role(tenant, name)
        found = {one["name"]: one for one in self._vcd.list_json(ROLES, tenant)}
        if name not in found:
            raise InvalidInput(f"role {name} is not known in organization {tenant.name}{near(name, found)}")
        if found[name].get("readOnly"):
            raise InvalidInput(
                f"role {name} of {tenant.name} is inherited from a global role and cannot be changed here; use "
                "role_scope global, which changes it in every organization that it is published to, or name a role "
                "of the organization's own"
            )
        identifier = found[name]["id"]
        rights = self._rights(ROLES, identifier, tenant)
        return Role(identifier, name, "role", rights, organizations=(tenant.name,))

    def _global_role(self, tenant: Tenant, name: str) -> Role:
        found = {one["name"]: one for one in self._vcd.list_json(GLOBAL_ROLES)}
        if name not in found:
            raise InvalidInput(f"global role {name} is not known{near(name, found)}")
        if found[name].get("readOnly"):
            raise InvalidInput(f"global role {name} is read-only; name another role")
        identifier = found[name]["id"]
        tenants = self._tenants(GLOBAL_ROLES, identifier)
        if tenant.id not in tenants and not found[name].get("publishAll"):
            raise InvalidInput(
                f"global role {name} is not published to organization {tenant.name}; publish it, or use role_scope org"
            )
        touched = tuple(sorted(tenants.values())) or ("all organizations",)
        return Role(identifier, name, "global role", self._rights(GLOBAL_ROLES, identifier), organizations=touched)

    def _tenants(self, collection: str, identifier: str) -> dict[str, str]:
        """Names by bare id of the organizations that a bundle or a global role is published to."""
        return {bare_id(one["id"]): one["name"] for one in self._vcd.list_json(f"{collection}/{identifier}/tenants")}

    def _rights(self, collection: str, identifier: str, tenant: Tenant | None = None) -> Ids:
        listed = self._vcd.list_json(f"{collection}/{identifier}/rights", tenant)
        return frozenset(bare_id(one["id"]) for one in listed)

    def _write_rights(
        self, collection: str, identifier: str, present: Ids, target: Ids, tenant: Tenant | None, what: str
    ) -> None:
        """POST adds and PUT replaces; there is no call that takes one right away. (VCD reference 4.4)"""
        if present == target:
            return
        adds = target >= present
        sent = sorted(target - present if adds else target)
        values = {"values": [{"name": self._names.get(one, ""), "id": urn("right", one)} for one in sent]}
        path = f"{collection}/{identifier}/rights"
        self._vcd.write_json("POST" if adds else "PUT", path, values, tenant, what=what)
