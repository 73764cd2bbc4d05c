# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity service that agents talk to: certificate and heartbeats (Azure reference 6.4, 9.2, 9.7).

Only the path of the certificate is seen; the rest is between this lab and its stand-in for the agent.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ..shared import Shared
from . import life
from .gate import Answer, Arrived, Service
from .state import Machine, State
from .times import stamp

TEMPLATES = {
    "/": re.compile("/"),
    "/machine/{vm_id}/identity": re.compile("/machine/([^/]+)/identity"),
    "/machine/{vm_id}/heartbeat": re.compile("/machine/([^/]+)/heartbeat"),
}
SIGNATURE = "x-ms-arc-signature"
CLONED_RETRY_AFTER = "60"


class IdentityService:
    def __init__(self, shared: Shared, state: Callable[[], State]) -> None:
        self._shared, self._state = shared, state

    def service(self) -> Service:
        return Service("azure/his", self._shared, self._template, self._answer)

    def _template(self, method: str, path: str) -> str:
        return next((t for t, pattern in TEMPLATES.items() if pattern.fullmatch(path)), path)

    def _answer(self, arrived: Arrived) -> Answer:
        if arrived.template == "/":
            return Answer(200, {"status": "up"})
        pattern = TEMPLATES.get(arrived.template)
        matched = pattern.fullmatch(arrived.path) if pattern else None
        if matched is None:
            return _refused(404, "NotFound", "There is nothing here.")
        if arrived.planned is not None and arrived.planned.action == "fault":
            return _refused(arrived.planned.status, arrived.planned.fault, arrived.planned.message)
        machine = self._machine(matched[1])
        if machine is None:
            return _refused(404, "HIS0404", f"There is no machine {matched[1]}.")
        if not _signed(machine, arrived):
            return _refused(401, "HIS0401", "The request is not signed with the machine's key.")
        if arrived.template.endswith("/identity") and arrived.method == "GET":
            return self._certificate(machine)
        if arrived.template.endswith("/heartbeat") and arrived.method == "POST":
            return self._heartbeat(machine, arrived)
        return _refused(405, "MethodNotAllowed", f"{arrived.method} is not offered.")

    def _machine(self, vm_id: str) -> Machine | None:
        return next((m for m in self._state().machines() if m.properties["vmId"].lower() == vm_id.lower()), None)

    def _certificate(self, machine: Machine) -> Answer:
        now = self._shared.clock.now()
        identity = machine.identity or {}
        return Answer(
            200,
            {
                "clientId": identity.get("principalId", ""),
                "tenantId": identity.get("tenantId", ""),
                "notBefore": stamp(now),
                "notAfter": stamp(now + 90 * 86400),
                "renewAfter": stamp(now + 45 * 86400),
            },
        )

    def _heartbeat(self, machine: Machine, arrived: Arrived) -> Answer:
        try:
            body = json.loads(arrived.body)
            hardware, reported = str(body["hardware"]), dict(body["reported"])
        except (ValueError, KeyError, TypeError):
            return _refused(400, "HIS0400", "hardware and reported are wanted.")
        now, rules = self._shared.clock.now(), self._shared.rules
        if body.get("restarted"):
            machine.silent = False
        if not life.hear(machine, now, rules, hardware, reported):
            answer = _refused(429, "HIS0429", "Two servers use this machine's identity.")
            answer.headers["Retry-After"] = CLONED_RETRY_AFTER
            return answer
        extensions = [r.name for k, r in self._state().resources.items() if k.startswith(f"{machine.key}/extensions/")]
        gateway = self._state().resources.get(f"{machine.key}/providers/microsoft.hybridcompute/settings/default")
        attached = gateway.properties.get("gatewayProperties", {}).get("gatewayResourceId") if gateway else None
        found = self._state().resources.get(str(attached).lower())
        answer_body: dict[str, Any] = {
            # A machine that was just heard for the first time is shown as Connected a moment later.
            "status": life.status(machine, now, rules) or "Connected",
            "lastHeartbeat": stamp(now)[:19] + "Z",
            "resourceId": machine.id,
            "extensions": extensions,
            "gatewayUrl": f"https://{found.properties['gatewayEndpoint']}" if found else "",
        }
        return Answer(200, answer_body)


def _signed(machine: Machine, arrived: Arrived) -> bool:
    """Over method, path and body, with the key whose public half Azure got (6.3)."""
    try:
        key = load_der_public_key(base64.b64decode(machine.properties.get("clientPublicKey", "")))
        signature = base64.b64decode(arrived.headers.get(SIGNATURE, ""))
        assert isinstance(key, rsa.RSAPublicKey)
        signed = f"{arrived.method} {arrived.path}\n".encode() + arrived.body
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def _refused(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})
