# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource providers, whose registration takes polls and time (Azure reference 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api_versions import CONNECTED_VMWARE, HYBRID_COMPUTE, RESOURCES
from .errors import ArmError
from .gate import Answer
from .paging import page
from .regions import REGIONS
from .state import Provider, State

if TYPE_CHECKING:
    from .arm import Call
    from .routing import Routes

TYPES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "Microsoft.HybridCompute": tuple(
        (name, HYBRID_COMPUTE)
        for name in ("machines", "machines/extensions", "privateLinkScopes", "gateways", "settings", "locations")
    ),
    "Microsoft.GuestConfiguration": (("guestConfigurationAssignments", ("2022-01-25", "2020-06-25")),),
    "Microsoft.HybridConnectivity": (("endpoints", ("2023-03-15", "2021-10-06-preview")),),
    "Microsoft.AzureArcData": (("sqlServerInstances", ("2024-01-01", "2021-11-01")),),
    "Microsoft.Compute": (("virtualMachines", ("2024-07-01", "2023-09-01")),),
    "Microsoft.ConnectedVMwarevSphere": (("vcenters", CONNECTED_VMWARE),),
    "Microsoft.ExtendedLocation": (("customLocations", ("2021-08-15",)),),
    "Microsoft.ResourceConnector": (("appliances", ("2022-10-27",)),),
    "Microsoft.Kubernetes": (("connectedClusters", ("2024-01-01",)),),
    "Microsoft.KubernetesConfiguration": (("extensions", ("2023-05-01",)),),
    "Microsoft.Resources": (("resourceGroups", RESOURCES), ("tags", RESOURCES)),
    "Microsoft.Authorization": (("roleAssignments", ("2022-04-01",)),),
}
FREE = ("Microsoft.Resources", "Microsoft.Authorization")
"""Registered in every subscription."""
READ, WRITE = "Microsoft.Resources/subscriptions/providers/read", "{}/register/action"


def add_routes(routes: Routes) -> None:
    base = "/subscriptions/{subscription}/providers"
    routes.add("GET", base, _list, RESOURCES)
    routes.add("GET", f"{base}/{{namespace}}", _get, RESOURCES)
    routes.add("POST", f"{base}/{{namespace}}/register", _register, RESOURCES)
    routes.add("POST", f"{base}/{{namespace}}/unregister", _unregister, RESOURCES)


def at(state: State, subscription: str, namespace: str) -> Provider:
    """404 for one that does not exist."""
    name = next((n for n in TYPES if n.lower() == namespace.lower()), None)
    if name is None:
        raise ArmError("InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    key = subscription, name.lower()
    if key not in state.providers:
        state.providers[key] = Provider(name, "Registered" if name in FREE else "NotRegistered")
    return state.providers[key]


def proceed(state: State, now: float, polls: int, milliseconds: int) -> None:
    """What was asked for often and long enough is done."""
    for provider in state.providers.values():
        due = provider.polls >= polls and now >= provider.since + milliseconds / 1000
        if provider.state == "Registering" and due:
            provider.state = "Registered"


def _list(call: Call) -> Answer:
    call.require(READ, f"/subscriptions/{call.subscription}")
    for provider in (at(call.state, call.subscription, name) for name in TYPES):
        provider.polls += 1
    proceed(call.state, call.now, call.rules.azure_registering_polls, call.rules.azure_registering_ms)
    return page(call, [_document(call, at(call.state, call.subscription, name)) for name in TYPES])


def _get(call: Call) -> Answer:
    call.require(READ, f"/subscriptions/{call.subscription}")
    provider = at(call.state, call.subscription, call.names["namespace"])
    answer = _document(call, provider)
    provider.polls += 1
    proceed(call.state, call.now, call.rules.azure_registering_polls, call.rules.azure_registering_ms)
    return Answer(200, answer)


def _register(call: Call) -> Answer:
    provider = at(call.state, call.subscription, call.names["namespace"])
    call.require(f"{provider.namespace}/register/action", f"/subscriptions/{call.subscription}")
    call.body("thirdPartyProviderConsent", optional=True)
    if provider.state != "Registered":
        provider.state, provider.since, provider.polls = "Registering", call.now, 0
        if call.planned is not None and call.planned.action == "never_end":
            provider.since = float("inf")
    return Answer(200, _document(call, provider))


def _unregister(call: Call) -> Answer:
    provider = at(call.state, call.subscription, call.names["namespace"])
    call.require(f"{provider.namespace}/unregister/action", f"/subscriptions/{call.subscription}")
    prefix = f"/subscriptions/{call.subscription}/".lower()
    if any(
        r.type.lower().startswith(f"{provider.namespace.lower()}/") and r.key.startswith(prefix)
        for r in call.state.resources.values()
    ):
        raise ArmError(
            "Conflict",
            f"Cannot unregister the provider '{provider.namespace}' because resources of it exist in the subscription.",
        )
    if provider.namespace not in FREE:
        provider.state = "Unregistered"
    return Answer(200, _document(call, provider))


def _document(call: Call, provider: Provider) -> dict[str, Any]:
    more = call.rules.azure_more_api_versions if provider.namespace == "Microsoft.HybridCompute" else ()
    return {
        "id": f"/subscriptions/{call.subscription}/providers/{provider.namespace}",
        "namespace": provider.namespace,
        "registrationState": provider.state,
        "registrationPolicy": "RegistrationFree" if provider.namespace in FREE else "RegistrationRequired",
        "resourceTypes": [
            {
                "resourceType": name,
                "locations": list(REGIONS.values()),
                "apiVersions": [*versions, *more],
                "defaultApiVersion": versions[0],
                "capabilities": "SupportsTags, SupportsLocation",
            }
            for name, versions in TYPES[provider.namespace]
        ],
    }
