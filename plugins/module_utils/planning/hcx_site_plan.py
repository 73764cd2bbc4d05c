# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module `hcx_plan` out of what sites have for the role ``hcx_site``.

A plan needs both ends of a mesh. The other end is the site of the inventory whose manager the mesh names; of a site
that nobody wrote down, nothing is known and nothing is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, ip_interface
from typing import Any
from urllib.parse import urlsplit

from . import carriers, hcx_request, hcx_services
from .hcx_limits import BY_NAME
from .hcx_ranges import span
from .hcx_roles import MANAGEMENT, REPLICATION, ROLES, UPLINK, VMOTION
from .problems import Problems

Facts = dict[str, Any]

# What HCX calls the services (HCX reference 19.1), and what users of the plan do. Assisted vMotion is a vMotion through
# the IX; that it needs the same rows is inferred.
SERVICES = {
    "BULK_MIGRATION": hcx_services.BULK,
    "VMOTION": hcx_services.VMOTION,
    "HCX_ASSISTED_VMOTION": hcx_services.VMOTION,
    "RAV": hcx_services.RAV,
    "DISASTER_RECOVERY": hcx_services.DISASTER_RECOVERY,
    "NETWORK_EXTENSION": hcx_services.NETWORK_EXTENSION,
    "WANOPT": hcx_services.WAN_OPTIMIZATION,
    "SRM": hcx_services.SRM,
}
# Services and stacks of VMkernel adapters, by the traffic they carry.
TRAFFIC = {carriers.MANAGEMENT: MANAGEMENT, carriers.VMOTION: VMOTION, carriers.REPLICATION: REPLICATION}
HTTPS = 443


class _Unknown(Exception):
    """Something that a plan cannot do without is not known."""


def site_end(variables: Mapping[str, Any]) -> Facts | None:
    """What other sites need of this one, out of its variables; None for a host without HCX.

    A site of the same play has told it already, with variables that only its play knows.
    """
    if told := variables.get("__hcx_site_end"):
        return dict(told)
    if not variables.get("hcx_hostname"):
        return None
    return {
        "name": variables["inventory_hostname"],
        "manager": variables["hcx_hostname"],
        "port": variables.get("hcx_port"),
        "vcenter": variables.get("vcenter_hostname"),
        "network_profiles": variables.get("hcx_site_network_profiles") or [],
        "compute_profiles": variables.get("hcx_site_compute_profiles") or [],
        "adapters": variables.get("vmkernel_networking_adapters") or [],
        "hosts": variables.get("__hcx_site_hosts") or [],
        "settings": variables.get("hcx_site_plan_site") or {},
    }


def site_plans(
    site: Mapping[str, Any],
    meshes: Iterable[Mapping[str, Any]],
    ends: Sequence[Mapping[str, Any]],
    remote_url: str = "",
    options: Mapping[str, Any] | None = None,
) -> Facts:
    """What to plan for the meshes that a site initiates.

    ``site`` and ``ends`` are as `site_end` gives them, ``remote_url`` is that of meshes without one, ``options`` are
    further ones of the module. Returns ``plans``, each the ``mesh`` and the ``options`` of `hcx_plan`, and ``skipped``,
    a sentence for each mesh that cannot be planned.
    """
    plans, skipped = [], []
    present = [mesh for mesh in meshes if mesh.get("state") != "absent"]
    if not present:
        skipped.append(f"{site['name']} initiates no service mesh; the site at the other end plans for both.")
    for mesh in present:
        try:
            fed = {**_options(site, mesh, ends, mesh.get("remote_url") or remote_url), **(options or {})}
            hcx_request.parse(fed)
        except _Unknown as unknown:
            skipped.append(f"Service mesh {mesh['name']} is not planned: {unknown}.")
        except Problems as problems:
            skipped.append(f"Service mesh {mesh['name']} is not planned: {' '.join(problems.sentences)}")
        else:
            plans.append({"mesh": mesh["name"], "options": fed})
    return {"plans": plans, "skipped": skipped}


def _options(site: Mapping[str, Any], mesh: Mapping[str, Any], ends: Sequence[Mapping[str, Any]], url: str) -> Facts:
    services = list(dict.fromkeys(SERVICES[name] for name in mesh.get("services") or () if name in SERVICES))
    if not services:
        raise _Unknown("its services are not stated")
    remote = next((end for end in ends if url and _place(end["manager"], end.get("port")) == _place_of(url)), None)
    if remote is None:
        raise _Unknown(f"no site of the inventory has the manager {url or 'of the other end, which is not stated'}")
    fed: Facts = {
        "local": _site(site, mesh.get("compute_profile"), mesh.get("uplinks")),
        "remote": _site(remote, mesh.get("remote_compute_profile"), mesh.get("remote_uplinks")),
        "services": services,
    }
    if hcx_services.NETWORK_EXTENSION in services:
        fed["extended_networks"] = list(_networks(mesh))
    return fed


