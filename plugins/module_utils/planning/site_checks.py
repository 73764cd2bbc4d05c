# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between the values of a site sheet: address ranges, overlaps, stacks and services."""

from __future__ import annotations

import difflib
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TYPE_CHECKING

from .address_plan import assign, usable
from .carriers import DEDICATED_STACKS, DEFAULT_STACK
from .problems import Problems
from .sheet_fields import Section

if TYPE_CHECKING:
    from .site_sheet import Cluster, Network, Stack

SERVICE_OF_STACK = {stack: service for service, stack in DEDICATED_STACKS.items()}
# Services that the vendor supports on one adapter per host only. (vSphere reference 7)
ONE_ADAPTER_SERVICES = ("vSphereProvisioning", "faultToleranceLogging")

Addresses = Mapping[str, Mapping[str, IPv4Interface]]


def check_addressing(network: Network, section: Section) -> None:
    """Either DHCP or addresses of a CIDR, and every address where it can be used."""
    if network.dhcp:
        for key in ("gateway", "first", "last", "exclude", "addresses"):
            if section.given(key):
                section.problem(key, "cannot be combined with dhcp: true, because the DHCP server decides it")
        return
    if not section.given("cidr"):
        section.problem(None, "needs either cidr, to give addresses to its hosts, or dhcp: true")
    if network.cidr is None:
        return
    for key, address in (("gateway", network.gateway), ("first", network.first), ("last", network.last)):
        _check_inside(key, address, network.cidr, section)
    if network.first and network.last and network.first > network.last:
        section.problem("first", f"is {network.first}, which comes after last, {network.last}")
    for number, (begin, end) in enumerate(network.exclude):
        if begin not in network.cidr or end not in network.cidr:
            section.problem(f"exclude[{number}]", f"reaches outside the cidr {network.cidr}")


def _check_inside(key: str, address: IPv4Address | None, cidr: IPv4Network, section: Section) -> None:
    if address is None:
        return
    lowest, highest = usable(cidr)
    if address not in cidr:
        section.problem(key, f"is {address}, which is not inside the cidr {cidr}")
    elif not lowest <= address <= highest:
        kind = "network" if address < lowest else "broadcast"
        section.problem(key, f"is {address}, the {kind} address of the cidr {cidr}")


def check_site(
    clusters: Sequence[Cluster],
    networks: Sequence[Network],
    others: Mapping[str, IPv4Network],
    stacks: Sequence[Stack],
) -> Iterable[str]:
    """The problems of the sections with each other."""
    yield from _repeated_hosts(clusters)
    yield from _overlaps(networks, others)
    yield from _stack_problems(networks, stacks)
    yield from _service_problems(networks, stacks)
    yield from _attachment_problems(networks)
    yield from _route_problems(networks, stacks)


def _repeated_hosts(clusters: Sequence[Cluster]) -> Iterable[str]:
    for first, second in itertools.combinations(clusters, 2):
        if first.name == second.name:
            yield f"clusters names {first.name} twice."
        shared = {host.lower() for host in first.hosts} & {host.lower() for host in second.hosts}
        for host in sorted(shared):
            yield f"clusters lists host {host} in both {first.name} and {second.name}."


def _overlaps(networks: Sequence[Network], others: Mapping[str, IPv4Network]) -> Iterable[str]:
    own = [(f"networks.{network.name}.cidr", network.cidr, network) for network in networks if network.cidr]
    foreign = [(f"other_networks.{name}", cidr, None) for name, cidr in others.items()]
    for (path, cidr, network), (other_path, other_cidr, other) in itertools.combinations([*own, *foreign], 2):
        if cidr.overlaps(other_cidr) and not (network and other and _share_a_subnet(network, other)):
            yield f"{path} {cidr} overlaps {other_path} {other_cidr}; every network needs addresses of its own."


def _share_a_subnet(first: Network, second: Network) -> bool:
    """Several vMotion adapters per host, all in one subnet, are the documented way to more bandwidth."""
    both_carry = all("vmotion" in _carried(network) for network in (first, second))
    return both_carry and first.stack == second.stack and first.cidr == second.cidr


def _carried(network: Network) -> tuple[str, ...]:
    """The services of the network, whether stated or given by its stack."""
    own = SERVICE_OF_STACK.get(network.stack)
    return (own,) if own else network.services


