# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a stretched network where the cloud has NSX-T: a tunnel and an autonomous edge. (VCD reference 7, 8)"""

from __future__ import annotations

from ..autonomous_edge.client import AutonomousEdge, Port, Session
from ..engine.errors import InvalidInput, Refused
from ..engine.plan import Change, Facts, Step, differing
from ..vcd.inventory import near
from ..vcd.tunnels import Tunnel
from . import sessions
from .extension_options import WantedExtension
from .servers import NsxtServer
from .sessions import WantedSession
from .site import Found

TUNNEL, SESSION, PORT = "L2VPN tunnel", "L2VPN session", "L2 extension"


class NsxtExtension:
    """Every change of the server's end gives it another peer code, so the client is fed with it again."""

    def __init__(self, wanted: WantedExtension, server: NsxtServer, edge: AutonomousEdge) -> None:
        self._wanted = wanted
        self._server = server
        self._edge = edge
        self._found: Found | None = None
        self._vlan = 0
        self._tunnel: Tunnel | None = None
        self._session: Session | None = None
        self._port: Port | None = None

    def read(self, found: Found, vlan: int) -> None:
        self._found, self._vlan = found, vlan
        known = self._server.networks()
        if self._wanted.network not in known and not self._wanted.absent:
            name = self._wanted.network
            raise InvalidInput(f"Org VDC network {name} does not exist{near(name, known)}")
        pending = self._wanted.absent or self._server.is_pending
        self._tunnel = self._server.find() if pending else self._server.need()
        self._session = self._port = None
        if found.machine and found.machine.powered_on:
            self._session = sessions.named(self._edge.sessions(), self._wanted.session)
            self._port = self._extension()

    def _extension(self) -> Port | None:
        """The port of this name, on this session."""
        session = self._session
        mine = [one for one in self._edge.extensions() if session and one.session == session.id]
        return next((one for one in mine if one.name == self._wanted.name), None)

    @property
    def _tunnel_id(self) -> int | None:
        told = self._tunnel.networks.get(self._wanted.network) if self._tunnel else None
        return told or self._wanted.tunnel_id

    def facts(self) -> Facts:
        return {"tunnel_id": self._tunnel_id, "egress_gateways": []}

    def status(self) -> tuple[bool, str]:
        return self._server.status()

    def steps(self, problems: list[str]) -> list[Step]:
        return self._ending() if self._wanted.absent else self._making(problems)

    def _making(self, problems: list[str]) -> list[Step]:
        wanted, tunnel, session = self._wanted, self._tunnel, self._session
        problems += [] if wanted.appliance_pending else self._client_problems()
        if problems:
            return []
        steps = []
        fresh = tunnel is None or wanted.network not in tunnel.networks
        if fresh:
            name = wanted.tunnel.name or ""
            change = Change("update", TUNNEL, name, {}, {"stretched": wanted.network})
            steps.append(Step(change, lambda: self._server.stretch(wanted.network)))
        older = session and tunnel and session.description != _target(session, tunnel).description
        if fresh or older:
            steps.append(self._feeding())
        return [*steps, *self._port_steps()]

    def _client_problems(self) -> list[str]:
        wanted = self._wanted
        machine = self._found.machine if self._found else None
        if machine is None:
            return [f"virtual machine {wanted.appliance} does not exist; extender_l2_appliance makes it"]
        if not machine.powered_on:
            return [f"virtual machine {wanted.appliance} is switched off; extender_l2_appliance switches it on"]
        if self._session is None:
            return [f"edge {self._edge.address} has no session {wanted.session}; extender_l2_appliance makes it"]
        return []

    def _feeding(self) -> Step:
        note = "made again with the server's new peer code, and with its extensions"
        change = Change(
            "replace",
            SESSION,
            self._wanted.session,
            {"peer_code": sessions.OLDER},
            {"peer_code": sessions.CURRENT},
            (note,),
        )
        return Step(change, self._feed)

    def _feed(self) -> None:
        if self._session is None:
            raise Refused(f"edge {self._edge.address} has lost its session {self._wanted.session}; run again")
        sessions.renew(self._edge, _target(self._session, self._server.need()))

    def _port_steps(self) -> list[Step]:
        wanted, port = self._wanted, self._port
        target: Facts = {"vlan": self._vlan, "interface": wanted.interface}
        if self._tunnel_id is not None:
            target["tunnel_id"] = self._tunnel_id
        if port is None:
            return [Step(Change("create", PORT, wanted.name, {}, target), self._attach)]
        shown: Facts = {"vlan": port.vlan, "interface": port.interface, "tunnel_id": port.tunnel_id}
        before, after = differing({name: shown[name] for name in target}, target)
        return [Step(Change("replace", PORT, wanted.name, before, after), self._attach)] if after else []

    def _attach(self) -> None:
        """By now the server has chosen the tunnel id, and the session may be another one."""
        tunnel, wanted = self._server.need(), self._wanted
        tunnel_id = tunnel.networks.get(wanted.network) or wanted.tunnel_id
        if tunnel_id is None:
            raise Refused(
                f"Cloud Director tells no tunnel id of {wanted.network} in tunnel {tunnel.name}; give it as tunnel_id"
            )
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
        wanted, port, tunnel, session = self._wanted, self._port, self._tunnel, self._session
        steps = []
        if port:
            change = Change("remove", PORT, wanted.name, {"tunnel_id": port.tunnel_id, "vlan": port.vlan}, {})
            steps.append(Step(change, lambda: self._edge.delete_extension(port.id)))
        if tunnel and wanted.network in tunnel.networks:
            change = Change("update", TUNNEL, tunnel.name, {"stretched": wanted.network}, {})
            steps.append(Step(change, lambda: self._server.release(wanted.network)))
            if session:
                steps.append(self._feeding())
        return steps


def _target(session: Session, tunnel: Tunnel) -> WantedSession:
    """The session as `extender_l2_appliance` has made it, with the server's present code."""
    return WantedSession(session.name, session.peer_address, session.local_address, tunnel.peer_code or "")
