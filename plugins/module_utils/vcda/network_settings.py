# SPDX-License-Identifier: GPL-3.0-or-later
"""The cards of a migrated virtual machine and their networks, in the service's form. (VCD reference 10.8)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..engine.plan import Facts
from .client import Json


@dataclass(frozen=True)
class Card:
    """One network card, counted from 0. ``network`` is a name; ``mode`` pool, dhcp, manual or none, in lower case."""

    index: int
    network: str
    mode: str
    address: str | None
    connected: bool
    keep_mac: bool

    def facts(self) -> Facts:
        shown = {"nic": self.index, "network": self.network, "mode": self.mode, "address": self.address}
        return {**shown, **({} if self.connected else {"connected": False})}

    def wire(self, *, network: str | None, connected: bool) -> Json:
        body: Json = {
            "nicIndex": self.index,
            "isConnected": connected,
            "network": network,
            "ipAddressAllocationMode": self.mode.upper() if connected else "NONE",
            "resetMacAddress": not self.keep_mac,
        }
        return {**body, "ipAddress": self.address} if self.address and connected else body


def vm_settings(cards: Sequence[Card]) -> Json:
    """``vmNetworkSettings`` of the real cut-over."""
    return _settings([card.wire(network=card.network, connected=card.connected) for card in cards], cards)


def test_settings(cards: Sequence[Card], test_network: str | None) -> Json:
    """The same for a test: on the test network, or on none, because the source still has the addresses."""
    wired = [card.wire(network=test_network or card.network, connected=bool(test_network)) for card in cards]
    return _settings(wired, cards)


def _settings(nics: list[Json], cards: Sequence[Card]) -> Json:
    return {"primaryNicIndex": cards[0].index, "copySourceNicSettings": False, "nics": nics}


def vapp_settings(networks: Mapping[str, str], names: Sequence[str]) -> Json:
    """``vAppNetworkSettings``: the Org VDC networks that the vApp gets, by name and id."""
    bridged = [{"id": networks[name], "name": name} for name in dict.fromkeys(names)]
    return {
        "copySourceNetworks": False,
        "bulkConnectVmNics": False,
        "bridgeOrgVdcNetworks": bridged,
        "networkMappings": [],
    }


def cards_of(settings: Any) -> list[Card]:
    """From ``vmNetworkSettings`` of one virtual machine, in the order of the cards."""
    nics = (settings or {}).get("nics") or []
    return sorted((_card(nic) for nic in nics), key=lambda card: card.index)


def _card(nic: Json) -> Card:
    connected = nic.get("isConnected", True) is not False
    return Card(
        index=int(nic["nicIndex"]),
        network=str(nic.get("network")),
        mode=str(nic.get("ipAddressAllocationMode") or "none").lower() if connected else "none",
        address=nic.get("ipAddress") or None,
        connected=connected,
        keep_mac=not nic.get("resetMacAddress"),
    )
