# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions, versions and the shape of errors (VCD reference 10.1 to 10.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab import Lab


@pytest.mark.parametrize(
    ("body", "user", "org"),
    [
        ({"type": "vcdCredentials", "vcdUser": "orgadmin@acme", "vcdPassword": Lab.password}, "orgadmin@acme", "acme"),
        (
            {"type": "vcdCredentials", "vcdUser": "administrator@system", "vcdPassword": Lab.password},
            "administrator@System",
            "System",
        ),
        ({"type": "localUser", "localUser": "root", "localPassword": Lab.password}, "root", "System"),
        ({"type": "ssoCredentials", "username": Lab.username, "password": Lab.password}, Lab.username, "System"),
    ],
)
def test_forms_of_login(stranger: Callable[..., Any], body: dict[str, str], user: str, org: str) -> None:
    vcda = stranger()
    answer = vcda.call("POST", "/sessions", body)
    assert answer.headers["X-VCAV-Auth"]
    assert (answer.json()["user"], answer.json()["authenticatedSites"]) == (user, [{"site": "cloud-t", "org": org}])
    wrong = {k: "wrong" if k.lower().endswith("password") else v for k, v in body.items()}
    assert vcda.refused("POST", "/sessions", wrong) == (401, "NotAuthenticated")


@pytest.mark.parametrize(("form", "style"), [("vcdCookie", "classic"), ("vcdAccessToken", "jwt")])
def test_a_session_at_cloud_director_logs_in_too(stranger: Callable[..., Any], form: str, style: Any) -> None:
    vcda = stranger()
    site = vcda.lab.simulators["vcda"].sites["vcda-t"]
    token, _session = site.director.sessions.open(site.cloud.user("orgadmin", "acme").id, style)
    assert vcda.call("POST", "/sessions", {"type": form, form: token}).json()["user"] == "orgadmin@acme"
    other = "vcdCookie" if form == "vcdAccessToken" else "vcdAccessToken"
    assert vcda.refused("POST", "/sessions", {"type": other, other: token}) == (401, "NotAuthenticated")


def test_a_login_of_no_known_form_is_bad(stranger: Callable[..., Any]) -> None:
    assert stranger().refused("POST", "/sessions", {"type": "pigeon"}) == (400, "BadUserInput")


def test_a_session_ends_when_idle_and_at_logout(lab: Lab, stranger: Callable[..., Any]) -> None:
    vcda = stranger()
    assert vcda.refused("GET", "/sessions") == (401, "NotAuthenticated")
    vcda.login()
    lab.shared.clock.advance(lab.rules.vcda_session_idle_seconds - 1)
    assert vcda.get("/sessions")["user"] == "orgadmin@acme"
    lab.shared.clock.advance(lab.rules.vcda_session_idle_seconds + 1)
    assert vcda.refused("GET", "/sessions") == (401, "NotAuthenticated")
    vcda.login()
    assert vcda.call("DELETE", "/sessions").status_code == 204
    assert vcda.refused("GET", "/sites") == (401, "NotAuthenticated")


def test_a_second_site_needs_an_extension(lab: Lab, stranger: Callable[..., Any]) -> None:
    vcda = stranger()
    vcda.login()
    refused = (403, "RemoteAuthenticationFailure")
    assert vcda.refused("GET", "/vc-sites/company-dc1/vcenters") == refused
    assert vcda.refused("GET", "/inventory/vdcs", site="company-dc1") == refused
    assert vcda.refused("GET", "/inventory/vdcs", site="elsewhere") == (404, "SiteNotFound")
    assert vcda.refused("POST", "/vm-replications", vcda.creation()) == refused
    assert vcda.extend(vcdPassword="wrong").status_code == 401
    assert vcda.extend(site="elsewhere").json()["code"] == "SiteNotFound"
    assert [s["site"] for s in vcda.extend().json()["authenticatedSites"]] == ["cloud-t", "company-dc1"]
    assert vcda.get("/vc-sites/company-dc1/vcenters")[0]["vcId"] == vcda.vcenter
    assert vcda.call("DELETE", "/sessions/extend/company-dc1").status_code == 200
    lab.rules = lab.rules.changed(vcda_remote_status=401)
    assert vcda.refused("GET", "/vc-sites/company-dc1/vcenters") == (401, "RemoteAuthenticationFailure")


def test_the_users_field_of_an_extension_is_a_rule(lab: Lab, stranger: Callable[..., Any]) -> None:
    vcda = stranger()
    vcda.login()
    lab.rules = lab.rules.changed(vcda_extend_user="vcdUser")
    assert vcda.extend().json()["code"] == "BadUserInput"
    assert vcda.extend(vcdUser=lab.username).status_code == 200


def test_versions_are_negotiated_by_accept(vcda: Any) -> None:
    versioned = "application/vnd.vmware.h4-v4.3+json;charset=UTF-8"
    vcda.http.headers["Accept"] = versioned
    assert vcda.call("GET", "/sites").headers["Content-Type"] == versioned
    vcda.http.headers["Accept"] = "application/vnd.vmware.h4-v9+json"
    assert vcda.call("GET", "/sites").status_code == 406
    vcda.http.headers["Accept"] = "application/json"
    assert "h4-v4.7+json" in vcda.call("GET", "/sites").headers["Content-Type"]


def test_each_organization_sees_its_own(vcda: Any, stranger: Callable[..., Any]) -> None:
    resource = vcda.replicate()
    other = stranger()
    other.login("orgadmin@globex")
    assert other.get("/vm-replications")["total"] == other.get("/tasks")["total"] == 0
    assert other.refused("GET", f"/vm-replications/{resource}") == (404, "NotFound")
    provider = stranger()
    provider.login("administrator@System")
    assert provider.get("/vm-replications")["total"] == 1
    assert [o["name"] for o in other.get("/inventory/orgs")["items"]] == ["globex"]
    assert [v["name"] for v in provider.get("/inventory/vdcs")["items"]] == ["acme-vdc", "globex-vdc"]


def test_unknown_paths_are_404_after_login(vcda: Any, stranger: Callable[..., Any]) -> None:
    assert vcda.refused("GET", "/nothing") == (404, "NotFound")
    assert stranger().refused("GET", "/nothing") == (401, "NotAuthenticated")
