# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure Resource Manager does with every call: versions, rights, throttling, pages, faults (Azure reference 2)."""

from __future__ import annotations

import pytest
from unit.lab.azure.conftest import GROUP, MACHINE, SUBSCRIPTION, V_RESOURCES, Azure, V, machine_body

from lab.azure import directory

MACHINES = f"{GROUP}/providers/Microsoft.HybridCompute/machines"
TEMPLATE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute/machines"


def test_the_api_version_is_required_and_known(azure: Azure) -> None:
    azure.ready()
    assert azure.error(azure.call("GET", MACHINE, None)) == (400, "MissingApiVersionParameter")
    answer = azure.call("GET", MACHINE, "2025-06-01")
    assert azure.error(answer) == (400, "InvalidApiVersionParameter")
    assert "2025-01-13" in answer.json()["error"]["message"]


def test_a_version_can_be_added_by_rule(azure: Azure) -> None:
    azure.lab.rules = azure.lab.rules.changed(azure_more_api_versions=("2025-06-01",))
    azure.ready()
    assert azure.call("GET", MACHINE, "2025-06-01").status_code == 200
    types = azure.get(f"{SUBSCRIPTION}/providers/Microsoft.HybridCompute", V_RESOURCES)["resourceTypes"]
    assert "2025-06-01" in types[0]["apiVersions"]


def test_case_in_paths_does_not_matter_and_ids_keep_theirs(azure: Azure) -> None:
    made = azure.ready()
    found = azure.get(MACHINE.replace("resourceGroups", "RESOURCEGROUPS").replace("app01", "APP01"))
    assert found["id"] == made["id"] == MACHINE


def test_unknown_paths_methods_and_subscriptions(azure: Azure) -> None:
    assert azure.error(azure.call("GET", "/nowhere")) == (404, "NotFound")
    assert azure.error(azure.call("POST", SUBSCRIPTION, "2022-12-01")) == (405, "MethodNotAllowed")
    other = "/subscriptions/99999999-0000-4000-8000-000000000000"
    assert azure.error(azure.call("GET", other, "2022-12-01")) == (404, "SubscriptionNotFound")


def test_headers_identify_the_call(azure: Azure) -> None:
    answer = azure.call("GET", SUBSCRIPTION, "2022-12-01")
    assert {"x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"} <= answer.headers.keys()
    assert int(answer.headers["x-ms-ratelimit-remaining-subscription-global-reads"]) > 0


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "action"),
    [
        ("reader", "PUT", GROUP, {"location": "westeurope"}, "Microsoft.Resources/subscriptions/resourceGroups/write"),
        ("onboarding", "GET", GROUP, None, "Microsoft.Resources/subscriptions/resourceGroups/read"),
        ("onboarding", "DELETE", MACHINE, None, "Microsoft.HybridCompute/machines/delete"),
        ("reader", "PUT", MACHINE, machine_body(), "Microsoft.HybridCompute/machines/write"),
        ("stranger", "GET", MACHINE, None, "Microsoft.HybridCompute/machines/read"),
        (
            "onboarding",
            "POST",
            f"{SUBSCRIPTION}/providers/Microsoft.HybridCompute/register",
            None,
            "Microsoft.HybridCompute/register/action",
        ),
    ],
)
def test_a_missing_right_is_named(
    azure: Azure, who: str, method: str, path: str, body: dict[str, object] | None, action: str
) -> None:
    azure.ready()
    version = V if "HybridCompute/machines" in path else V_RESOURCES
    answer = azure.call(method, path, version, body, who=who)
    assert azure.error(answer) == (403, "AuthorizationFailed")
    message = answer.json()["error"]["message"]
    assert f"'{action}'" in message
    assert directory.IDENTITIES[who].object_id in message


@pytest.mark.parametrize("who", ["administrator", "contributor", "machine-administrator", "onboarding"])
def test_who_may_make_machines(azure: Azure, who: str) -> None:
    azure.ready()
    assert azure.call("PUT", f"{MACHINE}b", V, machine_body(), who=who).status_code == 200


