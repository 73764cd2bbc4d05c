# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a site's section `hcx`: the connection (``hcx_*``) and those of the role ``hcx_site``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .hcx_appliances import extensions
from .hcx_limits import BY_NAME
from .hcx_ranges import span
from .site_hcx import ROLES, ComputeProfile, Hcx, NetworkProfile, Pairing, ServiceMesh, SwitchPair
from .variable_values import stated


def hcx_variables(hcx: Hcx, datacenter: str) -> dict[str, Any]:
    """Plain data in a fixed order; of the pairing its parts, because the template adds its password by reference."""
    compute, mesh = hcx.compute_profile, hcx.service_mesh
    profiles = hcx.network_profiles
    return stated(
        **hcx.manager.variables("hcx"),
        **(_remote(hcx.pairing) if hcx.pairing else {}),
        hcx_site_network_profiles=[_network_profile(profile) for profile in profiles] or None,
        hcx_site_compute_profiles=[_compute_profile(compute, profiles, datacenter)] if compute else None,
        hcx_site_service_meshes=[_service_mesh(mesh, compute)] if mesh and compute else None,
    )


def hcx_summary(hcx: Hcx) -> list[str]:
    """A line for each network profile and one for the mesh, for the person who reviews the variables."""
    lines = [f"HCX {profile.name}: {_place(profile)}" for profile in hcx.network_profiles]
    if hcx.service_mesh and hcx.pairing:
        services = ", ".join(hcx.service_mesh.services)
        lines.append(f"HCX mesh {hcx.service_mesh.name} with {hcx.pairing.remote_url}: {services}")
        lines += [
            f"  {pair.local} to {pair.remote}: {pair.networks} networks on {_appliances(pair)} NE"
            for pair in hcx.service_mesh.switch_pairs
        ]
    return lines


def _place(profile: NetworkProfile) -> str:
    parts = [
        " and ".join(profile.roles) or "roles as the hosts tell",
        profile.network or "network as the hosts tell",
        str(profile.cidr),
        ", ".join(span(found) for found in profile.ranges),
    ]
    return ", ".join(parts)


def _remote(pairing: Pairing) -> dict[str, Any]:
    return stated(
        hcx_remote_url=pairing.remote_url,
        hcx_remote_username=pairing.remote_username,
        hcx_remote_fingerprint=pairing.certificate_fingerprint,
    )


def _network_profile(profile: NetworkProfile) -> dict[str, Any]:
    return stated(
        name=profile.name,
        network=profile.network,
        network_type=profile.network_type,
        roles=list(profile.roles) or None,
        mtu=profile.mtu,
        over_vpn=profile.over_vpn or None,
        prefix_length=profile.cidr.prefixlen if profile.cidr else None,
        gateway=str(profile.gateway) if profile.gateway else None,
        ranges=[{"first": str(first), "last": str(last)} for first, last in profile.ranges],
        dns_servers=[str(server) for server in profile.dns_servers] or None,
        dns_suffix=profile.dns_suffix,
    )


def _compute_profile(compute: ComputeProfile, profiles: Sequence[NetworkProfile], datacenter: str) -> dict[str, Any]:
    """Its networks are left to the role where the hosts have to tell what one of the network profiles is for."""
    networks = {role: [profile.name for profile in profiles if role in profile.roles] for role in ROLES}
    return stated(
        name=compute.name,
        datacenter=datacenter,
        services=["INTERCONNECT", *compute.services],
        service_clusters=list(compute.clusters),
        deployment_clusters=list(compute.deployment_clusters) or None,
        resource_pool=compute.resource_pool,
        datastores=list(compute.datastores),
        folder=compute.folder,
        cpu_reservation=compute.cpu_reservation,
        memory_reservation=compute.memory_reservation,
        networks={role: names for role, names in networks.items() if names}
        if all(profile.roles for profile in profiles)
        else None,
        switches=list(compute.switches) or None,
    )


def _service_mesh(mesh: ServiceMesh, compute: ComputeProfile) -> dict[str, Any]:
    return stated(
        name=mesh.name,
        compute_profile=compute.name,
        remote_compute_profile=mesh.remote_compute_profile,
        services=["INTERCONNECT", *mesh.services],
        uplinks=list(mesh.uplinks) or None,
        remote_uplinks=list(mesh.remote_uplinks) or None,
        switch_pairs=[
            {"local": pair.local, "remote": pair.remote, "appliances": _appliances(pair)} for pair in mesh.switch_pairs
        ]
        or None,
        # For the plan alone: the mesh itself has appliances, not networks.
        extended_networks=[
            {"local": pair.local, "remote": pair.remote, "networks": pair.networks} for pair in mesh.switch_pairs
        ]
        or None,
        wan_optimization_bandwidth=mesh.wan_optimization_bandwidth,
        application_path_resiliency=mesh.application_path_resiliency,
        tcp_flow_conditioning=mesh.tcp_flow_conditioning,
    )


def _appliances(pair: SwitchPair) -> int:
    """As many NE as the networks of the pair need."""
    per_appliance = BY_NAME["networks_per_ne"].figure
    (extension,) = extensions([(pair.local, pair.remote)] * pair.networks, per_appliance, ha=False)
    return extension.active
