# SPDX-License-Identifier: GPL-3.0-or-later
"""OVF properties out of what a task says: the names are the template's own, the settings come from the options."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..engine.plan import Facts
from ..vsphere.appliances.content_library import Order
from .appliance_options import WantedAppliance
from .networks import Stretched


@dataclass(frozen=True)
class Written:
    """The order, and those of its properties that may be shown and compared."""

    order: Order
    shown: Facts = field(repr=False)


def order_for(wanted: WantedAppliance) -> Written:
    deployment = wanted.deployment
    if deployment is None:
        raise ValueError("there is nothing to deploy")
    values = _values(wanted)
    filled = {one.name: one.text.format_map(values) if one.references else one.text for one in deployment.settings}
    shown = {one.name: filled[one.name] for one in deployment.settings if not one.secret}
    order = Order(
        name=wanted.name,
        annotation="",
        networks=deployment.networks,
        properties=filled,
        accept_licence=deployment.accept_eula,
        storage_provisioning=deployment.storage_provisioning,
    )
    return Written(order, shown)


def _values(wanted: WantedAppliance) -> dict[str, str]:
    uplink, server = wanted.uplink, wanted.server
    return {
        "uplink_address": str(uplink.addresses[0]) if uplink and uplink.addresses else "",
        "uplink_prefix_length": str(uplink.network.prefixlen) if uplink else "",
        "uplink_netmask": str(uplink.network.netmask) if uplink else "",
        "uplink_gateway": str(uplink.gateway) if uplink else "",
        "server_address": server.address or "",
        "server_port": str(server.port),
        "server_user": server.user or "",
        "server_password": server.password or "",
        "cipher": server.cipher or "",
        "networks": ",".join(mapping(one) for one in wanted.networks),
        "egress_gateways": ",".join(one.egress_gateway for one in wanted.networks if one.egress_gateway),
    }


def mapping(network: Stretched) -> str:
    """The form in which a standalone edge takes a VLAN and its tunnel id, which check mode may not know yet."""
    return f"{network.vlan}({network.tunnel_id or 'pending'})"
