# SPDX-License-Identifier: GPL-3.0-or-later
"""pyVmomi's run-time type system as the simulator uses it.

`vim` and `vmodl` are typed Any on purpose: the bindings build their classes when first touched, and their stubs know no
constructor arguments.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pyVmomi import VmomiSupport
from pyVmomi import vim as _vim
from pyVmomi import vmodl as _vmodl

vim: Any = _vim
vmodl: Any = _vmodl
_support: Any = VmomiSupport

NAMESPACE = "urn:vim25"
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

OPTIONAL = _support.F_OPTIONAL
DataObject: Any = _support.DataObject
ManagedObject: Any = _support.ManagedObject
Enum: Any = _support.Enum
Array: Any = _support.Array
Fault: Any = vmodl.MethodFault
PropertyPath: Any = _support.PropertyPath
ManagedMethod: Any = _support.ManagedMethod
Binary: Any = _support.binary
field: Any = _support.Object


@cache
def version_of(uri: str) -> Any:
    """The bindings' version for "urn:vim25/8.0.3.0"; KeyError when they do not know it."""
    return _support.GetVersionFromVersionUri(uri)


@cache
def older_or_same(version: Any, than: Any) -> bool:
    """Whether something that appeared in `version` exists for a client that speaks `than`."""
    return bool(_support.IsChildVersion(than, version))


@cache
def wsdl_type(namespace: str, name: str) -> Any:
    """The type of a wire name; KeyError when there is none."""
    if name == "ManagedObjectReference":
        return ManagedObject
    if name == "ArrayOfManagedObjectReference":
        return array_type(ManagedObject)
    try:
        return _support.GetWsdlType(namespace, name)
    except KeyError:
        return _support.GuessWsdlType(name)


def wsdl_name(kind: Any) -> str:
    return str(kind._wsdlName) if hasattr(kind, "_wsdlName") else str(_support.GetWsdlName(kind))


@cache
def method_info(name: str) -> Any:
    """name, params, result, privId, version of a wire method; KeyError when there is none."""
    return wire_method(name).info


@cache
def wire_method(name: str) -> Any:
    return _support.GetWsdlMethod(NAMESPACE, name)


@cache
def properties_of(kind: Any) -> dict[str, Any]:
    """Property name to its info, for a data or managed object type, inherited ones first."""
    return {info.name: info for info in kind._GetPropertyList()}


@cache
def array_type(item: Any) -> Any:
    if item is ManagedObject:
        return _support.GetVmodlType("ManagedObject[]")
    return _support.GetVmodlType(_support.GetVmodlName(item) + "[]")


@cache
def is_managed(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, ManagedObject)


def typed(value: Any, kind: Any) -> Any:
    """The value as the declared type wants it: lists as typed arrays, text as enumerations, numbers as int or long."""
    if value is None:
        return None
    if issubclass(kind, list):
        return value if isinstance(value, Array) else kind([typed(item, kind.Item) for item in value])
    if kind is object or isinstance(value, (DataObject, ManagedObject)):
        return value
    if issubclass(kind, Enum):
        member = getattr(kind, value)
        if not isinstance(member, Enum):
            raise AttributeError(value)
        return member
    if issubclass(kind, (int, float)) and not isinstance(value, bool):
        return kind(value)
    return value


def fault(kind: Any, text: str, **fields: Any) -> Any:
    """An exception ready to raise: the bindings' fault with its message set."""
    made = kind(**fields)
    made.msg = text
    return made
