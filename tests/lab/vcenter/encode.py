# SPDX-License-Identifier: GPL-3.0-or-later
"""Values to SOAP answers, in the form vCenter writes them."""

from __future__ import annotations

from io import StringIO
from typing import Any
from xml.sax.saxutils import escape

from pyVmomi import SoapAdapter

from .bindings import NAMESPACE, SOAP, XSD, XSI, ManagedObject, field, wsdl_name

_soap: Any = SoapAdapter
_PREFIXES = {SOAP: "soapenv", XSD: "xsd", XSI: "xsi", NAMESPACE: ""}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"'
    f' xmlns:soapenv="{SOAP}" xmlns:xsd="{XSD}" xmlns:xsi="{XSI}">\n<soapenv:Body>\n'
)
_TAIL = "\n</soapenv:Body>\n</soapenv:Envelope>"


class Raw(str):
    """XML that is already complete, elements included; used where answers are assembled from cached pieces."""

    __slots__ = ()


_TEXTS = "lab_texts"


def shared(value: Any) -> Any:
    """Mark a data object that appears in many answers and never changes: it is serialised once for each place."""
    object.__setattr__(value, _TEXTS, {})
    return value


class _Serializer(_soap.SoapSerializer):  # type: ignore[misc]  # the library has no annotations
    """Without the versionId attribute that pyVmomi's client puts on outermost elements, and with real MoRef types."""

    def __init__(self, writer: StringIO, version: Any) -> None:
        super().__init__(writer, version, _PREFIXES)
        self.writer: StringIO = writer
        self.version: Any = version
        self.outermostAttrs = ""

    def _SerializeDataObject(self, val: Any, info: Any, attr: str, default: str) -> None:
        texts = getattr(val, _TEXTS, None)
        if texts is None:
            super()._SerializeDataObject(val, info, attr, default)
            return
        key = (self.version, info.name, info.type, info.flags, attr, default)
        if key not in texts:
            outer, own = self.writer, StringIO()
            self.writer = own
            super()._SerializeDataObject(val, info, attr, default)
            self.writer = outer
            texts[key] = own.getvalue()
        self.writer.write(texts[key])

    def _QName(self, kind: Any, default: str) -> tuple[str, str]:
        if kind is ManagedObject:
            return "", "ManagedObjectReference"
        attributes, name = super()._QName(kind, default)
        return attributes, name


def element(name: str, value: Any, version: Any, declared: Any = object) -> str:
    """One element, or one for each item of a list; an undeclared (Any) value carries its xsi:type."""
    writer = StringIO()
    flags = 0 if value is not None else 1
    _Serializer(writer, version).Serialize(value, field(name=name, type=declared, version=version, flags=flags))
    return writer.getvalue()


def answer(method: str, result: Any, version: Any, declared: Any) -> str:
    """The envelope of a success; `result` None or an empty list gives an empty response element."""
    if isinstance(result, Raw):
        inner: str = result
    elif result is None or (isinstance(result, list) and not result and declared is not object):
        inner = ""
    else:
        inner = element("returnval", result, version, declared)
    return f'{_HEAD}<{method}Response xmlns="{NAMESPACE}">{inner}</{method}Response>{_TAIL}'


def fault_answer(error: Any, version: Any) -> str:
    """The envelope of a fault: faultstring and <XxxFault xsi:type="Xxx"> as detail (vSphere reference 18.2)."""
    text = error.msg or wsdl_name(type(error))
    name = wsdl_name(type(error))
    writer = StringIO()
    message, error.msg = error.msg, None
    try:
        _Serializer(writer, version).SerializeFaultDetail(
            error, field(name=f"{name}Fault", type=object, version=version, flags=0)
        )
    finally:
        error.msg = message
    detail = writer.getvalue().replace(f"<{name}Fault", f'<{name}Fault xmlns="{NAMESPACE}"', 1)
    return (
        f"{_HEAD}<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{escape(text)}</faultstring>"
        f"<detail>{detail}</detail></soapenv:Fault>{_TAIL}"
    )
