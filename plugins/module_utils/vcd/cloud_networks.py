# SPDX-License-Identifier: GPL-3.0-or-later
"""Org VDC networks through cloudapi. (VCD reference 5.2)"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ..engine.plan import Facts
from .account import Version
from .client import CLOUDAPI, Vcd, bare_id, urn
from .inventory import Edge, Vdc
from .networks import Network
from .org_network_options import Range

NETWORKS = f"{CLOUDAPI}/orgVdcNetworks"
# From this version on the owner may be a group of VDCs, and has another name.
FIRST_WITH_OWNER = Version(35, 0)
KIND, OLDER_KIND = "connectionTypeValue", "connectionType"


class CloudNetworks:
    def __init__(self, vcd: Vcd, vdc: Vdc) -> None:
        self._vcd = vcd
        self._vdc = vdc

    def read(self, record: Mapping[str, str]) -> Network:
        body = self._vcd.read_json(_path(bare_id(record["href"])), self._vdc.tenant)
        connection: Mapping[str, Any] = body.get("connection") or {}
        subnet: Mapping[str, Any] = next(iter((body.get("subnets") or {}).get("values") or []), {})
        ranges = (subnet.get("ipRanges") or {}).get("values") or []
        servers = (subnet.get("dnsServer1"), subnet.get("dnsServer2"))
        return Network(
            name=body["name"],
            edge_gateway=(connection.get("routerRef") or {}).get("name") or record.get("connectedTo", ""),
            gateway=subnet.get("gateway") or "",
            prefix_length=subnet.get("prefixLength") or 0,
            interface_type=str(connection.get(KIND) or connection.get(OLDER_KIND) or "internal").lower(),
            dns_servers=tuple(server for server in servers if server),
            dns_suffix=subnet.get("dnsSuffix") or "",
            ip_ranges=tuple(sorted(Range.parsed(one["startAddress"], one["endAddress"]) for one in ranges)),
            description=body.get("description") or "",
            shared=bool(body.get("shared")),
            id=bare_id(body["id"]),
            raw=body,
        )

    def create(self, target: Network, edge: Edge) -> None:
        owner = {"id": urn("vdc", self._vdc.id)}
        body = {
            **({"ownerRef": owner} if self._vcd.version >= FIRST_WITH_OWNER else {"orgVdc": owner}),
            "networkType": "NAT_ROUTED",
            "connection": {"routerRef": {"id": urn("gateway", edge.id)}, KIND: target.interface_type.upper()},
            "subnets": {"values": [{}]},
            "guestVlanTaggingAllowed": False,
        }
        what = f"the creation of network {target.name}"
        self._vcd.write_json("POST", NETWORKS, _filled(body, target), self._vdc.tenant, what=what)

    def update(self, target: Network, edge: Edge) -> None:
        what = f"the change of network {target.name}"
        body = _filled(self._current(target), target)
        self._vcd.write_json("PUT", _path(target.id), body, self._vdc.tenant, what=what)

    def convert(self, target: Network) -> None:
        """The same call as any other change; the field has an older spelling on older servers."""
        body = self._current(target)
        spelling = KIND if KIND in body["connection"] else OLDER_KIND
        body["connection"][spelling] = target.interface_type.upper()
        what = f"the conversion of network {target.name} to {target.interface_type}"
        self._vcd.write_json("PUT", _path(target.id), body, self._vdc.tenant, what=what)

    def remove(self, present: Network) -> None:
        what = f"the removal of network {present.name}"
        self._vcd.write_json("DELETE", _path(present.id), tenant=self._vdc.tenant, what=what)

    def _current(self, target: Network) -> Facts:
        """As it is now: another step of this task may have changed it since it was planned."""
        body: Facts = copy.deepcopy(self._vcd.read_json(_path(target.id), self._vdc.tenant))
        return body


def _path(identifier: str) -> str:
    return f"{NETWORKS}/{urn('network', identifier)}"


def _filled(body: Facts, target: Network) -> Facts:
    servers = [*target.dns_servers, "", ""]
    subnets = (body.get("subnets") or {}).get("values") or [{}]
    subnet = {
        **subnets[0],
        "gateway": target.gateway,
        "prefixLength": target.prefix_length,
        "dnsServer1": servers[0],
        "dnsServer2": servers[1],
        "dnsSuffix": target.dns_suffix,
        "ipRanges": {
            "values": [{"startAddress": str(one.first), "endAddress": str(one.last)} for one in target.ip_ranges]
        },
    }
    return {
        **body,
        "name": target.name,
        "description": target.description,
        "shared": target.shared,
        "subnets": {"values": [subnet, *subnets[1:]]},
    }