def _site(end: Mapping[str, Any], compute_profile: str | None, uplinks: Sequence[str] | None) -> Facts:
    if not end.get("vcenter"):
        raise _Unknown(f"the vCenter of {end['name']} is not stated")
    roles = _roles(end, compute_profile, uplinks)
    used = [profile for profile in end["network_profiles"] if roles.get(profile["name"])]
    if not used:
        raise _Unknown(f"{end['name']} states no network profiles for it")
    servers = dict.fromkeys(server for profile in used for server in profile.get("dns_servers") or ())
    port = end.get("port") or HTTPS
    return {
        "name": end["name"],
        "manager": end["manager"] if int(port) == HTTPS else f"{end['manager']}:{port}",
        "vcenter": end["vcenter"],
        "dns": list(servers),
        "network_profiles": [_profile(profile, roles[profile["name"]]) for profile in used],
        **({"hosts": end["hosts"]} if end["hosts"] else {"esxi_networks": _esxi_networks(end["adapters"])}),
        **end["settings"],
    }


def _roles(end: Mapping[str, Any], compute_profile: str | None, uplinks: Sequence[str] | None) -> dict[str, list[str]]:
    """What each network profile is used for: by the compute profile, or else as it is recommended.

    A mesh that overrides the uplinks uses those alone.
    """
    computes = {compute["name"]: compute for compute in end["compute_profiles"]}
    assigned: Mapping[str, Sequence[str]] = computes.get(compute_profile or "", {}).get("networks") or {}
    found = {}
    for profile in end["network_profiles"]:
        name = profile["name"]
        roles = (
            {role for role, names in assigned.items() if name in names} if assigned else set(profile.get("roles") or ())
        )
        if uplinks:
            roles = roles - {UPLINK} | ({UPLINK} if name in uplinks else set())
        found[name] = [role for role in ROLES if role in roles and profile.get("state") != "absent"]
    return found


def _profile(profile: Mapping[str, Any], roles: Sequence[str]) -> Facts:
    missing = [key for key in ("ranges", "prefix_length") if not profile.get(key)]
    if missing:
        raise _Unknown(f"network profile {profile['name']} does not state its {' and '.join(missing)}")
    try:
        ranges = [
            (IPv4Address(item["first"]), IPv4Address(item.get("last") or item["first"])) for item in profile["ranges"]
        ]
        cidr = IPv4Network((ranges[0][0], int(profile["prefix_length"])), strict=False)
    except ValueError as error:
        raise _Unknown(f"in network profile {profile['name']}, {error}") from error
    stated = {key: profile[key] for key in ("network", "gateway", "mtu") if profile.get(key) is not None}
    return {
        "name": profile["name"],
        "roles": list(roles),
        "cidr": str(cidr),
        "ranges": [span(found) for found in ranges],
        "vpn": bool(profile.get("over_vpn")),
        **stated,
    }


def _esxi_networks(adapters: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The addresses that the role ``vmkernel_networking`` gives to the hosts, by the traffic of their adapters."""
    found: dict[str, list[str]] = {}
    for adapter in adapters:
        addresses = (adapter.get("ipv4") or {}).get("addresses") or {}
        carried = [name for name, enabled in (adapter.get("services") or {}).items() if enabled]
        for kind in {adapter.get("stack"), *carried} & set(TRAFFIC):
            found.setdefault(TRAFFIC[kind], []).extend(str(ip_interface(text).ip) for text in addresses.values())
    return {traffic: texts for traffic, texts in found.items() if texts}


def _networks(mesh: Mapping[str, Any]) -> Iterator[Facts]:
    """As many networks as are stated; otherwise as many as the NE appliances of each pair can take."""
    most = BY_NAME["networks_per_ne"].figure
    stated = mesh.get("extended_networks")
    pairs = stated or [{**pair, "networks": most * int(pair["appliances"])} for pair in mesh.get("switch_pairs") or ()]
    for pair in pairs:
        count = int(pair["networks"])
        for number in range(1, count + 1):
            name = f"network {number} of {count}"
            yield {"name": name, "switch": pair["local"], "remote_switch": pair["remote"]}


def _place_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url if "://" in url else f"https://{url}")
    return _place(parts.hostname or "", parts.port)


def _place(host: str, port: int | str | None) -> tuple[str, int]:
    return host.lower(), int(port or HTTPS)
