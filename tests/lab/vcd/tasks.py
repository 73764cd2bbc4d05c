# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks: queued, running, ended on the lab's clock; while one runs, what it works on is busy (VCD reference 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Response

from ..clouds import new_id
from . import answers
from .documents import ADMIN, MEDIA, leaf, link, vcloud, written
from .gate import VcdRoute
from .names import href, urn

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .director import Director

Effect = Callable[["Director"], None]
"""Always a module's function, or a partial of one with ids and values: state is copied for snapshots."""
Status = Literal["queued", "preRunning", "running", "success", "error", "canceled", "aborted"]
TASK = MEDIA + "task+xml"
EXPIRES_SECONDS = 90 * 86_400


class WorkFailed(Exception):
    """The effect of a task cannot be had; the text is what Cloud Director says."""


def nothing(director: Director) -> None:
    """The effect of work that changes nothing."""


@dataclass
class Task:
    """`owner` is what it works on: kind, id and name; `occupies` are ids that are busy meanwhile."""

    id: str
    operation_name: str
    operation: str
    owner: tuple[str, str, str]
    user: str
    organization: str
    starts: float
    ends: float
    effect: Effect
    on_failure: Effect = nothing
    occupies: frozenset[str] = frozenset()
    details: str = ""
    fails: str | None = None
    endless: bool = False
    ended: float | None = None
    outcome: Literal["success", "error", "canceled"] = "success"
    failure: str | None = None

    @property
    def is_active(self) -> bool:
        return self.ended is None

    def advance(self, director: Director) -> None:
        if self.ended is not None or self.endless or director.now() < self.ends:
            return
        self.ended = self.ends
        try:
            if self.fails is not None:
                raise WorkFailed(self.fails)
            self.effect(director)
        except WorkFailed as error:
            self.outcome, self.failure = "error", str(error)
            self.on_failure(director)

    def cancel(self, director: Director) -> None:
        self.ended, self.outcome = director.now(), "canceled"
        self.failure = "The task was canceled."
        self.on_failure(director)

    def status(self, now: float) -> Status:
        if self.ended is not None:
            return self.outcome
        return "running" if now >= self.starts else "queued"

    def progress(self, now: float) -> int:
        if self.ended is not None:
            return 100
        if now < self.starts or self.ends <= self.starts:
            return 0
        return min(99, int(100 * (now - self.starts) / (self.ends - self.starts)))

    def element(self, director: Director) -> Element:
        now, cloud = director.now(), director.cloud
        at = href(director, "task", self.id)
        kind, owner_id, owner_name = self.owner
        organization = cloud.organizations[self.organization]
        user = cloud.users[self.user]
        running = self.ended is None
        return vcloud(
            "Task",
            {
                "href": at,
                "id": urn("task", self.id),
                "type": TASK,
                "name": "task",
                "status": self.status(now),
                "operation": self.operation,
                "operationName": self.operation_name,
                "startTime": _moment(director, self.starts),
                "endTime": None if self.ended is None else _moment(director, self.ended),
                "expiryTime": _moment(director, self.starts + EXPIRES_SECONDS),
                "cancelRequested": str(self.outcome == "canceled").lower(),
            },
            link("task:cancel", f"{at}/action/cancel") if running else None,
            vcloud(
                "Owner",
                {
                    "href": href(director, kind, owner_id),
                    "id": urn(kind, owner_id),
                    "type": f"{MEDIA}{kind}+xml",
                    "name": owner_name,
                },
            ),
            None if self.failure is None else _error(self.failure),
            vcloud("User", {"href": href(director, "user", user.id), "type": ADMIN + "user+xml", "name": user.name}),
            vcloud(
                "Organization",
                {
                    "href": href(director, "org", organization.id),
                    "type": MEDIA + "org+xml",
                    "name": organization.name,
                },
            ),
            leaf("Progress", self.progress(now)),
            leaf("Details", self.details),
        )


def _error(text: str) -> Element:
    attributes = {"message": text, "majorErrorCode": "500", "minorErrorCode": "INTERNAL_SERVER_ERROR"}
    return vcloud("Error", attributes)


def _moment(director: Director, at: float) -> str:
    return director.shared.clock.utc(at).isoformat(timespec="milliseconds")


def start(
    director: Director,
    operation_name: str,
    operation: str,
    owner: tuple[str, str, str],
    effect: Effect,
    on_failure: Effect = nothing,
    occupies: frozenset[str] = frozenset(),
    details: str = "",
    organization: str | None = None,
) -> Task:
    rules, caller = director.rules, director.caller
    starts = director.now() + rules.vcd_task_queued_ms / 1000
    task = Task(
        new_id(),
        operation_name,
        operation,
        owner,
        caller.user.id,
        organization or caller.acts_in,
        starts,
        starts + rules.vcd_task_running_ms / 1000,
        effect,
        on_failure,
        occupies | {owner[1]},
        details,
    )
    if director.planned is not None:
        task.endless = director.planned.action == "never_end"
        task.fails = director.planned.message if director.planned.action == "fail_work" else None
    director.state.tasks[task.id] = task
    return task


def answer(director: Director, task: Task) -> Response:
    """Of an XML write: the body is the task."""
    return Response(written(task.element(director)), 202, media_type=TASK)


def accepted(director: Director, task: Task) -> Response:
    """Of a cloudapi write: no body, and where the task is."""
    return Response(status_code=202, headers={"Location": href(director, "task", task.id)})


def finish(director: Director, task: Task) -> None:
    """At once, for calls that answer with the result; Refused with the reason when it fails."""
    task.ends = director.now()
    task.advance(director)
    if task.failure is not None:
        raise answers.Refused(500, "INTERNAL_SERVER_ERROR", task.failure)


def check_idle(director: Director, *object_ids: str | None) -> None:
    """Refused 400 while a task works on one of these networks or edge gateways."""
    for object_id in object_ids:
        if object_id is None or not director.is_busy(object_id):
            continue
        if object_id in director.cloud.edges:
            name = director.cloud.edges[object_id].name
            text = f"The entity gateway {name} is busy completing an operation."
        else:
            text = f"The entity network {object_id} is busy, cannot proceed with the operation."
        raise answers.bad(text, "BUSY_ENTITY")


def routes(director: Director) -> APIRouter:
    router = APIRouter(prefix="/api/task", route_class=VcdRoute)

    def found(task_id: str) -> Task:
        task = director.state.tasks.get(task_id)
        caller = director.caller
        if task is None or not (caller.is_provider or caller.organization.id == task.organization):
            raise director.unknown("task", task_id)
        return task

    @router.get("/{task}")
    async def read(task: str) -> Response:
        return Response(written(found(task).element(director)), media_type=TASK)

    @router.post("/{task}/action/cancel")
    async def cancel(task: str) -> Response:
        wanted = found(task)
        if not wanted.is_active:
            raise answers.bad("The task has ended and cannot be canceled.", "INVALID_STATE")
        wanted.cancel(director)
        return Response(status_code=204)

    return router
