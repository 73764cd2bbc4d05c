# SPDX-License-Identifier: GPL-3.0-or-later
"""vcd_org_rights on both generations: what the organization and its people can do afterwards. (VCD reference 4)"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from contract.vcd.seen import cloud, effective, granted
from contract.vcd.tasks import Result, Tasks, listed

from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd import client
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd.rights_sets import EXTENDER_L2VPN
from lab import Lab, snapshots
from lab.default_clouds import PROCEDURE

ADMINISTRATOR = "Organization Administrator"
VIEW, CONFIGURE = "Organization vDC Gateway: View L2 VPN", "Organization vDC Gateway: Configure L2 VPN"
SYSLOG = "Organization vDC Gateway: Configure Syslog"
BUNDLE = "acme-extender-rights"
LISTED = "vApp: VM Migrate, Force Undeploy, Relocate, Consolidate"
SCOPES = {"vcd-v": "org", "vcd-t": "global"}


def extender(run: Tasks, **options: object) -> Result:
    """The rights of the procedure, with the role that this generation has."""
    return run.rights(**{"rights_set": "extender_l2vpn", "role_scope": SCOPES[run.name], **options})


def after(result: Result, number: int = 0) -> list[str]:
    rights: list[str] = result["changes"][number]["after"]["rights"]
    return rights


# --- both generations -------------------------------------------------------------------------------------------------


def test_the_set_is_that_of_the_procedure() -> None:
    assert EXTENDER_L2VPN == PROCEDURE
    assert len(EXTENDER_L2VPN) == 27


def test_an_organization_administrator_has_all_rights_afterwards(run: Tasks) -> None:
    assert not effective(run) & set(PROCEDURE)
    result = extender(run)
    assert result["changed"] is True
    assert set(PROCEDURE) <= effective(run)
    assert set(PROCEDURE) <= set(result["rights"])
    assert set(PROCEDURE) <= set(result["role"]["rights"])
    assert not effective(run, "viewer") & set(PROCEDURE)


def test_a_second_run_changes_nothing(run: Tasks) -> None:
    extender(run)
    since = run.mark()
    assert (extender(run)["changes"], run.writes(since)) == ([], [])


def test_check_mode_lists_the_same_and_changes_nothing(run: Tasks) -> None:
    there = snapshots.take(run.lab.shared)
    planned = extender(run, check=True)
    assert run.writes() == []
    assert snapshots.take(run.lab.shared) == there
    assert planned["changes"] == extender(run)["changes"]


def test_a_right_that_went_away_comes_back_alone(run: Tasks) -> None:
    extender(run)
    run.rights(rights=[SYSLOG], state="absent", role_scope=SCOPES[run.name])
    assert SYSLOG not in effective(run)
    result = extender(run)
    assert [after(result, 0), after(result, 1)] == [[SYSLOG], [SYSLOG]]
    assert SYSLOG in effective(run)


def test_rights_are_named_by_name_id_or_urn(run: Tasks) -> None:
    names = ["Organization vDC Gateway: View NAT", PROCEDURE[VIEW], f"urn:vcloud:right:{PROCEDURE[SYSLOG]}"]
    run.rights(rights=names, role_scope="none")
    assert granted(run) >= {names[0], VIEW, SYSLOG}
    assert run.rights(rights=names, role_scope="none")["changed"] is False


def test_names_with_commas_and_semicolons(run: Tasks) -> None:
    names = [LISTED, "Lab Service: Read; Write"]
    run.rights(rights=names, role_scope="none")
    assert set(names) <= granted(run)


def test_implied_rights_are_added_and_shown(run: Tasks) -> None:
    result = run.rights(rights=[CONFIGURE], role_scope="none")
    assert set(after(result)) == {CONFIGURE, VIEW}
    assert result["changes"][0]["notes"] == [f"added because others imply them: {VIEW}"]
    assert result["implied_rights"] == [VIEW]


def test_a_right_that_another_one_needs_does_not_go_alone(run: Tasks) -> None:
    extender(run)
    result = run.failing("vcd_org_rights", organization="acme", rights=[VIEW], state="absent", role_scope="none")
    assert result["msg"] == f"right {VIEW} cannot go: {CONFIGURE}, which stays, implies it; name both"
    run.rights(rights=[VIEW, CONFIGURE], state="absent", role_scope=SCOPES[run.name])
    assert not effective(run) & {VIEW, CONFIGURE}


def test_exact_takes_all_others_away(run: Tasks) -> None:
    extender(run)
    kept = [VIEW, CONFIGURE]
    result = run.rights(rights=kept, state="exact", role_scope="none")
    assert set(PROCEDURE) & granted(run) == set(kept)
    assert set(PROCEDURE) - set(kept) <= set(result["changes"][0]["before"]["rights"])
    assert run.rights(rights=kept, state="exact", role_scope="none")["changed"] is False


def test_exact_also_means_the_role(run: Tasks) -> None:
    run.rights(rights=[VIEW, CONFIGURE], state="exact", role_scope=SCOPES[run.name])
    assert effective(run) == {VIEW, CONFIGURE}


def test_unknown_names_are_told_at_once_with_those_that_are_alike(run: Tasks) -> None:
    wrong = ["Organization vDC Gateway: View L2VPN", "Organization vDC Gateway: Configure L2VPN"]
    result = run.failing("vcd_org_rights", organization="acme", rights=[*wrong, VIEW])
    assert len(result["problems"]) == 2
    assert VIEW in result["problems"][0]
    assert result["problems"][0].startswith(f"right {wrong[0]} is not known; did you mean ")
    assert CONFIGURE in result["problems"][1]
    assert run.writes() == []


def test_rights_of_the_set_that_are_unknown_are_left_out_and_told(run: Tasks) -> None:
    found = cloud(run)
    convert = "Organization vDC Gateway: Convert to Advanced Networking"
    del found.rights[PROCEDURE[convert]]
    result = extender(run)
    assert result["unknown_rights"] == [convert]
    assert f"not known to this Cloud Director and left out: {convert}" in result["changes"][0]["notes"]
    assert extender(run)["changed"] is False


def test_a_right_with_another_id_is_found_by_its_name(run: Tasks) -> None:
    """Ids of built-in rights are most likely the same everywhere, which is not certain."""
    found = cloud(run)
    other = "11111111-2222-4333-8444-555555555555"
    old = found.rights.pop(PROCEDURE[SYSLOG])
    found.rights[other] = replace(old, id=other)
    extender(run)
    assert SYSLOG in effective(run)


def test_later_tasks_of_check_mode_build_upon_earlier_ones(run: Tasks, run_folder: Path) -> None:
    extender(run, check=True)
    assert extender(run, check=True)["changes"] == []
    taken = run.rights(rights=[SYSLOG], state="absent", role_scope=SCOPES[run.name], check=True)
    assert [change["before"]["rights"] for change in taken["changes"]] == [[SYSLOG], [SYSLOG]]
    assert run.writes() == []


def test_a_real_run_forgets_what_check_mode_has_pretended(run: Tasks, run_folder: Path) -> None:
    extender(run, check=True)
    extender(run)
    run.rights(rights=[SYSLOG], state="absent", role_scope=SCOPES[run.name])
    assert after(extender(run, check=True)) == [SYSLOG]


# --- XML: the organization holds the rights ---------------------------------------------------------------------------

ORG_RIGHTS = "/api/admin/org/{org}/rights"


def test_rights_are_added_before_the_role_has_them(old: Tasks) -> None:
    result = extender(old)
    assert listed(result) == [("update", "organization rights", "acme"), ("update", "role", ADMINISTRATOR)]
    assert old.writes() == [
        f"POST {ORG_RIGHTS}",
        "POST /api/admin/role/{role}/action/unlinkFromTemplate",
        "PUT /api/admin/role/{role}",
    ]
    assert result["method"] == "xml"


def test_a_role_that_follows_its_template_is_unlinked_first(old: Tasks) -> None:
    result = extender(old)
    assert result["changes"][1]["notes"] == ["unlinked from its template first, which it no longer follows then"]
    assert not effective(old, organization="globex") & set(PROCEDURE)
    before = effective(old)
    extender(old, rights=[LISTED])
    assert effective(old) == before | {LISTED}


def test_rights_go_in_the_other_order(old: Tasks) -> None:
    extender(old)
    since = old.mark()
    old.rights(rights=[SYSLOG], state="absent")
    assert old.writes(since) == ["PUT /api/admin/role/{role}", f"PUT {ORG_RIGHTS}"]


def test_the_description_of_the_role_stays(old: Tasks) -> None:
    described = {role.name: role.description for role in cloud(old).roles.values()}
    extender(old)
    assert {role.name: role.description for role in cloud(old).roles.values()} == described


@pytest.mark.parametrize("newest", ["29.0", "30.0"])
def test_later_versions_in_xml(old: Tasks, newest: str) -> None:
    old.lab.rules = old.lab.rules.changed(vcd_v_newest_version=newest)
    assert extender(old)["method"] == "xml"
    assert set(PROCEDURE) <= effective(old)


def test_a_run_that_broke_after_the_organization_completes(old: Tasks) -> None:
    old.lab.faults.add("http", service="vcd/vcd-v", method="PUT /api/admin/role/{role}", status=500)
    result = old.failing("vcd_org_rights", organization="acme", rights_set="extender_l2vpn")
    assert result["changed"] is True
    assert [change["kind"] for change in result["changes"]] == ["organization rights"]
    assert [change["kind"] for change in result["failed_changes"]] == ["role"]
    assert listed(extender(old)) == [("update", "role", ADMINISTRATOR)]
    assert set(PROCEDURE) <= effective(old)


# --- cloudapi: a rights bundle holds them -----------------------------------------------------------------------------


def test_a_bundle_of_its_own_is_made_and_published(new: Tasks) -> None:
    result = extender(new)
    assert listed(result) == [("create", "rights bundle", BUNDLE), ("update", "global role", ADMINISTRATOR)]
    assert new.writes() == [
        "POST /cloudapi/1.0.0/rightsBundles",
        "POST /cloudapi/1.0.0/rightsBundles/{container}/rights",
        "POST /cloudapi/1.0.0/rightsBundles/{container}/tenants/publish",
        "POST /cloudapi/1.0.0/globalRoles/{container}/rights",
    ]
    assert result["method"] == "cloudapi"
    assert not granted(new, "globex") & set(PROCEDURE)


def test_a_global_role_tells_whom_it_touches(new: Tasks) -> None:
    result = extender(new)
    assert result["changes"][1]["notes"] == ["a global role: it changes in acme, globex"]
    assert result["role"]["organizations"] == ["acme", "globex"]


def test_an_inherited_role_is_refused_with_an_explanation(new: Tasks) -> None:
    result = new.failing("vcd_org_rights", organization="acme", rights_set="extender_l2vpn")
    assert result["msg"].startswith(f"role {ADMINISTRATOR} of acme is inherited from a global role")
    assert "role_scope global" in result["msg"]
    assert new.writes() == []


def test_a_role_of_the_organization_itself(new: Tasks) -> None:
    found = cloud(new)
    acme = found.organization("acme").id
    role = next(one for one in found.roles.values() if one.organization == acme and one.name == ADMINISTRATOR)
    found.roles["own"] = replace(role, id="22222222-2222-4333-8444-555555555555", name="Network Team", template=None)
    found.roles["22222222-2222-4333-8444-555555555555"] = found.roles.pop("own")
    result = new.rights(rights=[CONFIGURE], role="Network Team")
    assert listed(result)[1] == ("update", "role", "Network Team")
    assert result["role"]["organizations"] == ["acme"]
    assert CONFIGURE in result["role"]["rights"]
    assert new.rights(rights=[CONFIGURE], role="Network Team")["changed"] is False


def test_a_built_in_bundle_is_never_changed(new: Tasks) -> None:
    result = new.failing(
        "vcd_org_rights", organization="acme", rights=[VIEW], bundle="Default Rights Bundle", role_scope="none"
    )
    assert result["msg"].startswith("bundle Default Rights Bundle is built in and read-only; name another one")
    assert new.writes() == []


def test_a_named_bundle_is_extended(new: Tasks) -> None:
    new.rights(rights=[VIEW], bundle="network services", role_scope="none")
    result = new.rights(rights=[CONFIGURE], bundle="network services", role_scope="none")
    assert listed(result) == [("update", "rights bundle", "network services")]
    assert after(result) == [CONFIGURE]
    assert {VIEW, CONFIGURE} <= granted(new)


def test_a_bundle_that_others_share_says_so(new: Tasks) -> None:
    options = {"rights": [VIEW], "bundle": "shared", "role_scope": "none"}
    new.rights(organization="globex", **options)
    result = new.rights(**options)
    assert result["changes"][0]["before"] == {"published": False}
    assert result["changes"][0]["after"] == {"published": True}
    assert "the bundle is published to globex as well" in result["changes"][0]["notes"]
    assert VIEW in granted(new)


def test_a_right_that_another_bundle_gives_is_not_given_twice(new: Tasks) -> None:
    new.rights(rights=[VIEW], bundle="first", role_scope="none")
    assert new.rights(rights=[VIEW], role_scope="none")["changed"] is False


def test_a_right_that_another_bundle_gives_stays_and_is_told(new: Tasks) -> None:
    new.rights(rights=[VIEW], role_scope="none")
    new.rights(rights=[VIEW, SYSLOG], bundle="second", role_scope="none")
    result = new.rights(rights=[VIEW, SYSLOG], state="absent", bundle="second", role_scope="none")
    assert f"still given to the organization by other rights bundles: {VIEW}" in result["changes"][0]["notes"]
    assert VIEW in granted(new)
    assert SYSLOG not in granted(new)


@pytest.mark.parametrize("paging", ["full", "no_link", "no_page_count"])
def test_broken_paging_makes_no_difference(new: Tasks, paging: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE_SIZE", 5)
    new.lab.rules = new.lab.rules.changed(vcd_paging=paging)
    extender(new)
    assert set(PROCEDURE) <= effective(new)
    assert extender(new)["changed"] is False


@pytest.mark.parametrize("step", ["/rights", "/tenants/publish"])
def test_a_run_that_broke_half_way_completes(new: Tasks, step: str) -> None:
    path = f"POST /cloudapi/1.0.0/rightsBundles/{{container}}{step}"
    new.lab.faults.add("http", service="vcd/vcd-t", method=path, status=500)
    new.failing("vcd_org_rights", organization="acme", rights_set="extender_l2vpn", role_scope="global")
    extender(new)
    assert set(PROCEDURE) <= effective(new)
    assert len([one for one in cloud(new).bundles.values() if one.name == BUNDLE]) == 1


@pytest.mark.parametrize("newest", ["37.0", "38.1"])
def test_later_versions_in_cloudapi(new: Tasks, newest: str) -> None:
    new.lab.rules = new.lab.rules.changed(vcd_t_newest_version=newest)
    assert extender(new)["method"] == "cloudapi"


def test_a_tenant_is_refused(run: Tasks, lab: Lab) -> None:
    tenant = run.by("orgadmin", "acme")
    result = tenant.failing("vcd_org_rights", organization="acme", rights=[VIEW])
    assert result["msg"].startswith("org acme is a tenant's; only the provider gives rights")
    assert lab.requests(tenant.service) == []
