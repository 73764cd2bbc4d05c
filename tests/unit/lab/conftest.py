# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab for all tests of this folder, put back to its start before each, and pyVmomi's own client for it."""

from __future__ import annotations

import ssl
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim as _vim

from lab import Lab, LabControl

vim: Any = _vim
HOST = "esx-a01.lab.example"
ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    "<soapenv:Body>{}</soapenv:Body></soapenv:Envelope>"
)


@dataclass
class Client:
    """pyVmomi's own client, with short names for what these tests do over and over."""

    si: Any

    @property
    def content(self) -> Any:
        return self.si.content

    def host(self, name: str = HOST) -> Any:
        return self.content.searchIndex.FindByDnsName(None, name, False)

    def network(self, name: str = HOST) -> Any:
        return self.host(name).configManager.networkSystem

    def services(self, name: str = HOST) -> Any:
        return self.host(name).configManager.virtualNicManager

    def selected(self, name: str = HOST) -> dict[str, set[str]]:
        """Service to devices, for services that have any."""
        found: dict[str, set[str]] = {}
        for config in self.host(name).config.virtualNicManagerInfo.netConfig:
            by_key = {c.key: c.device for c in config.candidateVnic}
            if config.selectedVnic:
                found[config.nicType] = {by_key[str(k)] for k in config.selectedVnic}
        return found

    def vnic(self, device: str, name: str = HOST) -> Any:
        return next(v for v in self.host(name).config.network.vnic if v.device == device)

    def stack(self, key: str, name: str = HOST) -> Any:
        return next(s for s in self.host(name).config.network.netStackInstance if s.key == key)

    def edit_stack(self, operation: str = "edit", **members: Any) -> None:
        instance = vim.host.NetStackInstance(**members)
        spec = vim.host.NetworkConfig.NetStackSpec(operation=operation, netStackInstance=instance)
        self.network().UpdateNetworkConfig(vim.host.NetworkConfig(netStackSpec=[spec]), "modify")

    def post(self, body: str, action: str = "urn:vim25/8.0.3.0", cookie: bool = True) -> tuple[int, str]:
        """A hand-written SOAP body; status and text."""
        stub = self.si._stub
        connection = stub.GetConnection()
        headers = {"SOAPAction": action, "Content-Type": "text/xml"} | ({"Cookie": stub.cookie} if cookie else {})
        connection.request("POST", stub.path, ENVELOPE.format(body).encode(), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        stub.ReturnConnection(connection)
        return answer.status, text

    def esxcli(self, command: str, name: str = HOST, **arguments: Any) -> Any:
        """The parsed answer (list of dicts, dict, or text); EsxcliError with the CLI's own words."""
        moid = self.host(name)._moId
        _rest, text = self.post(
            '<RetrieveManagedMethodExecuter xmlns="urn:vim25"><_this type="HostSystem">'
            f"{moid}</_this></RetrieveManagedMethodExecuter>",
            "urn:vim25/5.0",
        )
        executer = _find(text, "returnval")
        assert executer is not None
        parts = command.split(".")
        texts = {k: str(v).lower() if isinstance(v, bool) else v for k, v in arguments.items()}
        items = "".join(
            f"<argument><name>{k}</name><val>{escape(f'<{k}>{v}</{k}>')}</val></argument>" for k, v in texts.items()
        )
        _rest, text = self.post(
            f'<ExecuteSoap xmlns="urn:vim25"><_this type="{executer.get("type")}">{executer.text}</_this>'
            f"<moid>ha-cli-handler-{'-'.join(parts[:-1])}</moid><version>urn:vim25/5.0</version>"
            f"<method>vim.EsxCLI.{command}</method>{items}</ExecuteSoap>",
            "urn:vim25/5.0",
        )
        for tag in ("faultstring", "faultDetail"):
            problem = _find(text, tag)
            if problem is not None:
                detail = _find(problem.text or "", "errMsg") if tag == "faultDetail" else problem
                raise EsxcliError(detail.text if detail is not None else problem.text)
        response = _find(text, "response")
        assert response is not None
        return _plain(ET.fromstring(response.text or ""))


class EsxcliError(Exception):
    pass


def _find(text: str, name: str) -> ET.Element | None:
    return next((e for e in ET.fromstring(text).iter() if e.tag.rpartition("}")[2] == name), None)


def _plain(element: ET.Element) -> Any:
    if not len(element):
        return element.text or ""
    if element[0].tag == "DataObject":
        return [_plain(e) for e in element]
    return {e.tag: _plain(e) for e in element}


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    with Lab.start(hosts=4) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    running_lab.reset()
    return running_lab


@pytest.fixture
def connect(lab: Lab) -> Iterator[Callable[..., Client]]:
    """Logs in to a vCenter as a user; every session is closed afterwards."""
    opened: list[Any] = []

    def login(user: str | None = None, password: str | None = None, vcenter: str = "source") -> Client:
        port = lab.source.port if vcenter == "source" else lab.destination.port
        si = SmartConnect(
            host="localhost",
            port=port,
            user=user or lab.username,
            pwd=password or lab.password,
            sslContext=ssl.create_default_context(cafile=lab.ca_path),
        )
        opened.append(si)
        return Client(si)

    yield login
    lab.faults.clear()
    for si in opened:
        Disconnect(si)


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()


@pytest.fixture
def control(lab: Lab) -> Iterator[LabControl]:
    with LabControl(lab.control_url, lab.ca_path) as control:
        yield control


@pytest.fixture
def nic() -> Callable[..., Any]:
    """Makes a VirtualNic specification: address as 10.0.0.5/24 or "dhcp"."""

    def make(address: str, mtu: int | None = 1500, stack: str | None = None, **members: Any) -> Any:
        if address == "dhcp":
            ip = vim.host.IpConfig(dhcp=True)
        else:
            text, _rest, prefix = address.partition("/")
            mask = (0xFFFFFFFF << (32 - int(prefix))) & 0xFFFFFFFF
            octets = ".".join(str(mask >> shift & 255) for shift in (24, 16, 8, 0))
            ip = vim.host.IpConfig(dhcp=False, ipAddress=text, subnetMask=octets)
        return vim.host.VirtualNic.Specification(ip=ip, mtu=mtu, netStackInstanceKey=stack, **members)

    return make


@pytest.fixture
def esxcli_error() -> type[Exception]:
    return EsxcliError
