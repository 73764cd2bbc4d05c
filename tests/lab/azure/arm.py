# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Resource Manager: what every call goes through before its resource answers (Azure reference 2)."""

from __future__ import annotations

import json
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from ..faults import FaultRule
from ..rules import Rules
from ..shared import Shared
from . import authorization, directory
from .directory import Identity
from .errors import STATUSES, ArmError, invalid
from .gate import Answer, Arrived, Service
from .routing import Route, Routes
from .state import Lock, State, Throttle
from .times import spoken

CONSTANT_HEADERS = {
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
    "Expires": "-1",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
REMAINING = {"GET": ("reads", 16499), "HEAD": ("reads", 16499), "DELETE": ("deletes", 14999)}
WRITES = ("writes", 1199)
KEPT_EXCHANGES = 5000


@dataclass(frozen=True)
class Exchange:
    """A call and its answer; bodies as JSON, None for none, `query` as it came."""

    method: str
    path: str
    query: str
    sent: Any
    status: int
    answered: Any


@dataclass
class Call:
    """One authorized call; `names` are the parts of its path, `scope` the resource id it is about."""

    arm: Arm
    identity: Identity
    method: str
    path: str
    names: dict[str, str]
    query: dict[str, str]
    raw_query: str
    sent: bytes
    api_version: str
    planned: FaultRule | None
    headers: dict[str, str] = field(default_factory=dict)
    template: str = ""

    @property
    def state(self) -> State:
        return self.arm.state

    @property
    def rules(self) -> Rules:
        return self.arm.shared.rules

    @property
    def now(self) -> float:
        return self.arm.shared.clock.now()

    @property
    def subscription(self) -> str:
        return self.names["subscription"].lower()

    def body(self, *known: str, optional: bool = False) -> dict[str, Any]:
        """The JSON object sent, which has no members but `known`; ids sent back as they were read are taken."""
        if not self.sent:
            if optional:
                return {}
            raise invalid("the body is empty")
        try:
            body = json.loads(self.sent)
        except ValueError as error:
            raise invalid(str(error)) from error
        if not isinstance(body, dict):
            raise invalid("an object is wanted")
        strange = sorted(body.keys() - {*known, "id", "name", "type", "systemData"})
        if strange:
            raise invalid(f"Could not find member '{strange[0]}' on object of type 'ResourceDefinition'.")
        return body

    def allowed(self, action: str, scope: str) -> bool:
        return authorization.allowed(self.state, self.identity, action, scope)

    def require(self, action: str, scope: str) -> None:
        """403 that names the action (2.3)."""
        if not self.allowed(action, scope):
            raise ArmError(
                "AuthorizationFailed",
                f"The client '{self.identity.client_id}' with object id '{self.identity.object_id}' does not have "
                f"authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. "
                "If access was recently granted, please refresh your credentials.",
            )

    def refuse_locked(self, scope: str, *, delete: bool, below: bool = False) -> None:
        """409 where a lock above, or for a whole group one inside, forbids it (2.3)."""
        found = [lock for lock in self.state.locks.values() if _holds(lock, scope, delete=delete, below=below)]
        if found:
            named = ",".join(lock.scope for lock in found)
            raise ArmError(
                "ScopeLocked",
                f"The scope '{scope}' cannot perform {'delete' if delete else 'write'} operation because following "
                f"scope(s) are locked: '{named}'. Please remove the lock and try again.",
            )


def _holds(lock: Lock, scope: str, *, delete: bool, below: bool) -> bool:
    here, there = scope.lower(), lock.scope.lower()
    related = here == there or here.startswith(f"{there}/") or (below and there.startswith(f"{here}/"))
    return related and (delete or lock.level == "ReadOnly")


class Arm:
    """`url` is its own; `routes` of all parts are added by the simulator."""

    def __init__(self, shared: Shared, state: Callable[[], State], url: str, audiences: tuple[str, ...]) -> None:
        self.shared, self._state, self.url = shared, state, url
        self._audiences = {a for a in audiences if "graph" not in a}
        self.routes = Routes()
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)
        """The newest calls with their answers, for tests that hold them against the official descriptions."""

    @property
    def state(self) -> State:
        return self._state()

    def service(self) -> Service:
        return Service("azure/arm", self.shared, self.routes.template, self._answer)

    def _answer(self, arrived: Arrived) -> Answer:
        try:
            answer = self._called(arrived)
        except ArmError as error:
            arrived.error = error.code
            answer = Answer(error.status, error.document(), dict(error.headers))
            if error.gateway:
                answer.headers["x-ms-failure-cause"] = "gateway"
        answer.headers = {**CONSTANT_HEADERS, **self._identification(arrived), **answer.headers}
        if arrived.method == "HEAD":
            answer.body = None
        self.exchanges.append(_exchange(arrived, answer))
        return answer

    def _called(self, arrived: Arrived) -> Answer:
        identity = self._authenticated(arrived)
        arrived.user = identity.name
        planned = arrived.planned
        if planned is not None and planned.action == "fault":
            raise ArmError(planned.fault, planned.message, **_status(planned))
        _throttled(self.state.throttle)
        route, names = self.routes.find(arrived.method, arrived.path)
        query = {k: v[-1] for k, v in parse_qs(arrived.query, keep_blank_values=True).items()}
        version = query.get("api-version", "")
        if not version:
            raise ArmError(
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        call = Call(
            self, identity, arrived.method, arrived.path, names, query, arrived.query, arrived.body, version, planned
        )
        call.template = route.template
        self._checked(call, route)
        answer = route.handler(call)
        answer.headers |= call.headers
        return answer

    def _checked(self, call: Call, route: Route) -> None:
        """Subscription, permission, api-version, registration: in this order."""
        subscription = call.names.get("subscription") or _subscription(call.names.get("scope", ""))
        if subscription is not None and subscription.lower() not in directory.SUBSCRIPTIONS:
            raise ArmError("SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        if route.action:
            call.require(route.action, authorization.scope_of(call.path, route.action))
        versions = (*route.versions, *self._more_versions(route))
        if call.api_version not in versions:
            raise ArmError(
                "InvalidApiVersionParameter",
                f"The api-version '{call.api_version}' is invalid. The supported versions are '{','.join(versions)}'.",
            )
        if route.provider and subscription and route.method in ("PUT", "PATCH", "POST"):
            provider = self.state.providers.get((subscription.lower(), route.provider.lower()))
            if provider is None or provider.state != "Registered":
                raise ArmError(
                    "MissingSubscriptionRegistration",
                    f"The subscription is not registered to use namespace '{route.provider}'. "
                    "See https://aka.ms/rps-not-found for how to register subscriptions.",
                    details=[
                        {
                            "code": "MissingSubscriptionRegistration",
                            "target": route.provider,
                            "message": f"The subscription is not registered to use namespace '{route.provider}'.",
                        }
                    ],
                )

    def _more_versions(self, route: Route) -> tuple[str, ...]:
        return self.shared.rules.azure_more_api_versions if route.provider == "Microsoft.HybridCompute" else ()

    def _authenticated(self, arrived: Arrived) -> Identity:
        kind, _rest, value = arrived.headers.get("authorization", "").partition(" ")
        challenge = {
            "WWW-Authenticate": f'Bearer authorization_uri="https://login.windows.net/{directory.TENANT}", '
            'error="invalid_token", error_description="The authentication failed."'
        }
        if kind.lower() != "bearer" or not value:
            raise ArmError(
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
                headers=challenge,
            )
        token = self.state.tokens.get(value)
        if token is None or token.audience not in self._audiences:
            raise ArmError("InvalidAuthenticationToken", "The access token is invalid.", headers=challenge)
        now = self.shared.clock.now()
        if now >= token.expires:
            raise ArmError(
                "ExpiredAuthenticationToken",
                f"The access token expiry UTC time '{spoken(token.expires)}' is earlier than current UTC time "
                f"'{spoken(now)}'.",
                headers=challenge,
            )
        return token.identity

    def _identification(self, arrived: Arrived) -> dict[str, str]:
        """Ids of the call and what remains of the limits (2.2)."""
        request = str(uuid.uuid4())
        what, most = REMAINING.get(arrived.method, WRITES)
        at = self.shared.clock.utc().strftime("%Y%m%dT%H%M%SZ")
        spent = self.state.throttle.calls % most
        headers = {
            "x-ms-request-id": request,
            "x-ms-correlation-request-id": request,
            "x-ms-routing-request-id": f"LAB:{at}:{request}",
            f"x-ms-ratelimit-remaining-subscription-{'global-' if what == 'reads' else ''}{what}": str(most - spent),
        }
        client = arrived.headers.get("x-ms-client-request-id")
        if client and arrived.headers.get("x-ms-return-client-request-id", "").lower() == "true":
            headers["x-ms-client-request-id"] = client
        return headers


def _exchange(arrived: Arrived, answer: Answer) -> Exchange:
    try:
        sent = json.loads(arrived.body) if arrived.body else None
    except ValueError:
        sent = arrived.body.decode(errors="replace")
    return Exchange(arrived.method, arrived.path, arrived.query, sent, answer.status, answer.body)


def _status(planned: FaultRule) -> dict[str, Any]:
    """A fault's own status, where its code does not tell."""
    return {} if planned.fault in STATUSES else {"status": planned.status}


def _throttled(throttle: Throttle) -> None:
    throttle.calls += 1
    if not throttle.every or throttle.calls % throttle.every:
        return
    seconds = throttle.retry_after
    texts = {
        "TooManyRequests": "The request is being throttled.",
        "ResourceRequestsThrottled": "Number of requests for action 'Microsoft.HybridCompute/machines/read' "
        "exceeded the "
        f"limit of '50' for time interval '00:05:00'. Please try again after '{seconds}' seconds.",
    }
    text = texts.get(
        throttle.code,
        f"Number of 'read' requests for subscription actor '***:***' exceeded. Please try again after '{seconds}' "
        "seconds after additional tokens are available. Refer to https://aka.ms/arm-throttling for additional "
        "information.",
    )
    raise ArmError(throttle.code, text, status=429, headers={"Retry-After": str(seconds)})


def _subscription(scope: str) -> str | None:
    parts = scope.split("/")
    return parts[2] if len(parts) > 2 and parts[1].lower() == "subscriptions" else None
