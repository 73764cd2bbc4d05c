# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every module of the collection says about its behaviour."""

from __future__ import annotations


class ModuleDocFragment:
    """Extend with `hybridcloud.mobility.attributes` and one of its sections for the kind of module."""

    DOCUMENTATION = r"""
options: {}
attributes:
  in_process:
    description:
      - Runs inside the Ansible process when the connection is V(local) and the task uses neither C(async), C(become)
        nor C(environment); runs as an ordinary module otherwise. Both ways give the same result.
    support: full
"""

    STATE_MODULE = r"""
options: {}
attributes:
  check_mode:
    description: Lists in check mode the same changes that a real run makes, and changes nothing.
    support: full
  diff_mode:
    description: Returns before and after of what differs, and of nothing else.
    support: full
  idempotent:
    description: Changes nothing when everything already is as wanted.
    support: full
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    description: Reads and never changes anything, in check mode as otherwise.
    support: full
  diff_mode:
    description: Has no changes to show.
    support: N/A
  idempotent:
    description: Reads and never changes anything.
    support: full
"""

    ACTIONGROUP_VSPHERE = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hybridcloud.mobility.vsphere) in C(module_defaults) to set the connection once per play.
    support: full
    membership:
      - hybridcloud.mobility.vsphere
"""

    ACTIONGROUP_HCX = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hybridcloud.mobility.hcx) in C(module_defaults) to set the connection once per play.
    support: full
    membership:
      - hybridcloud.mobility.hcx
"""

    ACTIONGROUP_VCD = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hybridcloud.mobility.vcd) in C(module_defaults) to set the connection once per play.
    support: full
    membership:
      - hybridcloud.mobility.vcd
"""

    ACTIONGROUP_VCDA = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hybridcloud.mobility.vcda) in C(module_defaults) to set the connection once per play.
    support: full
    membership:
      - hybridcloud.mobility.vcda
"""

    ACTIONGROUP_EXTENDER = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hybridcloud.mobility.extender) in C(module_defaults) to set the connections once per play.
    support: full
    membership:
      - hybridcloud.mobility.extender
"""

    ACTIONGROUP_AZURE = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hybridcloud.mobility.azure) in C(module_defaults) to set the connection once per play.
    support: full
    membership:
      - hybridcloud.mobility.azure
"""

    ACTIONGROUP_PLANNING = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/hybridcloud.mobility.planning) in C(module_defaults) to set options once per play.
    support: full
    membership:
      - hybridcloud.mobility.planning
"""
