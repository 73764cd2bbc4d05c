# SPDX-License-Identifier: GPL-3.0-or-later
"""Interconnect tasks: queued, then step by step on the lab's clock (HCX reference 5.2)."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from . import answers
from .body import Body
from .gate import HcxRoute
from .jobs import Effect, WorkFailed, nothing

if TYPE_CHECKING:
    from .manager import Manager

Status = Literal["QUEUED", "RUNNING", "SUCCESS", "FAILED"]


@dataclass
class Step:
    """`effect` happens at the step's end; `children` are titles."""

    title: str
    effect: Effect = nothing
    children: list[str] = field(default_factory=list)


@dataclass
class Task:
    """`fails` is a planned failure: number of the step and text; `endless` the step that never ends."""

    task_id: str
    kind: str
    entity: dict[str, str]
    created: float
    queued_seconds: float
    step_seconds: float
    steps: list[Step]
    on_success: Effect
    on_failure: Effect
    request: Any = None
    fails: tuple[int, str] | None = None
    endless: int | None = None
    done: int = 0
    """Steps that have ended."""
    ended: float | None = None
    failure: str | None = None
    response: dict[str, Any] = field(default_factory=dict)

    def _start_of(self, step: int) -> float:
        return self.created + self.queued_seconds + step * self.step_seconds

    def status(self, now: float) -> Status:
        if self.ended is not None:
            return "FAILED" if self.failure is not None else "SUCCESS"
        return "QUEUED" if now < self._start_of(0) else "RUNNING"

    def advance(self, manager: Manager) -> None:
        while self.ended is None and manager.now() >= self._start_of(self.done + 1):
            number = self.done + 1
            if number == self.endless:
                return
            try:
                if self.fails is not None and number == self.fails[0]:
                    raise WorkFailed(self.fails[1])
                self.steps[self.done].effect(manager)
            except WorkFailed as error:
                self.failure, self.ended = str(error), self._start_of(number)
                self.on_failure(manager)
                return
            self.done = number
            if number == len(self.steps):
                self.ended = self._start_of(number)
                self.on_success(manager)

    def document(self, manager: Manager) -> dict[str, Any]:
        status = self.status(manager.now())
        found = {
            "interconnectTaskId": self.task_id,
            "entityDetails": dict(self.entity),
            "type": self.kind,
            "status": status,
            "progress": 100 if status == "SUCCESS" else 100 * self.done // len(self.steps),
            "message": self.steps[min(self.done, len(self.steps) - 1)].title if status == "RUNNING" else "",
            "startTime": round(self._start_of(0) * 1000) if status != "QUEUED" else None,
            "endTime": round(self.ended * 1000) if self.ended is not None else None,
            "request": self.request or {},
            "response": dict(self.response),
            "steps": [self._step(i, status) for i in range(len(self.steps))],
        }
        where = manager.rules.hcx_task_error_in
        if self.failure is not None and where != "steps":
            found[where] = self.failure
        return found

    def _step(self, index: int, task_status: Status) -> dict[str, Any]:
        step = self.steps[index]
        status: Status = "SUCCESS" if index < self.done else "QUEUED"
        if index == self.done and task_status in ("RUNNING", "FAILED"):
            status = task_status
        text = self.failure or "" if status == "FAILED" else ""
        progress = 100 if status == "SUCCESS" else 0
        started = status != "QUEUED"
        return {
            "title": step.title,
            "status": status,
            "progress": progress,
            "startTime": round(self._start_of(index) * 1000) if started else 0,
            "endTime": round(self._start_of(index + 1) * 1000) if status in ("SUCCESS", "FAILED") else 0,
            "message": "",
            "errors": [{"message": text}] if text else [],
            "warnings": [],
            "children": [
                {"title": c, "status": status, "progress": progress, "message": text, "location": ""}
                for c in step.children
            ],
        }


class TaskFilter(Body):
    interconnectTaskId: str | None = None
    entityId: str | None = None
    status: Status | None = None
    type: str | None = None


class TaskQueryBody(Body):
    filter: TaskFilter = Field(default_factory=TaskFilter)


def start(
    manager: Manager,
    kind: str,
    entity: dict[str, str],
    steps: list[Step],
    on_success: Effect = nothing,
    on_failure: Effect = nothing,
    request: Any = None,
) -> Task:
    """`entity` has id, type and name."""
    rules = manager.rules
    task = Task(
        str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
        kind,
        entity,
        manager.now(),
        rules.hcx_task_queued_ms / 1000,
        rules.hcx_task_step_ms / 1000,
        steps,
        on_success,
        on_failure,
        request,
    )
    planned = manager.planned
    if planned is not None and planned.action in ("fail_work", "never_end"):
        step = min(planned.step, len(steps))
        task.endless = step if planned.action == "never_end" else None
        task.fails = (step, planned.message) if planned.action == "fail_work" else None
    manager.state.tasks[task.task_id] = task
    return task


def running_for(manager: Manager, entity_id: str) -> Task | None:
    tasks = manager.state.tasks.values()
    return next((t for t in tasks if t.entity["id"] == entity_id and t.ended is None), None)


def last_of(manager: Manager, task_id: str | None, lags: bool) -> dict[str, Any] | None:
    """`lastTaskDetails` of an object; a status that lags stays at RUNNING for ever (5.2)."""
    task = manager.state.tasks.get(task_id or "")
    if task is None:
        return None
    status = task.status(manager.now())
    shown = "RUNNING" if lags and status == "SUCCESS" else status
    return {"interconnectTaskId": task.task_id, "type": task.kind, "status": shown}


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/hybridity/api/interconnect/tasks", route_class=HcxRoute)

    def newest_first() -> list[Task]:
        return sorted(manager.state.tasks.values(), key=lambda t: -t.created)

    @router.get("")
    async def tasks(offset: int = Query(1, ge=1), size: int = Query(100, alias="pageSize", ge=1)) -> dict[str, Any]:
        """Pages are counted from 1 (4.1)."""
        found = [t.document(manager) for t in newest_first()]
        return answers.items(found[(offset - 1) * size :][:size]) | {
            "paging": {"offset": offset, "pageSize": size, "totalSize": len(found)}
        }

    @router.post("/query")
    async def query(body: TaskQueryBody) -> dict[str, Any]:
        wanted = body.filter
        found = [
            t.document(manager)
            for t in newest_first()
            if wanted.interconnectTaskId in (None, t.task_id)
            and wanted.entityId in (None, t.entity["id"])
            and wanted.status in (None, t.status(manager.now()))
            and wanted.type in (None, t.kind)
        ]
        return answers.items(found)

    @router.get("/{task_id}")
    async def task(task_id: str) -> dict[str, Any]:
        found = manager.state.tasks.get(task_id)
        if found is None:
            raise answers.Refused(404, answers.errors("NOT_FOUND", f"Task {task_id} does not exist."))
        return found.document(manager)

    return router
