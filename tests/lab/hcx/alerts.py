# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts: query, acknowledge, delete (HCX reference 15)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from . import answers
from .body import Body
from .gate import HcxRoute

if TYPE_CHECKING:
    from .manager import Manager

Severity = Literal["INFO", "WARNING", "CRITICAL"]


@dataclass
class Alert:
    """`entity` has id, name and type."""

    alarm_id: str
    message: str
    severity: Severity
    created: float
    entity: dict[str, str]
    state: str = "CREATED"
    acknowledged_by: str | None = None
    acknowledged_at: float | None = None

    def document(self) -> dict[str, Any]:
        return {
            "alarm_id": self.alarm_id,
            "message": self.message,
            "severity": self.severity,
            "state": self.state,
            "creation_date": round(self.created * 1000),
            "module": "Interconnect",
            "isAlertAcknowledged": self.acknowledged_by is not None,
            "acknowledgedBy": self.acknowledged_by,
            "acknowledgedAt": round(self.acknowledged_at * 1000) if self.acknowledged_at is not None else None,
            "entity": self.entity,
        }


class AlertFilter(Body):
    severity: Severity | None = None
    state: str | None = None


class AlertQueryBody(Body):
    filter: AlertFilter = Field(default_factory=AlertFilter)


def sound(manager: Manager, severity: Severity, message: str, entity: dict[str, str]) -> Alert:
    alert = Alert(str(uuid.uuid4()), message, severity, manager.now(), entity)
    manager.state.alerts[alert.alarm_id] = alert
    return alert


def routes(manager: Manager) -> APIRouter:
    router = APIRouter(prefix="/hybridity/api/alerts", route_class=HcxRoute)

    def found_alert(alert_id: str) -> Alert:
        found = manager.state.alerts.get(alert_id)
        if found is None:
            raise answers.Refused(404, answers.errors("NOT_FOUND", f"There is no alert {alert_id}."))
        return found

    @router.post("")
    async def query(body: AlertQueryBody | None = None, action: Literal["query"] = Query()) -> dict[str, Any]:
        wanted = body.filter if body else AlertFilter()
        return answers.items(
            [
                a.document()
                for a in manager.state.alerts.values()
                if wanted.severity in (None, a.severity) and wanted.state in (None, a.state)
            ]
        )

    @router.post("/{alert_id}/acknowledge")
    async def acknowledge(alert_id: str) -> dict[str, Any]:
        alert = found_alert(alert_id)
        alert.state, alert.acknowledged_by, alert.acknowledged_at = "ACKNOWLEDGED", manager.user, manager.now()
        return alert.document()

    @router.delete("/{alert_id}")
    async def delete(alert_id: str) -> dict[str, Any]:
        del manager.state.alerts[found_alert(alert_id).alarm_id]
        return {"success": True, "completed": True, "time": manager.now_ms()}

    return router
