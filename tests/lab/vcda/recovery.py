# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut-over, failover and test in steps: source off, last synchronization, import into the cloud, power on (10.8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from ipaddress import IPv4Address, IPv4Network, summarize_address_range
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from ..clouds import CloudNic, CloudVm, OrgVdcNetwork, VApp, Vdc, new_id
from ..world import DistributedPortGroup, NetworkCard, Segment, Site, VirtualMachine
from .body import MachineNetwork, Networks, Nic, Recovery
from .replication import DELTA_BYTES, Replication
from .tasks import Effect, WorkFailed

if TYPE_CHECKING:
    from .cloud_site import CloudSite

REFUSED = "GeneralServerFailure"
PORT_GROUP = "dvs.VCDVS"
"""How Cloud Director begins the names of port groups that it makes for networks."""


@dataclass(frozen=True)
class Wanted:
    """What one request asks for: of which machines, connected how, switched on."""

    ids: tuple[str, ...]
    networks: tuple[MachineNetwork | None, ...]
    power_on: bool
    test: bool = False


def wanted(site: CloudSite, ids: list[str], body: Recovery, test: bool = False) -> Wanted:
    members = [site.state.replications[i] for i in ids]
    networks = tuple(body.of(m.vm_id) or _stored(site, m, test) for m in members)
    return Wanted(tuple(ids), networks, body.power_on, test)


def _stored(site: CloudSite, replication: Replication, test: bool) -> MachineNetwork | None:
    if site.rules.vcda_stored_settings == "ignored":
        return None
    kept = replication.network_settings.get("failoverTestSettings" if test else "failoverSettings")
    return Networks.model_validate(kept).of(replication.vm_id) if kept else None


def migration(what: Wanted) -> list[Effect]:
    return [partial(_switch_off, what), partial(_last_sync, what), *failover(what)]


def failover(what: Wanted) -> list[Effect]:
    return [partial(_import, what), partial(_finish, what)]


def begin(site: CloudSite, what: Wanted) -> None:
    for replication in _members(site, what):
        replication.recovery = "IN_PROGRESS"
        replication.was_on = _source(site, replication).powered_on


def give_up(what: Wanted, site: CloudSite) -> None:
    """Back to where it was; the source is on again where the rule says so."""
    for replication in _members(site, what):
        remove_recovered(site, replication)
        replication.recovery = "NOT_STARTED"
        machine = site.shared.world.machines.get(replication.machine)
        if machine is not None and replication.was_on and site.rules.vcda_refused_cutover == "source_as_before":
            site.shared.world.add_machine(replace(machine, powered_on=True))


def remove_recovered(site: CloudSite, replication: Replication) -> None:
    """The machine in the cloud and, when it was the last one, its vApp."""
    if replication.vm is None:
        return
    gone = site.cloud.vms.pop(replication.vm, None)
    if gone is not None:
        site.shared.world.remove_machine(gone.machine)
        if not site.cloud.vms_of(gone.vapp):
            site.cloud.vapps.pop(gone.vapp, None)
    replication.vm = replication.vapp = None


def clean_up(ids: tuple[str, ...], site: CloudSite) -> None:
    """The end of a test."""
    for replication in (site.state.replications[i] for i in ids):
        remove_recovered(site, replication)
        replication.recovery = "NOT_STARTED"


def _members(site: CloudSite, what: Wanted) -> list[Replication]:
    return [site.state.replications[i] for i in what.ids]


def _source(site: CloudSite, replication: Replication) -> VirtualMachine:
    machine = site.shared.world.machines.get(replication.machine)
    if machine is None:
        raise WorkFailed(REFUSED, f"The source machine {replication.vm_name} is no longer there.")
    return machine


def _switch_off(what: Wanted, site: CloudSite) -> None:
    for replication in _members(site, what):
        machine = _source(site, replication)
        site.shared.world.add_machine(replace(machine, powered_on=False))


