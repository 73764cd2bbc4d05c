# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights of organizations and of roles, in both interfaces, and what they let a user do (VCD reference 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab import Lab
from lab.clouds import Cloud
from lab.default_clouds import PROCEDURE, TENANT

from .conftest import CLOUDAPI, Director, find, local, tree

ORG_RIGHTS = "application/vnd.vmware.admin.org.rights+xml"
ROLE = "application/vnd.vmware.admin.role+xml"
VIEW, CONFIGURE = (f"Organization vDC Gateway: {verb} L2 VPN" for verb in ("View", "Configure"))
ADMINISTRATOR = "Organization Administrator"


def ids(cloud: Cloud, *names: str) -> list[str]:
    return [next(r.id for r in cloud.rights.values() if r.name == n) for n in names]


def referred(object_ids: list[str]) -> str:
    return "".join(f'<RightReference href="https://x/api/admin/right/{i}" name="any" type="any"/>' for i in object_ids)


def org_rights(object_ids: list[str]) -> str:
    return f'<OrgRights xmlns="http://www.vmware.com/vcloud/v1.5">{referred(object_ids)}</OrgRights>'


def role_xml(name: str, object_ids: list[str]) -> str:
    return (
        f'<Role xmlns="http://www.vmware.com/vcloud/v1.5" name="{name}"><Description/>'
        f"<RightReferences>{referred(object_ids)}</RightReferences></Role>"
    )


def names(root: Any) -> set[str]:
    return {r.get("name") for r in root.iter() if local(r) == "RightReference"}


def org_path(director: Director) -> str:
    return f"/api/admin/org/{director.cloud.organization('acme').id}/rights"


def role_path(director: Director, name: str = ADMINISTRATOR) -> str:
    acme = director.cloud.organization("acme").id
    role = next(r for r in director.cloud.roles.values() if r.organization == acme and r.name == name)
    return f"/api/admin/role/{role.id}"


def urns(cloud: Cloud, *wanted: str) -> dict[str, Any]:
    found = zip(ids(cloud, *wanted), wanted, strict=True)
    return {"values": [{"id": f"urn:vcloud:right:{i}", "name": name} for i, name in found]}


def test_organizations_start_without_the_procedures_rights(old: Director, new: Director) -> None:
    for director in (old, new):
        found = names(director.xml(org_path(director)))
        assert found == set(TENANT)
        assert not found & set(PROCEDURE)
        assert set(PROCEDURE.values()) <= set(director.cloud.rights)


def test_post_adds_and_put_replaces(old: Director) -> None:
    added = old.put_xml("POST", org_path(old), ORG_RIGHTS, org_rights(ids(old.cloud, VIEW, CONFIGURE)))
    assert names(tree(added)) == {*TENANT, VIEW, CONFIGURE}
    replaced = old.put_xml("PUT", org_path(old), ORG_RIGHTS, org_rights(ids(old.cloud, VIEW)))
    assert names(tree(replaced)) == {VIEW}
    one = org_path(old).removesuffix("s") + "/" + ids(old.cloud, VIEW)[0]
    assert old.call("DELETE", one).status_code == 204
    assert old.call("DELETE", one).status_code == 403
    assert names(old.xml(org_path(old))) == set()


def test_all_rights_can_be_removed(old: Director) -> None:
    assert old.call("DELETE", org_path(old)).status_code == 204
    assert names(old.xml(org_path(old))) == set()


def test_implied_rights_must_come_along(lab: Lab, old: Director) -> None:
    body = org_rights(ids(old.cloud, CONFIGURE))
    answer = old.put_xml("POST", org_path(old), ORG_RIGHTS, body)
    assert answer.status_code == 400
    assert VIEW in tree(answer).get("message")
    lab.rules = lab.rules.changed(vcd_missing_implied_rights="accept")
    assert old.put_xml("POST", org_path(old), ORG_RIGHTS, body).status_code == 200


