#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether virtual machines are really migrated, and the report of a wave."""

from __future__ import annotations

DOCUMENTATION = r"""
module: migration_verdict
short_description: Whether virtual machines are really migrated, and the report of a wave
version_added: 0.1.0
description:
  - Judges from what both ends show whether each machine is migrated, which is off at the source and on at the target,
    on the wanted network with its addresses. Says otherwise in one sentence what is wrong, and in another what to do.
  - Makes the report of a wave, for programs and as Markdown.
  - Works on its options alone and connects to nothing.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_planning
options:
  vms:
    description:
      - The machines as they are wanted at the target.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the machine, the same at both ends.
        type: str
        required: true
      network:
        description:
          - Org VDC network that it shall be on, which is the stretched one where it keeps its address. By default that
            of its first card in O(jobs).
        type: str
      addresses:
        description:
          - Addresses that it shall have, by default those of its cards in O(jobs).
        type: list
        elements: str
        default: []
  source_vms:
    description:
      - The machines of the source, as M(hybridcloud.mobility.vcenter_vm_info) returns them. Without both this and
        O(target_vms) there are no verdicts, only the report.
    type: list
    elements: dict
  target_vms:
    description:
      - The machines of the target, as M(hybridcloud.mobility.vcd_vm_info) returns them.
    type: list
    elements: dict
  jobs:
    description:
      - The jobs, as M(hybridcloud.mobility.vcda_migration) or M(hybridcloud.mobility.vcda_info) return them.
    type: list
    elements: dict
    default: []
  failures:
    description:
      - The C(failed_changes) of M(hybridcloud.mobility.vcda_migration).
    type: list
    elements: dict
    default: []
  wave:
    description:
      - Name of the wave in the report.
    type: str
    default: migration
seealso:
  - module: hybridcloud.mobility.vcda_migration
"""

EXAMPLES = r"""
- name: Look at the source
  hybridcloud.mobility.vcenter_vm_info:
    vms: [WebApp2]
  register: source

- name: Look at the target
  hybridcloud.mobility.vcd_vm_info:
    org: acme
    vdc: acme-vdc
    vms: [WebApp2]
  register: target

- name: Judge
  hybridcloud.mobility.migration_verdict:
    vms:
      - {name: WebApp2, network: company-network, addresses: [172.16.10.22]}
    source_vms: "{{ source.vms }}"
    target_vms: "{{ target.vms }}"
  register: verdict
  failed_when: not verdict.all_migrated
"""

RETURN = r"""
verdicts:
  description: One for each machine, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    vm:
      description: Name of the machine.
      type: str
      sample: WebApp2
    migrated:
      description: Whether it is migrated.
      type: bool
      sample: false
    verdict:
      description:
        - V(migrated), V(not_migrated), V(off_at_both_ends), V(on_at_both_ends), V(wrong_network), V(wrong_address),
          V(address_unknown), V(missing) or V(ambiguous).
      type: str
      sample: off_at_both_ends
    reason:
      description: What was seen, one sentence.
      type: str
      sample: WebApp2 is powered off at the source and is not at the target.
    to_do:
      description: What to do, null when there is nothing.
      type: str
      sample: Power it on in the source vCenter, or cut it over (again).
all_migrated:
  description: Whether all machines are migrated; false without verdicts.
  returned: success
  type: bool
  sample: false
report:
  description: The report of the wave, one entry for each machine, and a summary.
  returned: success
  type: dict
  sample:
    wave: wave 1
    summary: {vms: 1, cut_over: 1, verified: 1, need_attention: [], longest_downtime_seconds: 190.0}
    vms:
      - vm: WebApp2
        state: completed
        rpo_minutes: 15
        started_at: "2026-05-01T20:00:00Z"
        cutover_start: "2026-05-02T20:00:00Z"
        cutover_end: "2026-05-02T20:03:10Z"
        downtime_seconds: 190.0
        failed: false
        migrated: true
        verdict: migrated
        warnings: []
        to_do: []
markdown:
  description: The report for people.
  returned: success
  type: str
"""

from typing import Any

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import refuse_if
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.migration_verdict import verdicts
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.wave_report import markdown, report
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task

VM = {
    "name": {"type": "str", "required": True},
    "network": {"type": "str"},
    "addresses": {"type": "list", "elements": "str", "default": []},
}


def work(task: Task) -> dict[str, Any]:
    given = task.params
    names = [vm["name"] for vm in given["vms"]]
    twice = sorted({name for name in names if names.count(name) > 1})
    refuse_if([f"vms names {name} more than once; keep one of its entries" for name in twice])
    ends = (given["source_vms"], given["target_vms"])
    judged = [] if None in ends else verdicts(given["vms"], *ends, given["jobs"])
    found = report(given["wave"], given["vms"], given["jobs"], given["failures"], judged)
    return {
        "verdicts": judged,
        "all_migrated": bool(judged) and all(one["migrated"] for one in judged),
        "report": found,
        "markdown": markdown(found),
    }


JOB = Job(
    argument_spec={
        "vms": {"type": "list", "elements": "dict", "required": True, "options": VM},
        "source_vms": {"type": "list", "elements": "dict"},
        "target_vms": {"type": "list", "elements": "dict"},
        "jobs": {"type": "list", "elements": "dict", "default": []},
        "failures": {"type": "list", "elements": "dict", "default": []},
        "wave": {"type": "str", "default": "migration"},
    },
    work=work,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
