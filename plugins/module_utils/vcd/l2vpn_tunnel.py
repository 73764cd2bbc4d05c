# SPDX-License-Identifier: GPL-3.0-or-later
"""L2VPN tunnels of an NSX-T edge gateway: the work of ``vcd_l2vpn_tunnel``. (VCD reference 7)"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..engine.errors import InvalidInput, Refused, TimedOut, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..task import Task
from .account import Account, Version
from .client import Vcd, bare_id
from .edge_kind import interfaces_of
from .inventory import Edge, find_edge, find_vdc, near
from .l2vpn_tunnel_options import WantedTunnel
from .networks import LINK_TYPES, ROUTED, planned_networks
from .rights import are_planned
from .tunnels import (
    FIRST_WITH_TUNNELS,
    Tunnel,
    create_tunnel,
    list_tunnels,
    read_status,
    read_tunnel,
    remove_tunnel,
    update_tunnel,
)

KIND = "L2VPN tunnel"
# Until then a client cannot be disabled, and one with networks is deleted with trouble.
FIRST_WITH_WHOLE_CLIENTS = Version(38, 1)


def ensure_tunnel(task: Task) -> Facts:
    """Bring a tunnel to what is wanted; see the module's RETURN for the result."""
    account = Account.from_params(task.params)
    wanted = WantedTunnel.from_params(task.params)
    with Vcd(account, task, wait_timeout=task.params["wait_timeout"]) as vcd:
        vdc = find_vdc(vcd, task.params["vdc"], task.params["organization"])
        edge = find_edge(vcd, task.params["edge_gateway"], vdc)
        resource = L2VpnTunnel(vcd, edge, wanted, task)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        if task.params["wait_for_tunnel"] and not task.check:
            try:
                resource.wait_until_up()
            except TimedOut as error:
                raise TimedOut(str(error), **{**shared, **resource.facts()}) from error
        return {**shared, **resource.facts()}


def peer_code(vcd: Vcd, edge: Edge, name: str) -> str:
    """The code that the client of a SERVER tunnel needs. It holds the pre-shared key, so it is hidden from everything
    that this task shows; a task that needs it reads it itself instead of taking it from another task's result.

    Raises `InvalidInput` for a tunnel that there is not, or that is a client's.
    """
    found = {one.name: one for one in list_tunnels(vcd, edge)}
    if name not in found:
        raise InvalidInput(f"L2VPN tunnel {name} is not known on edge gateway {edge.name}{near(name, found)}")
    if found[name].mode != "server":
        raise InvalidInput(f"L2VPN tunnel {name} is a client's; only a server gives out a peer code")

    def issued() -> str | None:
        tunnel = read_tunnel(vcd, edge, found[name].id)
        return tunnel.peer_code if tunnel else None

    return vcd.wait_until(issued, f"the peer code of L2VPN tunnel {name}")


def visible_tunnels(vcd: Vcd, task: Task, edge: Edge) -> list[Tunnel]:
    """The tunnels of an edge gateway; none where check mode has only planned the right to see them."""
    try:
        return list_tunnels(vcd, edge)
    except Refused as refused:
        if refused.facts.get("status") == 403 and are_planned(vcd, task, edge.vdc.tenant):
            return []
        raise


def is_planned(vcd: Vcd, task: Task, edge: Edge, name: str) -> bool:
    """Whether an earlier task of this run, in check mode, would have made or changed the tunnel."""
    planned = task.run.planned(_key(vcd, edge)) if task.check else None
    return bool(planned and planned["tunnels"].get(name))


def _key(vcd: Vcd, edge: Edge) -> str:
    return f"{vcd.address} L2VPN tunnels {edge.id}"


