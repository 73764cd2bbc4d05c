# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions, logins of all kinds, tenant context, request ids, error shapes (VCD reference 3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from lab import Lab, LabControl

from .conftest import ACCESS, CLASSIC, CLOUDAPI, Director, find, local, tree

DOCUMENT_TYPE = '<!DOCTYPE a [<!ENTITY b "c">]><OrgRights xmlns="http://www.vmware.com/vcloud/v1.5">&b;</OrgRights>'


def versions(director: Director) -> dict[str, str]:
    found = tree(director.call("GET", "/api/versions", headers={"Accept": "*/*"}))
    return {str(find(v, "Version").text): str(v.get("deprecated")) for v in found}


def test_versions_need_no_login(lab: Lab) -> None:
    lab.rules = lab.rules.changed(vcd_deprecated_versions=["33.0"])
    assert list(versions(Director(lab, "vcd-v", "27.0")))[-1] == "27.0"
    offered = versions(Director(lab, "vcd-t", "36.0"))
    assert (offered["33.0"], offered["36.3"]) == ("true", "false")
    assert "27.0" not in offered


@pytest.mark.parametrize(
    "accept",
    [
        "application/*+xml",
        "application/*+xml;version=31.0",
        "application/json;version=27.0",
        "*/*",
        "text/html;version=27.0",
    ],
)
def test_a_version_that_is_not_offered_is_not_acceptable(old: Director, accept: str) -> None:
    answer = old.call("GET", "/api/org", headers={"Accept": accept})
    assert (answer.status_code, tree(answer).get("minorErrorCode")) == (406, "NOT_ACCEPTABLE")


def test_the_login_comes_before_the_version(old: Director) -> None:
    old.http.headers.clear()
    assert old.call("GET", "/api/org", headers={"Accept": "application/xml"}).status_code == 401
    assert old.call("GET", "/no/such/path").status_code == 401


def test_classic_login(lab: Lab) -> None:
    director = Director(lab, "vcd-v", "27.0")
    answer = director.login("administrator", "sYSTEM")
    assert len(answer.headers[CLASSIC]) == 32
    assert "vcloud-token=" in answer.headers["Set-Cookie"]
    session = tree(answer)
    assert (local(session), session.get("user"), session.get("org")) == ("Session", "administrator", "System")
    assert director.call("DELETE", "/api/session").status_code == 204
    assert director.call("GET", "/api/session").status_code == 401


def test_token_login(lab: Lab) -> None:
    director = Director(lab, "vcd-t", "36.0")
    answer = director.login("orgadmin", "acme")
    assert len(answer.headers[ACCESS]) > 300
    assert director.json("/sessions/current")["roles"] == ["Organization Administrator"]
    assert tree(director.call("GET", "/api/session")).get("org") == "acme"
    assert director.call("GET", f"/network/edges/{director.edge()}/vdcNetworks").status_code == 400
    assert director.call("DELETE", f"{CLOUDAPI}/sessions/current").status_code == 204
    assert director.call("GET", f"{CLOUDAPI}/sessions/current").status_code == 401


@pytest.mark.parametrize(
    ("port", "path", "user"),
    [
        ("vcd-v", "/api/sessions", "administrator@acme"),
        ("vcd-v", "/api/sessions", "administrator"),
        ("vcd-v", "/api/sessions", "orgadmin@ACME"),
        ("vcd-t", f"{CLOUDAPI}/sessions", "administrator@System"),
        ("vcd-t", f"{CLOUDAPI}/sessions/provider", "orgadmin@acme"),
        ("vcd-t", "/api/sessions", "administrator@System"),
    ],
)
def test_logins_that_are_refused(lab: Lab, port: str, path: str, user: str) -> None:
    director = Director(lab, port, "27.0" if port == "vcd-v" else "36.0")
    assert director.call("POST", path, auth=(user, Lab.password)).status_code == 401


def test_a_wrong_password_is_refused(lab: Lab) -> None:
    director = Director(lab, "vcd-v", "27.0")
    assert director.call("POST", "/api/sessions", auth=("administrator@System", "wrong")).status_code == 401


def test_the_older_one_has_no_cloudapi(old: Director) -> None:
    for path in ("/cloudapi/1.0.0/rights", "/oauth/provider/token"):
        answer = old.call("GET", path, headers={"Accept": "application/json;version=27.0"})
        assert answer.status_code == 404


def test_an_idle_session_ends_on_the_labs_clock(lab: Lab, old: Director, new: Director) -> None:
    lab.shared.clock.advance(1700)
    assert old.call("GET", "/api/session").status_code == 200
    lab.shared.clock.advance(1700)
    assert old.call("GET", "/api/session").status_code == 200
    assert new.call("GET", "/api/session").status_code == 401


def test_an_api_token_is_exchanged_for_access(lab: Lab, control: LabControl) -> None:
    token = control.call("POST", "/vcd/vcd-t/tokens", {"user": "orgadmin", "organization": "acme"})["token"]
    director = Director(lab, "vcd-t", "36.0")
    form = {"grant_type": "refresh_token", "refresh_token": token}
    answer = director.call("POST", "/oauth/tenant/acme/token", data=form).json()
    assert (answer["token_type"], answer["refresh_token"]) == ("Bearer", token)
    director.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
    for _rest in range(3):
        assert director.json("/sessions/current")["user"]["name"] == "orgadmin"
        lab.shared.clock.advance(1200)
    # Used all the time, yet its hour is over.
    assert director.call("GET", f"{CLOUDAPI}/sessions/current").status_code == 401
    assert director.call("POST", "/oauth/tenant/acme/token", data=form).status_code == 200


