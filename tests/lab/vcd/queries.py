# SPDX-License-Identifier: GPL-3.0-or-later
"""The query service (VCD reference 3.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from ..clouds import SYSTEM, OrgVdcNetwork
from . import answers
from .documents import MEDIA, link, vcloud, written
from .filters import compiled
from .gate import VcdRoute
from .names import href

if TYPE_CHECKING:
    from .director import Director

Records = Callable[["Director"], Iterator[dict[str, str]]]
FORMATS = ("records", "idrecords", "references")
VIEW_NETWORKS = "Organization vDC Network: View Properties"
VIEW_GATEWAYS = "Organization vDC Gateway: View"
VIEW_VDCS = "Organization vDC: View"


@dataclass(frozen=True)
class Kind:
    """`right` is what a caller needs; `for_provider` types are the provider's own (3.7)."""

    record: str
    records: Records
    right: str | None = None
    for_provider: bool = False


def _organizations(director: Director) -> Iterator[dict[str, str]]:
    for o in director.cloud.organizations.values():
        if director.caller.sees(o.id):
            yield {"name": o.name, "href": href(director, "org", o.id), "displayName": o.full_name}


def _vdcs(director: Director) -> Iterator[dict[str, str]]:
    """Of the caller's own organization; a provider takes the admin type."""
    yield from _all_vdcs(director, own_only=True)


def _all_vdcs(director: Director, own_only: bool = False) -> Iterator[dict[str, str]]:
    for v in director.cloud.vdcs.values():
        if not (_is_own(director, v.organization) if own_only else director.caller.sees(v.organization)):
            continue
        organization = director.cloud.organizations[v.organization]
        yield {
            "name": v.name,
            "href": href(director, "vdc", v.id, admin=not own_only),
            "orgName": organization.name,
            "org": href(director, "org", organization.id, admin=not own_only),
            "isEnabled": "true",
            "status": "READY",
        }


def _is_own(director: Director, organization: str) -> bool:
    return organization == director.caller.organization.id


def _edges(director: Director) -> Iterator[dict[str, str]]:
    cloud = director.cloud
    for edge in cloud.edges.values():
        vdc = cloud.vdcs[edge.vdc]
        if director.caller.sees(vdc.organization):
            yield {
                "name": edge.name,
                "href": href(director, "gateway", edge.id),
                "vdc": href(director, "vdc", vdc.id),
                "orgVdcName": vdc.name,
                "orgName": cloud.organizations[vdc.organization].name,
                "numberOfExtNetworks": "1",
                "numberOfOrgNetworks": str(len(list(cloud.of_edge(edge.id)))),
                "isBusy": str(director.is_busy(edge.id)).lower(),
                "gatewayStatus": "READY",
                "haStatus": "DISABLED",
            }


def _networks(director: Director) -> Iterator[dict[str, str]]:
    for n in director.networks().values():
        if director.caller.sees(director.owner_of_vdc(n.vdc)):
            yield _network(director, n)


def _network(director: Director, n: OrgVdcNetwork) -> dict[str, str]:
    cloud = director.cloud
    return {
        "name": n.name,
        "href": href(director, "network", n.id, admin=True),
        "defaultGateway": str(n.interface.ip),
        "netmask": str(n.interface.netmask),
        "dns1": n.dns1,
        "dns2": n.dns2,
        "dnsSuffix": n.dns_suffix,
        "linkType": "1" if n.edge else "2",
        "connectedTo": cloud.edges[n.edge].name if n.edge else "",
        "vdc": href(director, "vdc", n.vdc),
        "vdcName": cloud.vdcs[n.vdc].name,
        "isBusy": str(director.is_busy(n.id)).lower(),
        "isShared": str(n.shared).lower(),
        "isIpScopeInherited": "false",
    }