def test_unknown_rights_are_refused(old: Director) -> None:
    body = org_rights(["00000000-0000-0000-0000-000000000000"])
    assert old.put_xml("POST", org_path(old), ORG_RIGHTS, body).status_code == 400


def test_tenants_read_but_do_not_grant(director: Callable[..., Director]) -> None:
    tenant = director("v", "orgadmin@acme")
    assert names(tenant.xml(org_path(tenant))) == set(TENANT)
    answer = tenant.put_xml("POST", org_path(tenant), ORG_RIGHTS, org_rights(ids(tenant.cloud, VIEW)))
    assert (answer.status_code, tree(answer).get("minorErrorCode")) == (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN")
    other = tenant.cloud.organization("globex").id
    assert tenant.call("GET", f"/api/admin/org/{other}/rights").status_code == 403


def test_every_right_can_be_looked_up(old: Director) -> None:
    found = {r.get("name"): r.get("href") for r in old.xml("/api/admin").iter() if local(r) == "RightReference"}
    assert set(PROCEDURE) <= set(found)
    assert {r["name"] for r in old.records("right", pageSize="128")} == set(found)
    at = found["{com.vmware.vr}:ManageRight"]
    assert old.xml(at.removeprefix(old.url)).get("name") == "{com.vmware.vr}:ManageRight"


def test_a_linked_role_cannot_be_edited_until_it_is_unlinked(old: Director) -> None:
    old.put_xml("POST", org_path(old), ORG_RIGHTS, org_rights(ids(old.cloud, VIEW)))
    path = role_path(old)
    wanted = ids(old.cloud, *TENANT, VIEW)
    assert old.put_xml("PUT", path, ROLE, role_xml(ADMINISTRATOR, wanted)).status_code == 400
    at = next(e.get("href") for e in old.xml(path) if e.get("rel") == "unlinkFromTemplate")
    assert old.call("POST", at).status_code == 204
    assert names(old.xml(path)) == set(TENANT)
    changed = old.put_xml("PUT", path, ROLE, role_xml(ADMINISTRATOR, wanted))
    assert names(tree(changed)) == {*TENANT, VIEW}
    at = next(e.get("href") for e in old.xml(path) if e.get("rel") == "linkToTemplate")
    assert old.call("POST", at).status_code == 204
    assert names(old.xml(path)) == set(TENANT)


def test_unlinking_one_role_leaves_the_other_organization_alone(old: Director) -> None:
    globex = old.cloud.organization("globex").id
    old.put_xml("POST", org_path(old), ORG_RIGHTS, org_rights(ids(old.cloud, VIEW)))
    old.call("POST", f"{role_path(old)}/action/unlinkFromTemplate")
    old.put_xml("PUT", role_path(old), ROLE, role_xml(ADMINISTRATOR, ids(old.cloud, VIEW)))
    role = next(r for r in old.cloud.roles.values() if r.organization == globex and r.name == ADMINISTRATOR)
    assert names(old.xml(f"/api/admin/role/{role.id}")) == set(TENANT)


def test_a_role_has_only_rights_of_its_organization(lab: Lab, old: Director) -> None:
    old.call("POST", f"{role_path(old)}/action/unlinkFromTemplate")
    body = role_xml(ADMINISTRATOR, ids(old.cloud, VIEW))
    assert old.put_xml("PUT", role_path(old), ROLE, body).status_code == 400
    lab.rules = lab.rules.changed(vcd_rights_beyond_organization="accept")
    # Accepted, but without effect while the organization lacks it.
    assert names(tree(old.put_xml("PUT", role_path(old), ROLE, body))) == set()


def test_roles_are_found_by_query(old: Director, director: Callable[..., Director]) -> None:
    acme = f"{old.url}/api/admin/org/{old.cloud.organization('acme').id}"
    found = old.records("adminRole", filter=f"(name=={ADMINISTRATOR};org=={acme})")
    assert [r["href"] for r in found] == [old.url + role_path(old)]
    assert old.records("role") == [r for r in old.records("role") if r["name"] == "System Administrator"]
    tenant = director("v", "orgadmin@acme")
    assert {r["name"] for r in tenant.records("role")} == {ADMINISTRATOR, "vApp User"}
    assert tenant.call("GET", "/api/query?type=adminRole").status_code == 403


def test_rights_of_cloudapi_tell_what_they_imply(new: Director) -> None:
    found = {r["name"]: r for r in new.json("/rights", pageSize=128)["values"]}
    assert (found[CONFIGURE]["rightType"], found[VIEW]["rightType"]) == ("MODIFY", "VIEW")
    assert found[CONFIGURE]["impliedRights"] == [{"name": VIEW, "id": found[VIEW]["id"]}]
    one = new.json(f"/rights/{found[VIEW]['id']}")
    assert one == found[VIEW]
    assert new.json("/rightsCategories", pageSize=128)["resultTotal"] > 3
    assert new.call("GET", f"{CLOUDAPI}/rights/urn:vcloud:right:nothing").status_code == 403


def test_a_bundle_grants_to_those_it_is_published_to(new: Director, director: Callable[..., Director]) -> None:
    made = new.send("POST", "/rightsBundles", {"name": "acme-extender-rights", "description": "L2"})
    assert (made.status_code, made.json()["bundleKey"]) == (201, "com.vmware.vcloud.undefined.key")
    path = f"/rightsBundles/{made.json()['id']}"
    assert new.send("POST", f"{path}/rights", urns(new.cloud, CONFIGURE)).status_code == 400
    assert new.send("POST", f"{path}/rights", urns(new.cloud, VIEW)).status_code == 200
    added = new.send("POST", f"{path}/rights", urns(new.cloud, CONFIGURE)).json()
    assert {r["name"] for r in added["values"]} == {VIEW, CONFIGURE}
    assert CONFIGURE not in names(new.xml(org_path(new)))
    acme = {"values": [{"id": f"urn:vcloud:org:{new.cloud.organization('acme').id}", "name": "acme"}]}
    assert new.send("POST", f"{path}/tenants/publish", acme).status_code == 200
    assert CONFIGURE in names(new.xml(org_path(new)))
    assert CONFIGURE not in {r["name"] for r in director("t", "orgadmin@globex").json("/rights")["values"]}
    assert new.json(path)["publishCount"] == 1
    replaced = new.send("PUT", f"{path}/rights", urns(new.cloud, VIEW)).json()
    assert [r["name"] for r in replaced["values"]] == [VIEW]
    assert new.send("POST", f"{path}/tenants/unpublish", acme).json()["values"] == []
    assert VIEW not in names(new.xml(org_path(new)))
    assert new.call("POST", f"{CLOUDAPI}{path}/tenants/publishAll").status_code == 200
    assert new.json(path)["publishAll"] is True
    assert new.send("PUT", path, {"name": "renamed", "publishAll": False}).json()["name"] == "renamed"
    assert new.call("DELETE", CLOUDAPI + path).status_code == 204
    assert new.call("GET", CLOUDAPI + path).status_code == 403


def test_the_built_in_bundle_is_read_only(new: Director) -> None:
    found = new.json("/rightsBundles")["values"][0]
    assert (found["name"], found["readOnly"]) == ("Default Rights Bundle", True)
    path = f"/rightsBundles/{found['id']}/rights"
    assert new.send("POST", path, urns(new.cloud, VIEW)).status_code == 400
    assert new.send("POST", "/rightsBundles", {"name": found["name"]}).status_code == 400


def test_bundles_and_global_roles_are_the_providers(director: Callable[..., Director]) -> None:
    tenant = director("t", "orgadmin@acme")
    for path in ("/rightsBundles", "/globalRoles"):
        assert tenant.call("GET", CLOUDAPI + path).status_code == 403


def test_a_global_role_changes_every_organization_it_is_published_to(new: Director) -> None:
    role = next(r for r in new.json("/globalRoles")["values"] if r["name"] == ADMINISTRATOR)
    wanted = urns(new.cloud, VIEW, CONFIGURE)
    assert new.send("POST", f"/globalRoles/{role['id']}/rights", wanted).status_code == 200
    bundle = new.send("POST", "/rightsBundles", {"name": "all", "publishAll": True}).json()["id"]
    new.send("PUT", f"/rightsBundles/{bundle}/rights", wanted)
    for organization in ("acme", "globex"):
        user = new.cloud.user("orgadmin", organization)
        assert user is not None
        assert CONFIGURE in new.cloud.effective(user)


def in_acme(director: Director) -> dict[str, str]:
    return {"X-VMWARE-VCLOUD-TENANT-CONTEXT": director.cloud.organization("acme").id}


def test_inherited_roles_are_read_only(new: Director) -> None:
    new.http.headers.update(in_acme(new))
    role = next(r for r in new.json("/roles")["values"] if r["name"] == ADMINISTRATOR)
    assert role["readOnly"] is True
    path = f"/roles/{role['id']}/rights"
    assert {r["name"] for r in new.json(path)["values"]} == set(TENANT)
    assert new.send("POST", path, urns(new.cloud, "Organization: View")).status_code == 400
    assert new.call("DELETE", f"{CLOUDAPI}/roles/{role['id']}").status_code == 400
    assert new.put_xml("PUT", role_path(new), ROLE, role_xml(ADMINISTRATOR, [])).status_code == 400
    assert new.call("POST", f"{role_path(new)}/action/unlinkFromTemplate").status_code == 400


def test_own_roles(new: Director) -> None:
    new.http.headers.update(in_acme(new))
    made = new.send("POST", "/roles", {"name": "Extender"})
    assert (made.status_code, made.json()["readOnly"]) == (201, False)
    path = f"/roles/{made.json()['id']}"
    assert new.send("POST", "/roles", {"name": "Extender"}).status_code == 400
    assert new.send("POST", f"{path}/rights", urns(new.cloud, VIEW)).status_code == 400
    added = new.send("POST", f"{path}/rights", urns(new.cloud, "Organization: View"))
    assert [r["name"] for r in added.json()["values"]] == ["Organization: View"]
    assert new.send("PUT", path, {"name": "Extender", "description": "new"}).json()["description"] == "new"
    assert [r["name"] for r in new.json(f"{path}/rights")["values"]] == ["Organization: View"]
    assert new.send("PUT", f"{path}/rights", {"values": []}).json()["values"] == []
    assert new.call("DELETE", CLOUDAPI + path).status_code == 204


def test_publishing_a_global_role_makes_roles(new: Director) -> None:
    made = new.send("POST", "/globalRoles", {"name": "Stretcher"}).json()
    acme = {"values": [{"id": f"urn:vcloud:org:{new.cloud.organization('acme').id}"}]}
    path = f"/globalRoles/{made['id']}"
    assert new.send("PUT", f"{path}/tenants", acme).json()["values"][0]["name"] == "acme"
    new.http.headers.update(in_acme(new))
    assert "Stretcher" in {r["name"] for r in new.json("/roles")["values"]}
    assert new.json(f"{path}/tenants")["resultTotal"] == 1
    assert new.call("POST", f"{CLOUDAPI}{path}/tenants/unpublishAll").status_code == 200
    assert "Stretcher" not in {r["name"] for r in new.json("/roles")["values"]}
    used = next(r for r in new.json("/globalRoles")["values"] if r["name"] == ADMINISTRATOR)
    assert new.call("DELETE", f"{CLOUDAPI}/globalRoles/{used['id']}").status_code == 400


@pytest.mark.parametrize("name", ["Role: Create, Edit, Delete, or Copy", "Lab Service: Read; Write"])
def test_cloudapi_filters_take_no_comma_and_no_semicolon(new: Director, name: str) -> None:
    plain = {"filter": f"name=={name}"}
    encoded = {"filter": f"name=={name.replace(',', '%2C').replace(';', '%3B')}", "filterEncoded": "true"}
    for query in (plain, encoded):
        assert new.call("GET", f"{CLOUDAPI}/rights", params=query).status_code == 400
    # The query service takes them encoded twice.
    assert [r["name"] for r in new.records("right", **encoded)] == [name]


def test_filters(new: Director) -> None:
    assert [r["name"] for r in new.json("/rights", filter=f"name=={VIEW}")["values"]] == [VIEW]
    assert new.json("/rights", filter="name==*L2 VPN")["resultTotal"] == 2
    assert new.json("/rights", filter=f"(name=={VIEW},name=={CONFIGURE})")["resultTotal"] == 2
    assert new.json("/rights", filter=f"name=={VIEW};rightType==MODIFY")["resultTotal"] == 0
    for wrong in ("nonsense", "nosuch==1", "(name==a"):
        assert new.call("GET", f"{CLOUDAPI}/rights", params={"filter": wrong}).status_code == 400


def test_pages_have_links(lab: Lab, new: Director) -> None:
    first = new.call("GET", f"{CLOUDAPI}/rights", params={"pageSize": 15})
    found, answer = [], first
    while "nextPage" in answer.links:
        found += answer.json()["values"]
        answer = new.call("GET", answer.links["nextPage"]["url"])
    found += answer.json()["values"]
    assert len(found) == first.json()["resultTotal"] == len(new.cloud.rights)
    assert first.json()["pageCount"] == -(-len(found) // 15)
    assert new.call("GET", f"{CLOUDAPI}/rights", params={"pageSize": 129}).status_code == 400
    lab.rules = lab.rules.changed(vcd_paging="no_page_count")
    broken = new.call("GET", f"{CLOUDAPI}/rights", params={"pageSize": 15})
    assert "Link" not in broken.headers
    assert "pageCount" not in broken.json()


def test_query_pages(old: Director) -> None:
    page = old.xml("/api/query", type="right", pageSize="15")
    assert (page.get("total"), page.get("page"), page.get("pageSize")) == (str(len(old.cloud.rights)), "1", "15")
    found = []
    while True:
        found += [r.get("name") for r in page if local(r) == "RightRecord"]
        more = next((e for e in page if e.get("rel") == "nextPage"), None)
        if more is None:
            break
        page = tree(old.call("GET", more.get("href")))
    assert sorted(found) == sorted(r.name for r in old.cloud.rights.values())


def test_query_sorting_and_references(old: Director) -> None:
    down = [r["name"] for r in old.records("organization", sortDesc="name")]
    assert down == ["globex", "acme", "System"]
    references = old.xml("/api/query", type="adminUser", format="references", filter="name==orgadmin")
    assert local(references) == "References"
    assert len([r for r in references if local(r) == "Reference"]) == 2
    assert old.call("GET", "/api/query?type=nonsense").status_code == 400
    assert find(old.xml("/api/query"), "Link").get("name") == "organization"


def test_a_right_needs_the_organization_and_the_role(lab: Lab, director: Callable[..., Director]) -> None:
    provider = director("v")
    tenant = director("v", "orgadmin@acme")
    path = f"/network/edges/{tenant.edge()}/l2vpn/config"
    wanted = ids(tenant.cloud, VIEW)
    assert tenant.call("GET", path).status_code == 403
    provider.put_xml("POST", org_path(provider), ORG_RIGHTS, org_rights(wanted))
    assert tenant.call("GET", path).status_code == 403
    provider.call("POST", f"{role_path(provider)}/action/unlinkFromTemplate")
    provider.put_xml("PUT", role_path(provider), ROLE, role_xml(ADMINISTRATOR, [*ids(tenant.cloud, *TENANT), *wanted]))
    assert tenant.call("GET", path).status_code == 200
    refused = tenant.call("DELETE", path)
    assert (refused.status_code, tree(refused).get("minorErrorCode")) == (403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN")
    provider.put_xml("PUT", org_path(provider), ORG_RIGHTS, org_rights(ids(tenant.cloud, *TENANT)))
    assert tenant.call("GET", path).status_code == 403
