# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for networks that are extended: which ones HCX takes, and what to know before the first. (HCX planning 3)"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from .hcx_appliances import Extension
from .hcx_caution import Caution
from .hcx_request import DISTRIBUTED, ExtendedNetwork, Request
from .hcx_services import MON

NOT_EXTENDABLE = {
    "standard": "is a network of a standard switch",
    "vmkernel": "is a network of VMkernel adapters",
    "private_vlan": "is a private VLAN",
    "ephemeral": "is a port group with ephemeral binding",
}


def obstacle(network: ExtendedNetwork, request: Request) -> str | None:
    """Why HCX does not extend the network, to follow its name; None when it does."""
    if network.kind in NOT_EXTENDABLE:
        return NOT_EXTENDABLE[network.kind]
    if network.vlan == 0 and network.kind == DISTRIBUTED:
        return "is untagged"
    for profile in request.local.profiles:
        if profile.network == network.name:
            return f"is the network of the profile {profile.name}"
    return None


def extendable(request: Request) -> list[ExtendedNetwork]:
    """The networks that HCX extends, and for which appliances are counted."""
    return [network for network in request.networks if obstacle(network, request) is None]


def extension_cautions(request: Request, extended: Sequence[Extension]) -> Iterator[Caution]:
    for network in request.networks:
        if found := obstacle(network, request):
            yield Caution(
                "network-not-extendable",
                f"{network.name} on {network.switch} {found}; it is left out of the count of appliances.",
                "HCX extends tagged networks of distributed switches and NSX segments that nothing of HCX itself uses.",
                "UG 4.5",
                request.local.name,
                blocks=True,
            )
    yield from _overlapping_vlans(request)
    if len(extended) > 1:
        pairs = "; ".join(f"{item.pair[0]} to {item.pair[1]}: {item.networks}" for item in extended)
        yield Caution(
            "several-switch-pairs",
            f"The networks are on {len(extended)} pairs of switches ({pairs}), each with NE appliances of its own.",
            "One NE appliance serves one pair of distributed switches, however few its networks are.",
            "AVS",
        )
    if request.ha:
        yield Caution(
            "ha-before-first-extension",
            "Activate high availability of the NE appliances before the first network is extended.",
            "HCX forms HA groups of appliances without extensions only; it needs the Enterprise licence.",
            "UG",
        )
    if MON in request.services:
        yield Caution(
            "mon-policy-routes",
            "Check the policy routes of Mobility Optimized Networking before the first VM moves.",
            "By default they send RFC 1918 destinations back to the source. VMs moved by bulk migration switch their "
            "gateway by themselves, those moved by vMotion or RAV one by one.",
            "UG 4.7, 4.9",
        )


def _overlapping_vlans(request: Request) -> Iterator[Caution]:
    alike: dict[tuple[int, str], list[ExtendedNetwork]] = defaultdict(list)
    for network in extendable(request):
        if network.vlan and network.router:
            alike[network.vlan, network.router].append(network)
    for (vlan, router), networks in alike.items():
        if len(networks) > 1:
            names = ", ".join(f"{network.name} on {network.switch}" for network in networks)
            yield Caution(
                "overlapping-vlans",
                f"{names} have VLAN {vlan} and go to one router, {router}.",
                "HCX does not extend overlapping VLANs to one router.",
                "UG 4.5",
                request.local.name,
                blocks=True,
            )
