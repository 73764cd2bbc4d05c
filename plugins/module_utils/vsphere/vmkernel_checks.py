# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be, found before the first write: guards, and the rules a host would refuse by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .host_network import DEFAULT_MTU, DEFAULT_STACK, SERVICE_OF_STACK, Adapter, Host
from .problems import Problems
from .vmkernel_options import WantedAdapter, misplaced_service

MANAGEMENT = "management"
# At most one adapter of a host may carry these. (vSphere reference 7)
SINGLE_SERVICES = ("faultToleranceLogging", "vSphereProvisioning")


@dataclass(frozen=True)
class Guard:
    """Protects the adapters that a mistake would cut the host off with. (vSphere reference 9)

    ``connected_to`` is the address of this connection: on a direct connection to a host it is one of its adapters'.
    """

    allow: bool
    connected_to: str

    def check(self, host: Host, actual: Adapter, target: Adapter | None, label: str, problems: Problems) -> None:
        """``target`` None means removal; a change of MTU or an added service is no danger."""
        what = _danger(actual, target)
        if not what:
            return
        if actual.owner:
            problems.add(host.name, f"{actual.device} belongs to {actual.owner}, so {label} must not {what} it")
        if "vsan" in actual.services and what != "disable management on":
            problems.add(host.name, f"{actual.device} carries vSAN; disable its service vsan before you {what} it")
        if self.allow:
            return
        why = self._reason(host, actual)
        if why:
            problems.add(
                host.name,
                f"{actual.device} {why}; {label} would {what} it, which needs allow_management_change: true",
            )

    def _reason(self, host: Host, actual: Adapter) -> str:
        if MANAGEMENT in actual.services:
            return "carries management"
        if _plain_addresses(actual) & {self.connected_to.lower(), host.name.lower()}:
            return "carries the address this connection uses"
        return ""


def _danger(actual: Adapter, target: Adapter | None) -> str:
    if target is None:
        return "remove"
    if target.stack != actual.stack:
        return "replace"
    if target.network != actual.network:
        return "move"
    if (target.dhcp, target.ipv4) != (actual.dhcp, actual.ipv4) or set(actual.ipv6) - set(target.ipv6):
        return "renumber"
    return "disable management on" if MANAGEMENT in set(actual.services) - set(target.services) else ""


def exclude_each_other(one: Adapter, other: Adapter) -> bool:
    """A host takes neither one address nor one standard port group twice. (vSphere reference 6.4)"""
    same_port = one.network == other.network and other.network is not None and other.network.type == "standard"
    return same_port or bool(_plain_addresses(one) & _plain_addresses(other))


def _plain_addresses(adapter: Adapter) -> set[str]:
    return {text.partition("/")[0] for text in (adapter.ipv4, *adapter.ipv6) if text}


def missing_statements(entry: WantedAdapter, old: Adapter) -> list[str]:
    """Settings of an adapter that would be lost if a run ended between its removal and its creation."""
    lost = {
        "ipv4": entry.dhcp is None and bool(old.ipv4 or old.dhcp),
        "ipv6.addresses": entry.ipv6 is None and bool(old.ipv6),
        "ipv6.autoconf": entry.ipv6_autoconf is None and old.ipv6_autoconf,
        "ipv6.dhcp": entry.ipv6_dhcp is None and old.ipv6_dhcp,
        "mtu": entry.mtu is None and old.mtu != DEFAULT_MTU,
        "gateway_ipv4": entry.gateway_ipv4 is None and bool(old.gateway_ipv4),
        "gateway_ipv6": entry.gateway_ipv6 is None and bool(old.gateway_ipv6),
        "network": entry.network is None,
    }
    return [option for option, is_lost in lost.items() if is_lost]


