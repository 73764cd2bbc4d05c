#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Migrations of virtual machines into a cloud."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vcda_migration
short_description: Migrations of virtual machines into a cloud
version_added: 0.1.0
description:
  - Replicates virtual machines of an on-premises vCenter into an Org VDC with Cloud Director Availability, keeps the
    replicas fresh, tests them, and cuts over. Works on a list of machines, O(concurrency) of them at once.
  - A failure concerns one machine. The task goes on with the others, fails at its end with every cause and next step in
    RV(failed_changes), and a repeated run finishes what can be finished.
  - A machine whose migration is under way is joined, and one whose migration has finished is left alone. No machine is
    migrated twice, and the source VM is never deleted; the cut-over powers it off and leaves it where it is.
  - While the task waits, it shows how many migrations are in which state, the percentage and size of the first
    synchronisation, how long that may take, and which machines are behind their RPO.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.vcda
  - hybridcloud.mobility.vcda.source_login
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_vcda
options:
  vms:
    description:
      - The virtual machines.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name in the source vCenter. One of O(vms[].name) and O(vms[].id) is needed.
        type: str
      id:
        description:
          - Managed object id in the source vCenter, such as V(vm-15), where the name is not unique.
        type: str
      vapp_name:
        description:
          - Name of the vApp that the machine gets, by default the machine's name.
        type: str
      excluded_disks:
        description:
          - Device keys of disks that are not replicated, such as V(2001).
        type: list
        elements: int
      networks: &networks
        description:
          - Network cards at the target in their order. Without it, those of O(target.networks).
        type: list
        elements: dict
        suboptions:
          network:
            description:
              - Name of the Org VDC network.
            type: str
            required: true
          address:
            description:
              - Address that the card gets.
            type: str
          mode:
            description:
              - Where the address comes from. V(manual) is the given O(vms[].networks[].address) and the default with
                it; V(keep) is the address that O(source_vms) shows for the card; V(none), the default without an
                address, leaves it to the guest, which keeps what is configured inside.
            type: str
            choices: [manual, keep, pool, dhcp, none]
          nic:
            description:
              - Number of the card, counted from 0, by default its place in the list.
            type: int
          connected:
            description:
              - Whether the card is connected.
            type: bool
            default: true
          keep_mac:
            description:
              - Whether the card keeps its MAC address.
            type: bool
            default: true
  state:
    description:
      - V(present) is replicating; a paused job goes on, a test ends, and a failed replication is synchronised again.
      - V(paused) stops the replication of a job for the time being.
      - V(tested) makes a test copy at the target beside the running source, by default without network.
      - V(cutover) is running at the target. The source is powered off, what has changed is copied, the target is
        powered on. Machines without a job get one first.
      - V(absent) removes the job, whether it has finished or not. The virtual machines at both ends stay.
    type: str
    choices: [present, paused, tested, cutover, absent]
    default: present
  type:
    description:
      - V(warm) migrates running machines and refuses those that are powered off; V(cold) is for machines that are off
        and refuses running ones.
    type: str
    choices: [warm, cold]
    default: warm
  source_vms:
    description:
      - What the source's vCenter says about the machines, as M(hybridcloud.mobility.vcenter_vm_info) returns it. It
        tells whether they run, where Cloud Director Availability does not, and their present addresses.
    type: list
    elements: dict
  source_site:
    description:
      - The on-premises site. Needed where there are several.
    type: str
  source_vcenter:
    description:
      - Id or name of the vCenter at the site. Needed where there are several.
    type: str
  target:
    description:
      - Where the machines go. Needed to make a job; a job that exists cannot be moved.
    type: dict
    suboptions:
      cloud:
        description:
          - Cloud site, by default the one that is logged in to.
        type: str
      vdc:
        description:
          - Name of the Org VDC. Needed with O(target).
        type: str
      storage_profile:
        description:
          - Name of the storage profile, V(*) for any.
        type: str
      networks: *networks
      test_network:
        description:
          - Org VDC network that test copies are connected to. Without it they have no network, because the source still
            has their addresses.
        type: str
  rpo_minutes:
    description:
      - How old the replica may become, from 5 to 1440 minutes and not below what the organization's policy allows. A
        new job has 60 when it is not given.
    type: int
  rpo_violation:
    description:
      - What to do at the cut-over of a machine whose replica is older than its RPO allows. V(fail) leaves it as it is
        and reports it; V(warn) cuts it over, with a longer downtime.
    type: str
    choices: [fail, warn]
    default: fail
  start_at:
    description:
      - When the first synchronisation begins, with its time zone, such as V(2026-05-01T22:00:00+02:00). By default at
        once.
    type: str
  description:
    description:
      - Description of the job, by default the machine's name and the word migration.
    type: str
  group_into_vapp:
    description:
      - Whether all machines become one vApp and are cut over together. Otherwise each is on its own.
    type: bool
    default: false
  vapp_name:
    description:
      - Name of that vApp.
    type: str
  quiesced:
    description:
      - Whether the guest's file systems are quiesced for each replica. Off for a new job when it is not given.
    type: bool
  data_connection:
    description:
      - How replication data travels. V(encrypted_compressed) for a new job when it is not given.
    type: str
    choices: [encrypted, encrypted_compressed, plain]
  disk_type:
    description:
      - Kind of the disks at the target. Counts when a job is made only.
    type: str
    choices: [thin, thick]
    default: thin
  power_on:
    description:
      - Whether machines are powered on by the cut-over or test.
    type: bool
    default: true
  concurrency:
    description:
      - How many machines are worked on at the same time, from 1 to 64.
    type: int
    default: 8
  wait:
    description:
      - Whether V(present) waits for the first synchronisation. The other states always wait for what they need.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for each task and each first synchronisation. They go on after that, and a repeated run waits
        again.
    type: int
    default: 14400