class L2VpnTunnel:
    """What the engine reconciles: one tunnel, known by its name."""

    def __init__(self, vcd: Vcd, edge: Edge, wanted: WantedTunnel, task: Task) -> None:
        self._vcd = vcd
        self._edge = edge
        self._wanted = wanted
        self._task = task
        self._key = _key(vcd, edge)
        self._others: list[Tunnel] = []
        self._actual: Tunnel | None = None
        self._outcome: Tunnel | None = None
        self._networks: dict[str, str] | None = None
        self._renewed = False

    def facts(self) -> Facts:
        """The tunnel as it is now, without its secrets, and how it is."""
        actual = self._actual
        if actual is None:
            return {"tunnel": None, "status": None}
        status = read_status(self._vcd, self._edge, actual.id).facts() if actual.id else None
        return {"tunnel": {**actual.facts(), "id": actual.id, "version": actual.version}, "status": status}

    def read(self, names: Collection[str] | None = None) -> Tunnel | None:
        if names is None:
            self._check_edge()
        listed = visible_tunnels(self._vcd, self._task, self._edge)
        self._others = [one for one in listed if one.name != self._wanted.name]
        found = next((one for one in listed if one.name == self._wanted.name), None)
        self._actual = read_tunnel(self._vcd, self._edge, found.id) if found else None
        planned = self._task.run.planned(self._key) if self._task.check else None
        if planned and self._wanted.name in planned["tunnels"]:
            saved = planned["tunnels"][self._wanted.name]
            self._actual = Tunnel.from_saved(saved) if saved else None
        return self._actual

    def plan(self, actual: Tunnel | None) -> list[Chain]:
        wanted = self._wanted
        self._outcome = None
        if wanted.absent:
            return [self._removal(actual)] if actual else []
        problems: list[str] = []
        target = self._target(actual, problems)
        refuse_if(problems)
        self._outcome = target
        if actual is None:
            after = {name: value for name, value in target.facts().items() if value not in (None, "", {})}
            change = Change("create", KIND, wanted.name, {}, after, self._pending(target))
            return [_chain(change, lambda: self._write(create_tunnel, target))]
        before, after = differing(actual.facts(), target.facts())
        for secret, shown in (("pre_shared_key", "pre-shared key"), ("peer_code", "peer code")):
            if self._secret_changes(secret, actual):
                before, after = {**before, shown: "as stored"}, {**after, shown: "as given"}
        if not after:
            return []
        notes = self._pending(target)
        if target.mode == "server":
            notes = (*notes, "its peer code changes, so every client needs the new one")
        change = Change("update", KIND, wanted.name, before, after, notes)
        return [_chain(change, lambda: self._write(update_tunnel, target))]

    def pretend(self, chains: Sequence[Chain]) -> None:
        """A later task may attach to the tunnel; its peer code cannot be read before the tunnel is real."""
        earlier = (self._task.run.planned(self._key) or {"tunnels": {}})["tunnels"]
        outcome = self._outcome.saved() if self._outcome else None
        self._task.run.plan(self._key, {"tunnels": {**earlier, self._wanted.name: outcome}})

    def forget(self, chains: Sequence[Chain]) -> None:
        self._task.run.forget(self._key)

    def wait_until_up(self) -> None:
        """Raises `TimedOut` with what the edge gateway says of the tunnel."""
        actual, reason = self._actual, ""
        if actual is None or not actual.enabled:
            return

        def up() -> bool | None:
            nonlocal reason
            status = read_status(self._vcd, self._edge, actual.id)
            reason = status.failure or "no reason is told"
            return True if status.is_up else None

        what = f"L2VPN tunnel {actual.name} of {self._edge.name} to {actual.remote_endpoint}"
        try:
            self._vcd.wait_until(up, what, "check that its other end has the present peer code and these addresses")
        except TimedOut as error:
            raise TimedOut(f"{error} ({reason})") from error

    def _check_edge(self) -> None:
        if self._vcd.version < FIRST_WITH_TUNNELS:
            raise InvalidInput(
                f"L2VPN tunnels of NSX-T need API {FIRST_WITH_TUNNELS}; this server speaks {self._vcd.version}, where "
                "an NSX-V edge gateway is the work of vcd_edge_l2vpn"
            )
        if interfaces_of(self._vcd, self._edge) is not None:
            raise InvalidInput(f"edge gateway {self._edge.name} is NSX-V; its L2VPN is the work of vcd_edge_l2vpn")

    def _target(self, actual: Tunnel | None, problems: list[str]) -> Tunnel:
        wanted = self._wanted
        mode = wanted.mode or ""
        if actual and actual.mode != mode:
            problems.append(
                f"L2VPN tunnel {actual.name} is a {actual.mode} and cannot become a {mode}; remove it and make it anew"
            )
        other = next((one for one in self._others if one.mode != mode), None)
        if actual is None and other:
            problems.append(
                f"edge gateway {self._edge.name} is a {other.mode} of L2VPN tunnel {other.name}; an edge gateway is "
                "either server or client for all its tunnels"
            )
        if mode == "client" and wanted.enabled is False and self._vcd.version < FIRST_WITH_WHOLE_CLIENTS:
            problems.append(
                f"enabled: a client cannot be disabled before API {FIRST_WITH_WHOLE_CLIENTS}, and this server speaks "
                f"{self._vcd.version}; remove the tunnel instead"
            )
        if actual is None:
            secret = "pre_shared_key" if mode == "server" else "peer_code"
            needed = ("local_endpoint", "remote_endpoint", secret)
            missing = [option for option in needed if getattr(wanted, option) is None]
            if missing:
                problems.append(f"L2VPN tunnel {wanted.name} is new and needs {', '.join(missing)}")
        present = actual or Tunnel(wanted.name, mode, initiation_mode="initiator" if mode == "server" else "")
        return replace(
            present,
            description=_stated(wanted.description, present.description),
            enabled=_stated(wanted.enabled, present.enabled),
            local_endpoint=_stated(wanted.local_endpoint, present.local_endpoint),
            remote_endpoint=_stated(wanted.remote_endpoint, present.remote_endpoint),
            tunnel_interface=_stated(wanted.tunnel_interface, present.tunnel_interface),
            initiation_mode=_stated(wanted.initiation_mode, present.initiation_mode),
            pre_shared_key=_stated(wanted.pre_shared_key, present.pre_shared_key),
            peer_code=_stated(wanted.peer_code, present.peer_code),
            networks=self._target_networks(present, problems),
            logging=_stated(wanted.logging, present.logging),
        )

    def _target_networks(self, present: Tunnel, problems: list[str]) -> Mapping[str, int | None]:
        wanted = self._wanted.networks
        if wanted is None:
            return present.networks
        known = self._known_networks()
        problems += [
            f"network {name} is not a routed network on edge gateway {self._edge.name}{near(name, known)}"
            for name in sorted(set(wanted) - set(present.networks) - set(known))
        ]
        # A server numbers its networks itself, and an older service does not tell the numbers of a client's.
        told = {name: present.networks[name] for name in wanted if name in present.networks}
        if present.mode == "client":
            return {name: None if told.get(name, number) is None else number for name, number in wanted.items()}
        return {name: told.get(name) for name in wanted}

    def _known_networks(self) -> dict[str, str]:
        """Bare ids by name of the routed networks on the edge gateway; empty ids for planned ones."""
        if self._networks is None:
            self._networks = {
                one["name"]: bare_id(one["href"])
                for one in self._vcd.records("orgVdcNetwork")
                if bare_id(one.get("vdc", "")) == self._edge.vdc.id
                and one.get("connectedTo") == self._edge.name
                and LINK_TYPES.get(one.get("linkType", ROUTED)) == LINK_TYPES[ROUTED]
            }
        planned = planned_networks(self._vcd, self._task, self._edge.vdc)
        added = {name: "" for name, one in planned.items() if one and one.edge_gateway == self._edge.name}
        gone = {name for name, one in planned.items() if one is None}
        return {name: one for name, one in {**added, **self._networks}.items() if name not in gone}

    def _pending(self, target: Tunnel) -> tuple[str, ...]:
        known = self._known_networks() if target.networks else {}
        missing = sorted(name for name in target.networks if known.get(name) == "")
        return tuple(f"network {name} is made by an earlier task of this run" for name in missing)

    def _secret_changes(self, secret: str, actual: Tunnel) -> bool:
        """Compared where the service shows the stored one; otherwise ``update_password`` decides."""
        given, stored = getattr(self._wanted, secret), getattr(actual, secret)
        if given is None:
            return False
        return given != stored if stored else self._wanted.renew_secrets and not self._renewed

    def _write(self, write: Callable[[Vcd, Edge, Tunnel, Mapping[str, str]], None], target: Tunnel) -> None:
        write(self._vcd, self._edge, target, self._known_networks())
        self._renewed = True

    def _removal(self, actual: Tunnel) -> Chain:
        change = Change("remove", KIND, actual.name, actual.facts(), {})
        steps = [Step(change, lambda: remove_tunnel(self._vcd, self._edge, actual))]
        if actual.mode == "client" and actual.networks and self._vcd.version < FIRST_WITH_WHOLE_CLIENTS:
            # A client with networks that was updated before is not deleted at the first attempt.
            bare = replace(actual, networks={})
            steps.insert(0, Step(change, lambda: self._write(update_tunnel, bare)))
        return Chain(actual.name, (change,), tuple(steps))


def _stated(option: Any, present: Any) -> Any:
    return present if option is None else option


def _chain(change: Change, write: Callable[[], None]) -> Chain:
    return Chain(change.name, (change,), (Step(change, write),))
