# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import Refused
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.esxcli import EsxCli

EXECUTOR = (
    '<RetrieveManagedMethodExecuterResponse xmlns="urn:vim25">'
    '<returnval type="ReflectManagedMethodExecuter">executor-7</returnval></RetrieveManagedMethodExecuterResponse>'
)
# Characters that XML 1.0 can carry and a person can type.
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), min_size=1)


class Host:
    """A server whose host gives one answer to every command, and remembers the calls it got."""

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self.calls: list[ET.Element] = []

    def post(self, body: bytes) -> bytes:
        ((sent,),) = ET.fromstring(body)
        self.calls.append(sent)
        inner = EXECUTOR if sent.tag.endswith("RetrieveManagedMethodExecuter") else self._answer
        return (
            f'<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
            f"<soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"
        ).encode()

    def call(self, call: Callable[[], bytes]) -> bytes:
        return call()

    read = call


def answered(response: str, prefix: str = "") -> str:
    """What a host answers; servers differ in the prefixes of their names."""
    p = f"{prefix}:" if prefix else ""
    names = f"xmlns:{prefix}" if prefix else "xmlns"
    return (
        f'<{p}ExecuteSoapResponse {names}="urn:vim25"><{p}returnval><{p}response>{escape(response)}</{p}response>'
        f"</{p}returnval></{p}ExecuteSoapResponse>"
    )


def failed(message: str, detail: str | None = None) -> str:
    inner = f"<faultDetail>{escape(detail)}</faultDetail>" if detail is not None else ""
    return (
        '<ExecuteSoapResponse xmlns="urn:vim25"><returnval><fault>'
        f"<faultMsg>{escape(message)}</faultMsg>{inner}</fault></returnval></ExecuteSoapResponse>"
    )


def run(host: Host, /, **arguments: Any) -> Any:
    return EsxCli(host, "host-1").run("network.diag.ping", **arguments)  # type: ignore[arg-type]  # a stand-in


def sent_arguments(host: Host) -> list[tuple[str, str]]:
    """(name, what the host reads out of the value), in the order of the call."""
    found = []
    for argument in host.calls[-1].iter("{urn:vim25}argument"):
        name, value = (child.text or "" for child in argument)
        element = ET.fromstring(value)
        assert element.tag == name
        found.append((name, element.text or ""))
    return found


def test_a_command_is_addressed_to_the_hosts_executor() -> None:
    host = Host(answered("<obj/>"))
    run(host)
    (asked, executed) = host.calls
    receiver = asked.find("{urn:vim25}_this")
    assert receiver is not None
    assert (receiver.get("type"), receiver.text) == ("HostSystem", "host-1")
    words = {element.tag.rpartition("}")[2]: element.text for element in executed}
    assert words == {
        "_this": "executor-7",
        "moid": "ha-cli-handler-network-diag",
        "version": "urn:vim25/5.0",
        "method": "vim.EsxCLI.network.diag.ping",
    }


def test_the_executor_is_asked_for_once() -> None:
    host = Host(answered("<obj/>"))
    esxcli = EsxCli(host, "host-1")  # type: ignore[arg-type]  # a stand-in
    esxcli.run("network.diag.ping")
    esxcli.ask("network.diag.ping")
    assert len(host.calls) == 3


def test_arguments_are_sent_in_alphabetical_order_without_those_that_are_not_given() -> None:
    host = Host(answered("<obj/>"))
    run(host, size=8972, host="10.11.0.12", df=True, netstack=None, debug=False)
    assert sent_arguments(host) == [("debug", "false"), ("df", "true"), ("host", "10.11.0.12"), ("size", "8972")]


@given(TEXTS)
def test_any_text_arrives_as_it_was_given(text: str) -> None:
    host = Host(answered("<obj/>"))
    run(host, netstack=text)
    assert sent_arguments(host) == [("netstack", text)]


@pytest.mark.parametrize("prefix", ["", "vim25", "ns0"])
@pytest.mark.parametrize(
    ("response", "understood"),
    [
        ("<obj>true</obj>", "true"),
        ("<obj/>", ""),
        (
            "<obj><Summary><Recieved>3</Recieved><Transmitted>3</Transmitted></Summary></obj>",
            {"Summary": {"Recieved": "3", "Transmitted": "3"}},
        ),
        ("<obj><Trace>one</Trace><Trace>two</Trace><Trace>three</Trace></obj>", {"Trace": ["one", "two", "three"]}),
        (
            '<obj xmlns:x="urn:vim25"><x:DataObject><x:Key>vmotion</x:Key></x:DataObject></obj>',
            [{"Key": "vmotion"}],
        ),
        (
            "<obj><DataObject><Key>a</Key></DataObject><DataObject><Key>b</Key></DataObject></obj>",
            [{"Key": "a"}, {"Key": "b"}],
        ),
    ],
)
def test_answers_are_read_whatever_the_prefixes(response: str, understood: Any, prefix: str) -> None:
    assert run(Host(answered(response, prefix))) == understood


def test_a_command_may_answer_nothing() -> None:
    assert run(Host(answered(""))) is None


@pytest.mark.parametrize(
    ("message", "detail", "words"),
    [
        ("EsxCLI.CLIFault.summary", "<obj><errMsg>sendto() failed</errMsg></obj>", "sendto() failed"),
        (
            "EsxCLI.CLIFault.summary",
            '<v:obj xmlns:v="urn:vim25"><v:errMsg>one</v:errMsg><v:errMsg>two</v:errMsg></v:obj>',
            "one; two",
        ),
        ("The stack exists.", None, "The stack exists."),
        ("The stack exists.", "", "The stack exists."),
        ("The stack exists.", "<obj/>", "The stack exists."),
        ("summary", "no document at all", "no document at all"),
        ("", None, "esxcli failed without a word"),
    ],
)
def test_a_failure_is_told_in_esxclis_own_words(message: str, detail: str | None, words: str) -> None:
    with pytest.raises(Refused) as refused:
        run(Host(failed(message, detail)))
    assert str(refused.value) == words
    assert refused.value.facts == {"command": "esxcli network.diag.ping"}


def test_a_host_without_esxcli_is_told() -> None:
    class Silent(Host):
        def post(self, body: bytes) -> bytes:
            return super().post(body).replace(b"executor-7", b"")

    with pytest.raises(Refused, match="offers no esxcli"):
        run(Silent(answered("<obj/>")))
