# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/endpoints.md lists exactly what the Cloud Director client calls."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from contract.vcd.seen import cloud, give_rights
from contract.vcd.tasks import Tasks, network, site
from contract.vcd.test_sessions import control

from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcd import client
from lab.clouds import CloudVm

PROJECT = Path(__file__).parents[3]
PACKAGE = client.__name__.rpartition(".")[0]
MODULES = {path.stem for path in (PROJECT / "plugins/modules").glob("vcd_*.py")}
ROW = re.compile(r"^\| `([A-Z]+ /\S+)` \| ([^|]+) \| [^|]+ \| (\d[\d., ]*) \| ([SI]) \|$", re.MULTILINE)
NAMED = re.compile(r"{[^}]*}")
ROOTS = ("/api/", "/cloudapi/1.0.0/", "/network/", "/oauth/")
VIEW, CONFIGURE = "{com.vmware.vr}:ViewRight", "{com.vmware.vr}:ManageRight"
OWN_ROLE = "22222222-2222-4333-8444-555555555555"


def rows() -> dict[str, str]:
    """The calls, with {} for what varies in their paths, and who makes them."""
    text = (PROJECT / "docs/endpoints.md").read_text(encoding="utf-8")
    section = text.partition("## Cloud Director: XML")[2].partition("\n## ")[0]
    found = [(NAMED.sub("{}", row[0]), row[1]) for row in ROW.findall(section)]
    assert len(found) == section.count("\n| `") == len(dict(found))
    return dict(found)


def paths_in_code() -> Iterator[str]:
    """Every path that is written down in the client, with {} for what varies."""
    for file in sorted((PROJECT / "plugins/module_utils/vcd").glob("*.py")):
        module = importlib.import_module(f"{PACKAGE}.{file.stem}")
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        texts = [written(node, module) for node in nodes if id(node) not in parts]
        yield from (text for text in texts if text.startswith(ROOTS))


def written(node: ast.AST, module: ModuleType) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(written(part, module) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        constant = getattr(module, node.value.id, None) if isinstance(node.value, ast.Name) else None
        return constant if isinstance(constant, str) else "{}"
    return str(node.value) if isinstance(node, ast.Constant) else ""


def unlisted(found: set[str], listed: set[str]) -> set[str]:
    """Those that no listed path covers, where {} of either stands for one part of a path."""
    patterns = [re.compile(re.escape(one).replace(r"\{\}", r"[^/]+")) for one in listed]
    return {one for one in found if not any(pattern.fullmatch(one) for pattern in patterns)}


def rights_of_both(old: Tasks, new: Tasks) -> None:
    old.rights(rights=[VIEW, CONFIGURE])
    old.rights(rights=[VIEW, CONFIGURE], state="absent")
    found = cloud(new)
    role = next(one for one in found.roles.values() if one.organization == found.organization("acme").id)
    found.roles[OWN_ROLE] = replace(role, id=OWN_ROLE, name="Network Team", template=None)
    for options in ({"role_scope": "global"}, {"role": "Network Team"}):
        new.rights(rights=[CONFIGURE], **options)
        new.rights(rights=[VIEW, CONFIGURE], state="absent", **options)


def networks_and_tunnels(old: Tasks, new: Tasks) -> None:
    give_rights(old)
    give_rights(new)
    before, after = old.by("orgadmin", "acme"), new.by("orgadmin", "acme")
    for tenant in (before, after):
        tenant.networks(network(interface_type="internal"))
        tenant.networks({"name": "company-network", "description": "x", "interface_type": "subinterface"})
    before.server(site(), listener_ip="203.0.113.20")
    before.server(site(), state="absent")
    after.tunnel(networks=[{"name": "company-network"}])
    after.tunnel(description="x")
    after.tunnel(state="absent")
    for tenant in (before, after):
        tenant.networks({"name": "company-network", "state": "absent"})


def machines(old: Tasks) -> None:
    found, machine = cloud(old), next(iter(old.lab.world.machines))
    vapp = next(iter(found.vapps))
    found.vms["vm"] = CloudVm("vm", "web", vapp, machine, found.vdc("acme-vdc").storage_profiles[0].id)
    assert [one["name"] for one in old("vcd_vm_info", vdc="acme-vdc")["vms"]] == ["web"]


def logins_by_token(new: Tasks) -> None:
    for user, org in (("orgadmin", "acme"), ("administrator", "System")):
        token = control(new, "POST", "tokens", json={"user": user, "organization": org}).json()["token"]
        new.networks({"name": "acme-services"}, username=None, password=None, api_token=token, org=org)


@pytest.fixture
def called(old: Tasks, new: Tasks) -> set[str]:
    """One task for each thing that the modules can do; all requests, with {} for what varies in their paths."""
    networks_and_tunnels(old, new)
    rights_of_both(old, new)
    machines(old)
    logins_by_token(new)
    return {NAMED.sub("{}", name) for name in old.calls() + new.calls()}


def test_the_table_lists_the_paths_of_the_code() -> None:
    assert unlisted(set(paths_in_code()), {call.partition(" ")[2] for call in rows()}) == set()


def test_every_row_is_called_by_some_task_and_nothing_else_is(called: set[str]) -> None:
    assert unlisted(called, set(rows())) == set()
    assert unlisted(set(rows()), called) == set()


def test_the_table_names_modules_that_there_are() -> None:
    named = {name for users in rows().values() for name in re.findall(r"`(vcd_\w*)`", users)}
    assert named - {"vcd_"} <= MODULES
