# SPDX-License-Identifier: GPL-3.0-or-later
"""Replications of single machines and of vApps: create, list, change, operate, remove (10.6 to 10.8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from . import answers, creation, recovery, tasks
from .body import (
    Change,
    GroupCreation,
    MachineCreation,
    NetworkSettings,
    Owner,
    Recovery,
    StorageProfile,
)
from .gate import VcdaRoute
from .inventory import Limit, Offset
from .places import ON_PREMISES
from .recovery import Wanted
from .replication import DELTA_BYTES, Group, Replication

if TYPE_CHECKING:
    from .cloud_site import CloudSite
    from .sessions import Session

MACHINES, GROUPS = "vm-replications", "vapp-replications"


class Found:
    """One replication of either kind, for a request that may change it."""

    def __init__(self, site: CloudSite, session: Session, kind: str, resource: str) -> None:
        holder: Replication | Group | None
        if kind == GROUPS:
            holder = site.state.groups.get(resource)
            members = holder.replications(site) if isinstance(holder, Group) else []
        else:
            holder = site.state.replications.get(resource)
            members = [holder] if isinstance(holder, Replication) else []
        if not members or session.organization not in (None, members[0].organization):
            raise answers.not_found("Replication", resource)
        self.site, self.session, self.resource, self.members = site, session, resource, members
        self.ids = tuple(m.id for m in members)

    def remote(self) -> Found:
        """Refused unless the session reaches the source site as well."""
        self.site.check_site(self.session, ON_PREMISES)
        return self

    def idle(self) -> Found:
        """Refused while a task works on it."""
        related = {self.resource, *self.ids, *(m.group for m in self.members if m.group)}
        busy = next((t for t in self.site.state.tasks.values() if t.ended is None and t.resource in related), None)
        if busy is not None:
            raise self._refused(f"The task {busy.kind} works on it.")
        return self

    def only(self, *states: str) -> Found:
        for member in self.members:
            if member.recovery not in states:
                raise self._refused(f"{member.vm_name} is {member.recovery}, not {' or '.join(states)}.")
        return self

    def only_running(self) -> Found:
        for member in self.members:
            if member.paused:
                raise self._refused(f"{member.vm_name} is paused.")
        return self

    def synchronized(self) -> Found:
        for member in self.members:
            if member.latest is None:
                raise self._refused(f"{member.vm_name} has no instance yet.")
        return self

    def _refused(self, text: str) -> answers.Refused:
        return answers.Refused(self.site.rules.vcda_state_status, "BadRequest", text, self.resource)

    def start(self, kind: str, steps: list[tasks.Effect], step_ms: int, give_up: tasks.Effect = tasks.nothing) -> Any:
        document = tasks.start(
            self.site,
            self.session,
            kind,
            self.resource,
            steps,
            step_ms,
            give_up,
            partial(creation.shown, self.resource),
        )
        return JSONResponse(document, 202)

    def work(self, kind: str, effect: Callable[[tuple[str, ...], CloudSite], None]) -> Any:
        """A task of one step."""
        return self.start(kind, [partial(effect, self.ids)], self.site.rules.vcda_task_ms)


def routes(site: CloudSite) -> APIRouter:
    router = APIRouter(route_class=VcdaRoute)

    @router.post(f"/{MACHINES}", status_code=202)
    async def create_machine(request: Request, body: MachineCreation) -> dict[str, Any]:
        return creation.create_one(site, request.state.session, body)

    @router.post(f"/{GROUPS}", status_code=202)
    async def create_group(request: Request, body: GroupCreation) -> dict[str, Any]:
        return creation.create_group(site, request.state.session, body)

    for kind in (MACHINES, GROUPS):
        router.include_router(_read_routes(site, kind))
        router.include_router(_detail_routes(site, kind))
        router.include_router(_change_routes(site, kind))
        router.include_router(_life_routes(site, kind))
        router.include_router(_recovery_routes(site, kind))
    return router


def _read_routes(site: CloudSite, kind: str) -> APIRouter:
    router = APIRouter(prefix=f"/{kind}", route_class=VcdaRoute)

    @router.get("")
    async def listed(
        request: Request,
        ids: str | None = None,
        vm_name: Annotated[str | None, Query(alias="vmName")] = None,
        vm_id: Annotated[str | None, Query(alias="vmId")] = None,
        vapp_name: Annotated[str | None, Query(alias="vappName")] = None,
        source_site: Annotated[str | None, Query(alias="sourceSite")] = None,
        destination_org: Annotated[str | None, Query(alias="destinationOrg")] = None,
        vdc_id: Annotated[str | None, Query(alias="destinationVdcId")] = None,
        vdc_name: Annotated[str | None, Query(alias="destinationVdcName")] = None,
        owner: str | None = None,
        offset: Offset = 0,
        limit: Limit = 100,
    ) -> dict[str, Any]:
        wanted = {
            "vm_name": vm_name,
            "vm_id": vm_id,
            "vapp_name": vapp_name,
            "vdc": vdc_id,
            "owner": owner,
        }
        own = request.state.session.organization

        def fits(member: Replication) -> bool:
            vdc = site.cloud.vdcs[member.vdc]
            return (
                own in (None, member.organization)
                and source_site in (None, ON_PREMISES)
                and destination_org in (None, site.organization(member.organization).name)
                and vdc_name in (None, vdc.name)
                and all(v is None or getattr(member, k) == v for k, v in wanted.items())
            )

        holders: list[Replication | Group] = []
        if kind == MACHINES:
            holders += [r for r in site.state.replications.values() if fits(r)]
        else:
            holders += [g for g in site.state.groups.values() if any(fits(m) for m in g.replications(site))]
        chosen = [h for h in holders if ids is None or h.id in ids.split(",")]
        return answers.page([h.document(site) for h in chosen], offset, limit)

    if kind == GROUPS:

        @router.get("/summary")
        async def summary(request: Request) -> dict[str, Any]:
            own = request.state.session.organization
            members = [r for r in site.state.replications.values() if own in (None, r.organization)]
            health = [m.health(site) for m in members]
            return {"total": len(members), **{color: health.count(color) for color in ("GREEN", "YELLOW", "RED")}}

    return router


def _detail_routes(site: CloudSite, kind: str) -> APIRouter:
    router = APIRouter(prefix=f"/{kind}", route_class=VcdaRoute)

    @router.get("/{resource}")
    async def one(request: Request, resource: str) -> Any:
        Found(site, request.state.session, kind, resource)
        return creation.shown(resource, site)

    @router.get("/{resource}/instances")
    async def instances(request: Request, resource: str) -> Any:
        found = Found(site, request.state.session, kind, resource)
        return [i.document() for m in found.members for i in m.instances]

    if kind == MACHINES:

        @router.get("/{resource}/traffic")
        async def traffic(request: Request, resource: str) -> Any:
            (member,) = Found(site, request.state.session, kind, resource).members
            return [{"timestamp": round(i.at * 1000), "transferBytes": i.size} for i in member.instances]

        @router.get("/{resource}/rt-traffic")
        async def traffic_now(request: Request, resource: str) -> Any:
            (member,) = Found(site, request.state.session, kind, resource).members
            return {"transferBytes": int(member.disk_bytes * 2 // 5 * member.progress)}

    return router


def _change_routes(site: CloudSite, kind: str) -> APIRouter:
    router = APIRouter(prefix=f"/{kind}", route_class=VcdaRoute)

    @router.patch("/{resource}")
    async def change(request: Request, resource: str, body: Change) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle()
        if body.rpo is not None:
            creation.check_rpo(site, found.members[0].organization, body.rpo)
        return found.start("reconfigureReplication", [partial(_change, found.ids, body)], site.rules.vcda_task_ms)

    @router.get("/{resource}/network-settings")
    async def network_settings(request: Request, resource: str) -> Any:
        return Found(site, request.state.session, kind, resource).members[0].network_settings

    @router.put("/{resource}/network-settings")
    async def set_networks(request: Request, resource: str, body: NetworkSettings) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("NOT_STARTED")
        kept = body.model_dump(by_alias=True, exclude_none=True)
        return found.start("setNetworkSettings", [partial(_keep_networks, found.ids, kept)], site.rules.vcda_task_ms)

    @router.post("/{resource}/storage-profile")
    async def storage_profile(request: Request, resource: str, body: StorageProfile) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("NOT_STARTED")
        vdc = site.cloud.vdcs[found.members[0].vdc]
        if body.storage_profile_id not in {p.id for p in vdc.storage_profiles}:
            raise answers.not_found("Storage profile", body.storage_profile_id)
        effect = partial(_set_profile, found.ids, body.storage_profile_id)
        return found.start("changeStorageProfile", [effect], site.rules.vcda_task_ms)

    @router.patch("/{resource}/chown")
    async def change_owner(request: Request, resource: str, body: Owner) -> Any:
        found = Found(site, request.state.session, kind, resource)
        if request.state.session.organization is not None:
            raise answers.Refused(403, "Forbidden", "Permission denied.")
        for member in found.members:
            member.owner = body.owner
        return creation.shown(resource, site)

    return router


def _life_routes(site: CloudSite, kind: str) -> APIRouter:
    router = APIRouter(prefix=f"/{kind}", route_class=VcdaRoute)

    @router.post("/{resource}/pause")
    async def pause(request: Request, resource: str) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("NOT_STARTED").only_running()
        return found.work("pauseReplication", _pause)

    @router.post("/{resource}/resume")
    async def resume(request: Request, resource: str) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("NOT_STARTED")
        return found.work("resumeReplication", _resume)

    @router.post("/{resource}/sync")
    async def sync(request: Request, resource: str) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("NOT_STARTED").only_running()
        return found.work("syncReplication", _sync)

    @router.delete("/{resource}")
    async def remove(request: Request, resource: str) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle()
        found.only("NOT_STARTED", "TEST", "COMPLETE")
        return found.work("stopReplication", partial(_remove, resource))

    return router


def _recovery_routes(site: CloudSite, kind: str) -> APIRouter:
    router = APIRouter(prefix=f"/{kind}", route_class=VcdaRoute)

    def start(found: Found, name: str, body: Recovery, steps: Callable[[Wanted], list[tasks.Effect]]) -> Any:
        if body.sync and (body.instance_id or body.instance_map):
            raise answers.bad_input("sync cannot go together with an instance.")
        known = {i.key for m in found.members for i in m.instances}
        for key in filter(None, (body.instance_id, *(body.instance_map or {}).values())):
            if key not in known:
                raise answers.not_found("Instance", key)
        what = recovery.wanted(site, list(found.ids), body, test=name == "failoverTest")
        step = site.rules.vcda_cutover_step_ms
        answer = found.start(name, steps(what), step, partial(recovery.give_up, what))
        recovery.begin(site, what)
        return answer

    @router.post("/{resource}/migrate")
    async def migrate(request: Request, resource: str, body: Recovery) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("NOT_STARTED").synchronized()
        return start(found, "migrate", body, recovery.migration)

    @router.post("/{resource}/failover")
    async def failover(request: Request, resource: str, body: Recovery) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("NOT_STARTED").synchronized()
        return start(found, "failover", body, recovery.failover)

    @router.post("/{resource}/failover-test")
    async def test(request: Request, resource: str, body: Recovery) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("NOT_STARTED").synchronized()
        return start(found, "failoverTest", body, recovery.failover)

    @router.delete("/{resource}/failover-test")
    async def clean_up(request: Request, resource: str) -> Any:
        found = Found(site, request.state.session, kind, resource).remote().idle().only("TEST")
        return found.work("failoverTestCleanup", recovery.clean_up)

    return router


def _members(site: CloudSite, ids: tuple[str, ...]) -> list[Replication]:
    return [site.state.replications[i] for i in ids]


def _change(ids: tuple[str, ...], body: Change, site: CloudSite) -> None:
    names = {"data_connection_type": "connection", "retention_policy": "retention"}
    for member in _members(site, ids):
        for name, value in body.model_dump(exclude_none=True).items():
            setattr(member.settings, names.get(name, name), value)


def _pause(ids: tuple[str, ...], site: CloudSite) -> None:
    for member in _members(site, ids):
        member.paused = True


def _resume(ids: tuple[str, ...], site: CloudSite) -> None:
    for member in _members(site, ids):
        member.paused, member.moved = False, site.moment


def _sync(ids: tuple[str, ...], site: CloudSite) -> None:
    for member in _members(site, ids):
        error = member.error(site)
        if error is not None:
            raise tasks.WorkFailed(error["code"], error["msg"])
        if member.latest is not None:
            member.take_instance(site.moment, DELTA_BYTES)


def _keep_networks(ids: tuple[str, ...], kept: dict[str, Any], site: CloudSite) -> None:
    for member in _members(site, ids):
        member.network_settings = kept


def _set_profile(ids: tuple[str, ...], profile: str, site: CloudSite) -> None:
    for member in _members(site, ids):
        member.storage_profile = profile


def _remove(resource: str, ids: tuple[str, ...], site: CloudSite) -> None:
    """What was recovered stays; the end of a test is a clean-up."""
    for member in _members(site, ids):
        if member.recovery == "TEST":
            recovery.remove_recovered(site, member)
        del site.state.replications[member.id]
        group = site.state.groups.get(member.group or "")
        if group is not None:
            group.members = [m for m in group.members if m != member.id]
            if not group.members:
                del site.state.groups[group.id]