def test_rights_can_be_taken_and_given(azure: Azure) -> None:
    azure.ready()
    azure.control("PATCH", "/identities/administrator", {"denied": ["Microsoft.HybridCompute/machines/*"]})
    assert azure.error(azure.call("GET", MACHINE)) == (403, "AuthorizationFailed")
    azure.control("PATCH", "/identities/stranger", {"roles": ["Reader"]})
    assert azure.call("GET", MACHINE, who="stranger").status_code == 200


def test_every_nth_call_is_throttled(azure: Azure) -> None:
    azure.control("PUT", "/throttle", {"every": 3, "retry_after": 7})
    answers = [azure.call("GET", SUBSCRIPTION, "2022-12-01") for _number in range(6)]
    assert [a.status_code for a in answers] == [200, 200, 429, 200, 200, 429]
    assert answers[2].headers["Retry-After"] == "7"
    assert answers[2].json()["error"]["code"] == "SubscriptionRequestsThrottled"


def test_lists_come_in_pages(azure: Azure) -> None:
    azure.lab.rules = azure.lab.rules.changed(azure_page_size=2)
    azure.control("POST", "/machines", {"count": 5, "group": "rg-arc"})
    names, pages, address = [], 0, MACHINES
    while address:
        body = azure.get(address)
        names += [m["name"] for m in body["value"]]
        pages, address = pages + 1, body.get("nextLink", "")
    assert (pages, names) == (3, [f"server-000{n}" for n in range(1, 6)])


def test_a_skip_token_that_nobody_gave_is_refused(azure: Azure) -> None:
    azure.control("POST", "/machines", {"count": 1, "group": "rg-arc"})
    assert azure.call("GET", MACHINES, **{"$skiptoken": "bm9uc2Vuc2U="}).status_code == 400


def test_a_thousand_machines_are_made_at_once_and_read_in_ten_pages(azure: Azure) -> None:
    azure.control("POST", "/machines", {"count": 1000, "group": "rg-arc"})
    calls, address, seen = 0, MACHINES, 0
    while address:
        body = azure.get(address)
        calls, seen, address = calls + 1, seen + len(body["value"]), body.get("nextLink", "")
    assert (calls, seen) == (10, 1000)
    while len(azure.simulator.arm.exchanges) > 1:
        # Holding one page against the descriptions is enough.
        azure.simulator.arm.exchanges.popleft()


def test_planned_faults(azure: Azure) -> None:
    azure.ready()
    method = f"GET {TEMPLATE}/{{machine}}"
    azure.lab.faults.add("fault", service="azure/arm", method=method, fault="InternalServerError", message="Boom.")
    assert azure.error(azure.call("GET", MACHINE)) == (500, "InternalServerError")
    azure.lab.faults.add("http", service="azure/arm", method=method, status=503)
    assert azure.call("GET", MACHINE).status_code == 503
    assert azure.call("GET", MACHINE).status_code == 200


def test_an_answer_can_get_lost_after_the_work_was_done(azure: Azure) -> None:
    azure.ready()
    azure.lab.faults.add("drop_after", method=f"PUT {TEMPLATE}/{{machine}}")
    with pytest.raises(IOError, match="Connection"):
        azure.call("PUT", f"{MACHINE}b", V, machine_body())
    assert azure.call("GET", f"{MACHINE}b").status_code == 200


def test_requests_are_logged_with_their_templates(azure: Azure) -> None:
    azure.ready()
    azure.call("GET", MACHINE.upper().replace("SUBSCRIPTIONS", "subscriptions"), who="reader")
    entry = azure.lab.requests("azure/arm")[-1]
    assert (entry.name, entry.user, entry.status) == (f"GET {TEMPLATE}/{{machine}}", "reader", 200)


def test_snapshots_bring_back_what_was(azure: Azure) -> None:
    azure.ready()
    kept = azure.simulator.copied_state()
    azure.control("DELETE", "/machines/app01")
    assert azure.call("GET", MACHINE).status_code == 404
    azure.simulator.restore_state(kept)
    assert azure.call("GET", MACHINE).status_code == 200
