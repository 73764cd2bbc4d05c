# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall table of a mesh: the flows that its services need, with the addresses of both sites.

Which address of a range HCX gives to which appliance is decided when the mesh is built, so an appliance stands with
all ranges of its profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import hcx_ports as ports
from . import hcx_ranges
from .address_plan import Range
from .hcx_hosts import EsxiHosts
from .hcx_request import CLOUD, OPTIONAL_ROWS, Request, Site
from .hcx_roles import MANAGEMENT, REPLICATION, UPLINK, VMOTION
from .hcx_services import NETWORK_EXTENSION


def firewall(request: Request, hosts: Mapping[str, EsxiHosts]) -> list[dict[str, Any]]:
    """The rows for the firewalls of the local, then of the remote site; `hosts` by the name of the site.

    A flow between the sites is a row of both.
    """
    local, remote = request.sites
    rows = _rows(request, local, remote, hosts[local.name], initiates=True)
    return rows + _rows(request, remote, local, hosts[remote.name], initiates=False)


def _rows(request: Request, site: Site, other: Site, hosts: EsxiHosts, *, initiates: bool) -> list[dict[str, Any]]:
    known = _addresses(request, site, other, hosts)
    rows = []
    for flow in ports.FLOWS:
        needed_for = _needed_for(flow, request)
        ends = [[end for end in side if end in known] for side in (flow.source, flow.destination)]
        if not needed_for or not all(ends):
            continue
        # The initiator's manager calls the other; two cloud managers may call each other. (HCX reference 8)
        mutual = flow.mutual or (flow.id == "S1" and request.local.manager_type == CLOUD)
        incoming = flow.id == "S1" and not initiates and not mutual
        source, destination = ends
        row = {
            "id": flow.id,
            "site": site.name,
            "direction": _direction(flow, mutual, incoming),
            "source": " and ".join(source),
            "source_addresses": _joined(known, source),
            "destination": " and ".join(destination),
            "destination_addresses": _joined(known, destination),
            "protocols": list(flow.protocols),
            "ports": list(flow.ports),
            "mutual": mutual,
            "purpose": flow.purpose,
            "needed_for": needed_for,
            "reference": flow.reference,
        }
        rows.append(_turned(row) if incoming else row)
    return rows


def _needed_for(flow: ports.Flow, request: Request) -> list[str]:
    """The services that need the row, else its occasion; empty when the mesh does without the row."""
    if flow.services:
        return [service for service in flow.services if service in request.services]
    if flow.when in OPTIONAL_ROWS and flow.when not in request.optional_rows:
        return []
    if flow.when == ports.ONLINE_LICENSING and request.offline_licensing:
        return []
    return [flow.when]


def _addresses(request: Request, site: Site, other: Site, hosts: EsxiHosts) -> dict[str, list[str]]:
    """Who takes part in this mesh, with their addresses; an empty list means that the user did not tell them."""
    known = {
        ports.MANAGER: [site.manager],
        ports.REMOTE_MANAGER: [other.manager],
        ports.ACTIVATION: ["connect.hcx.vmware.com"],
        ports.DEPOT: ["hybridity-depot.vmware.com"],
        ports.ADMINS: _texts(site.admins),
        ports.VCENTER: [site.vcenter],
        ports.NSX: list(site.nsx),
        ports.DNS: list(site.dns),
        ports.NTP: list(site.ntp),
        ports.SYSLOG: list(site.syslog),
        ports.ESXI_MANAGEMENT: _texts(hosts.ranges(MANAGEMENT)),
        ports.ESXI_VMOTION: _texts(hosts.ranges(VMOTION)),
        ports.ESXI_REPLICATION: _texts(hosts.ranges(REPLICATION)),
        ports.IX: _pool(site, MANAGEMENT),
        ports.IX_UPLINK: _pool(site, UPLINK),
        ports.REMOTE_IX_UPLINK: _pool(other, UPLINK),
        ports.IX_VMOTION: _pool(site, VMOTION),
        ports.IX_REPLICATION: _pool(site, REPLICATION),
    }
    if NETWORK_EXTENSION in request.services:
        known[ports.NE] = _pool(site, MANAGEMENT)
        known[ports.NE_UPLINK] = _pool(site, UPLINK)
        known[ports.REMOTE_NE_UPLINK] = _pool(other, UPLINK)
    return {who: where for who, where in known.items() if where or who not in ports.ONLY_WHERE_STATED}


def _direction(flow: ports.Flow, mutual: bool, incoming: bool) -> str:
    if flow.reach == ports.LOCAL:
        return "local"
    if mutual:
        return "both"
    return "inbound" if incoming else "outbound"


def _turned(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as the firewall of the called site sees it."""
    return {
        **row,
        "source": row["destination"],
        "source_addresses": row["destination_addresses"],
        "destination": row["source"],
        "destination_addresses": row["source_addresses"],
    }


def _pool(site: Site, role: str) -> list[str]:
    ranges = (found for profile in site.with_role(role) for found in profile.ranges)
    return [hcx_ranges.span(found) for found in hcx_ranges.merged(ranges)]


def _texts(ranges: Iterable[Range]) -> list[str]:
    return [hcx_ranges.text(found) for found in hcx_ranges.merged(ranges)]


def _joined(known: Mapping[str, Sequence[str]], ends: Iterable[str]) -> list[str]:
    """The addresses of all ends, each told once."""
    return list(dict.fromkeys(address for end in ends for address in known[end]))
