# SPDX-License-Identifier: GPL-3.0-or-later
"""L2VPN tunnels of NSX-T edge gateways as objects and as calls. (VCD reference 7)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..engine.errors import Refused
from ..engine.plan import Facts
from .account import Version
from .client import CLOUDAPI, Vcd, urn
from .inventory import Edge

FIRST_WITH_TUNNELS = Version(35, 0)
# Said where somebody else has changed the tunnel since it was read; then it is read again.
STALE, ATTEMPTS = (409, 412), 3
NETWORKS, OLDER_NETWORKS = "stretchedNetworks", "attachedNetworks"


@dataclass(frozen=True)
class Tunnel:
    """``networks`` are tunnel ids by name. Secrets are None where the service masks them or has none."""

    name: str
    mode: str
    description: str = ""
    enabled: bool = True
    local_endpoint: str = ""
    remote_endpoint: str = ""
    tunnel_interface: str = ""
    initiation_mode: str = ""
    pre_shared_key: str | None = field(default=None, repr=False)
    peer_code: str | None = field(default=None, repr=False)
    networks: Mapping[str, int | None] = field(default_factory=dict)
    logging: bool = False
    id: str = ""
    version: int = 0

    def facts(self) -> Facts:
        """All settings but the secrets."""
        return {
            "name": self.name,
            "session_mode": self.mode,
            "description": self.description,
            "enabled": self.enabled,
            "local_endpoint": self.local_endpoint,
            "remote_endpoint": self.remote_endpoint,
            "tunnel_interface": self.tunnel_interface,
            "initiation_mode": self.initiation_mode,
            "networks": dict(sorted(self.networks.items())),
            "logging": self.logging,
        }

    def saved(self) -> Facts:
        """This tunnel as plain JSON values, without its secrets; `from_saved` is the way back."""
        return {**asdict(self), "pre_shared_key": None, "peer_code": None}

    @classmethod
    def from_saved(cls, saved: Mapping[str, Any]) -> Tunnel:
        return cls(**saved)


@dataclass(frozen=True)
class Status:
    is_up: bool
    failure: str

    def facts(self) -> Facts:
        return {"status": "up" if self.is_up else "down", "failure": self.failure}


def list_tunnels(vcd: Vcd, edge: Edge) -> list[Tunnel]:
    return [_tunnel(vcd, one) for one in vcd.list_json(_collection(edge), edge.vdc.tenant)]


def read_tunnel(vcd: Vcd, edge: Edge, identifier: str) -> Tunnel | None:
    """With the secrets that the service shows; they are hidden from everything that the task shows."""
    body = vcd.find_json(_collection(edge), identifier, edge.vdc.tenant)
    return _tunnel(vcd, body) if body else None


def read_status(vcd: Vcd, edge: Edge, identifier: str) -> Status:
    body = vcd.read_json(f"{_collection(edge)}/{identifier}/status", edge.vdc.tenant)
    return Status(str(body.get("runtimeStatus") or "").upper() == "UP", body.get("failureReason") or "")


def create_tunnel(vcd: Vcd, edge: Edge, target: Tunnel, networks: Mapping[str, str]) -> None:
    """``networks`` are bare ids by name."""
    what = f"the creation of L2VPN tunnel {target.name}"
    vcd.write_json("POST", _collection(edge), _body(target, networks, NETWORKS, {}), edge.vdc.tenant, what=what)


def update_tunnel(vcd: Vcd, edge: Edge, target: Tunnel, networks: Mapping[str, str]) -> None:
    """The change carries the version of what it changes, so it is made to what is there at this moment."""
    path = f"{_collection(edge)}/{target.id}"
    what = f"the change of L2VPN tunnel {target.name}"
    for attempt in range(1, ATTEMPTS + 1):
        present = vcd.read_json(path, edge.vdc.tenant)
        spelling = OLDER_NETWORKS if OLDER_NETWORKS in present and NETWORKS not in present else NETWORKS
        body = _body(target, networks, spelling, present)
        try:
            vcd.write_json("PUT", path, body, edge.vdc.tenant, what=what)
        except Refused as refused:
            if refused.facts.get("status") not in STALE or attempt == ATTEMPTS:
                raise
        else:
            return


def remove_tunnel(vcd: Vcd, edge: Edge, present: Tunnel) -> None:
    what = f"the removal of L2VPN tunnel {present.name}"
    vcd.write_json("DELETE", f"{_collection(edge)}/{present.id}", tenant=edge.vdc.tenant, what=what)


def _collection(edge: Edge) -> str:
    return f"{CLOUDAPI}/edgeGateways/{urn('gateway', edge.id)}/l2vpn/tunnels"


def _tunnel(vcd: Vcd, body: Mapping[str, Any]) -> Tunnel:
    key, code = body.get("preSharedKey") or "", body.get("peerCode") or ""
    masked = set(key) == {"*"}
    if not masked:
        vcd.hide(key)
    vcd.hide(code)
    return Tunnel(
        name=body["name"],
        mode=str(body["sessionMode"]).lower(),
        description=body.get("description") or "",
        enabled=body.get("enabled", True),
        local_endpoint=body.get("localEndpointIP") or body.get("localEndpointIp") or "",
        remote_endpoint=body.get("remoteEndpointIP") or body.get("remoteEndpointIp") or "",
        tunnel_interface=body.get("tunnelInterface") or "",
        initiation_mode=str(body.get("connectorInitiationMode") or "").lower(),
        pre_shared_key=None if masked else key or None,
        peer_code=code or None,
        networks=_networks(body),
        logging=bool(body.get("logging")),
        id=body["id"],
        version=(body.get("version") or {}).get("version") or 0,
    )


def _reference(name: str, identifier: str) -> Facts:
    return {"id": urn("network", identifier), "name": name}


def _references(body: Mapping[str, Any]) -> dict[str, Facts]:
    """Of the networks that the tunnel stretches already, by name."""
    listed = [*(one["networkRef"] for one in body.get(NETWORKS) or []), *(body.get(OLDER_NETWORKS) or [])]
    return {one["name"]: one for one in listed}


def _networks(body: Mapping[str, Any]) -> dict[str, int | None]:
    """Older servers list references without tunnel ids."""
    stretched = body.get(NETWORKS)
    if stretched is not None:
        return {one["networkRef"]["name"]: one.get("tunnelId") for one in stretched}
    return {one["name"]: None for one in body.get(OLDER_NETWORKS) or []}


def _body(target: Tunnel, networks: Mapping[str, str], spelling: str, present: Mapping[str, Any]) -> Facts:
    """The whole object. A secret that is not known is left as the service shows it, which it takes for unchanged."""
    references = {**_references(present), **{name: _reference(name, one) for name, one in networks.items()}}
    stretched = [
        {"networkRef": references[name], **({"tunnelId": number} if number is not None else {})}
        for name, number in target.networks.items()
    ]
    stated: Facts = {
        "name": target.name,
        "description": target.description,
        "sessionMode": target.mode.upper(),
        "enabled": target.enabled,
        "localEndpointIP": target.local_endpoint,
        "remoteEndpointIP": target.remote_endpoint,
        "tunnelInterface": target.tunnel_interface,
        "connectorInitiationMode": target.initiation_mode.upper(),
        "preSharedKey": target.pre_shared_key,
        "peerCode": target.peer_code,
        "logging": target.logging,
    }
    listed = [references[name] for name in target.networks] if spelling == OLDER_NETWORKS else stretched
    return {
        **present,
        **{name: value for name, value in stated.items() if value not in (None, "") or name == "description"},
        spelling: listed,
    }
