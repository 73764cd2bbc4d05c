# SPDX-License-Identifier: GPL-3.0-or-later
"""esxcli through the vim25 API, for what that API has no method for. (vSphere reference 10)

pyVmomi 8 and later lack the types, so the envelopes are made here. Which privilege it needs is not documented;
a refusal is reported as the host words it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any

from ..engine.errors import Refused
from .client import VSphere

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
VIM = "urn:vim25"
# `VSphere.call` or `VSphere.read`.
Way = Callable[[Callable[[], bytes]], bytes]


class EsxCli:
    """Runs commands on one host; the executor's reference is asked for once."""

    def __init__(self, server: VSphere, host_moid: str) -> None:
        self._server = server
        self._host = host_moid
        self._executor: tuple[str, str] | None = None

    def run(self, command: str, **arguments: str | int | bool | None) -> Any:
        """One command that changes something: ``run("network.ip.netstack.add", netstack="storage")``.

        Arguments that are None are left out; the others are sent in alphabetical order, which is the declared order of
        the commands used here. The answer is made of dictionaries, lists and texts as the host wrote them.
        Raises `Refused` with esxcli's own words.
        """
        return self._execute(self._server.call, command, arguments)

    def ask(self, command: str, **arguments: str | int | bool | None) -> Any:
        """One command that changes nothing; it is repeated when the connection breaks, and otherwise as `run`."""
        return self._execute(self._server.read, command, arguments)

    def _execute(self, way: Way, command: str, arguments: Mapping[str, str | int | bool | None]) -> Any:
        namespace = command.rpartition(".")[0].replace(".", "-")
        kind, moid = self._managed_executor()
        call = _call("ExecuteSoap", kind, moid)
        ET.SubElement(call, "moid").text = f"ha-cli-handler-{namespace}"
        ET.SubElement(call, "version").text = "urn:vim25/5.0"
        ET.SubElement(call, "method").text = f"vim.EsxCLI.{command}"
        for name, value in sorted(arguments.items()):
            if value is not None:
                argument = ET.SubElement(call, "argument")
                ET.SubElement(argument, "name").text = name
                ET.SubElement(argument, "val").text = _written(name, value)
        root = self._post(way, call)
        failure = _first(root, "faultMsg")
        if failure is not None:
            raise Refused(_words(failure.text, _first(root, "faultDetail")), command=f"esxcli {command}")
        response = _first(root, "response")
        return _plain(ET.fromstring(response.text)) if response is not None and response.text else None

    def _managed_executor(self) -> tuple[str, str]:
        if self._executor is None:
            call = _call("RetrieveManagedMethodExecuter", "HostSystem", self._host)
            answer = self._post(self._server.read, call)
            found = _first(answer, "returnval")
            if found is None or not found.text:
                raise Refused("the host offers no esxcli through the API")
            # The type differs between servers; what came is sent back.
            self._executor = (found.get("type", "ReflectManagedMethodExecuter"), found.text)
        return self._executor

    def _post(self, way: Way, call: ET.Element) -> ET.Element:
        envelope = ET.Element(f"{{{SOAP}}}Envelope")
        ET.SubElement(envelope, f"{{{SOAP}}}Body").append(call)
        body = ET.tostring(envelope, encoding="utf-8", xml_declaration=True)
        return ET.fromstring(way(lambda: self._server.post(body)))


def _call(method: str, kind: str, moid: str) -> ET.Element:
    call = ET.Element(method, {"xmlns": VIM})
    ET.SubElement(call, "_this", {"type": kind}).text = moid
    return call


def _written(name: str, value: str | int | bool) -> str:
    element = ET.Element(name)
    element.text = str(value).lower() if isinstance(value, bool) else str(value)
    return ET.tostring(element, encoding="unicode")


def _words(message: str | None, detail: ET.Element | None) -> str:
    """The useful text stands in errMsg elements of a document inside the detail."""
    if detail is not None and detail.text:
        try:
            inner = [element.text or "" for element in ET.fromstring(detail.text).iter() if _local(element) == "errMsg"]
        except ET.ParseError:
            inner = [detail.text]
        if any(inner):
            return "; ".join(text for text in inner if text)
    return message or "esxcli failed without a word"


def _plain(element: ET.Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    if all(_local(child) == "DataObject" for child in children):
        return [_plain(child) for child in children]
    found: dict[str, Any] = {}
    for child in children:
        name, value = _local(child), _plain(child)
        if name in found:
            earlier = found[name]
            found[name] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        else:
            found[name] = value
    return found


def _first(root: ET.Element, name: str) -> ET.Element | None:
    return next((element for element in root.iter() if _local(element) == name), None)


def _local(element: ET.Element) -> str:
    """Names without namespace: servers differ in their prefixes."""
    return element.tag.rpartition("}")[2]