@pytest.mark.parametrize(
    ("path", "change", "status"),
    [
        ("/oauth/provider/token", {}, 400),
        ("/oauth/tenant/globex/token", {}, 400),
        ("/oauth/tenant/acme/token", {"refresh_token": "made-up"}, 400),
        ("/oauth/tenant/acme/token", {"grant_type": "password"}, 400),
    ],
)
def test_refresh_tokens_that_do_not_fit(
    lab: Lab, control: LabControl, path: str, change: dict[str, str], status: int
) -> None:
    token = control.call("POST", "/vcd/vcd-t/tokens", {"user": "orgadmin", "organization": "acme"})["token"]
    form = {"grant_type": "refresh_token", "refresh_token": token, **change}
    answer = Director(lab, "vcd-t", "36.0").call("POST", path, data=form)
    assert answer.status_code == status
    assert "invalid_grant" in answer.text


def test_tenant_context_wants_a_bare_uuid(lab: Lab, new: Director) -> None:
    acme = new.cloud.organization("acme").id

    def roles(context: str) -> Any:
        return new.call("GET", f"{CLOUDAPI}/roles", headers={"X-VMWARE-VCLOUD-TENANT-CONTEXT": context})

    assert {r["name"] for r in roles(acme).json()["values"]} == {"Organization Administrator", "vApp User"}
    assert {r["name"] for r in new.json("/roles")["values"]} == {"System Administrator"}
    assert roles(f"urn:vcloud:org:{acme}").status_code == 401
    assert roles("00000000-0000-0000-0000-000000000000").status_code == 403
    lab.rules = lab.rules.changed(vcd_tenant_context_urn="accept")
    assert roles(f"urn:vcloud:org:{acme}").status_code == 200


def test_a_tenant_cannot_act_in_another_organization(director: Callable[..., Director]) -> None:
    tenant = director("t", "orgadmin@acme")
    context = {"X-VMWARE-VCLOUD-TENANT-CONTEXT": tenant.cloud.organization("globex").id}
    assert tenant.call("GET", f"{CLOUDAPI}/roles", headers=context).status_code == 403


def test_request_ids(old: Director) -> None:
    def told(**headers: str) -> str:
        return old.call("GET", "/api/org", headers=headers).headers["X-VMWARE-VCLOUD-REQUEST-ID"]

    uuid = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(uuid, told())
    assert re.fullmatch("run-7-" + uuid, told(**{"X-VMWARE-VCLOUD-CLIENT-REQUEST-ID": "run_-7!"}))
    assert len(told(**{"X-VMWARE-VCLOUD-CLIENT-REQUEST-ID": "a" * 500})) == 128 + 1 + 36


def test_errors_have_the_shape_of_their_space(lab: Lab, new: Director, old: Director, granted: None) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    error = tree(new.call("GET", f"/api/org/{nobody}"))
    assert (local(error), error.get("majorErrorCode")) == ("Error", "403")
    assert error.get("minorErrorCode") == "ACCESS_TO_RESOURCE_IS_FORBIDDEN"
    lab.rules = lab.rules.changed(vcd_xml_unknown_id="not_found")
    assert new.call("GET", f"/api/org/{nobody}").status_code == 404
    answer = new.call("GET", f"{CLOUDAPI}/rightsBundles/urn:vcloud:rightsBundle:{nobody}")
    assert answer.status_code == 403
    assert set(answer.json()) == {"minorErrorCode", "message", "stackTrace"}
    assert answer.headers["X-VMWARE-VCLOUD-REQUEST-ID"] in answer.json()["message"]
    path = f"/network/edges/{old.edge()}/l2vpn/config"
    error = tree(old.put_xml("PUT", path, "application/xml", "<l2Vpn><enabled>maybe</enabled></l2Vpn>"))
    assert [local(e) for e in error] == ["errorCode", "details", "moduleName"]


def test_refusals_can_be_without_a_body(lab: Lab, new: Director) -> None:
    lab.rules = lab.rules.changed(vcd_empty_errors=True)
    answer = new.send("POST", "/rightsBundles", {"name": ""})
    assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        ("<OrgRights", None, 400),
        ('<OrgRights xmlns="http://www.vmware.com/vcloud/v1.5"/>', "application/xml", 415),
        ("<OrgRights/>", None, 400),
        ('<Role xmlns="http://www.vmware.com/vcloud/v1.5"/>', None, 400),
        (
            '<!DOCTYPE a [<!ENTITY b "c">]><OrgRights xmlns="http://www.vmware.com/vcloud/v1.5">&b;</OrgRights>',
            None,
            400,
        ),
    ],
)
def test_bodies_that_are_no_such_document(old: Director, body: str, media_type: str | None, status: int) -> None:
    path = f"/api/admin/org/{old.cloud.organization('acme').id}/rights"
    answer = old.put_xml("PUT", path, media_type or "application/vnd.vmware.admin.org.rights+xml", body)
    assert answer.status_code == status


def test_unknown_paths_and_methods(old: Director) -> None:
    assert old.call("GET", "/api/nonsense").status_code == 404
    assert old.call("PATCH", "/api/org/").status_code == 405


def test_planned_faults_strike(lab: Lab, old: Director) -> None:
    lab.faults.add("fault", method="GET /api/org", service="vcd/vcd-v", fault="INTERNAL_SERVER_ERROR", status=500)
    error = old.call("GET", "/api/org")
    assert (error.status_code, tree(error).get("minorErrorCode")) == (500, "INTERNAL_SERVER_ERROR")
    assert old.call("GET", "/api/org").status_code == 200
