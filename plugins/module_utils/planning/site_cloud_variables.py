# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a site's section `cloud_director`: the connections (``vcd_*``, ``vcda_*``, ``edge_*``) and those of
the roles ``vcd_tenant``, ``dc_extension`` and ``warm_migration``.
"""

from __future__ import annotations

from typing import Any

from .site_cloud import Appliance, Availability, CloudDirector, L2Vpn, OrgNetwork, Property
from .variable_values import reference, stated


def cloud_variables(cloud: CloudDirector, datacenter: str) -> dict[str, Any]:
    """Plain data in a fixed order. `datacenter` is the site's, which the edge is deployed into."""
    return {
        **cloud.director.login.variables("vcd"),
        "vcd_org": cloud.organization,
        **_tenant(cloud),
        **(_extension(cloud, cloud.l2vpn, cloud.appliance, datacenter) if cloud.l2vpn and cloud.appliance else {}),
        **(_migration(cloud.availability, cloud.vdc) if cloud.availability else {}),
    }


def cloud_summary(cloud: CloudDirector) -> list[str]:
    """A line for each network and each stretched port group, for the person who reviews the variables."""
    lines = [f"Cloud Director {cloud.director.login.hostname}: {cloud.vdc} of {cloud.organization}"]
    lines += [f"  {network.name}: {network.cidr}, gateway {network.gateway}" for network in cloud.networks]
    if cloud.l2vpn and cloud.appliance:
        lines += [
            f"  {one.source} (VLAN {one.vlan}) stretched to {one.network} by {cloud.appliance.name}"
            for one in cloud.stretched
        ]
    if cloud.availability:
        lines.append(f"  migrations from {cloud.availability.source_site} to {cloud.availability.cloud_site}")
    return lines


def _tenant(cloud: CloudDirector) -> dict[str, Any]:
    return stated(
        vcd_tenant_provider_username=cloud.director.provider_username,
        vcd_tenant_organization=cloud.organization,
        vcd_tenant_role_scope=cloud.role_scope,
        # Without the provider's login nobody can give rights, so they are taken to be there.
        vcd_tenant_rights_set=None if cloud.director.provider_username else "",
        vcd_tenant_vdc=cloud.vdc,
        vcd_tenant_networks=[_network(network, cloud) for network in cloud.networks] or None,
    )


def _network(network: OrgNetwork, cloud: CloudDirector) -> dict[str, Any]:
    stretched = network.name in [one.network for one in cloud.stretched]
    return stated(
        name=network.name,
        description=network.description,
        edge_gateway=cloud.edge_gateway,
        gateway=str(network.gateway),
        prefix_length=network.cidr.prefixlen if network.cidr else None,
        dns_servers=[str(server) for server in network.dns_servers] or None,
        dns_suffix=network.dns_suffix,
        ip_ranges=[{"first": str(first), "last": str(last)} for first, last in network.ranges] or None,
        # Only a subinterface of an NSX-V edge gateway can be stretched. (VCD reference 6)
        interface_type="subinterface" if stretched and cloud.generation == "nsx_v" else None,
    )


def _extension(cloud: CloudDirector, l2vpn: L2Vpn, appliance: Appliance, datacenter: str) -> dict[str, Any]:
    cidrs = {network.name: str(network.cidr) for network in cloud.networks}
    return stated(
        **(appliance.edge.variables("edge") if appliance.edge else {}),
        dc_extension_generation=cloud.generation,
        dc_extension_organization=cloud.organization,
        dc_extension_vdc=cloud.vdc,
        dc_extension_edge_gateway=cloud.edge_gateway,
        dc_extension_name=l2vpn.name,
        dc_extension_server_address=_text(l2vpn.address),
        dc_extension_cipher=l2vpn.cipher,
        dc_extension_user=l2vpn.user,
        dc_extension_remote_endpoint=_text(l2vpn.remote_address),
        dc_extension_tunnel_interface=l2vpn.tunnel_interface,
        dc_extension_appliance=_appliance(appliance, datacenter),
        dc_extension_trunk={"port_group": appliance.trunk, "switch": appliance.switch},
        dc_extension_networks=[
            stated(
                name=one.source,
                source_port_group=one.source,
                vlan=one.vlan,
                network=one.network,
                cidr=cidrs.get(one.network),
                egress_gateway=_text(one.egress_gateway),
            )
            for one in cloud.stretched
        ],
    )


def _appliance(appliance: Appliance, datacenter: str) -> dict[str, Any]:
    placement = stated(
        datacenter=datacenter,
        cluster=appliance.cluster,
        datastore=appliance.datastore,
        folder=appliance.folder,
    )
    uplink = {
        "addresses": [str(address) for address in appliance.addresses],
        "gateway": str(appliance.gateway),
        "prefix_length": appliance.cidr.prefixlen if appliance.cidr else None,
    }
    return stated(
        name=appliance.name, placement=placement, uplink=uplink, deployment=_deployment(appliance, appliance.template)
    )


def _deployment(appliance: Appliance, template: str | None) -> dict[str, Any] | None:
    if template is None:
        return None
    return {
        "library_item": template,
        "accept_eula": appliance.accept_eula,
        "network_mappings": dict(appliance.mappings),
        "properties": [_property(one) for one in appliance.properties],
    }


def _property(one: Property) -> dict[str, Any]:
    return {"id": one.id, "value": one.value} if one.value else {"id": one.id, "secret": reference(one.secret or "")}


def _migration(availability: Availability, vdc: str) -> dict[str, Any]:
    target = stated(cloud=availability.cloud_site, vdc=vdc, storage_profile=availability.storage_profile)
    return stated(
        **availability.login.variables("vcda"),
        warm_migration_source_site=availability.source_site,
        warm_migration_source_username=availability.source_username,
        warm_migration_target=target,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
