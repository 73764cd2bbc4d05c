#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which VMkernel networks carry a migration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: migration_network_plan
short_description: Which VMkernel networks carry a migration, and what is missing for it
version_added: 0.1.0
description:
  - Tells for each move of a VM which kinds of traffic it causes, which adapters carry them on every host that may take
    part, what is missing, and whether vMotion must be routed and has a gateway for it.
  - A powered-on VM that changes its host uses vMotion. Everything else uses provisioning, or management on hosts
    without an adapter for provisioning. A powered-on VM that changes host and storage uses both.
  - Where the vendor's documentation says more than this table, both are shown.
  - Works on facts alone and connects to nothing.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.info_module
  - hybridcloud.mobility.attributes.actiongroup_planning
options:
  hosts:
    description:
      - The hosts of the source's vCenter, as M(hybridcloud.mobility.esxi_vmkernel_info) returns them.
    type: list
    elements: dict
    required: true
  destination_hosts:
    description:
      - The hosts of the other vCenter, for moves that end there.
    type: list
    elements: dict
    default: []
  moves:
    description:
      - The moves.
    type: list
    elements: dict
    required: true
    suboptions:
      vm:
        description:
          - Name of the VM, for the report.
        type: str
        required: true
      powered_on:
        description:
          - Whether the VM runs while it moves.
        type: bool
        required: true
      scope:
        description:
          - What moves. V(compute) is another host, V(storage) another datastore, V(both) both of them; V(snapshot) and
            V(clone) are not moves, but use the same networks.
        type: str
        required: true
        choices: [compute, storage, both, snapshot, clone]
      source_host:
        description:
          - Host of the VM. One of O(moves[].source_host) and O(moves[].source_cluster) is needed.
        type: str
      source_cluster:
        description:
          - Cluster of the VM, when any of its hosts may run it.
        type: str
      destination_vcenter:
        description:
          - V(same) for a move inside O(hosts), V(other) for one that ends in O(destination_hosts).
        type: str
        choices: [same, other]
        default: same
      destination_host:
        description:
          - Host that gets the VM. Without a destination, a VM that needs another host may go to any host of its cluster
            or of the other vCenter, and any other VM stays where it is.
        type: str
      destination_cluster:
        description:
          - Cluster that gets the VM.
        type: str
seealso:
  - module: hybridcloud.mobility.esxi_vmkernel_info
"""

EXAMPLES = r"""
- name: Read the hosts
  hybridcloud.mobility.esxi_vmkernel_info:
    datacenter: dc-a
  register: source

- name: Plan the networks of two moves
  hybridcloud.mobility.migration_network_plan:
    hosts: "{{ source.hosts }}"
    moves:
      - vm: web01
        powered_on: true
        scope: compute
        source_cluster: compute-a
      - vm: archive01
        powered_on: false
        scope: storage
        source_host: esx-a01.lab.example
"""

RETURN = r"""
moves:
  description: The moves in their order.
  returned: success
  type: list
  elements: dict
  contains:
    vm:
      description: Name of the VM.
      type: str
      sample: web01
    scope:
      description: What moves.
      type: str
      sample: compute
    powered_on:
      description: Whether the VM runs.
      type: bool
      sample: true
    row:
      description: Row of the table, V(1) to V(6), or V(snapshot) or V(clone).
      type: str
      sample: "1"
    networks:
      description: The kinds of traffic by the table, and what each carries.
      type: list
      elements: dict
      sample: [{network: vmotion, carries: memory and running state}]
    adapters:
      description: By kind of traffic and side, the adapters that carry it; hosts that do it alike are together.
      type: dict
      sample:
        vmotion:
          source:
            - devices: [vmk1]
              source: stack
              networks: [pg-vmotion]
              subnets: [10.11.0.0/22]
              mtu: [9000]
              hosts: [esx-a01.lab.example, esx-a02.lab.example]
          destination: []
    missing:
      description: What the move cannot do without, one sentence each.
      type: list
      elements: str
      sample: ["No adapter carries vMotion on esx-a03.lab.example."]
    routed:
      description:
        - By kind of traffic, whether it must cross subnets, between which, and the gateway of every host for it. The
          gateway is that of a V(stack) of its own, of the V(adapter) or of a static V(route), or the one that the
          V(default) stack has for management, or V(none).
      type: dict
      sample:
        vmotion:
          required: true
          own_gateway: true
          source_subnets: [10.11.0.0/22]
          destination_subnets: [10.31.0.0/22]
          gateways:
            - by: stack
              gateway: 10.11.0.1
              to: [10.31.0.0/22]
              hosts: [esx-a01.lab.example, esx-a02.lab.example]
    warnings:
      description: What works but should be looked at.
      type: list
      elements: str
      sample: ["The adapters that carry vMotion differ in MTU: 1500, 9000."]
    refinements:
      description:
        - What the vendor's documentation adds to the table, with the reason and the key of the source. Networks are
          given where they differ from those of the table.
      type: list
      elements: dict
      sample:
        - reason: With the VM powered on, disks in use travel over vMotion.
          source: KB340170
          networks: [{network: vmotion, carries: running state and disks in use}]
summary:
  description: Counts, and everything that is missing with the number of moves that wait for it.
  returned: success
  type: dict
  sample:
    moves: 2
    ready: 1
    rows: {"1": 1, "4": 1}
    vmotion_routed: 0
    with_warnings: 0
    missing: [{what: No adapter carries vMotion on esx-a03.lab.example., moves: 1}]
markdown:
  description: The plan as a report for people.
  returned: success
  type: str
"""

from typing import Any

from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import refuse_if
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.migration_network import plan
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.migration_report import markdown
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.migration_table import SCOPES
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.task import Task

MOVE = {
    "vm": {"type": "str", "required": True},
    "powered_on": {"type": "bool", "required": True},
    "scope": {"type": "str", "required": True, "choices": list(SCOPES)},
    "source_host": {"type": "str"},
    "source_cluster": {"type": "str"},
    "destination_vcenter": {"type": "str", "choices": ["same", "other"], "default": "same"},
    "destination_host": {"type": "str"},
    "destination_cluster": {"type": "str"},
}


def work(task: Task) -> dict[str, Any]:
    try:
        found = plan(task.params["hosts"], task.params["destination_hosts"], task.params["moves"])
    except Problems as problems:
        refuse_if(problems.sentences)
        raise
    return {**found, "markdown": markdown(found)}


JOB = Job(
    argument_spec={
        "hosts": {"type": "list", "elements": "dict", "required": True},
        "destination_hosts": {"type": "list", "elements": "dict", "default": []},
        "moves": {"type": "list", "elements": "dict", "required": True, "options": MOVE},
    },
    work=work,
)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
