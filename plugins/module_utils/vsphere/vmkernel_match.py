# SPDX-License-Identifier: GPL-3.0-or-later
"""Which adapter of a host a user means. Answers are exact, or there is a problem: never the first of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .host_network import DEFAULT_STACK, Adapter, Host, Network
from .inventory import there_is
from .problems import Problems
from .vmkernel_options import WantedAdapter, may_be_one


@dataclass(frozen=True)
class Match:
    """``adapter`` is what is there (None: create it). ``superseded`` is the adapter that ``adapter`` has replaced
    in a run that was interrupted before it removed the old one."""

    network: Network | None
    adapter: Adapter | None
    superseded: Adapter | None = None


def resolve_network(wanted: WantedAdapter, host: Host, problems: Problems) -> Network | None:
    """The port group or segment by name, and by switch where given: exactly one, as this host sees it."""
    if wanted.network is None:
        return None
    found = [
        network
        for network in host.networks
        if network.name == wanted.network and wanted.switch in (None, network.switch)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        which = ", ".join(sorted(str(network) for network in found))
        problems.add(host.name, f"network {wanted.network} is not unique: {which}; name the switch as well")
    else:
        where = f" on switch {wanted.switch}" if wanted.switch else ""
        elsewhere = [network for network in host.networks if network.name == wanted.network]
        known = there_is(str(network) for network in elsewhere or host.networks)
        problems.add(host.name, f"network {wanted.network}{where} does not exist there; {known}")
    return None


def match(wanted: WantedAdapter, others: Sequence[WantedAdapter], host: Host, network: Network | None) -> list[Match]:
    """All adapters the entry could mean; one is right, several are a problem of the caller.

    The order of evidence: the device, the network with the stack, a standard port group (it holds one adapter),
    the address. (vSphere reference 6.4) ``others`` are the other entries of the task: where several of them mean
    adapters in one network, only the address tells these apart.
    """
    if wanted.device:
        return _by_device(wanted, wanted.device, {other.device for other in others}, host, network)
    rivals = [other for other in others if not other.absent and may_be_one(other, wanted)]
    attached = [adapter for adapter in host.adapters if network is not None and adapter.network == network]
    same_address = [adapter for adapter in host.adapters if _has_address(adapter, wanted, host)]
    on_stack = [adapter for adapter in attached if wanted.stack in (None, adapter.stack)]
    if rivals and not wanted.absent:
        candidates = [adapter for adapter in on_stack if adapter in same_address]
    else:
        candidates = on_stack
    if not candidates and not wanted.absent:
        candidates = attached if network is not None and network.type == "standard" and attached else same_address
    if len(candidates) > 1 and not wanted.absent:
        named = {other.device for other in others}
        candidates = [adapter for adapter in candidates if adapter.device not in named]
    return [Match(network, adapter) for adapter in candidates] or [Match(network, None)]


def _by_device(
    wanted: WantedAdapter, device: str, named_by_others: set[str | None], host: Host, network: Network | None
) -> list[Match]:
    named = host.adapter(device)
    if wanted.absent or network is None or (named and wanted.stack in (None, named.stack)):
        return [Match(network or (named.network if named else None), named)]
    # A new adapter gets its name from the host, so the wanted one may be there under a name that nobody stated.
    successors = [
        adapter
        for adapter in host.on_stack(wanted.stack or DEFAULT_STACK)
        if adapter.network == network and adapter.device not in named_by_others and _is_addressed(adapter, wanted, host)
    ]
    return [Match(network, adapter, superseded=named) for adapter in successors] or [Match(network, named)]


def _is_addressed(adapter: Adapter, wanted: WantedAdapter, host: Host) -> bool:
    """Whether the adapter has the addresses that the entry would give to a new one."""
    if wanted.dhcp:
        return adapter.dhcp
    ipv6 = wanted.ipv6_of(host.name)
    return _has_address(adapter, wanted, host) or (bool(ipv6) and set(ipv6 or ()) <= set(adapter.ipv6))


def _has_address(adapter: Adapter, wanted: WantedAdapter, host: Host) -> bool:
    address = wanted.ipv4_of(host.name)
    return bool(address and adapter.ipv4) and str(address).partition("/")[0] == str(adapter.ipv4).partition("/")[0]
