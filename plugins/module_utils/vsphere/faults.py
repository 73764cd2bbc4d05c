# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn vSphere faults and broken connections into one sentence. (vSphere reference 17)"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from xml.parsers.expat import ExpatError

from ..engine.errors import Busy, LoginFailed, MobilityError, Refused, Unreachable
from .sdk import vim, vmodl


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Faults of a call become errors of our family; `address` is the server the call goes to."""
    try:
        yield
    except vmodl.MethodFault as fault:
        raise as_error(fault, address) from fault
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(
            f"the certificate of {address} is not trusted: {error.verify_message}",
            hint="Give the certificate of its CA as ca_path (VMWARE_CA_PATH).",
        ) from error
    except ExpatError as error:
        raise Unreachable(f"{address} gave an answer that is not vSphere's: {error}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unreachable(f"no answer from {address}: {reason}") from error


def as_error(fault: vmodl.MethodFault, address: str) -> MobilityError:
    code = type(fault).__name__.rsplit(".", 1)[-1]
    if isinstance(fault, vim.fault.NotAuthenticated):
        return LoginFailed(f"the session on {address} has ended", service_code=code)
    if isinstance(fault, vim.fault.InvalidLogin):
        return LoginFailed(
            f"{address} does not accept this user name and password",
            service_code=code,
            hint="Check username and password (VMWARE_USER, VMWARE_PASSWORD) and whether the account is locked.",
        )
    if isinstance(fault, vim.fault.NoPermission):
        privilege = f"the privilege {fault.privilegeId}" if fault.privilegeId else "a privilege"
        return Refused(f"{privilege} is missing on {_moid(fault.object)}", service_code=code)
    if isinstance(fault, (vmodl.fault.HostNotConnected, vmodl.fault.HostCommunication)):
        return Unreachable(f"the host does not answer {address}: {sentence(fault)}", service_code=code)
    if isinstance(fault, vim.fault.TaskInProgress):
        return Busy(f"another operation is running: {sentence(fault)}", service_code=code)
    return Refused(sentence(fault), service_code=code)


def sentence(fault: vmodl.MethodFault) -> str:
    """The most telling words a fault carries; the deeper reasons stand in faultMessage and faultCause."""
    code = type(fault).__name__.rsplit(".", 1)[-1]
    parts = [fault.msg or "", getattr(fault, "text", None) or ""]
    parts += [message.message or "" for message in fault.faultMessage or []]
    if isinstance(fault, vmodl.fault.InvalidArgument) and fault.invalidProperty:
        parts.append(f"(property {fault.invalidProperty})")
    if fault.faultCause:
        parts.append(sentence(fault.faultCause))
    said = " ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))
    return f"{said} [{code}]" if said else code


def _moid(reference: object) -> str:
    return str(getattr(reference, "_moId", "an object that the server does not name"))