def _last_sync(what: Wanted, site: CloudSite) -> None:
    for replication in _members(site, what):
        text = site.trouble(replication.vm_name).fail
        if text is not None:
            raise WorkFailed(REFUSED, text)
        replication.take_instance(site.moment, DELTA_BYTES)


def _import(what: Wanted, site: CloudSite) -> None:
    """All machines, or none and the reason why the target refuses."""
    members = list(zip(_members(site, what), what.networks, strict=True))
    prepared = []
    taken: set[tuple[str, str]] = set()
    for replication, networks in members:
        text = site.trouble(replication.vm_name).refuse_cutover
        if text is not None:
            raise WorkFailed(REFUSED, text)
        prepared.append((replication, _nics(site, replication, networks, taken)))
    for replication, nics in prepared:
        vdc = site.cloud.vdcs[replication.vdc]
        vapp = _vapp(site, vdc, replication, what.test)
        machine = _machine(site, vdc, replication, nics)
        site.shared.world.add_machine(machine)
        vm = CloudVm(new_id(), replication.vm_name, vapp.id, machine.uuid, _profile(vdc, replication), tuple(nics))
        site.cloud.vms[vm.id] = vm
        replication.vapp, replication.vm = vapp.id, vm.id


def _finish(what: Wanted, site: CloudSite) -> None:
    for replication in _members(site, what):
        vm = site.cloud.vms.get(replication.vm or "")
        machine = site.shared.world.machines.get(vm.machine) if vm is not None else None
        if machine is None:
            raise WorkFailed(REFUSED, f"The recovered machine {replication.vm_name} is no longer there.")
        if what.power_on:
            site.shared.world.add_machine(replace(machine, powered_on=True))
        replication.recovery = "TEST" if what.test else "COMPLETE"


def _profile(vdc: Vdc, replication: Replication) -> str:
    return vdc.storage_profiles[0].id if replication.storage_profile == "*" else replication.storage_profile


def _vapp(site: CloudSite, vdc: Vdc, replication: Replication, test: bool) -> VApp:
    """That of its name, made if need be; a test has one of its own."""
    name = f"{replication.vapp_name}-test" if test else replication.vapp_name
    found = next((v for v in site.cloud.vapps.values() if v.vdc == vdc.id and v.name == name), None)
    if found is None:
        found = VApp(new_id(), name, vdc.id, f"Recovered from {replication.vm_name}")
        site.cloud.vapps[found.id] = found
        return found
    ours = {r.vapp for r in site.state.replications.values() if r.group and r.group == replication.group}
    if found.id not in ours and site.rules.vcda_existing_vapp == "refuse":
        raise WorkFailed(REFUSED, f"The vApp {name} is there already in {vdc.name}.")
    if any(v.name == replication.vm_name for v in site.cloud.vms_of(found.id)):
        raise WorkFailed(REFUSED, f"The vApp {name} has a machine {replication.vm_name} already.")
    return found


def _nics(
    site: CloudSite, replication: Replication, networks: MachineNetwork | None, taken: set[tuple[str, str]]
) -> list[CloudNic]:
    """One for each network card of the source; without settings they are not connected."""
    cards = _source(site, replication).cards
    asked = {n.nic_index: n for n in (networks.nics if networks else [])}
    unknown = sorted(set(asked) - set(range(len(cards))))
    if unknown:
        raise WorkFailed(REFUSED, f"{replication.vm_name} has no network card {unknown[0]}.")
    return [
        _nic(site, replication, asked.get(number) or Nic.model_validate({"nicIndex": number}), card, taken)
        for number, card in enumerate(cards)
    ]


