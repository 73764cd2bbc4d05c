# SPDX-License-Identifier: GPL-3.0-or-later
"""The L2VPN server of an NSX-V edge gateway: the work of ``vcd_edge_l2vpn``. (VCD reference 6)"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ..engine.errors import InvalidInput, Refused, TimedOut, refuse_if
from ..engine.plan import Chain, Change, Facts, Step, differing
from ..engine.reconcile import reconcile
from ..task import Task
from .account import Account
from .client import Vcd
from .edge_kind import Interface, interfaces_of
from .edge_l2vpn_options import DEFAULT_CIPHER, WEAK, WantedServer, WantedSite
from .inventory import Edge, find_edge, find_vdc, near, wait_while_busy
from .l2vpn_server import (
    STRETCHABLE,
    Server,
    Site,
    Tunnel,
    read_server,
    read_tunnels,
    remove_server,
    write_server,
)
from .networks import planned_networks
from .rights import are_planned

KIND = "L2VPN server"
SITE = "L2VPN peer site"


def ensure_server(task: Task) -> Facts:
    """Bring the L2VPN server of an edge gateway to what is wanted; see the module's RETURN for the result."""
    account = Account.from_params(task.params)
    wanted = WantedServer.from_params(task.params)
    with Vcd(account, task, wait_timeout=task.params["wait_timeout"]) as vcd:
        vdc = find_vdc(vcd, task.params["vdc"], task.params["organization"])
        edge = find_edge(vcd, task.params["edge_gateway"], vdc)
        resource = EdgeL2Vpn(vcd, edge, wanted, task)
        shared = reconcile(resource, check=task.check, progress=task.progress)
        if task.params["wait_for_tunnel"] and not task.check:
            try:
                resource.wait_for_tunnels()
            except TimedOut as error:
                raise TimedOut(str(error), **{**shared, **resource.facts()}) from error
        return {**shared, **resource.facts()}


def visible_server(vcd: Vcd, task: Task, edge: Edge, interfaces: Sequence[Interface]) -> Server:
    """The present configuration; an empty one where check mode has only planned the right to see it."""
    try:
        return read_server(vcd, edge, interfaces)
    except Refused as refused:
        if refused.facts.get("status") == 403 and are_planned(vcd, task, edge.vdc.tenant):
            return Server()
        raise


def planned_server(vcd: Vcd, task: Task, edge: Edge) -> Server | None:
    """In check mode, what earlier tasks of the run would have left; None where they leave what is there."""
    planned = task.run.planned(_key(vcd, edge)) if task.check else None
    return _from_saved(planned) if planned else None


def _key(vcd: Vcd, edge: Edge) -> str:
    return f"{vcd.address} L2VPN {edge.id}"


