# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages, tasks, busy objects, refusals: calls against a server whose answers are written down. (VCD reference 3)"""

from __future__ import annotations

from typing import Any

import pytest
from unit.http_session.conftest import Time
from unit.http_session.scripted_server import Reply, ScriptedServer
from unit.vcd.conftest import NAMESPACE, LogsIn, classic, modern, xml_task

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import Refused, TimedOut
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.client import Tenant, Vcd, bare_id, urn
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.markup import node

ROLES = "/cloudapi/1.0.0/roles"
BUSY = "The entity gateway acme-edge is busy completing an operation."


def paths(server: ScriptedServer) -> list[str]:
    return [request.path for request in server.requests[2:]]


def page(number: int, names: list[str], total: int, *, count: bool = True, link: str | None = None) -> Reply:
    body: dict[str, Any] = {"resultTotal": total, "page": number, "pageSize": 2, "values": [{"name": n} for n in names]}
    headers = {"Link": f'<https://other.example{link}>;rel="nextPage";type="application/json"'} if link else {}
    return Reply(200, {**body, **({"pageCount": -(-total // 2)} if count else {})}, headers)


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["9f1c", "urn:vcloud:org:9f1c", "https://vcd.example.com/api/admin/org/9f1c", "https://vcd/api/org/9f1c/"]
)
def test_every_form_of_an_id_has_the_same_uuid(text: str) -> None:
    assert bare_id(text) == "9f1c"
    assert urn("org", text) == "urn:vcloud:org:9f1c"


# --- pages ------------------------------------------------------------------------------------------------------------


def test_pages_are_followed_by_their_links(server: ScriptedServer, log_in: LogsIn) -> None:
    vcd = log_in(*modern(), page(1, ["a", "b"], 3, link=f"{ROLES}?cursor=x&pageSize=2"), page(2, ["c"], 3, count=False))
    assert [one["name"] for one in vcd.list_json(ROLES)] == ["a", "b", "c"]
    assert paths(server) == [f"{ROLES}?page=1&pageSize=128", f"{ROLES}?cursor=x&pageSize=2"]


def test_pages_are_counted_where_the_links_are_missing(server: ScriptedServer, log_in: LogsIn) -> None:
    vcd = log_in(*modern(), page(1, ["a", "b"], 5, count=False), page(2, ["c", "d"], 5), page(3, ["e"], 5))
    assert [one["name"] for one in vcd.list_json(ROLES)] == ["a", "b", "c", "d", "e"]
    assert paths(server)[1:] == [f"{ROLES}?page=2&pageSize=2", f"{ROLES}?page=3&pageSize=2"]


def test_a_wrong_total_does_not_ask_for_ever(server: ScriptedServer, log_in: LogsIn) -> None:
    vcd = log_in(*modern(), page(1, ["a", "b"], 9), page(2, [], 9))
    assert len(vcd.list_json(ROLES)) == 2
    assert len(paths(server)) == 2


def test_records_of_the_query_service(server: ScriptedServer, log_in: LogsIn) -> None:
    following = '<Link rel="nextPage" href="https://other.example/api/query?type=right&amp;page=2"/>'
    first = (
        f'<QueryResultRecords {NAMESPACE} total="2">{following}<RightRecord name="a" href="1"/></QueryResultRecords>'
    )
    second = f'<QueryResultRecords {NAMESPACE} total="2"><RightRecord name="b" href="2"/></QueryResultRecords>'
    vcd = log_in(*classic(), Reply(200, first), Reply(200, second))
    assert [one["name"] for one in vcd.records("right")] == ["a", "b"]
    assert paths(server) == [
        "/api/query?type=right&format=records&page=1&pageSize=128",
        "/api/query?type=right&page=2",
    ]


# --- acting inside an organization ------------------------------------------------------------------------------------


def test_the_provider_acts_inside_an_organization_by_its_bare_id(server: ScriptedServer, log_in: LogsIn) -> None:
    log_in(*modern(), Reply(200, {})).read_json(ROLES, Tenant("urn:vcloud:org:9f1c", "acme"))
    headers = server.requests[-1].headers
    assert (headers["x-vmware-vcloud-tenant-context"], headers["x-vmware-vcloud-auth-context"]) == ("9f1c", "acme")


def test_a_tenant_needs_no_context(server: ScriptedServer, log_in: LogsIn) -> None:
    log_in(*modern(), Reply(200, {}), org="acme").read_json(ROLES, Tenant("9f1c", "acme"))
    assert "x-vmware-vcloud-tenant-context" not in server.requests[-1].headers


# --- absent or forbidden ----------------------------------------------------------------------------------------------


def test_forbidden_means_absent_to_somebody_who_may_list(log_in: LogsIn) -> None:
    vcd = log_in(*modern(), page(1, [], 0), Reply(403), Reply(404))
    vcd.list_json(ROLES)
    assert vcd.find_json(ROLES, "urn:vcloud:role:1") is None
    assert vcd.find_json(ROLES, "urn:vcloud:role:1") is None


def test_forbidden_is_forbidden_to_others(log_in: LogsIn) -> None:
    vcd = log_in(*modern(), Reply(403, {"minorErrorCode": "ACCESS_TO_RESOURCE_IS_FORBIDDEN", "message": "No."}))
    with pytest.raises(Refused, match=r"^No \[ACCESS_TO_RESOURCE_IS_FORBIDDEN\]$") as caught:
        vcd.find_json(ROLES, "urn:vcloud:role:1")
    assert "lacks a right" in caught.value.facts["hint"]


# --- tasks ------------------------------------------------------------------------------------------------------------

DONE = '<Owner href="https://vcd/api/network/77" id="urn:vcloud:network:77"/><Details>t-1</Details>'


def test_an_asynchronous_call_is_waited_for(
    server: ScriptedServer, log_in: LogsIn, shown: list[str], time: Time
) -> None:
    accepted = Reply(202, None, {"Location": "https://other.example/api/task/t1"})
    vcd = log_in(
        *modern(),
        accepted,
        xml_task("queued"),
        xml_task("running", "<Progress>40</Progress>"),
        xml_task("success", DONE),
    )
    written = vcd.write_json("POST", "/cloudapi/1.0.0/orgVdcNetworks", {"name": "n"}, what="the creation of n")
    assert (written.owner, written.details) == ("77", "t-1")
    assert paths(server)[1:] == ["/api/task/t1"] * 3
    assert len(time.pauses) == 2
    assert "the creation of n: 40 %" in shown


def test_a_synchronous_call_needs_no_task(log_in: LogsIn) -> None:
    vcd = log_in(*modern(), Reply(201, {"id": "urn:vcloud:rightsBundle:1"}))
    written = vcd.write_json("POST", "/cloudapi/1.0.0/rightsBundles", {}, what="the creation")
    assert (written.body, written.task) == ({"id": "urn:vcloud:rightsBundle:1"}, None)


@pytest.mark.parametrize("inside", [False, True])
def test_a_task_in_the_body_is_waited_for(server: ScriptedServer, log_in: LogsIn, inside: bool) -> None:
    task = '<Task href="https://vcd/api/task/t1" status="running"/>'
    root = f"<OrgVdcNetwork {NAMESPACE}><Tasks>{task}</Tasks></OrgVdcNetwork>"
    vcd = log_in(*classic(), Reply(201, root) if inside else xml_task("running"), xml_task("success", DONE))
    kind = "application/vnd.vmware.vcloud.orgVdcNetwork+xml"
    body = node("OrgVdcNetwork", node("Description", "é"), name="n")
    written = vcd.write_xml("POST", "/api/admin/vdc/1/networks", body, kind=kind, what="the creation of n")
    assert written.owner == "77"
    assert server.requests[2].headers["content-type"] == kind
    assert f'<OrgVdcNetwork {NAMESPACE} name="n"><Description>é</Description>' in server.requests[2].body


@pytest.mark.parametrize("status", ["error", "aborted", "canceled"])
def test_a_task_that_fails_is_told_with_its_reason(log_in: LogsIn, status: str) -> None:
    error = '<Error message="The network is in use." minorErrorCode="BUSY_ENTITY" majorErrorCode="400"/>'
    vcd = log_in(*classic(), xml_task("queued"), xml_task(status, error))
    with pytest.raises(Refused, match=r"^the removal of n failed: The network is in use\. \[BUSY_ENTITY\]$"):
        vcd.write_xml("DELETE", "/api/admin/network/1", what="the removal of n")


def test_a_task_without_a_reason(log_in: LogsIn) -> None:
    vcd = log_in(*classic(), xml_task("queued"), xml_task("aborted"))
    with pytest.raises(Refused, match=r"^the removal of n failed: the task has the status aborted$"):
        vcd.write_xml("DELETE", "/api/admin/network/1", what="the removal of n")


def test_a_task_that_goes_on_after_the_deadline(log_in: LogsIn, time: Time) -> None:
    vcd = log_in(*classic(), xml_task("running"))
    with pytest.raises(TimedOut, match=r"^gave up after 60 s waiting for x; Cloud Director goes on .*/api/task/t1"):
        vcd.write_xml("DELETE", "/api/admin/network/1", what="x")
    assert time.now == 60


# --- busy objects -----------------------------------------------------------------------------------------------------


def busy(style: str) -> Reply:
    if style == "json":
        return Reply(400, {"minorErrorCode": "BUSY_ENTITY", "message": f"[ r-1 ] {BUSY}"})
    return Reply(400, f'<Error {NAMESPACE} message="{BUSY}" majorErrorCode="400" minorErrorCode="BUSY_ENTITY"/>')


@pytest.mark.parametrize("style", ["json", "xml"])
def test_a_busy_object_is_waited_for(server: ScriptedServer, log_in: LogsIn, style: str) -> None:
    vcd = log_in(*modern(), busy(style), busy(style), Reply(204))
    vcd.write_json("DELETE", "/cloudapi/1.0.0/orgVdcNetworks/1", what="the removal of n")
    assert len(paths(server)) == 3


def test_an_object_that_stays_busy_is_told_in_the_words_of_the_server(log_in: LogsIn) -> None:
    vcd = log_in(*classic(), busy("xml"))
    with pytest.raises(TimedOut, match=r"waiting for the turn of the removal of n: .*acme-edge is busy completing"):
        vcd.write_xml("DELETE", "/api/admin/network/1", what="the removal of n")


# --- refusals ---------------------------------------------------------------------------------------------------------

REFUSALS = [
    (
        Reply(400, f'<Error {NAMESPACE} message="Taken." majorErrorCode="400" minorErrorCode="DUPLICATE_NAME"/>'),
        "Taken [DUPLICATE_NAME]",
    ),
    (
        Reply(
            400, "<error><errorCode>13113</errorCode><details>Bad cipher.</details><moduleName>v</moduleName></error>"
        ),
        "Bad cipher [13113]",
    ),
    (
        Reply(400, {"minorErrorCode": "BAD_REQUEST", "message": "[ r-7 ] Wrong.", "stackTrace": None}),
        "Wrong [BAD_REQUEST] (request r-7)",
    ),
    (Reply(500, None, {"X-VMWARE-VCLOUD-REQUEST-ID": "c-8"}), "answers 500 Internal Server Error (request c-8)"),
    (Reply(416), "answers 416 Requested Range Not Satisfiable"),
    (Reply(599), "answers 599"),
    (Reply(400, "<html><p>Proxy"), "answers 400 Bad Request"),
    (Reply(302), "answers 302 Found"),
]


@pytest.mark.parametrize(("reply", "sentence"), REFUSALS)
def test_a_refusal_in_the_words_of_the_server(log_in: LogsIn, reply: Reply, sentence: str) -> None:
    with pytest.raises(Refused) as caught:
        log_in(*modern(), reply).read_xml("/api/org/1")
    assert str(caught.value).endswith(sentence)
    assert caught.value.facts["status"] == reply.status


def test_a_version_that_is_not_accepted(log_in: LogsIn) -> None:
    with pytest.raises(Refused) as caught:
        log_in(*modern(), Reply(406)).read_json(ROLES)
    assert "api_version" in caught.value.facts["hint"]


# --- the NSX-V manager ------------------------------------------------------------------------------------------------


def test_the_proxied_interface_has_no_namespace(server: ScriptedServer, log_in: LogsIn) -> None:
    vcd: Vcd = log_in(*classic(), Reply(200, "<l2Vpn><enabled>true</enabled></l2Vpn>"), Reply(204))
    config = vcd.read_nsx("/network/edges/1/l2vpn/config", showSensitiveData="true")
    vcd.write_nsx("PUT", "/network/edges/1/l2vpn/config", config, what="the change")
    assert paths(server)[0] == "/network/edges/1/l2vpn/config?showSensitiveData=true"
    assert server.requests[3].headers["content-type"] == "application/xml"
    assert server.requests[3].body.endswith("<l2Vpn><enabled>true</enabled></l2Vpn>")
