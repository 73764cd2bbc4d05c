# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks: queued, running, done on the lab's clock. The effect happens when a task is first seen to be over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bindings import fault, vim, vmodl, wire_method
from .managed import Call, Node, method, prop

KEPT_SECONDS = 600


class Task(Node):
    vim_type = vim.Task

    def __init__(self, vcenter: Any, moid: str, name: str, entity: Any, user: str, work: Callable[[], Any]) -> None:
        super().__init__(vcenter, moid)
        self.entity = entity
        self.user = user
        self.finished: float | None = None
        self._name = name
        self._work = work
        self._queued = vcenter.shared.clock.now()
        self._result: Any = None
        self._error: Any = None

    def advance(self) -> str:
        """The state now; runs the work when its time has come."""
        rules, clock = self.vcenter.rules, self.vcenter.shared.clock
        if self.finished is not None:
            return "error" if self._error else "success"
        age = (clock.now() - self._queued) * 1000
        if age < rules.task_queued_ms:
            return "queued"
        if age < rules.task_queued_ms + rules.task_running_ms:
            return "running"
        self.finished = clock.now()
        try:
            self._result = self._work()
        except vmodl.MethodFault as error:
            self._error = error
            return "error"
        return "success"

    @prop("info", cached=False)
    def info(self) -> Any:
        state = self.advance()
        clock, rules = self.vcenter.shared.clock, self.vcenter.rules
        entity_node = self.vcenter.nodes.get(self.entity._moId)
        return vim.TaskInfo(
            key=self.moid,
            task=self.ref,
            name=wire_method(self._name),
            descriptionId=f"{type(self.entity)._wsdlName}.{self._name.removesuffix('_Task')}",
            entity=self.entity,
            entityName=getattr(entity_node, "name", None),
            state=state,
            cancelled=False,
            cancelable=False,
            error=self._error,
            result=self._result,
            progress=50 if state == "running" else None,
            reason=vim.TaskReasonUser(userName=self.user),
            queueTime=clock.utc(self._queued),
            startTime=None if state == "queued" else clock.utc(self._queued + rules.task_queued_ms / 1000),
            completeTime=None if self.finished is None else clock.utc(self.finished),
            eventChainId=int(self.moid.partition("-")[2]),
        )

    @method("CancelTask")
    def cancel(self, call: Call) -> None:
        raise fault(vmodl.fault.NotSupported, "This task cannot be cancelled.")


class Tasks:
    """All tasks of one vCenter; finished ones are forgotten after ten minutes, as vCenter does."""

    def __init__(self, vcenter: Any) -> None:
        self._vcenter = vcenter
        self._tasks: dict[str, Task] = {}
        self._unfinished: list[Task] = []
        self._number = 0

    def start(self, call: Call, entity: Any, work: Callable[[], Any]) -> Any:
        """The reference of a new task that will do this work."""
        self._number += 1
        user = call.session.user if call.session else ""
        task = Task(self._vcenter, f"task-{self._number}", call.method, entity, user, work)
        self._tasks[task.moid] = task
        self._unfinished.append(task)
        self._vcenter.register(task)
        return task.ref

    def advance(self) -> None:
        """Let happen what is due, whether or not anybody looks at the tasks."""
        self._unfinished = [t for t in self._unfinished if t.advance() in ("queued", "running")]

    def all(self) -> list[Task]:
        now = self._vcenter.shared.clock.now()
        for task in list(self._tasks.values()):
            task.advance()
            if task.finished is not None and now - task.finished > KEPT_SECONDS:
                del self._tasks[task.moid]
                del self._vcenter.nodes[task.moid]
        return list(self._tasks.values())

    def of(self, entity: Any) -> list[Task]:
        return [t for t in self.all() if t.entity == entity]


class TaskManager(Node):
    vim_type = vim.TaskManager

    @prop("recentTask", cached=False)
    def recent_task(self) -> list[Any]:
        return [t.ref for t in self.vcenter.inventory.tasks.all()]

    @prop("maxCollector")
    def max_collector(self) -> int:
        return 32
