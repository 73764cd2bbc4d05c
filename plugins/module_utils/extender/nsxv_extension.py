# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a stretched network where the cloud has NSX-V: peer site and standalone edge. (VCD reference 6, 8)"""

from __future__ import annotations

from dataclasses import replace

from ..engine.plan import Change, Facts, Step, differing
from ..vcd.edge_kind import Interface
from ..vcd.l2vpn_server import Site
from .extension_options import WantedExtension
from .servers import NsxvServer, OrgNetwork
from .site import Found

SITE = "L2VPN peer site"
# What of a peer site belongs to an extension; the rest is the server's.
OWN = ("networks", "egress_gateways", "enabled")


class NsxvExtension:
    """The client is set by OVF properties alone, so it is only looked at: it cannot be changed in place."""

    def __init__(self, wanted: WantedExtension, server: NsxvServer) -> None:
        self._wanted = wanted
        self._server = server
        self._found: Found | None = None
        self._vlan = 0
        self._interface: Interface | None = None
        self._network: OrgNetwork | None = None
        self._site: Site | None = None

    def read(self, found: Found, vlan: int) -> None:
        name = self._wanted.network
        self._found, self._vlan = found, vlan
        self._interface = self._server.interfaces().get(name)
        self._network = self._server.networks().get(name)
        if self._interface is None and not self._wanted.absent and not self._server.is_pending(name):
            self._server.refuse_unknown(name)
        self._site = self._server.read().sites.get(self._wanted.name)

    def facts(self) -> Facts:
        return {
            "tunnel_id": self._interface.tunnel_id if self._interface else None,
            "egress_gateways": sorted(self._site.egress_gateways) if self._site else [],
        }

    def status(self) -> tuple[bool, str]:
        return self._server.status(self._wanted.name)

    def steps(self, problems: list[str]) -> list[Step]:
        return self._ending(problems) if self._wanted.absent else self._making(problems)

    def _making(self, problems: list[str]) -> list[Step]:
        wanted, site, network = self._wanted, self._site, self._network
        problems += self._client_problems()
        if wanted.egress is not None and network and network.subnet and not network.contains(wanted.egress):
            problems.append(
                f"egress_gateway {wanted.egress} is not inside {network.subnet}, the network {wanted.network}"
            )
        if site is None and wanted.login is None:
            problems.append(
                f"peer site {wanted.name} does not exist; peer_site.user and password are needed to make it"
            )
        login = wanted.login
        new = Site(wanted.name, user=login.user, password=login.password) if login else Site(wanted.name)
        target = self._stretched(site or new)
        if site is None:
            change = Change("create", SITE, wanted.name, {}, _own(target))
            return [Step(change, lambda: self._server.put_site(target))]
        return self._update(site, target, problems)

    def _update(self, site: Site, target: Site, problems: list[str]) -> list[Step]:
        """The whole site is sent, with its password, which not every server shows. (VCD reference 6.1)"""
        before, after = differing(_own(site), _own(target))
        if not after:
            return []
        login = self._wanted.login
        if site.password is None and login is None:
            problems.append(
                f"the edge gateway does not show the password of peer site {site.name}, which a change of it must "
                "hold; give peer_site.user and password"
            )
        sent = replace(target, user=login.user, password=login.password) if login and not site.password else target
        return [Step(Change("update", SITE, site.name, before, after), lambda: self._server.put_site(sent))]

    def _stretched(self, site: Site) -> Site:
        """The gateways of other networks stay; this network has the one that is wanted."""
        egress = site.egress_gateways
        if self._wanted.egress is not None:
            egress = self._egress_of_others(site) | {self._wanted.egress}
        return replace(site, networks=site.networks | {self._wanted.network}, egress_gateways=egress, enabled=True)

    def _egress_of_others(self, site: Site) -> frozenset[str]:
        network = self._network
        return frozenset(one for one in site.egress_gateways if network is None or not network.contains(one))

    def _client_problems(self) -> list[str]:
        name, machine = self._wanted.appliance, self._found.machine if self._found else None
        interface = self._interface
        if machine is None:
            # In check mode an earlier task of the run would make it.
            return [] if self._wanted.appliance_pending else [_no_machine(name)]
        if interface is None:
            return []
        wanted = f"{self._vlan}({interface.tunnel_id})"
        if any(wanted in value.replace(" ", "").split(",") for value in machine.properties.values()):
            return []
        what = f"{name} does not stretch VLAN {self._vlan} as tunnel {interface.tunnel_id}"
        why = f"none of its OVF properties holds {wanted}, and they cannot be changed in place"
        return [f"{what}: {why}; run extender_l2_appliance with this network and recreate"]

    def _ending(self, problems: list[str]) -> list[Step]:
        """The site goes with its last network: a peer site without an interface is not valid."""
        site, network, name = self._site, self._wanted.network, self._wanted.name
        if site is None or network not in site.networks:
            return []
        rest = site.networks - {network}
        if not rest:
            return [Step(Change("remove", SITE, name, _own(site), {}), lambda: self._server.remove_site(name))]
        target = replace(site, networks=rest, egress_gateways=self._egress_of_others(site))
        return self._update(site, target, problems)


def _own(site: Site) -> Facts:
    facts = site.facts()
    return {name: facts[name] for name in OWN}


def _no_machine(name: str) -> str:
    return f"virtual machine {name} does not exist; extender_l2_appliance makes it"
