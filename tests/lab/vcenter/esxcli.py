# SPDX-License-Identifier: GPL-3.0-or-later
"""esxcli through SOAP: RetrieveManagedMethodExecuter and ExecuteSoap (vSphere reference 10)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from ..world import Host
from .bindings import fault, vim, vmodl
from .encode import Raw
from .esxcli_commands import COMMANDS, Command, EsxcliError, Record
from .extra_methods import ReflectManagedMethodExecuter
from .managed import Call, method
from .network_system import HostNetworkNode

CLI_INFO = "ha-dynamic-type-manager-local-cli-cliinfo"
PREFIX = "vim.EsxCLI."
XSI = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


class MethodExecuter(HostNetworkNode):
    vim_type = ReflectManagedMethodExecuter

    def exclusive_host(self, method_name: str, values: dict[str, Any]) -> Host | None:
        """Commands that change networking count as network operations."""
        command = COMMANDS.get(str(values.get("method", "")).removeprefix(PREFIX))
        return self.host if command is not None and command.writes else None

    @method("ExecuteSoap")
    def execute_soap(self, call: Call, moid: str, version: str, method: str, argument: Sequence[Any]) -> Raw:
        self._check_privilege(call)
        self.require_connection()
        if not version.startswith("urn:vim25"):
            raise _invalid("version")
        if method == "vim.CLIInfo.FetchCLIInfo" and moid == CLI_INFO:
            return self._cli_info(argument)
        name = method.removeprefix(PREFIX)
        command = COMMANDS.get(name) if method.startswith(PREFIX) else None
        if command is None:
            raise _invalid("method")
        if moid != "ha-cli-handler-" + "-".join(name.split(".")[:-1]):
            raise _invalid("moid")
        values = _arguments(command, argument)
        try:
            result = command.run(self, values)
        except EsxcliError as error:
            return _cli_fault(str(error))
        return _response(_result_xml(name, result))

    def _check_privilege(self, call: Call) -> None:
        privilege = self.vcenter.rules.esxcli_privilege
        if call.session is not None and not self.vcenter.has_privilege(call.session, privilege):
            raise fault(
                vim.fault.NoPermission,
                "Permission to perform this operation was denied.",
                object=self.vcenter.inventory.hosts[self.host.name].ref,
                privilegeId=privilege,
            )

    def _cli_info(self, argument: Sequence[Any]) -> Raw:
        """The metadata that says in which order a command wants its arguments."""
        if len(argument) != 1 or argument[0].name != "typeName":
            raise _invalid("argument[0]")
        wanted = _value("typeName", argument[0].val, 0).removeprefix(PREFIX)
        found = {n.rpartition(".")[2]: c for n, c in COMMANDS.items() if n.rpartition(".")[0] == wanted}
        if not found:
            raise _invalid("argument[0]")
        methods = "".join(
            f"<method><name>{name}</name><displayName>{name}</displayName><help>{escape(command.help)}</help>"
            + "".join(_parameter_xml(p.name, p.kind) for p in command.parameters)
            + f"<default>true</default><ret>{command.result}</ret></method>"
            for name, command in found.items()
        )
        return _response(
            f'<obj {XSI} xsi:type="VimCLIInfo"><name>{PREFIX}{wanted}</name>'
            f"<displayName>{wanted.rpartition('.')[2]}</displayName><help></help>{methods}</obj>"
        )


def _parameter_xml(name: str, kind: str) -> str:
    flag = "true" if kind == "bool" else "false"
    return (
        f"<param><name>{name}</name><displayName>{name}</displayName><help></help><aliases>--{name}</aliases>"
        f"<flag>{flag}</flag></param>"
    )


def _invalid(field: str) -> Any:
    return fault(vmodl.fault.InvalidArgument, f"A specified parameter was not correct: {field}", invalidProperty=field)


def _arguments(command: Command, argument: Sequence[Any]) -> dict[str, Any]:
    """Values by name; arguments must come in the declared order, else the fault names argument[N]."""
    names = [p.name for p in command.parameters]
    values: dict[str, Any] = {}
    last = -1
    for index, item in enumerate(argument):
        if item.name not in names or names.index(item.name) <= last:
            raise _invalid(f"argument[{index}]")
        last = names.index(item.name)
        values[item.name] = command.parameters[last].parse(_value(item.name, item.val, index))
        if values[item.name] is None:
            raise _invalid(f"argument[{index}]")
    missing = [p.name for p in command.parameters if p.required and p.name not in values]
    if missing:
        raise _invalid(f"argument[{len(argument)}]")
    return values


def _value(name: str, text: str, index: int) -> str:
    """The text inside <name>…</name>."""
    try:
        element = ET.fromstring(text)
    except ET.ParseError as error:
        raise _invalid(f"argument[{index}]") from error
    if element.tag.rpartition("}")[2] != name or len(element):
        raise _invalid(f"argument[{index}]")
    return element.text or ""


def _response(xml: str) -> Raw:
    return Raw(f"<returnval><response>{escape(xml)}</response></returnval>")


def _cli_fault(text: str) -> Raw:
    detail = (
        f'<VimEsxCLICLIFaultFault {XSI} xsi:type="VimEsxCLICLIFault"><errMsg>{escape(text)}</errMsg>'
        "</VimEsxCLICLIFaultFault>"
    )
    return Raw(
        "<returnval><fault><faultMsg>EsxCLI.CLIFault.summary</faultMsg>"
        f"<faultDetail>{escape(detail)}</faultDetail></fault></returnval>"
    )


def _result_xml(name: str, result: bool | Record | list[Record]) -> str:
    kind = "VimEsxCLI" + name.replace(".", "")
    if isinstance(result, bool):
        return f'<obj {XSI} xsi:type="xsd:boolean">{str(result).lower()}</obj>'
    if isinstance(result, list):
        items = "".join(f'<DataObject xsi:type="{kind}Item">{_members(r)}</DataObject>' for r in result)
        return f'<obj {XSI} xsi:type="ArrayOfDataObject">{items}</obj>'
    return f'<obj {XSI} xsi:type="{kind}Result">{_members(result)}</obj>'


def _members(record: Record) -> str:
    parts = []
    for name, value in record.items():
        for item in value if isinstance(value, list) else [value]:
            inner = _members(item) if isinstance(item, dict) else escape(_text(item))
            parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