def _organization_networks(director: Director) -> Iterator[dict[str, str]]:
    for record in _networks(director):
        kept = {k: record[k] for k in ("name", "linkType", "connectedTo", "isShared", "isIpScopeInherited")}
        yield {**kept, "href": record["href"].replace("/api/admin/", "/api/")}


def _roles(director: Director) -> Iterator[dict[str, str]]:
    for r in director.cloud.roles.values():
        if _is_own(director, r.organization):
            yield {"name": r.name, "href": href(director, "role", r.id), "description": r.description}


def _all_roles(director: Director) -> Iterator[dict[str, str]]:
    for r in director.cloud.roles.values():
        organization = director.cloud.organizations[r.organization]
        if director.caller.sees(r.organization):
            yield {
                "name": r.name,
                "href": href(director, "role", r.id),
                "org": href(director, "org", r.organization, admin=True),
                "orgName": organization.name,
                "isReadOnly": str(r.template is not None).lower(),
            }


def _rights(director: Director) -> Iterator[dict[str, str]]:
    granted = director.cloud.granted(director.caller.organization.id)
    for r in director.cloud.rights.values():
        if r.id in granted:
            yield {"name": r.name, "href": href(director, "right", r.id), "category": r.category}


def _users(director: Director) -> Iterator[dict[str, str]]:
    for u in director.cloud.users.values():
        if director.caller.sees(u.organization):
            organization = director.cloud.organizations[u.organization]
            yield {
                "name": u.name,
                "href": href(director, "user", u.id),
                "org": href(director, "org", u.organization, admin=organization.name != SYSTEM),
            }


def _storage_profiles(director: Director) -> Iterator[dict[str, str]]:
    for v in director.cloud.vdcs.values():
        if director.caller.sees(v.organization):
            for p in v.storage_profiles:
                yield {
                    "name": p.name,
                    "href": href(director, "vdcstorageProfile", p.id),
                    "vdcName": v.name,
                    "vdc": href(director, "vdc", v.id),
                    "isEnabled": "true",
                }


def _vapps(director: Director) -> Iterator[dict[str, str]]:
    for v in director.cloud.vapps.values():
        vdc = director.cloud.vdcs[v.vdc]
        if director.caller.sees(vdc.organization):
            yield {
                "name": v.name,
                "href": href(director, "vapp", v.id),
                "vdc": href(director, "vdc", v.vdc),
                "vdcName": vdc.name,
                "status": _power(director, [m.machine for m in director.cloud.vms_of(v.id)]),
            }


def _vms(director: Director) -> Iterator[dict[str, str]]:
    for m in director.cloud.vms.values():
        vapp = director.cloud.vapps[m.vapp]
        if director.caller.sees(director.owner_of_vdc(vapp.vdc)):
            yield {
                "name": m.name,
                "href": href(director, "vm", m.id),
                "status": _power(director, [m.machine]),
                "containerName": vapp.name,
                "container": href(director, "vapp", vapp.id),
                "vdc": href(director, "vdc", vapp.vdc),
            }


def _power(director: Director, machines: list[str]) -> str:
    known = director.shared.world.machines
    return "POWERED_ON" if any(m in known and known[m].powered_on for m in machines) else "POWERED_OFF"


KINDS: dict[str, Kind] = {
    "organization": Kind("OrgRecord", _organizations),
    "orgVdc": Kind("OrgVdcRecord", _vdcs, VIEW_VDCS),
    "adminOrgVdc": Kind("AdminVdcRecord", _all_vdcs, for_provider=True),
    "edgeGateway": Kind("EdgeGatewayRecord", _edges, VIEW_GATEWAYS),
    "orgVdcNetwork": Kind("OrgVdcNetworkRecord", _networks, VIEW_NETWORKS),
    "orgNetwork": Kind("OrgNetworkRecord", _organization_networks, VIEW_NETWORKS),
    "role": Kind("RoleRecord", _roles),
    "adminRole": Kind("AdminRoleRecord", _all_roles, for_provider=True),
    "right": Kind("RightRecord", _rights),
    "user": Kind("UserRecord", _users),
    "adminUser": Kind("AdminUserRecord", _users, for_provider=True),
    "orgVdcStorageProfile": Kind("OrgVdcStorageProfileRecord", _storage_profiles, VIEW_VDCS),
    "vApp": Kind("VAppRecord", _vapps, VIEW_VDCS),
    "adminVApp": Kind("AdminVAppRecord", _vapps, for_provider=True),
    "vm": Kind("VMRecord", _vms, VIEW_VDCS),
    "adminVM": Kind("AdminVMRecord", _vms, for_provider=True),
}
# What filters may name although no object may be there to show it.
ATTRIBUTES = {"name", "href", "org", "orgName", "vdc", "vdcName", "orgVdcName", "isBusy", "status", "containerName"}


def routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api", route_class=VcdRoute)

    @router.get("/query")
    async def query(request: Request) -> Response:
        if "type" not in request.query_params:
            return _listing(director)
        return _answer(director, request)

    return router


def _listing(director: Director) -> Response:
    """Links to the queries that the caller may make."""
    media = MEDIA + "query.queryList+xml"
    links = []
    for name, kind in KINDS.items():
        if kind.for_provider and not director.caller.is_provider:
            continue
        # Up to 29.0 the query list does not name orgVdcNetwork for tenants, although the query itself is answered.
        if name == "orgVdcNetwork" and not director.caller.is_provider and director.version <= (29, 0):
            continue
        for form in FORMATS:
            at = f"{director.url}/api/query?{urlencode({'type': name, 'format': form})}"
            links.append(link("down", at, f"{MEDIA}query.{form}+xml", name))
    return Response(written(vcloud("QueryList", {"type": media}, *links)), media_type=media)


def _answer(director: Director, request: Request) -> Response:
    query = request.query_params
    name, form = query["type"], query.get("format", "records")
    kind = KINDS.get(name)
    if kind is None or form not in FORMATS:
        raise answers.bad(f"There is no query of type {name} and format {form}.")
    if kind.for_provider:
        director.need_provider()
    elif kind.right:
        director.need(kind.right)
    records = sorted(kind.records(director), key=lambda r: r["name"])
    known = ATTRIBUTES.union(*records)
    try:
        test = compiled(query.get("filter", ""), known, query.get("filterEncoded") == "true")
    except ValueError as error:
        raise answers.bad(str(error), "INVALID_FILTER") from error
    found = _sorted([r for r in records if test(r)], query.get("sortAsc"), query.get("sortDesc"))
    number, size = _positive(query.get("page", "1")), _positive(query.get("pageSize", "25"))
    size = min(size, director.rules.vcd_query_page_size)
    links = []
    if number * size < len(found):
        more = {**dict(query), "page": str(number + 1), "pageSize": str(size)}
        links = [link("nextPage", f"{director.url}/api/query?{urlencode(more)}", f"{MEDIA}query.{form}+xml")]
    shown = found[(number - 1) * size : number * size]
    media = f"{MEDIA}query.{form}+xml"
    attributes = {
        "total": str(len(found)),
        "page": str(number),
        "pageSize": str(size),
        "name": name,
        "type": media,
        "href": f"{director.url}/api/query?{urlencode(dict(query))}",
    }
    if form == "references":
        references = [vcloud("Reference", {"href": r["href"], "name": r["name"]}) for r in shown]
        root = vcloud("References", attributes, *links, *references)
    else:
        root = vcloud("QueryResultRecords", attributes, *links, *(vcloud(kind.record, r) for r in shown))
    return Response(written(root), media_type=media)


def _sorted(records: list[dict[str, str]], ascending: str | None, descending: str | None) -> list[dict[str, str]]:
    key = ascending or descending
    if not key:
        return records
    return sorted(records, key=lambda r: r.get(key, ""), reverse=ascending is None)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise answers.bad(f"page and pageSize are positive numbers, not {text!r}.")
    return int(text)
