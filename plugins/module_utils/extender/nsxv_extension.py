# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of a stretched network where the cloud has NSX-V: peer site and standalone edge. (VCD reference 6, 8)"""

from __future__ import annotations

from ..engine.plan import Change, Facts, Step, differing
from .extension_options import WantedExtension
from .nsxv_server import Interface, NsxvServer, PeerSite
from .site import Found

SITE = "L2VPN peer site"


class NsxvExtension:
    """The client is set by OVF properties alone, so it is only looked at: it cannot be changed in place."""

    def __init__(self, wanted: WantedExtension, server: NsxvServer) -> None:
        self._wanted = wanted
        self._server = server
        self._found: Found | None = None
        self._vlan = 0
        self._interface: Interface | None = None
        self._site: PeerSite | None = None

    def read(self, found: Found, vlan: int) -> None:
        self._found, self._vlan = found, vlan
        interfaces = self._server.interfaces()
        self._interface = interfaces.get(self._wanted.network)
        if self._interface is None and not self._wanted.absent:
            self._server.refuse_unknown(self._wanted.network)
        self._site = self._server.site(self._wanted.name)

    def facts(self) -> Facts:
        return {
            "tunnel_id": self._interface.tunnel_id if self._interface else None,
            "egress_gateways": sorted(self._site.egress_gateways) if self._site else [],
        }

    def status(self) -> tuple[bool, str]:
        return self._server.status(self._wanted.name)

    def steps(self, problems: list[str]) -> list[Step]:
        return self._ending() if self._wanted.absent else self._making(problems)

    def _making(self, problems: list[str]) -> list[Step]:
        interface, site, wanted = self._interface, self._site, self._wanted
        if interface is None:
            return []
        problems += self._client_problems(interface)
        indexes = {interface.index}
        if wanted.egress is not None and interface.subnet and not interface.contains(wanted.egress):
            problems.append(
                f"egress_gateway {wanted.egress} is not inside {interface.subnet}, the network {wanted.network}"
            )
        if site is None:
            egress = {wanted.egress} if wanted.egress else set[str]()
            if wanted.login is None:
                problems.append(
                    f"peer site {wanted.name} does not exist; peer_site.user and password are needed to make it"
                )
                return []
            login = {"userId": wanted.login.user, "password": wanted.login.password}
            change = Change("create", SITE, wanted.name, {}, self._shown(indexes, egress))
            return [Step(change, lambda: self._server.put_site(wanted.name, indexes, egress, login))]
        egress = set(site.egress_gateways)
        if wanted.egress is not None:
            # The gateways of other networks stay; this network has the one that is wanted.
            egress = {one for one in egress if not interface.contains(one)} | {wanted.egress}
        indexes |= site.indexes
        before, after = differing(self._shown(site.indexes, site.egress_gateways), self._shown(indexes, egress))
        if not site.enabled:
            before, after = {**before, "enabled": False}, {**after, "enabled": True}
        if not after:
            return []
        change = Change("update", SITE, wanted.name, before, after)
        return [Step(change, lambda: self._server.put_site(wanted.name, indexes, egress, None))]

    def _client_problems(self, interface: Interface) -> list[str]:
        name, machine = self._wanted.appliance, self._found.machine if self._found else None
        if machine is None:
            return [f"virtual machine {name} does not exist; extender_l2_appliance makes it"]
        wanted = f"{self._vlan}({interface.tunnel_id})"
        for value in machine.properties.values():
            if wanted in value.replace(" ", "").split(","):
                return []
        what = f"{name} does not stretch VLAN {self._vlan} as tunnel {interface.tunnel_id}"
        why = f"none of its OVF properties holds {wanted}, and they cannot be changed in place"
        return [f"{what}: {why}; run extender_l2_appliance with this network and recreate"]

    def _ending(self) -> list[Step]:
        """The site goes with its last network: a peer site without an interface is not valid."""
        interface, site, name = self._interface, self._site, self._wanted.name
        if interface is None or site is None or interface.index not in site.indexes:
            return []
        rest = site.indexes - {interface.index}
        shown = self._shown(site.indexes, site.egress_gateways)
        if not rest:
            return [Step(Change("remove", SITE, name, shown, {}), lambda: self._server.remove_site(name))]
        egress = {one for one in site.egress_gateways if not interface.contains(one)}
        before, after = differing(shown, self._shown(rest, egress))
        change = Change("update", SITE, name, before, after)
        return [Step(change, lambda: self._server.put_site(name, rest, egress, None))]

    @staticmethod
    def _shown(indexes: set[int] | frozenset[int], egress: set[str] | frozenset[str]) -> Facts:
        return {"interfaces": sorted(indexes), "egress_gateways": sorted(egress)}
