# SPDX-License-Identifier: GPL-3.0-or-later
"""The statistics of an NSX-V edge gateway, whose XML nobody shows, and the kinds of edge gateways. (VCD reference 6)"""

from __future__ import annotations

import pytest
from unit.http_session.scripted_server import Reply
from unit.vcd.conftest import NAMESPACE, LogsIn, classic

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import Refused
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.client import Tenant
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.edge_kind import Interface, interfaces_of
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.inventory import Edge, Vdc
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.l2vpn_server import Tunnel, read_tunnels

EDGE = Edge("e", "acme-edge", Vdc("v", "acme-vdc", Tenant("o", "acme")))
UP = "<name>a</name><tunnelStatus>up</tunnelStatus>"
DOWN = "<tunnelStatus>DOWN</tunnelStatus><failureMessage>No answer.</failureMessage><name>b</name>"
SPELLINGS = [
    f"<all><siteStats><l2vpnStats>{UP}</l2vpnStats><l2vpnStats>{DOWN}</l2vpnStats></siteStats></all>",
    f"<l2vpnStatusAndStats><siteStats>{UP}</siteStats><siteStats>{DOWN}</siteStats></l2vpnStatusAndStats>",
    f'<s xmlns="urn:nsx"><name>edge</name><x>{UP}</x><y><z>{DOWN}</z></y></s>',
    f"<s {NAMESPACE}><x>{UP}</x><x>{DOWN}</x></s>",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_tunnels_are_found_however_they_are_spelt(log_in: LogsIn, text: str) -> None:
    vcd = log_in(*classic(), Reply(200, text))
    assert read_tunnels(vcd, EDGE) == {
        "a": Tunnel("a", is_up=True, failure=""),
        "b": Tunnel("b", is_up=False, failure="No answer."),
    }


def interface(kind: str, index: int, name: str, more: str = "") -> str:
    reference = f"<networkReference><id>{name}-id</id><name>{name}</name></networkReference>"
    return f"<edgeInterface><type>{kind}</type><index>{index}</index>{reference}{more}</edgeInterface>"


def test_an_interface_is_known_by_network_and_kind(log_in: LogsIn) -> None:
    shared = interface("distributed", 10, "other")
    tunnelled = interface("subinterface", 10, "web", "<tunnelId>1</tunnelId>")
    vcd = log_in(*classic(), Reply(200, f"<edgeInterfaces>{shared}{shared}{tunnelled}</edgeInterfaces>"))
    assert interfaces_of(vcd, EDGE) == [
        Interface("other-id", "other", "distributed", 10),
        Interface("web-id", "web", "subinterface", 10, 1),
    ]


NSX_T = 'API Error: 400: Backing NSX "" is not a NSX-V manager. Cannot be used for Nsx-V api calls.'


@pytest.mark.parametrize(
    "reply",
    [
        Reply(400, f"<Error {NAMESPACE} message='{NSX_T}' majorErrorCode='400' minorErrorCode='BAD_REQUEST'/>"),
        Reply(400, {"minorErrorCode": "BAD_REQUEST", "message": NSX_T}),
        Reply(400),
    ],
)
def test_an_nsx_t_edge_gateway_says_so(log_in: LogsIn, reply: Reply) -> None:
    assert interfaces_of(log_in(*classic(), reply), EDGE) is None


@pytest.mark.parametrize("reply", [Reply(403), Reply(400, "<error><details>Not advanced.</details></error>")])
def test_another_refusal_is_told(log_in: LogsIn, reply: Reply) -> None:
    with pytest.raises(Refused):
        interfaces_of(log_in(*classic(), reply), EDGE)
