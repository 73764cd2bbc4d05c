# SPDX-License-Identifier: GPL-3.0-or-later
"""Wire methods and types that vCenter serves but pyVmomi 8 and newer do not define (vSphere reference 3, 10)."""

from __future__ import annotations

from typing import Any

from .bindings import DataObject, ManagedObject, field, vim
from .decode import simple_parameter


class ReflectManagedMethodExecuter(ManagedObject):  # type: ignore[misc]  # the library has no annotations
    """The receiver of ExecuteSoap."""

    _wsdlName = "ReflectManagedMethodExecuter"


class SoapArgument(DataObject):  # type: ignore[misc]  # the library has no annotations
    """One argument of ExecuteSoap: its name, and its value as an XML string."""

    _wsdlName = "ReflectManagedMethodExecuterSoapArgument"
    _propList = (simple_parameter("name", str), simple_parameter("val", str))
    _propInfo = {info.name: info for info in _propList}  # noqa: RUF012  # the bindings' own layout


class _SoapArguments(list[Any]):
    Item = SoapArgument


def _method(name: str, receiver: Any, params: tuple[Any, ...], privilege: str | None) -> Any:
    return field(
        name=name,
        wsdlName=name,
        type=receiver,
        params=params,
        result=object,
        privId=privilege,
        version="vim.version.version1",
    )


FETCH = _method("Fetch", ManagedObject, (simple_parameter("prop", str),), "System.View")
EXTRA_TYPES: dict[str, Any] = {"ReflectManagedMethodExecuter": ReflectManagedMethodExecuter}
EXTRA_METHODS = {
    "Fetch": FETCH,
    "RetrieveManagedMethodExecuter": _method("RetrieveManagedMethodExecuter", vim.HostSystem, (), "System.Read"),
    "ExecuteSoap": _method(
        "ExecuteSoap",
        ReflectManagedMethodExecuter,
        (
            simple_parameter("moid", str),
            simple_parameter("version", str),
            simple_parameter("method", str),
            simple_parameter("argument", _SoapArguments, optional=True),
        ),
        None,
    ),
}
