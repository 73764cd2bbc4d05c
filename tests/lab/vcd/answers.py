# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals, in the shape of the space that they are said in (VCD reference 3.5)."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse

from .documents import nsx, vcloud, written

ERROR_TYPE = "application/vnd.vmware.vcloud.error+xml"


class Refused(Exception):
    """`by_nsx`: said by the NSX manager behind the proxy, not by Cloud Director."""

    def __init__(self, status: int, code: str, message: str, by_nsx: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.by_nsx = by_nsx


def unauthorized() -> Refused:
    return Refused(401, "UNAUTHORIZED", "The request is not authenticated, or the session has ended.")


def forbidden(what: str) -> Refused:
    return Refused(403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN", what)


def missing_right(names: str) -> Refused:
    return forbidden(
        f"Either you need some or all of the following rights [{names}] to perform this operation "
        "or the target entity is invalid."
    )


def bad(message: str, code: str = "BAD_REQUEST") -> Refused:
    return Refused(400, code, message)


def invalid_in_nsx(message: str, code: str = "13001") -> Refused:
    """What the NSX manager does not accept."""
    return Refused(400, code, message, by_nsx=True)


def response(refusal: Refused, path: str, request_id: str, empty: bool) -> Response:
    """`empty`: without a body, as some refusals of a body are."""
    if empty and refusal.status in (400, 416):
        return Response(status_code=refusal.status)
    if refusal.by_nsx:
        error = nsx("error", ("errorCode", refusal.code), ("details", refusal.message), ("moduleName", "l2vpn"))
        return Response(written(error), refusal.status, media_type="application/xml")
    text = f"[ {request_id} ] {refusal.message}"
    if path.startswith(("/cloudapi", "/oauth")):
        content = {"minorErrorCode": refusal.code, "message": text, "stackTrace": None}
        return JSONResponse(content, refusal.status)
    attributes = {"message": text, "majorErrorCode": str(refusal.status), "minorErrorCode": refusal.code}
    return Response(written(vcloud("Error", attributes)), refusal.status, media_type=ERROR_TYPE)
