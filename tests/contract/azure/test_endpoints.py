# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/endpoints.md lists exactly what the Azure modules call."""

from __future__ import annotations

import re
from pathlib import Path

from contract.azure.tasks import GROUP, Control, Tasks
from contract.azure.test_arc_machine import NEW_ID, public_key

from lab import Lab

PROJECT = Path(__file__).parents[3]
MODULES = {path.stem for path in (PROJECT / "plugins/modules").glob("a[rz]*.py")}
ROW = re.compile(r"^\| `([A-Z]+ \S+)` \| ([^|]+) \| [^|]+ \| (\d[\d., ]*) \| ([SI]) \|$", re.MULTILINE)
NAMED = re.compile(r"{[^}]*}")
MACHINE = "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.HybridCompute/machines/{}"
# Long-running operations are asked for where Azure says.
FOLLOWED = ("/operationstatus/", "/operationresults/", "/operationStatuses/")


def rows() -> dict[str, str]:
    """The calls, with {} for what varies in their paths, and who makes them."""
    text = (PROJECT / "docs/endpoints.md").read_text(encoding="utf-8")
    section = text.partition("## Azure:")[2].partition("\n## ")[0]
    found = [(canonical(row[0]), row[1]) for row in ROW.findall(section)]
    assert len(found) == section.count("\n| `") == len(dict(found))
    return dict(found)


def canonical(call: str) -> str:
    return NAMED.sub("{}", re.sub(r" {machine}", f" {MACHINE}", call)).lower()


def everything_once(lab: Lab, run: Tasks, control: Control) -> set[str]:
    """One task for each thing that the modules can do; all requests as the table writes them."""
    run("azure_resource_provider", subscription_id="Lab")
    run("azure_resource_group", name=GROUP, location="westeurope")
    run("azure_resource_group", name=GROUP, tags={"a": "b"})
    run.machine("new01", vm_id=NEW_ID, location="westeurope", os_type="linux", public_key=public_key())
    run.machine("new01", tags={"a": "b"}, location_data={"name": "DC1"})
    run("arc_machine_info")
    run.machines()
    run.machines(source="graph")
    control.add(count=1)
    place = MACHINE.format("0b2c3d4e-5f60-4718-92a3-b4c5d6e7f801", GROUP, "server-0001")
    body = {
        "location": "westeurope",
        "properties": {"publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent"},
    }
    put_extension(run, f"{place}/extensions/monitor", body)
    run.machine("server-0001", state="absent", remove_extensions=True)
    run.machine("new01", state="absent")
    run("azure_resource_group", name=GROUP, state="absent")
    requests = [entry.name for service in ("azure/arm", "azure/entra") for entry in lab.requests(service)]
    return {canonical(name) for name in requests if not any(part in name for part in FOLLOWED)}


def put_extension(run: Tasks, path: str, body: dict[str, object]) -> None:
    """As somebody else adds one, with the token of a task."""
    from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.account import Account
    from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.api_versions import MACHINES
    from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.client import Azure
    from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
    from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
    from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run

    given = {
        "cloud": "AzureCloud",
        "client_certificate": None,
        "client_certificate_password": None,
        "access_token": None,
        "validate_certs": True,
        "request_timeout": 10,
        **run.connection,
    }
    with Azure(Account.from_params(given), Run(None), Redactor(), Progress(lambda text: None)) as azure:
        azure.finish("PUT", path, MACHINES, body, what="an extension", timeout=10)


def matches(listed: str, made: str) -> bool:
    """`{scope}` at the beginning of a row stands for any id."""
    pattern = re.escape(listed).replace(r"\{\}", "[^/ ]+")
    return bool(
        re.fullmatch(
            pattern.replace(r"\ [^/ ]+/providers/microsoft\.resources", " .+/providers/microsoft.resources"), made
        )
    )


def test_every_row_is_called_by_some_task_and_nothing_else_is(lab: Lab, run: Tasks, control: Control) -> None:
    made = everything_once(lab, run, control) - {
        canonical(f"PUT {MACHINE}/extensions/{{}}"),
    }
    listed = set(rows())
    assert {row for row in listed if not any(matches(row, call) for call in made)} == set()
    assert {call for call in made if not any(matches(row, call) for row in listed)} == set()


def test_the_table_names_modules_that_there_are() -> None:
    named = {name for users in rows().values() for name in re.findall(r"`((?:arc|azure)_\w+)`", users)}
    assert named <= MODULES
