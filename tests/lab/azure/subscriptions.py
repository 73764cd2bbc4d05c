# SPDX-License-Identifier: GPL-3.0-or-later
"""Subscriptions, tenants, regions (Azure reference 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import authorization, directory
from .errors import ArmError
from .gate import Answer
from .paging import page
from .regions import REGIONS

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

VERSIONS = ("2022-12-01", "2021-01-01", "2020-01-01", "2016-06-01")


def add_routes(routes: Routes) -> None:
    routes.add("GET", "/subscriptions", _list, VERSIONS)
    routes.add("GET", "/subscriptions/{subscription}", _get, VERSIONS)
    routes.add("GET", "/subscriptions/{subscription}/locations", _locations, VERSIONS)
    routes.add("GET", "/tenants", _tenants, VERSIONS)


def visible(call: Call, subscription: str) -> bool:
    """Any role in it is enough."""
    scope = f"/subscriptions/{subscription}"
    return any(authorization.within(a.scope, scope) for a in authorization.of(call.state, call.identity))


def _list(call: Call) -> Answer:
    answer = page(call, [_document(call, s) for s in directory.SUBSCRIPTIONS if visible(call, s)])
    answer.body.setdefault("nextLink", "")
    return answer


def _get(call: Call) -> Answer:
    subscription = call.subscription
    if not visible(call, subscription):
        if call.rules.azure_hidden_subscription == "not_found":
            raise ArmError("SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        call.require("Microsoft.Resources/subscriptions/read", f"/subscriptions/{subscription}")
    return Answer(200, _document(call, subscription))


def _document(call: Call, subscription: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription}",
        "subscriptionId": subscription,
        "displayName": directory.SUBSCRIPTIONS[subscription],
        "state": "Enabled",
        "tenantId": directory.TENANT,
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "Internal_2014-09-01",
            "spendingLimit": "Off",
        },
        "tags": dict(call.state.subscription_tags.get(subscription, {})),
    }


def _locations(call: Call) -> Answer:
    if not visible(call, call.subscription):
        call.require("Microsoft.Resources/subscriptions/locations/read", f"/subscriptions/{call.subscription}")
    entries = [
        {
            "id": f"/subscriptions/{call.subscription}/locations/{name}",
            "name": name,
            "type": "Region",
            "displayName": shown,
            "regionalDisplayName": shown,
        }
        for name, shown in REGIONS.items()
    ]
    return Answer(200, {"value": entries})


def _tenants(call: Call) -> Answer:
    tenant = directory.TENANT
    entry = {
        "id": f"/tenants/{tenant}",
        "tenantId": tenant,
        "tenantCategory": "Home",
        "displayName": "Lab",
        "defaultDomain": directory.TENANT_DOMAIN,
        "domains": [directory.TENANT_DOMAIN],
    }
    return Answer(200, {"value": [entry]})
