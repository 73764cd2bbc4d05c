# SPDX-License-Identifier: GPL-3.0-or-later
"""New replications: what is checked before, and what the task then makes (10.6)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..clouds import Vdc
from ..world import VirtualMachine
from . import answers, tasks
from .body import Creation, GroupCreation, MachineCreation, VcVapp, VcVm
from .inventory import FIRST_DISK, GIB
from .places import ON_PREMISES
from .replication import Group, Replication, Settings

if TYPE_CHECKING:
    from .cloud_site import CloudSite
    from .sessions import Session

LONGEST_RPO = 1440


def create_one(site: CloudSite, session: Session, body: MachineCreation) -> dict[str, Any]:
    vdc = _checked(site, session, body, body.source)
    machine = _machine(site, body.source.vm_id, body.source.excluded_disks)
    made = _replication(site, vdc, body, body.source.vm_id, machine, None, body.source.vapp_name or machine.name)
    made.excluded = body.source.excluded_disks
    return _start(site, session, made.id, [made], None)


def create_group(site: CloudSite, session: Session, body: GroupCreation) -> dict[str, Any]:
    vdc = _checked(site, session, body, body.source)
    if len(set(body.source.vm_ids)) != len(body.source.vm_ids):
        raise answers.bad_input("A machine is named twice.")
    group_id = f"C4VAPP-{uuid4()}"
    made = []
    for vm_id in body.source.vm_ids:
        excluded = body.source.vm_excluded_disks.get(vm_id, [])
        machine = _machine(site, vm_id, excluded)
        member = _replication(site, vdc, body, vm_id, machine, group_id, body.source.vapp_name)
        member.excluded = excluded
        made.append(member)
    group = Group(group_id, body.source.vapp_name, [m.id for m in made])
    return _start(site, session, group_id, made, group)


def check_rpo(site: CloudSite, organization: str, rpo: int) -> None:
    if not 1 <= rpo <= LONGEST_RPO:
        raise answers.bad_input(f"The RPO is 1 to {LONGEST_RPO} minutes, not {rpo}.", str(rpo))
    policy = site.policy(organization)
    if rpo < policy.min_rpo and site.rules.vcda_rpo_below_policy == "refuse":
        raise answers.bad_input(
            f"The RPO of {rpo} minutes is below the {policy.min_rpo} of policy {policy.name}.", str(rpo)
        )


def shown(resource: str, site: CloudSite) -> Any:
    found = site.state.groups.get(resource) or site.state.replications.get(resource)
    return None if found is None else found.document(site)


def _checked(site: CloudSite, session: Session, body: Creation, source: VcVm | VcVapp) -> Vdc:
    if source.site != ON_PREMISES:
        raise answers.Refused(404, "SiteNotFound", f"Site {source.site} is not known.", source.site)
    if body.destination.site != site.cloud_name:
        name = body.destination.site
        raise answers.Refused(404, "SiteNotFound", f"Site {name} is not known.", name)
    site.check_site(session, source.site)
    if source.vc_uuid != site.vcenter_id:
        raise answers.not_found("vCenter", source.vc_uuid)
    vdc = site.vdc(session, body.destination.vdc)
    profile = body.destination.storage_profile
    if profile != "*" and profile not in {p.id for p in vdc.storage_profiles}:
        raise answers.not_found("Storage profile", profile)
    check_rpo(site, vdc.organization, body.rpo)
    return vdc


def _machine(site: CloudSite, vm_id: str, excluded: list[int]) -> VirtualMachine:
    machine = site.source_machines().get(vm_id)
    if machine is None:
        raise answers.not_found("Virtual machine", vm_id)
    if set(excluded) - {FIRST_DISK}:
        raise answers.bad_input(f"{machine.name} has no such disk to exclude.")
    if site.rules.vcda_second_replication == "refuse":
        replicated = {r.machine for r in site.state.replications.values() if r.recovery != "COMPLETE"}
        coming = {m for t in site.state.tasks.values() if t.ended is None for m in t.machines}
        if machine.uuid in replicated | coming:
            raise answers.Refused(
                site.rules.vcda_state_status, "BadRequest", f"{machine.name} is replicated already.", vm_id
            )
    return machine


def _replication(
    site: CloudSite,
    vdc: Vdc,
    body: Creation,
    vm_id: str,
    machine: VirtualMachine,
    group: str | None,
    vapp_name: str,
) -> Replication:
    settings = Settings(
        body.description,
        body.rpo,
        body.data_connection_type,
        body.quiesced,
        body.retention_policy,
        body.initial_sync_time,
    )
    return Replication(
        f"C4-{uuid4()}",
        machine.uuid,
        vm_id,
        machine.name,
        group,
        vdc.organization,
        vdc.id,
        vapp_name,
        body.destination.storage_profile,
        body.target_disk_type,
        body.is_migration,
        [],
        machine.disk_gb * GIB,
        settings,
        f"{site.organization(vdc.organization).name}@{site.cloud_name}",
        site.now(),
    )


def _start(
    site: CloudSite, session: Session, resource: str, made: list[Replication], group: Group | None
) -> dict[str, Any]:
    return tasks.start(
        site,
        session,
        "startReplication",
        resource,
        [partial(_keep, made, group)],
        site.rules.vcda_task_ms,
        result=partial(shown, resource),
        machines=frozenset(m.machine for m in made),
    )


def _keep(made: list[Replication], group: Group | None, site: CloudSite) -> None:
    for replication in made:
        replication.moved = site.moment
        site.state.replications[replication.id] = replication
    if group is not None:
        site.state.groups[group.id] = group