def check_adapter(
    entry: WantedAdapter, target: Adapter, actual: Adapter | None, host: Host, problems: Problems
) -> None:
    """One adapter against its host: the stack, the services, the MTU of the switch, the gateway."""
    if host.stack(target.stack) is None:
        known = ", ".join(stack.name for stack in host.stacks)
        problems.add(
            host.name,
            f"stack {target.stack} of {entry.label} does not exist there (there is: {known}); "
            "create it with esxi_netstack",
        )
    for service, on in entry.services.items():
        if on and service not in host.offered_services:
            offered = ", ".join(host.offered_services)
            problems.add(host.name, f"service {service} of {entry.label} is not offered there; offered: {offered}")
        misplaced = misplaced_service(service, on, target.stack)
        if misplaced:
            problems.add(host.name, f"{entry.label}: {misplaced}")
    changed = actual is None or (actual.mtu, actual.network) != (target.mtu, target.network)
    network = target.network
    if changed and network and network.mtu is not None and target.mtu > network.mtu:
        problems.add(
            host.name, f"mtu {target.mtu} of {entry.label} is above the {network.mtu} of switch {network.switch}"
        )
    own = " ".join([target.ipv4 or "no IPv4 address", *target.ipv6])
    for option, gateway, had in (
        ("gateway_ipv4", target.gateway_ipv4, actual.gateway_ipv4 if actual else None),
        ("gateway_ipv6", target.gateway_ipv6, actual.gateway_ipv6 if actual else None),
    ):
        if gateway and gateway != had and not target.reaches(gateway):
            problems.add(host.name, f"{option} {gateway} of {entry.label} is not in the adapter's own network ({own})")


def check_host(before: Host, after: Host, problems: Problems) -> None:
    """Rules between the adapters of one host; only what this plan brings about is its fault."""
    for service in SINGLE_SERVICES:
        now = _carrying(after, service)
        if len(now) > 1 and len(now) > len(_carrying(before, service)):
            problems.add(
                before.name,
                f"{' and '.join(now)} would both carry {service}, of which a host supports one; disable it on one",
            )
    for network in {adapter.network for adapter in after.adapters if adapter.network}:
        inside = [adapter.device for adapter in after.adapters if adapter.network == network]
        was = [adapter.device for adapter in before.adapters if adapter.network == network]
        if network.type == "standard" and len(inside) > 1 and set(inside) - set(was):
            problems.add(
                before.name,
                f"{' and '.join(inside)} would both be in {network}; a standard port group holds one adapter",
            )
    for stack, service in SERVICE_OF_STACK.items():
        owners = [adapter.device for adapter in after.on_stack(stack)]
        stray = [adapter.device for adapter in after.on_stack(DEFAULT_STACK) if service in adapter.services]
        was = [adapter.device for adapter in before.on_stack(DEFAULT_STACK) if service in adapter.services]
        if owners and set(stray) - set(was):
            problems.add(
                before.name,
                f"{service} cannot be enabled on {stray[0]}: {owners[0]} on stack {stack} carries all of it there",
            )


def _carrying(host: Host, service: str) -> list[str]:
    return [adapter.device for adapter in host.adapters if service in adapter.services]


def check_addresses(before: Sequence[Host], after: Sequence[Host], problems: Problems) -> None:
    """No address twice on one host, nor in one network of several hosts, where this plan is to blame."""
    had = {(owner, address) for owner, _host, address, _scopes in _addresses(before)}
    first: dict[tuple[str, str], str] = {}
    # Those that are there already come first, so that the sentence blames the new one.
    for owner, host, address, scopes in sorted(_addresses(after), key=lambda found: (found[0], found[2]) not in had):
        for scope in scopes:
            other = first.setdefault((scope, address), owner)
            if other != owner and not {(owner, address), (other, address)} <= had:
                problems.add(host, f"{address} is already the address of {other}")


def _addresses(hosts: Sequence[Host]) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """(host/device, host, address, the scopes in which the address must be unique)."""
    for host in hosts:
        for adapter in host.adapters:
            network = adapter.network
            scopes = (f"host {host.name}", *([f"{network.type} {network.key}"] if network else []))
            for text in (*([adapter.ipv4] if adapter.ipv4 else []), *adapter.ipv6):
                yield f"{host.name}/{adapter.device}", host.name, text.partition("/")[0], scopes
