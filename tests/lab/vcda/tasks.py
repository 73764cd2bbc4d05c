# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks: steps that are due one after the other on the lab's clock (10.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request

from . import answers
from .gate import VcdaRoute

if TYPE_CHECKING:
    from ..faults import FaultRule
    from .cloud_site import CloudSite
    from .sessions import Session

Effect = Callable[["CloudSite"], None]
"""Always a module's function, or a partial of one with ids: state is copied for snapshots, and these survive it."""
Result = Callable[["CloudSite"], Any]


class WorkFailed(Exception):
    """A step cannot be done; code and text as the task shows them."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def nothing(site: CloudSite) -> None:
    """A step that takes its time and changes nothing."""


@dataclass
class Task:
    """`due` is when each step is over; `fails` step (from 1) and text of a planned failure; `endless` its last step."""

    id: str
    kind: str
    resource: str
    resource_type: str
    user: str
    organization: str | None
    operation: str
    started: float
    due: list[float]
    steps: list[Effect]
    on_failure: Effect = nothing
    result: Result | None = None
    fails: tuple[int, str] | None = None
    endless: int | None = None
    done: int = 0
    ended: float | None = None
    error: dict[str, Any] | None = None
    machines: frozenset[str] = field(default_factory=frozenset)
    """Uuids of source machines that this creates replications of."""

    @property
    def state(self) -> str:
        if self.ended is None:
            return "RUNNING"
        return "FAILED" if self.error else "SUCCEEDED"

    def advance(self, site: CloudSite) -> None:
        while self.ended is None and site.now() >= self.due[self.done] and self.endless != self.done + 1:
            site.moment = self.due[self.done]
            try:
                if self.fails is not None and self.fails[0] == self.done + 1:
                    raise WorkFailed("GeneralServerFailure", self.fails[1])
                self.steps[self.done](site)
            except WorkFailed as failure:
                self.ended, self.error = self.due[self.done], answers.error(failure.code, str(failure))
                self.on_failure(site)
                return
            self.done += 1
            if self.done == len(self.steps):
                self.ended = self.due[-1]

    def document(self, site: CloudSite) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": self.id,
            "user": self.user,
            "site": site.cloud_name,
            "workflowInfo": {
                "resourceId": self.resource,
                "resourceType": self.resource_type,
                "resourceName": self.kind,
            },
            "state": self.state,
            "progress": self._progress(site),
            "startTime": round(self.started * 1000),
            "lastUpdated": round((self.ended or site.now()) * 1000),
            "endTime": -1 if self.ended is None else round(self.ended * 1000),
            "operationId": self.operation,
            "warnings": [],
        }
        if self.state == "SUCCEEDED" and self.result is not None:
            found |= {"resultType": self.resource_type, "result": self.result(site)}
        site.set_or_leave(found, "error", self.error)
        return found

    def _progress(self, site: CloudSite) -> int:
        if self.ended is not None:
            return 100
        share = (site.now() - self.started) / (self.due[-1] - self.started) if self.due[-1] > self.started else 0
        reached = min(share, (self.done + 0.9) / len(self.steps))
        return max(0, min(99, int(reached * 100)))


def start(
    site: CloudSite,
    session: Session,
    kind: str,
    resource: str,
    steps: list[Effect],
    step_ms: int,
    on_failure: Effect = nothing,
    result: Result | None = None,
    machines: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """The document of a new task."""
    planned, now = site.planned, site.now()
    task = Task(
        str(uuid4()),
        kind,
        resource,
        "vappReplication" if resource.startswith("C4VAPP-") else "vmReplication",
        session.user,
        session.organization,
        site.operation,
        now,
        [now + step_ms * (n + 1) / 1000 for n in range(len(steps))],
        steps,
        on_failure,
        result,
        _planned_failure(planned, len(steps)),
        min(planned.step, len(steps)) if planned is not None and planned.action == "never_end" else None,
        machines=machines,
    )
    site.state.tasks[task.id] = task
    return task.document(site)


def _planned_failure(planned: FaultRule | None, steps: int) -> tuple[int, str] | None:
    if planned is None or planned.action != "fail_work":
        return None
    return min(planned.step, steps), planned.message


def routes(site: CloudSite) -> APIRouter:
    router = APIRouter(prefix="/tasks", route_class=VcdaRoute)

    def visible(request: Request) -> list[Task]:
        own = request.state.session.organization
        return [t for t in site.state.tasks.values() if own in (None, t.organization)]

    @router.get("/{task_id}")
    async def task(request: Request, task_id: str) -> dict[str, Any]:
        found = next((t for t in visible(request) if t.id == task_id), None)
        if found is None:
            raise answers.not_found("Task", task_id)
        return found.document(site)

    @router.get("")
    async def tasks(
        request: Request,
        state: str | None = None,
        user: str | None = None,
        resource_type: Annotated[str | None, Query(alias="resourceType")] = None,
        operation: Annotated[str | None, Query(alias="operationID")] = None,
        after: Annotated[int | None, Query(alias="startTimeAfter")] = None,
        before: Annotated[int | None, Query(alias="startTimeBefore")] = None,
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> dict[str, Any]:
        found = [
            t
            for t in reversed(visible(request))
            if state in (None, t.state)
            and user in (None, t.user)
            and resource_type in (None, t.resource_type)
            and operation in (None, t.operation)
            and (after is None or t.started * 1000 > after)
            and (before is None or t.started * 1000 < before)
        ]
        return answers.page([t.document(site) for t in found], offset, limit)

    return router
