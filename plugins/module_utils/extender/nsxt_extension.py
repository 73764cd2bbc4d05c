# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a stretched network where the cloud has NSX-T: a tunnel and an autonomous edge. (VCD reference 7, 8)"""

from __future__ import annotations

from ..autonomous_edge.client import AutonomousEdge, Port, Session
from ..engine.errors import InvalidInput, Refused
from ..engine.plan import Change, Facts, Step, differing
from ..vcd.client import CLOUDAPI, Vcd, bare_id
from ..vcd.inventory import near
from . import sessions
from .extension_options import WantedExtension
from .nsxt_server import NsxtServer, TunnelEnd
from .sessions import WantedSession
from .site import Found

TUNNEL, SESSION, PORT = "L2VPN tunnel", "L2VPN session", "L2 extension"


class NsxtExtension:
    """Every change of the server's end gives it another peer code, so the client is fed with it again."""

    def __init__(self, wanted: WantedExtension, vcd: Vcd, server: NsxtServer, edge: AutonomousEdge) -> None:
        self._wanted = wanted
        self._vcd = vcd
        self._server = server
        self._edge = edge
        self._vlan = 0
        self._network: str | None = None
        self._tunnel: TunnelEnd | None = None
        self._session: Session | None = None
        self._port: Port | None = None
        self._found: Found | None = None

    def read(self, found: Found, vlan: int) -> None:
        self._found, self._vlan = found, vlan
        self._network = self._network_id()
        self._tunnel = self._server.find() if self._wanted.absent else self._server.need()
        self._session = self._port = None
        if found.machine and found.machine.powered_on:
            self._session = sessions.named(self._edge.sessions(), self._wanted.session)
            self._port = self._extension()

    def _network_id(self) -> str | None:
        tenant = self._server.tenant
        listed = self._vcd.list_json(f"{CLOUDAPI}/orgVdcNetworks", tenant)
        here = [one for one in listed if self._server.owns(one)]
        found = [bare_id(one["id"]) for one in here if one["name"] == self._wanted.network]
        if found:
            return found[0]
        if self._wanted.absent:
            return None
        names = {one["name"] for one in here}
        raise InvalidInput(f"Org VDC network {self._wanted.network} does not exist{near(self._wanted.network, names)}")

    def _extension(self) -> Port | None:
        """The port of this name, on this session."""
        session = self._session
        mine = [one for one in self._edge.extensions() if session and one.session == session.id]
        return next((one for one in mine if one.name == self._wanted.name), None)

    @property
    def _tunnel_id(self) -> int | None:
        return self._tunnel.stretched.get(self._network or "") if self._tunnel else None

    def facts(self) -> Facts:
        return {"tunnel_id": self._tunnel_id, "egress_gateways": []}

    def status(self) -> tuple[bool, str]:
        return self._server.status()

    def steps(self, problems: list[str]) -> list[Step]:
        return self._ending() if self._wanted.absent else self._making(problems)

    def _making(self, problems: list[str]) -> list[Step]:
        wanted, tunnel = self._wanted, self._tunnel
        if tunnel is None or self._network is None:
            return []
        machine = self._found.machine if self._found else None
        if machine is None:
            problems.append(f"virtual machine {wanted.appliance} does not exist; extender_l2_appliance makes it")
        elif not machine.powered_on:
            problems.append(f"virtual machine {wanted.appliance} is switched off; extender_l2_appliance switches it on")
        elif self._session is None:
            problems.append(
                f"edge {self._edge.address} has no session {wanted.session}; extender_l2_appliance makes it"
            )
        if problems:
            return []
        steps = []
        network = self._network
        fresh = network not in tunnel.stretched
        if fresh:
            change = Change("update", TUNNEL, tunnel.name, {}, {"stretched": wanted.network})
            steps.append(Step(change, lambda: self._server.stretch(network, wanted.network)))
        session = self._session
        if session and (fresh or session.description != self._target(session, tunnel).description):
            steps.append(self._feeding(session, tunnel))
        return [*steps, *self._port_steps()]

    def _target(self, session: Session, tunnel: TunnelEnd) -> WantedSession:
        """The session as `extender_l2_appliance` has made it, with the server's present code."""
        return WantedSession(session.name, session.peer_address, session.local_address, tunnel.peer_code)

    def _feeding(self, session: Session, tunnel: TunnelEnd) -> Step:
        note = "made again with the server's new peer code, and with its extensions"
        change = Change("replace", SESSION, session.name, {"peer_code": "of before"}, {"peer_code": "of now"}, (note,))
        return Step(change, lambda: self._feed(session))

    def _feed(self, session: Session) -> None:
        sessions.renew(self._edge, self._target(session, self._server.need()))

    def _port_steps(self) -> list[Step]:
        wanted, port = self._wanted, self._port
        target: Facts = {"vlan": self._vlan, "interface": wanted.interface}
        if self._tunnel_id is not None:
            target["tunnel_id"] = self._tunnel_id
        if port is None:
            return [Step(Change("create", PORT, wanted.name, {}, target), self._attach)]
        shown: Facts = {"vlan": port.vlan, "interface": port.interface, "tunnel_id": port.tunnel_id}
        before, after = differing({name: shown[name] for name in target}, target)
        if not after:
            return []
        return [Step(Change("replace", PORT, wanted.name, before, after), self._attach)]

    def _attach(self) -> None:
        """By now the server has chosen the tunnel id, and the session may be another one."""
        tunnel, wanted = self._server.need(), self._wanted
        tunnel_id = tunnel.stretched.get(self._network or "")
        if tunnel_id is None:
            raise Refused(f"Cloud Director tells no tunnel id of {wanted.network} in tunnel {tunnel.name}")
        self._session = sessions.named(self._edge.sessions(), wanted.session)
        if self._session is None:
            raise Refused(f"edge {self._edge.address} has lost its session {wanted.session}; run again")
        present = self._extension()
        if present:
            self._edge.delete_extension(present.id)
        self._edge.create_extension(
            name=wanted.name,
            session=self._session.id,
            tunnel_id=tunnel_id,
            vlan=self._vlan,
            interface=wanted.interface,
        )

    def _ending(self) -> list[Step]:
        """The client first: a tunnel whose client asks for what the server no longer stretches is down for all."""
        wanted, port, tunnel, session, network = self._wanted, self._port, self._tunnel, self._session, self._network
        steps = []
        if port:
            change = Change("remove", PORT, wanted.name, {"tunnel_id": port.tunnel_id, "vlan": port.vlan}, {})
            steps.append(Step(change, lambda: self._edge.delete_extension(port.id)))
        if tunnel and network and network in tunnel.stretched:
            change = Change("update", TUNNEL, tunnel.name, {"stretched": wanted.network}, {})
            steps.append(Step(change, lambda: self._server.release(network)))
            if session:
                steps.append(self._feeding(session, tunnel))
        return steps
