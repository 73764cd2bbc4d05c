# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of Azure Resource Manager with their codes, messages and statuses (Azure reference 2.3)."""

from __future__ import annotations

from typing import Any

STATUSES = {
    "AuthenticationFailed": 401,
    "InvalidAuthenticationToken": 401,
    "ExpiredAuthenticationToken": 401,
    "AuthorizationFailed": 403,
    "RequestDisallowedByPolicy": 403,
    "SubscriptionNotFound": 404,
    "ResourceGroupNotFound": 404,
    "ResourceNotFound": 404,
    "NotFound": 404,
    "InvalidResourceType": 404,
    "InvalidResourceNamespace": 404,
    "RoleAssignmentNotFound": 404,
    "RoleDefinitionDoesNotExist": 404,
    "MethodNotAllowed": 405,
    "MissingSubscriptionRegistration": 409,
    "InvalidResourceLocation": 409,
    "InvalidResourceGroupLocation": 409,
    "ResourceGroupBeingDeleted": 409,
    "ScopeLocked": 409,
    "RoleAssignmentExists": 409,
    "Conflict": 409,
    "TooManyRequests": 429,
    "SubscriptionRequestsThrottled": 429,
    "ResourceRequestsThrottled": 429,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
}
"""Those that are not 400."""


class ArmError(Exception):
    """`gateway`: ARM itself refused, not the resource provider; `flat`: no `error` wrapper (2.3)."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        gateway: bool = True,
        flat: bool = False,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = STATUSES.get(code, 400) if status is None else status
        self.gateway = gateway
        self.flat = flat
        self.headers = headers or {}
        self.more = more

    def document(self) -> dict[str, Any]:
        error = {"code": self.code, "message": self.message, **self.more}
        return error if self.flat else {"error": error}


def missing_group(name: str) -> ArmError:
    return ArmError("ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def missing_resource(kind: str, name: str, group: str) -> ArmError:
    return ArmError(
        "ResourceNotFound",
        f"The Resource '{kind}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def invalid(message: str) -> ArmError:
    """A body that cannot be what is meant."""
    return ArmError(
        "InvalidRequestContent", f"The request content was invalid and could not be deserialized: {message}"
    )