class EdgeL2Vpn:
    """What the engine reconciles: the whole configuration, written with one call."""

    def __init__(self, vcd: Vcd, edge: Edge, wanted: WantedServer, task: Task) -> None:
        self._vcd = vcd
        self._edge = edge
        self._wanted = wanted
        self._task = task
        self._key = _key(vcd, edge)
        self._interfaces: list[Interface] = []
        self._planned: Facts | None = None
        self._actual = Server()
        self._outcome = Server()
        self._renewed = False

    def facts(self) -> Facts:
        """The server and its peer sites as they are now, with their tunnels."""
        actual = self._actual
        tunnels: dict[str, Tunnel] = {}
        notes: list[str] = []
        if actual.role == "server" and actual.raw:
            try:
                tunnels = read_tunnels(self._vcd, self._edge)
            except Refused as refused:
                notes.append(f"the edge gateway does not tell the status of its tunnels: {refused}")
        server = None
        if actual.role == "server":
            server = {**actual.facts(), "peer_sites": [site.facts() for site in actual.sites.values()]}
        return {"server": server, "tunnels": [one.facts() for one in tunnels.values()], "notes": notes}

    def read(self, names: Collection[str] | None = None) -> Server:
        if not self._task.check:
            wait_while_busy(self._vcd, "edgeGateway", {self._edge.id}, f"edge gateway {self._edge.name}")
        found = interfaces_of(self._vcd, self._edge)
        if found is None:
            raise InvalidInput(
                f"edge gateway {self._edge.name} is NSX-T, whose L2VPN tunnels are the work of vcd_l2vpn_tunnel"
            )
        self._interfaces = found
        self._planned = self._task.run.planned(self._key) if self._task.check else None
        self._actual = (
            _from_saved(self._planned)
            if self._planned
            else visible_server(self._vcd, self._task, self._edge, self._interfaces)
        )
        return self._actual

    def plan(self, actual: Server) -> list[Chain]:
        if self._wanted.absent:
            return self._removal(actual)
        problems: list[str] = []
        if actual.role == "client" and not self._wanted.replace_client:
            problems.append(
                f"edge gateway {self._edge.name} is an L2VPN client, and an edge gateway is one or the other; say "
                "replace_client to give up the client"
            )
        target = self._target(actual, problems)
        refuse_if(problems)
        self._outcome = target
        changes = self._changes(actual, target)
        if not changes:
            return []
        refuse_if(self._lost_passwords(target))
        steps = [Step(changes[0], self._write)]
        if actual.role == "client":
            steps.insert(0, Step(changes[0], lambda: remove_server(self._vcd, self._edge)))
        return [Chain(self._edge.name, tuple(changes), tuple(steps))]

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Later tasks of the run continue from the server as this task would leave it."""
        self._task.run.plan(self._key, _saved(self._outcome))

    def forget(self, chains: Sequence[Chain]) -> None:
        self._task.run.forget(self._key)

    def wait_for_tunnels(self) -> None:
        """Until the tunnels of the listed peer sites are up. Raises `TimedOut` with what the edge gateway says."""
        awaited = [
            site.name
            for site in self._wanted.sites
            if not site.absent and site.name in self._actual.sites and self._actual.sites[site.name].enabled
        ]
        down: dict[str, str] = {}

        def up() -> bool | None:
            tunnels = read_tunnels(self._vcd, self._edge)
            unknown = Tunnel("", is_up=False, failure="the edge gateway does not list it")
            seen = {name: tunnels.get(name, unknown) for name in awaited}
            down.clear()
            down.update({name: one.failure or "no reason is told" for name, one in seen.items() if not one.is_up})
            return None if down else True

        if not awaited or not self._actual.enabled:
            return
        what = f"the L2VPN tunnels of {self._edge.name} to {', '.join(awaited)}"
        try:
            self._vcd.wait_until(up, what, "compare address, port, cipher, user and password at both ends")
        except TimedOut as error:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in sorted(down.items()))
            raise TimedOut(f"{error} ({reasons})") from error

    def _write(self) -> None:
        """Merged into what is there at this moment: Extender writes its own peer sites into the same document."""
        write_server(
            self._vcd,
            self._edge,
            self._target(visible_server(self._vcd, self._task, self._edge, self._interfaces), []),
            self._interfaces,
        )
        self._renewed = True

    def _removal(self, actual: Server) -> list[Chain]:
        if actual.role != "server":
            return []
        listed = {site.name for site in self._wanted.sites}
        others = sorted(set(actual.sites) - listed)
        if others and not self._wanted.exact:
            raise InvalidInput(
                f"the L2VPN server of {self._edge.name} has peer sites that peer_sites does not list: "
                f"{', '.join(others)}; list them, or say peer_sites_exact, to remove the server with them"
            )
        self._outcome = Server()
        before = {**actual.facts(), "peer_sites": sorted(actual.sites)}
        change = Change("remove", KIND, self._edge.name, before, {})
        return [Chain(self._edge.name, (change,), (Step(change, lambda: remove_server(self._vcd, self._edge)),))]

    def _target(self, actual: Server, problems: list[str]) -> Server:
        wanted = self._wanted
        is_new = actual.role != "server"
        present = Server(raw=None if actual.role == "client" else actual.raw) if is_new else actual
        if is_new and wanted.listener_ip is None:
            problems.append(f"the L2VPN server of {self._edge.name} is new and needs listener_ip")
        sites = {} if wanted.exact else dict(present.sites)
        for entry in wanted.sites:
            if entry.absent:
                sites.pop(entry.name, None)
            else:
                sites[entry.name] = self._site(entry, present.sites.get(entry.name), problems)
        target = replace(
            present,
            role="server",
            enabled=_stated(wanted.enabled, present.enabled or is_new),
            listener_ip=_stated(wanted.listener_ip, present.listener_ip),
            listener_port=_stated(wanted.listener_port, present.listener_port),
            cipher=_stated(wanted.cipher, present.cipher or DEFAULT_CIPHER),
            certificate=_stated(wanted.certificate, present.certificate),
            log_enabled=_stated(wanted.log_enabled, present.log_enabled),
            log_level=_stated(wanted.log_level, present.log_level),
            sites=sites,
        )
        if target.enabled and not sites:
            problems.append(
                f"the L2VPN server of {self._edge.name} cannot be enabled without a peer site; list one in "
                "peer_sites, or say enabled: false"
            )
        return target

    def _site(self, entry: WantedSite, present: Site | None, problems: list[str]) -> Site:
        if present is None:
            needed = {"user": entry.user, "password": entry.password, "networks": entry.networks}
            missing = [option for option, value in needed.items() if value is None]
            if missing:
                problems.append(f"peer site {entry.name} is new and needs {', '.join(missing)}")
        present = present or Site(entry.name)
        if entry.networks is not None:
            problems += [text for name in sorted(entry.networks) if (text := self._unstretchable(entry, name))]
        target = replace(
            present,
            description=_stated(entry.description, present.description),
            user=_stated(entry.user, present.user),
            password=_stated(entry.password, present.password),
            networks=_stated(entry.networks, present.networks),
            egress_gateways=_stated(entry.egress_gateways, present.egress_gateways),
            enabled=_stated(entry.enabled, present.enabled),
        )
        # Sent back as it came only where nothing of it is ours to say.
        return target if target == present else replace(target, raw=None)

    def _unstretchable(self, entry: WantedSite, name: str) -> str | None:
        """Why a network cannot be stretched: only subinterfaces can. (VCD reference 6.2)"""
        types = {one.type for one in self._interfaces if one.network == name}
        planned = planned_networks(self._vcd, self._task, self._edge.vdc)
        if name in planned:
            one = planned[name]
            types = {one.interface_type} if one and one.edge_gateway == self._edge.name else set()
        if STRETCHABLE in types:
            return None
        if types:
            return (
                f"peer site {entry.name}: network {name} is connected as {', '.join(sorted(types))}, and only "
                "subinterfaces can be stretched; convert it with vcd_org_network, interface_type: subinterface"
            )
        known = {one.network for one in self._interfaces if one.type == STRETCHABLE}
        return f"peer site {entry.name}: network {name} is not on edge gateway {self._edge.name}{near(name, known)}"

    def _lost_passwords(self, target: Server) -> list[str]:
        """One call writes all peer sites, with the password of each."""
        if self._planned:
            return []
        return [
            f"the edge gateway does not show the password of peer site {site.name}, and a change writes all of them; "
            "give its password in peer_sites"
            for site in target.sites.values()
            if not site.password
        ]

    def _changes(self, actual: Server, target: Server) -> list[Change]:
        changes = []
        if actual.role != "server":
            notes = ["the L2VPN client of this edge gateway is given up"] if actual.role else []
            if target.cipher in WEAK:
                notes.append(f"cipher {target.cipher} is broken or no encryption at all")
            changes.append(Change("create", KIND, self._edge.name, {}, target.facts(), tuple(notes)))
        else:
            before, after = differing(actual.facts(), target.facts())
            if after:
                changes.append(Change("update", KIND, self._edge.name, before, after))
        present = actual.sites if actual.role == "server" else {}
        for name in [*present, *(name for name in target.sites if name not in present)]:
            changes += self._site_change(present.get(name), target.sites.get(name))
        return changes

    def _site_change(self, present: Site | None, target: Site | None) -> list[Change]:
        if target is None:
            return [Change("remove", SITE, present.name, present.facts(), {})] if present else []
        if present is None:
            return [Change("create", SITE, target.name, {}, target.facts(), self._pending(target))]
        before, after = differing(present.facts(), target.facts())
        if self._password_changes(present, target):
            before, after = {**before, "password": "as stored"}, {**after, "password": "as given"}
        return [Change("update", SITE, target.name, before, after, self._pending(target))] if after else []

    def _password_changes(self, present: Site, target: Site) -> bool:
        """Compared where the server shows the stored one; otherwise ``update_password`` decides."""
        if present.password:
            return target.password != present.password
        given = any(site.name == target.name and site.password for site in self._wanted.sites)
        return given and self._wanted.renew_passwords and not self._renewed

    def _pending(self, target: Site) -> tuple[str, ...]:
        real = {one.network for one in self._interfaces if one.type == STRETCHABLE}
        missing = sorted(name for name in target.networks if name not in real and not name.startswith("index "))
        return tuple(f"network {name} gets its interface by an earlier task of this run" for name in missing)


def _stated(option: Any, present: Any) -> Any:
    return present if option is None else option


def _saved(server: Server) -> Facts:
    """As plain JSON values, without passwords."""
    sites = [{**asdict(replace(site, raw=None)), "password": None, **_sorted(site)} for site in server.sites.values()]
    return {**asdict(replace(server, raw=None, sites={})), "sites": sites}


def _sorted(site: Site) -> Facts:
    return {"networks": sorted(site.networks), "egress_gateways": sorted(site.egress_gateways)}


def _from_saved(saved: Mapping[str, Any]) -> Server:
    sites = [
        Site(
            **{
                **one,
                "networks": frozenset(one["networks"]),
                "egress_gateways": frozenset(one["egress_gateways"]),
            }
        )
        for one in saved["sites"]
    ]
    return Server(**{**saved, "sites": {site.name: site for site in sites}})