def _stack_problems(networks: Sequence[Network], stacks: Sequence[Stack]) -> Iterable[str]:
    known = list(dict.fromkeys([DEFAULT_STACK, *SERVICE_OF_STACK, *(stack.name for stack in stacks)]))
    gateways: dict[str, Network] = {}
    for network in networks:
        path = f"networks.{network.name}"
        if network.stack not in known:
            near = difflib.get_close_matches(network.stack, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            yield (
                f'{path}.stack is "{network.stack}", which is neither built in nor listed under stacks; '
                f"{hint}Allowed: {', '.join(known)}."
            )
        own_gateway = network.stack != DEFAULT_STACK and network.gateway is not None
        if own_gateway and gateways.setdefault(network.stack, network).gateway != network.gateway:
            rival = gateways[network.stack]
            yield (
                f"{path}.gateway is {network.gateway}, but stack {network.stack} already gets {rival.gateway} "
                f"from networks.{rival.name}; a stack has one gateway."
            )


def _service_problems(networks: Sequence[Network], stacks: Sequence[Stack]) -> Iterable[str]:
    carrying: dict[str, list[Network]] = defaultdict(list)
    for network in networks:
        if network.stack in SERVICE_OF_STACK or network.stack in [stack.name for stack in stacks]:
            yield from _misplaced_services(network)
        for service in _carried(network):
            carrying[service].append(network)
    for service, stack in DEDICATED_STACKS.items():
        on_stack = [network.name for network in carrying[service] if network.stack == stack]
        for network in carrying[service]:
            if on_stack and network.stack == DEFAULT_STACK:
                yield (
                    f"networks.{network.name}.services holds {service}, but networks.{on_stack[0]} is on the stack "
                    f"{stack}, which takes that traffic away from the default stack."
                )
    for service in ONE_ADAPTER_SERVICES:
        names = [f"networks.{network.name}" for network in carrying[service]]
        if len(names) > 1:
            yield f"{' and '.join(names)} all carry {service}, but a host supports one adapter for it."


def _misplaced_services(network: Network) -> Iterable[str]:
    if network.stack == DEFAULT_STACK:
        return
    own = SERVICE_OF_STACK.get(network.stack)
    allowed = f"only {own}" if own else "no service"
    for service in network.services:
        if service != own:
            yield f"networks.{network.name}.services holds {service}, but the stack {network.stack} takes {allowed}."


def _attachment_problems(networks: Sequence[Network]) -> Iterable[str]:
    """Two adapters that a host could not tell apart."""
    for first, second in itertools.combinations(networks, 2):
        names = f"networks.{first.name} and networks.{second.name}"
        if first.device and first.device == second.device:
            yield f"{names} both name the device {first.device}."
        same_place = (first.portgroup, first.switch, first.stack) == (second.portgroup, second.switch, second.stack)
        if same_place and first.portgroup and not (first.device and second.device):
            yield f"{names} use the same port group {first.portgroup} on the same stack; name the device of each."


def _route_problems(networks: Sequence[Network], stacks: Sequence[Stack]) -> Iterable[str]:
    for stack in stacks:
        reachable = [network.cidr for network in networks if network.stack == stack.name and network.cidr]
        for number, route in enumerate(stack.routes):
            path = f"stacks.{stack.name}.routes[{number}]"
            # The default stack also has the management network, which a sheet need not describe.
            if stack.name != DEFAULT_STACK and not any(route.gateway in cidr for cidr in reachable):
                yield f"{path}.gateway is {route.gateway}, which is not inside any network of the stack {stack.name}."
            for cidr in reachable:
                if route.network.subnet_of(cidr):
                    yield f"{path}.network is {route.network}, which the stack reaches directly as part of {cidr}."


def give_addresses(clusters: Sequence[Cluster], networks: Sequence[Network], problems: list[str]) -> Addresses:
    """Every host's address on every network with static ones; what cannot be given is added to `problems`."""
    hosts = [host for cluster in clusters for host in cluster.hosts]
    unlisted = [cluster.name for cluster in clusters if not cluster.hosts]
    plan: dict[str, dict[str, IPv4Interface]] = {}
    for network in networks:
        if network.pool is None or not all(bound in network.pool.network for bound in network.pool.bounds()):
            continue
        if unlisted:
            problems.append(
                f"networks.{network.name} gives static addresses, but clusters lists no hosts for "
                f"{', '.join(unlisted)}; list them, or use dhcp: true."
            )
            continue
        prefix = network.pool.network.prefixlen
        try:
            assigned = assign(network.pool, list(dict.fromkeys(hosts)), network.explicit)
        except Problems as found:
            problems += [f"networks.{network.name}: {sentence}" for sentence in found.sentences]
            continue
        plan[network.name] = {host: IPv4Interface((address, prefix)) for host, address in assigned.items()}
    problems += _doubled_addresses(plan)
    return plan


def _doubled_addresses(addresses: Addresses) -> Iterable[str]:
    for (name, plan), (other_name, other_plan) in itertools.combinations(addresses.items(), 2):
        doubled = sorted({item.ip for item in plan.values()} & {item.ip for item in other_plan.values()})
        if doubled:
            yield (
                f"networks.{name} and networks.{other_name} give out the same {len(doubled)} "
                f"{'address' if len(doubled) == 1 else 'addresses'} from {doubled[0]} on; "
                "give each of them a first and last of its own."
            )