seealso:
  - module: hybridcloud.mobility.vcda_info
  - module: hybridcloud.mobility.migration_verdict
  - module: hybridcloud.mobility.vcenter_vm_info
"""

EXAMPLES = r"""
- name: Look at the machines
  hybridcloud.mobility.vcenter_vm_info:
    vms: [WebApp2, WebApp4]
  register: source

- name: Replicate them and keep one address
  hybridcloud.mobility.vcda_migration:
    source_site: company-dc1
    source_username: administrator@vsphere.local
    source_password: "{{ vault_vcenter_password }}"
    rpo_minutes: 15
    target:
      vdc: acme-vdc
      storage_profile: gold
      networks:
        - network: company-network
          mode: pool
    vms:
      - name: WebApp2
        networks:
          - network: company-network
            mode: keep
      - name: WebApp4
    source_vms: "{{ source.vms }}"

- name: Cut them over, both at once
  hybridcloud.mobility.vcda_migration:
    source_site: company-dc1
    source_username: administrator@vsphere.local
    source_password: "{{ vault_vcenter_password }}"
    state: cutover
    vms:
      - name: WebApp2
      - name: WebApp4
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      kind: migration
      name: WebApp2
      before: {}
      after:
        type: warm
        cloud: cloud-t
        vdc: acme-vdc
        storage_profile: gold
        rpo_minutes: 15
        networks: {WebApp2: [{nic: 0, network: company-network, mode: manual, address: 172.16.10.22}]}
        description: WebApp2 migration
        start_at: at once
        disk_type: thin
jobs:
  description: Every machine of the task as it is afterwards.
  returned: success, and when changes failed
  type: list
  elements: dict
  contains:
    vm:
      description: Name of the machine.
      type: str
      sample: WebApp2
    vm_id:
      description: Its managed object id at the source.
      type: str
      sample: vm-15
    migration:
      description: Name of the migration in RV(changes), the machine's own or that of its group.
      type: str
      sample: WebApp2
    id:
      description: Id of the replication.
      type: str
      sample: C4-7c9e6679-7425-40de-944b-e07fc1f90ae7
    state:
      description:
        - V(none), V(scheduled), V(syncing), V(cutover_ready), V(paused), V(tested), V(cutting_over), V(completed) or
          V(error).
      type: str
      sample: completed
    rpo_minutes:
      description: The RPO.
      type: int
      sample: 15
    rpo_violation:
      description: Minutes that the replica is behind its RPO, 0 when it is not.
      type: int
      sample: 0
    progress:
      description: Percent of the synchronisation that runs; null where it is not told.
      type: int
      sample: 100
    networks:
      description: The cards at the target, as given or as stored at the job; null where neither is known.
      type: list
      elements: dict
      sample: [{nic: 0, network: company-network, mode: manual, address: 172.16.10.22}]
    source_powered_on:
      description: Whether the machine ran at the source when the task began; null where it is not told.
      type: bool
      sample: true
    cloud_vm_id:
      description: Id of the machine in the cloud.
      type: str
      sample: 3f2504e0-4f89-41d3-9a0c-0305e82c3301
    started_at:
      description: When the first synchronisation was to begin, or when the job was made to begin at once.
      type: str
      sample: "2026-05-01T20:00:00Z"
    cutover_start:
      description: Begin of the task that cut the machine over, by the clock of Cloud Director Availability.
      type: str
      sample: "2026-05-02T20:00:00Z"
    cutover_end:
      description: End of that task.
      type: str
      sample: "2026-05-02T20:03:10Z"
    downtime_seconds:
      description:
        - Seconds between the two. The task powers the source off after its begin and ends when the target is powered
          on, so this is an upper bound of the downtime. With O(power_on) off, the machine stays down for longer.
      type: float
      sample: 190.0
failed_changes:
  description:
    - The machines that failed, each with its cause in C(error) and the next step in C(hint). C(off_at_both_ends) names
      machines that run nowhere.
  returned: when changes failed
  type: list
  elements: dict
  sample:
    - chain: wave-07
      action: update
      kind: migration
      name: wave-07
      before: {state: cutover_ready}
      after: {state: completed}
      error: the replica of wave-07 is 12 min behind its RPO of 15 min
      hint: Give replication more bandwidth, or raise rpo_minutes, and run again when it has caught up
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.migration import ensure_migrations
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vcda.options import (
    CONNECTION,
    MIGRATION,
    SOURCE_LOGIN,
)

JOB = Job(argument_spec={**CONNECTION, **SOURCE_LOGIN, **MIGRATION}, work=ensure_migrations)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
