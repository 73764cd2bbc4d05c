# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of pairings and network profiles: queued, running, done on the lab's clock (HCX reference 5.1)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from . import answers
from .gate import HcxRoute

if TYPE_CHECKING:
    from .manager import Manager

Effect = Callable[["Manager"], None]
"""Always a module's function, or a partial of one with ids: state is copied for snapshots, and these survive it."""
EXPIRES_SECONDS = 86_400


class WorkFailed(Exception):
    """The effect of a job or of a task's step cannot be had; the text is what HCX says."""


def nothing(manager: Manager) -> None:
    """The effect of work that changes nothing."""


@dataclass
class Job:
    """`fails` is a planned failure's text; `endless` jobs stay where they are."""

    job_id: str
    kind: str
    user: str
    created: float
    starts: float
    ends: float
    effect: Effect
    on_failure: Effect = nothing
    fails: str | None = None
    endless: bool = False
    ended: float | None = None
    failure: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    """What `jobData` has once the job is done."""

    def advance(self, manager: Manager) -> None:
        if self.ended is not None or self.endless or manager.now() < self.ends:
            return
        self.ended = self.ends
        try:
            if self.fails is not None:
                raise WorkFailed(self.fails)
            self.effect(manager)
        except WorkFailed as error:
            self.failure = str(error)
            self.on_failure(manager)

    def document(self, manager: Manager) -> dict[str, Any]:
        now, done = manager.now(), self.ended is not None
        running = now >= self.starts
        found = {
            "jobId": self.job_id,
            "enterprise": "DEFAULT",
            "organization": "DEFAULT",
            "username": self.user,
            "isQueued": not running,
            "isCancelled": False,
            "isRolledBack": False,
            "createTimeEpoch": round(self.created * 1000),
            "absoluteExpireTimeEpoch": round((self.created + EXPIRES_SECONDS) * 1000),
            "startTime": round(self.starts * 1000) if running else 0,
            "endTime": round(self.ended * 1000) if self.ended is not None else 0,
            "percentComplete": 100 if done else 50 if running else 0,
            "isDone": done,
            "didFail": self.failure is not None,
            "timeToExecute": round((self.ended - self.starts) * 1000) if self.ended is not None else 0,
            "jobData": dict(self.result) if done and self.failure is None else {},
        }
        if self.failure is not None:
            where = manager.rules.hcx_job_error_in
            text: Any = self.failure
            if where == "errors":
                text = [{"message": self.failure}]
            elif where == "jobData":
                text = {"errorMessage": self.failure}
            found[where] = text
        return found


def start(
    manager: Manager, kind: str, effect: Effect, on_failure: Effect = nothing, result: dict[str, Any] | None = None
) -> Job:
    rules, now = manager.rules, manager.now()
    starts = now + rules.hcx_job_queued_ms / 1000
    job = Job(
        f"job-{secrets.token_hex(20)}",
        kind,
        manager.user,
        now,
        starts,
        starts + rules.hcx_job_running_ms / 1000,
        effect,
        on_failure,
        result=result or {},
    )
    if manager.planned is not None:
        job.endless = manager.planned.action == "never_end"
        job.fails = manager.planned.message if manager.planned.action == "fail_work" else None
    manager.state.jobs[job.job_id] = job
    return job


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/hybridity/api", route_class=HcxRoute)

    @router.get("/jobs/{job_id}")
    async def job(job_id: str) -> dict[str, Any]:
        found = manager.state.jobs.get(job_id)
        if found is None:
            raise answers.Refused(404, answers.errors("NOT_FOUND", f"Job {job_id} does not exist."))
        return found.document(manager)

    return router
