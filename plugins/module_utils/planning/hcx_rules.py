# SPDX-License-Identifier: GPL-3.0-or-later
"""The planning rules of HCX: what somebody should know, or change, before the mesh is built. (HCX planning 3)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .hcx_appliances import Extension
from .hcx_caution import Caution
from .hcx_extension_rules import extension_cautions
from .hcx_hosts import EsxiHosts
from .hcx_limits import RECOMMENDED
from .hcx_request import Profile, Request, Site
from .hcx_roles import MANAGEMENT, UPLINK
from .hcx_services import WAN_OPTIMIZATION, WITHOUT_PORT_LIST
from .hcx_traffic_rules import traffic_cautions

# Versions without WAN Optimization: from the first, up to but without the second. Between them is inferred.
# (HCX reference 11)
WITHOUT_WAN_OPTIMIZATION = (4, 11, 3), (9, 1)

Rows = Sequence[Mapping[str, Any]]


def cautions(
    request: Request, hosts: Mapping[str, EsxiHosts], extended: Sequence[Extension], found: Mapping[str, Rows]
) -> list[Caution]:
    """Everything the rules say about the plan. `found` has the rows of `addresses`, `firewall` and `limits`."""
    told = list(_wan_optimization(request))
    for site in request.sites:
        told += _uplinks(request, site)
        told += traffic_cautions(request, site, hosts[site.name])
    told += _between_the_sites(request)
    told += extension_cautions(request, extended)
    told += _addresses(found["addresses"])
    told += _limits(found["limits"])
    told += _unknown_addresses(found["firewall"])
    told += _without_port_list(request)
    return told


def _wan_optimization(request: Request) -> Iterator[Caution]:
    if WAN_OPTIMIZATION not in request.services:
        return
    rule, reason = "wan-optimization-missing", "Version 4.11.3 and VCF 9.0 have no WAN Optimization; 9.1 has it again."
    source = "public status note on the release notes"
    first, end = WITHOUT_WAN_OPTIMIZATION
    if request.version is None:
        yield Caution(rule, "State hcx_version to know whether it has WAN Optimization.", reason, source)
    elif first <= request.version < end:
        version = ".".join(map(str, request.version))
        yield Caution(rule, f"Version {version} does not have WAN Optimization.", reason, source, blocks=True)


def _uplinks(request: Request, site: Site) -> Iterator[Caution]:
    figures = request.figures
    for profile in site.with_role(UPLINK):
        mtu, most = site.mtu(profile, figures), figures["uplink_mtu_over_vpn"]
        if profile.vpn and _serves_management(profile, site):
            yield Caution(
                "management-as-vpn-uplink",
                f"{profile.name} is the management network and the uplink over VPN.",
                "Over VPN the uplink needs a network of its own, because its MTU must be lowered.",
                "AVS, SEED1",
                site.name,
            )
        if profile.vpn and mtu > most:
            yield Caution(
                "mtu-over-vpn",
                f"{profile.name} has an MTU of {mtu} over VPN; {most} is recommended.",
                "IPsec inside a VPN leaves less room for each packet; what does not fit is fragmented or lost.",
                "AVS, SEED1",
                site.name,
            )
        if profile.gateway is None:
            yield Caution(
                "uplink-without-gateway",
                f"{profile.name} is an uplink without a gateway.",
                "The other site's appliances are in another network; without a gateway the tunnels stay down.",
                "inferred",
                site.name,
            )


def _serves_management(profile: Profile, site: Site) -> bool:
    """One profile for both, or two profiles in one network."""
    networks = [other.cidr for other in site.with_role(MANAGEMENT) if other.cidr]
    return profile.cidr is not None and any(profile.cidr.overlaps(network) for network in networks)


def _between_the_sites(request: Request) -> Iterator[Caution]:
    local, remote = request.sites
    mtus = {
        site.name: {site.mtu(profile, request.figures) for profile in site.with_role(UPLINK)}
        for site in (local, remote)
    }
    if mtus[local.name] != mtus[remote.name]:
        words = ", ".join(f"{name}: {'/'.join(map(str, sorted(values)))}" for name, values in mtus.items())
        yield Caution(
            "uplink-mtu-differs",
            f"The uplinks of the sites differ in MTU ({words}).",
            "The smaller one bounds the path; a packet that is larger is fragmented or lost.",
            "inferred",
        )
    for mine in local.with_role(UPLINK):
        for theirs in remote.with_role(UPLINK):
            if mine.cidr and theirs.cidr and mine.cidr.overlaps(theirs.cidr):
                yield Caution(
                    "uplinks-overlap",
                    f"{mine.name} {mine.cidr} and {theirs.name} {theirs.cidr} of the other site overlap.",
                    "Nothing routes between two networks with the same addresses, unless they are one network.",
                    "inferred",
                )


def _addresses(rows: Rows) -> Iterator[Caution]:
    for row in rows:
        if row["missing"]:
            needed = ", ".join(f"{kind} {count}" for kind, count in row["needed"].items())
            yield Caution(
                "addresses-missing",
                f"{row['profile']} has {row['available']} usable addresses in its ranges, but needs "
                f"{row['from_ranges']} ({needed}).",
                "HCX takes the addresses of all appliances from the ranges when it builds the mesh.",
                "HCX reference 9",
                row["site"],
                blocks=True,
            )
        for clash in row["clashes"]:
            yield Caution(
                "address-clash",
                f"{row['profile']}: {clash}",
                "HCX gives every address of a range to an appliance, whoever else has it.",
                "HCX reference 9",
                row["site"],
                blocks=True,
            )


def _limits(rows: Rows) -> Iterator[Caution]:
    for row in rows:
        # The rule for uplinks over VPN tells about the recommendation.
        if row["exceeded"] and row["bound"] != RECOMMENDED:
            yield Caution(
                "limit-exceeded",
                f"{row['what']}: {row['planned']} planned, {row['bound']} {row['figure']} by limits.{row['name']}.",
                "The figures restate an earlier release; override one where the vendor states another for yours.",
                row["source"],
                blocks=True,
            )


def _unknown_addresses(rows: Rows) -> Iterator[Caution]:
    unknown: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for end in ("source", "destination"):
            if not row[f"{end}_addresses"]:
                unknown.setdefault((row["site"], row[end]), []).append(row["id"])
    for (site, who), ids in unknown.items():
        yield Caution(
            "firewall-address-missing",
            f"No address is stated for {who}, which the firewall rows {', '.join(ids)} need.",
            "The row stands in the table without it, and cannot be ordered from the firewall team.",
            "HCX planning 2",
            site,
        )


def _without_port_list(request: Request) -> Iterable[Caution]:
    for service in request.services:
        if service in WITHOUT_PORT_LIST:
            yield Caution(
                "ports-not-in-sources",
                f"Look up the ports and addresses of {service} on ports.broadcom.com.",
                "The port list of this plan has no rows for it, and addresses of its appliances are not counted.",
                "HCX planning 2",
            )
