# SPDX-License-Identifier: GPL-3.0-or-later
"""A second pair of eyes: reads hosts with plain pyVmomi, by views and attributes, without any of our module code."""

from __future__ import annotations

import ipaddress
import ssl
from typing import Any

from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim

from lab import Lab

Seen = dict[str, Any]


class Reader:
    """Logs in as the user who may only read, so that its requests can be told from those of the modules."""

    def __init__(self, lab: Lab, port: int) -> None:
        self._instance = SmartConnect(
            host="localhost",
            port=port,
            user=lab.reader_username,
            pwd=lab.password,
            sslContext=ssl.create_default_context(cafile=lab.ca_path),
        )
        self._content = self._instance.RetrieveContent()

    def close(self) -> None:
        Disconnect(self._instance)

    def host(self, name: str = "esx-a01") -> Seen:
        """``{"adapters": {device: ...}, "stacks": {key: ...}}`` of the host with this first label."""
        found = [host for host in self._all(vim.HostSystem) if host.name.split(".")[0] == name]
        assert len(found) == 1
        return self._host(found[0])

    def hosts(self) -> dict[str, Seen]:
        return {host.name: self._host(host) for host in self._all(vim.HostSystem)}

    def adapters(self, name: str = "esx-a01") -> dict[str, Seen]:
        seen: dict[str, Seen] = self.host(name)["adapters"]
        return seen

    def stack(self, key: str, name: str = "esx-a01") -> Seen:
        seen: Seen = self.host(name)["stacks"][key]
        return seen

    def _all(self, kind: Any) -> list[Any]:
        view = self._content.viewManager.CreateContainerView(self._content.rootFolder, [kind], True)
        try:
            return list(view.view)
        finally:
            view.Destroy()

    def _host(self, host: Any) -> Seen:
        network = host.config.network
        services = self._services(host)
        return {
            "adapters": {vnic.device: self._adapter(vnic, services) for vnic in network.vnic},
            "stacks": {stack.key: self._stack(stack) for stack in network.netStackInstance},
        }

    def _services(self, host: Any) -> dict[str, list[str]]:
        by_device: dict[str, list[str]] = {}
        for kind in host.config.virtualNicManagerInfo.netConfig:
            devices = {candidate.key: candidate.device for candidate in kind.candidateVnic}
            for key in kind.selectedVnic:
                by_device.setdefault(devices[key], []).append(kind.nicType)
        return by_device

    def _adapter(self, vnic: Any, services: dict[str, list[str]]) -> Seen:
        spec, ipv6 = vnic.spec, vnic.spec.ip.ipV6Config
        route = spec.ipRouteSpec.ipRouteConfig if spec.ipRouteSpec else None
        mask = ipaddress.ip_network(f"0.0.0.0/{spec.ip.subnetMask}").prefixlen if spec.ip.subnetMask else None
        return {
            "network": self._network(vnic),
            "stack": spec.netStackInstanceKey,
            "dhcp": spec.ip.dhcp,
            "ipv4": f"{spec.ip.ipAddress}/{mask}" if mask else None,
            "ipv6": sorted(f"{a.ipAddress}/{a.prefixLength}" for a in ipv6.ipV6Address if a.origin == "manual"),
            "ipv6_autoconf": ipv6.autoConfigurationEnabled,
            "ipv6_dhcp": ipv6.dhcpV6Enabled,
            "gateway_ipv4": route.defaultGateway if route else None,
            "gateway_ipv6": route.ipV6DefaultGateway if route else None,
            "mtu": spec.mtu,
            "services": sorted(services.get(vnic.device, [])),
        }

    def _network(self, vnic: Any) -> str:
        """The switch and the port group as "switch/name", or the segment's name."""
        if vnic.spec.distributedVirtualPort:
            port = vnic.spec.distributedVirtualPort
            for group in self._all(vim.dvs.DistributedVirtualPortgroup):
                switch = group.config.distributedVirtualSwitch
                if (group.key, switch.uuid) == (port.portgroupKey, port.switchUuid):
                    return f"{switch.name}/{group.name}"
            raise AssertionError(f"{vnic.device} is on port group {port.portgroupKey}, which nobody knows")
        if vnic.spec.opaqueNetwork:
            return str(vnic.spec.opaqueNetwork.opaqueNetworkId)
        return str(vnic.portgroup)

    def _stack(self, stack: Any) -> Seen:
        gateways, dns, table = stack.ipRouteConfig, stack.dnsConfig, stack.routeTableConfig
        routes = [operation.route for operation in [*table.ipRoute, *table.ipv6Route]]
        return {
            "gateway_ipv4": gateways.defaultGateway,
            "gateway_ipv6": gateways.ipV6DefaultGateway,
            "dns_servers": list(dns.address),
            "dns_search": list(dns.searchDomain),
            "dns_domain": dns.domainName,
            "dns_adapter": dns.virtualNicDevice if dns.dhcp else None,
            "host_name": dns.hostName,
            "routes": sorted(
                f"{route.network}/{route.prefixLength} via {route.gateway}"
                for route in routes
                if route.prefixLength and route.gateway not in ("0.0.0.0", "::")
            ),
            "congestion_control": stack.congestionControlAlgorithm,
            "max_connections": stack.requestedMaxNumberOfConnections,
        }