def _nic(
    site: CloudSite, replication: Replication, nic: Nic, card: NetworkCard, taken: set[tuple[str, str]]
) -> CloudNic:
    mac = _new_mac() if nic.reset_mac_address else card.mac
    if nic.network is None:
        return CloudNic(nic.nic_index, None, mode="NONE", connected=False, mac=mac)
    network = next((n for n in site.cloud.of_vdc(replication.vdc) if n.name == nic.network), None)
    if network is None:
        vdc = site.cloud.vdcs[replication.vdc].name
        raise WorkFailed(REFUSED, f"The network {nic.network} is not available in {vdc}.")
    address = _address(site, network, nic, taken)
    if address is not None:
        taken.add((network.id, address))
    return CloudNic(nic.nic_index, network.id, address, nic.ip_address_allocation_mode, nic.is_connected, mac)


def _address(site: CloudSite, network: OrgVdcNetwork, nic: Nic, taken: set[tuple[str, str]]) -> str | None:
    used = taken | {(n.network or "", n.address or "") for v in site.cloud.vms.values() for n in v.nics}
    mode = nic.ip_address_allocation_mode
    if mode == "NONE":
        return None
    if mode == "MANUAL":
        address = nic.ip_address or ""
        if not _within(address, network.interface.network) or address == str(network.interface.ip):
            raise WorkFailed(
                REFUSED, f"{address or 'No address'} cannot be used in {network.name} ({network.gateway})."
            )
        if (network.id, address) in used:
            raise WorkFailed(REFUSED, f"The address {address} is in use in {network.name}.")
        return address
    free = (str(a) for a in _pool(network) if (network.id, str(a)) not in used)
    found = next(free, None)
    if found is None:
        raise WorkFailed(REFUSED, f"The network {network.name} has no free address in its pools.")
    return found


def _pool(network: OrgVdcNetwork) -> list[IPv4Address]:
    return [
        address
        for first, last in network.ranges
        for part in summarize_address_range(IPv4Address(first), IPv4Address(last))
        for address in part
    ]


def _within(address: str, network: IPv4Network) -> bool:
    try:
        return IPv4Address(address) in network
    except ValueError:
        return False


def _machine(site: CloudSite, vdc: Vdc, replication: Replication, nics: list[CloudNic]) -> VirtualMachine:
    """In the cloud's own vCenter, named as Cloud Director does."""
    source = _source(site, replication)
    place = next(s for s in site.shared.world.sites.values() if s.vcenter == vdc.vcenter)
    host = next((h for h in place.hosts if h.cluster and h.state.connection == "connected"), None)
    if host is None:
        raise WorkFailed(REFUSED, f"No host of {vdc.name} can take {replication.vm_name}.")
    made = uuid4()
    cards = tuple(
        NetworkCard(_port_group(site, place, site.cloud.networks[n.network]), n.mac, n.address)
        for n in nics
        if n.network is not None
    )
    return replace(
        source,
        name=f"{replication.vm_name}-{made.hex[:4]}",
        uuid=str(made),
        site=place.name,
        host=host.name,
        datastore=place.datastores[0],
        folder="",
        pool="",
        cards=cards,
        annotation=f"Recovered by Availability from {replication.vm_name}",
        powered_on=False,
    )


def _port_group(site: CloudSite, place: Site, network: OrgVdcNetwork) -> str:
    """Key of the one that stands for an Org VDC network, made on first use."""
    segment = f"overlay/{network.id}"
    groups = [g for s in place.switches for g in s.port_groups]
    known = next((g for g in groups if g.segment == segment), None)
    if known is not None:
        return known.key
    # Above what a vCenter numbers its own objects with.
    key = f"dvportgroup-{100_000 + UUID(network.id).int % 800_000}"
    name = f"{PORT_GROUP}{site.cloud_name}-{network.name}"
    place.segments[segment] = Segment(segment, routers=(network.gateway,))
    place.keep_port_group(place.switches[0].uuid, DistributedPortGroup(key, name, segment, nsx=True))
    return key


def _new_mac() -> str:
    digits = uuid4().hex
    return f"00:50:56:{0xC0 + int(digits[0], 16):02x}:{digits[1:3]}:{digits[3:5]}"
