# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of Resource Graph (Azure reference 11)."""

from __future__ import annotations

from typing import Any

import pytest
from unit.lab.azure.conftest import Azure

from lab.azure import directory

PATH = "/providers/Microsoft.ResourceGraph/resources"
MACHINES = "Resources | where type =~ 'Microsoft.HybridCompute/machines'"


@pytest.fixture
def filled(azure: Azure) -> Azure:
    """Seven machines, seen for a while."""
    azure.control("POST", "/machines", {"count": 5, "group": "rg-Arc", "tags": {"env": "lab"}})
    azure.control("POST", "/machines", {"count": 2, "group": "rg-old", "prefix": "lost-", "status": "Expired"})
    azure.lab.shared.clock.advance(1)
    return azure


def ask(azure: Azure, query: str, **options: Any) -> Any:
    body = {"subscriptions": [directory.SUBSCRIPTION], "query": query, "options": options}
    answer = azure.call("POST", PATH, "2022-10-01", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("step", "names"),
    [
        ("where resourceGroup =~ 'RG-OLD'", ["lost-0001", "lost-0002"]),
        ("where properties.status in~ ('expired', 'disconnected')", ["lost-0001", "lost-0002"]),
        ("where tags.env == 'lab' and name contains '0003'", ["server-0003"]),
        ("where tags['env'] == 'lab' | order by name desc | limit 1", ["server-0005"]),
        ("where name in ('server-0001','lost-0001')", ["lost-0001", "server-0001"]),
        ("where name == 'server-0001' or name == 'server-0002'", ["server-0001", "server-0002"]),
        ("where isempty(kind) and name !~ 'LOST-0001' and resourceGroup == 'rg-old'", ["lost-0002"]),
    ],
)
def test_conditions(filled: Azure, step: str, names: list[str]) -> None:
    found = ask(filled, f"{MACHINES} | {step} | project name")["data"]
    assert sorted(row["name"] for row in found) == names


def test_columns_are_computed(filled: Azure) -> None:
    query = f"{MACHINES} | where name == 'lost-0001' | project id, status=tostring(properties.status), tags"
    assert ask(filled, query)["data"] == [
        {
            "id": f"/subscriptions/{directory.SUBSCRIPTION}/resourceGroups/rg-old/providers"
            "/Microsoft.HybridCompute/machines/lost-0001",
            "status": "Expired",
            "tags": {},
        }
    ]


def test_rows_are_counted_by_status(filled: Azure) -> None:
    found = ask(filled, f"{MACHINES} | summarize n=count() by status=tostring(properties.status)")["data"]
    assert {row["status"]: row["n"] for row in found} == {"Connected": 5, "Expired": 2}


def test_pages_continue_by_skip_token(filled: Azure) -> None:
    names, options = [], {"$top": 3}
    while True:
        body = ask(filled, f"{MACHINES} | project name", **options)
        assert (body["totalRecords"], body["resultTruncated"]) == (7, "false")
        names += [row["name"] for row in body["data"]]
        if "$skipToken" not in body:
            break
        options["$skipToken"] = body["$skipToken"]
    assert len(set(names)) == 7


def test_new_machines_show_after_a_while(azure: Azure) -> None:
    azure.ready()
    assert ask(azure, MACHINES)["count"] == 0
    azure.lab.shared.clock.advance(1)
    assert ask(azure, MACHINES)["count"] == 1


def test_only_what_may_be_read_is_found(filled: Azure) -> None:
    body = {"query": MACHINES}
    counts = {
        who: filled.call("POST", PATH, "2022-10-01", body, who=who).json()["count"] for who in ("reader", "stranger")
    }
    assert counts == {"reader": 7, "stranger": 0}


@pytest.mark.parametrize(
    "query", ["Nothing", "Resources | dance", "Resources | where name like 'x'", "Resources | project x"]
)
def test_a_query_that_is_not_understood(filled: Azure, query: str) -> None:
    answer = filled.call("POST", PATH, "2022-10-01", {"query": query})
    assert filled.error(answer) == (400, "BadRequest")
    assert answer.json()["error"]["details"][0]["code"] == "InvalidQuery"
