# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights of an organization and of its roles through the XML interface. (VCD reference 4.3)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import quote

from ..engine.errors import InvalidInput
from .client import Tenant, Vcd, bare_id, local
from .inventory import near
from .markup import Node, node
from .org_rights_options import WantedRights
from .rights import Actual, Catalogue, Ids, Role

ORG_RIGHTS = "application/vnd.vmware.admin.org.rights+xml"
ROLE = "application/vnd.vmware.admin.role+xml"
RIGHT = "application/vnd.vmware.admin.right+xml"
UNLINK = "unlinkFromTemplate"


class XmlRights:
    """The organization itself holds the rights; PUT replaces them, POST adds."""

    def __init__(self, vcd: Vcd, wanted: WantedRights) -> None:
        self._vcd = vcd
        self._wanted = wanted
        self._names: dict[str, str] = {}

    def catalogue(self) -> Catalogue:
        """This interface does not tell which rights imply others; whoever may configure something must be able to view
        it."""
        self._names = {bare_id(one["href"]): one["name"] for one in self._vcd.records("right")}
        ids = {name: identifier for identifier, name in self._names.items()}
        viewing = {one: ids.get(name.replace(": Configure ", ": View ")) for one, name in self._names.items()}
        return Catalogue(self._names, {one: frozenset({view} - {one}) for one, view in viewing.items() if view})

    def read(self, tenant: Tenant) -> Actual:
        granted = _ids(self._vcd.read_xml(f"/api/admin/org/{tenant.id}/rights"))
        return Actual(
            granted=granted,
            own=granted,
            kind="organization rights",
            container=tenant.name,
            exists=True,
            published=True,
            role=self._role(tenant) if self._wanted.scope == "org" else None,
        )

    def write_grant(self, tenant: Tenant, actual: Actual, present: Ids, target: Ids) -> None:
        """Only additions are sent where there are only additions, so that nobody else's are lost meanwhile."""
        adds = target >= present
        self._vcd.write_xml(
            "POST" if adds else "PUT",
            f"/api/admin/org/{tenant.id}/rights",
            node("OrgRights", *self._references(target - present if adds else target)),
            kind=ORG_RIGHTS,
            what=f"the change of the rights of {tenant.name}",
        )

    def role_writes(self, tenant: Tenant, role: Role, target: Ids) -> Sequence[Callable[[], None]]:
        writes = [partial(self._write_role, role, target)]
        return [partial(self._unlink, role), *writes] if role.unlink else writes

    def _role(self, tenant: Tenant) -> Role:
        href = f"https://{self._vcd.address}/api/admin/org/{tenant.id}"
        records = self._vcd.records("adminRole", filter=f"(org=={quote(href, safe='')})", filterEncoded="true")
        found = {one["name"]: bare_id(one["href"]) for one in records}
        name = self._wanted.role
        if name not in found:
            raise InvalidInput(f"role {name} is not known in organization {tenant.name}{near(name, found)}")
        root = self._vcd.read_xml(f"/api/admin/role/{found[name]}")
        references = root.at("RightReferences")
        unlink = next((link for link in root.all("Link") if link.attributes.get("rel") == UNLINK), None)
        return Role(
            id=found[name],
            name=name,
            kind="role",
            rights=_ids(references) if references else frozenset(),
            description=root.value("Description"),
            organizations=(tenant.name,),
            unlink=local(unlink.attributes["href"]) if unlink else "",
        )

    def _write_role(self, role: Role, target: Ids) -> None:
        """Description and rights are replaced as a whole."""
        body = node(
            "Role",
            node("Description", role.description),
            node("RightReferences", *self._references(target)),
            name=role.name,
        )
        self._vcd.write_xml(
            "PUT", f"/api/admin/role/{role.id}", body, kind=ROLE, what=f"the change of role {role.name}"
        )

    def _unlink(self, role: Role) -> None:
        """A predefined role follows its template until it is unlinked; only then it may differ."""
        self._vcd.write_xml("POST", role.unlink, what=f"the unlinking of role {role.name}")

    def _references(self, ids: Ids) -> list[Node]:
        root = f"https://{self._vcd.address}/api/admin/right"
        return [
            node("RightReference", href=f"{root}/{one}", name=self._names.get(one, ""), type=RIGHT)
            for one in sorted(ids)
        ]


def _ids(root: Node) -> Ids:
    return frozenset(bare_id(one.attributes["href"]) for one in root.all("RightReference"))
