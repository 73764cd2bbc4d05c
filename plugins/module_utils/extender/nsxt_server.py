# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's end of a tunnel on an NSX-T edge gateway: its peer code and stretched networks. (VCD reference 7)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import InvalidInput, Refused
from ..engine.redact import Redactor
from ..vcd.client import CLOUDAPI, Tenant, Vcd, bare_id, urn
from ..vcd.inventory import Edge, near

# Left in the place of a key that is not told. (VCD reference 7)
MASK_CHARACTER = "*"


@dataclass(frozen=True)
class TunnelEnd:
    """A SERVER tunnel. ``stretched`` is network id to tunnel id; ``raw`` goes back whole when it is changed."""

    id: str
    name: str
    local_address: str
    peer_code: str = field(repr=False)
    stretched: Mapping[str, int | None]
    raw: Mapping[str, Any] = field(repr=False, compare=False)


class NsxtServer:
    """One tunnel of one edge gateway."""

    def __init__(self, vcd: Vcd, edge: Edge, name: str, redactor: Redactor) -> None:
        self._vcd = vcd
        self._edge = edge
        self._name = name
        self._redactor = redactor
        self._base = f"{CLOUDAPI}/edgeGateways/{urn('gateway', edge.id)}/l2vpn/tunnels"

    @property
    def tenant(self) -> Tenant:
        return self._edge.vdc.tenant

    def owns(self, network: Mapping[str, Any]) -> bool:
        """Whether a network belongs to the Org VDC of the edge gateway. (VCD reference 5.2)"""
        owner = network.get("ownerRef") or network.get("orgVdc") or {}
        return bare_id(owner.get("id") or "") == self._edge.vdc.id

    def find(self) -> TunnelEnd | None:
        tenant = self.tenant
        listed = self._vcd.list_json(self._base, tenant)
        ids = [one["id"] for one in listed if one["name"] == self._name]
        if len(ids) > 1:
            raise InvalidInput(f"edge gateway {self._edge.name} has {len(ids)} tunnels called {self._name}")
        if not ids:
            return None
        return self._end(self._vcd.read_json(f"{self._base}/{ids[0]}", tenant))

    def need(self) -> TunnelEnd:
        """Raises `InvalidInput` when there is none."""
        found = self.find()
        if found is None:
            names = {one["name"] for one in self._vcd.list_json(self._base, self.tenant)}
            raise InvalidInput(
                f"edge gateway {self._edge.name} has no L2VPN tunnel {self._name}{near(self._name, names)}"
            )
        return found

    def _end(self, body: Mapping[str, Any]) -> TunnelEnd:
        if body.get("sessionMode") != "SERVER":
            raise InvalidInput(
                f"tunnel {self._name} of {self._edge.name} is a {body.get('sessionMode')}; the on-premises edge is the "
                "client, so the cloud's end must be the SERVER"
            )
        code = body.get("peerCode") or ""
        self._redactor.add(code)
        if body.get("preSharedKey"):
            self._redactor.add(body["preSharedKey"])
        stretched: dict[str, int | None] = {
            bare_id(one["networkRef"]["id"]): one.get("tunnelId") for one in body.get("stretchedNetworks") or []
        }
        for one in body.get("attachedNetworks") or []:
            stretched.setdefault(bare_id(one["id"]), None)
        return TunnelEnd(body["id"], body["name"], body.get("localEndpointIP") or "", code, stretched, dict(body))

    def stretch(self, network: str, name: str) -> None:
        """The server chooses the tunnel id, and issues another peer code. (VCD reference 7)"""
        present = self.need()
        reference = {"networkRef": {"id": urn("network", network), "name": name}}
        self._write(present, [*(present.raw.get("stretchedNetworks") or []), reference])

    def release(self, network: str) -> None:
        present = self.need()
        kept = [
            one
            for one in present.raw.get("stretchedNetworks") or []
            if bare_id(one["networkRef"]["id"]) != bare_id(network)
        ]
        self._write(present, kept)

    def _write(self, present: TunnelEnd, stretched: list[Any]) -> None:
        """A key that is masked, and the code that the server makes, are not sent back."""
        hidden = [
            name
            for name in ("preSharedKey", "peerCode")
            if name == "peerCode" or set(present.raw.get(name) or "") == {MASK_CHARACTER}
        ]
        body = {name: value for name, value in present.raw.items() if name not in hidden}
        body["stretchedNetworks"] = stretched
        what = f"the change of tunnel {self._name}"
        self._vcd.write_json("PUT", f"{self._base}/{present.id}", body, self.tenant, what=what)

    def status(self) -> tuple[bool, str]:
        """Whether the tunnel is up, and the server's reason when it is not."""
        present = self.need()
        body = self._vcd.read_json(f"{self._base}/{present.id}/status", self.tenant)
        if not isinstance(body, Mapping):
            raise Refused(f"{self._vcd.address} does not tell the status of tunnel {self._name}")
        return str(body.get("runtimeStatus")).upper() == "UP", body.get("failureReason") or ""
