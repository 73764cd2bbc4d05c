# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of every module that logs in to vCenter or ESXi; mirrors module_utils/vsphere/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """Extend with `hybridcloud.mobility.vsphere`, and with `.selection` where a module works on selected hosts."""

    DOCUMENTATION = r"""
requirements:
  - pyvmomi
options:
  hostname:
    description:
      - Name or address of the vCenter Server, or of a single ESXi host.
      - The environment variable E(VMWARE_HOST) is used when the option is not given.
    type: str
    required: true
  port:
    description:
      - Its HTTPS port.
      - The environment variable E(VMWARE_PORT) is used when the option is not given.
    type: int
    default: 443
  username:
    description:
      - User name, for example C(administrator@vsphere.local).
      - The environment variable E(VMWARE_USER) is used when the option is not given.
    type: str
    required: true
  password:
    description:
      - Password of the user.
      - The environment variable E(VMWARE_PASSWORD) is used when the option is not given.
    type: str
    required: true
  validate_certs:
    description:
      - Whether the server's certificate must be trusted. Switch off only where nobody else can reach the server.
      - The environment variable E(VMWARE_VALIDATE_CERTS) is used when the option is not given.
    type: bool
    default: true
  ca_path:
    description:
      - File of PEM certificates to trust. Without it, the certificates of the operating system are trusted.
      - The environment variable E(VMWARE_CA_PATH) is used when the option is not given.
    type: path
  request_timeout:
    description:
      - Seconds to wait for each answer. A change of host networking may take as long as a rollback does.
    type: int
    default: 120
"""

    SELECTION = r"""
options:
  datacenter:
    description:
      - Datacenter of the hosts. Alone it selects all its hosts; with O(clusters), O(folders) or O(hosts) it says where
        those are looked for.
    type: str
  clusters:
    description:
      - Clusters whose hosts are selected.
    type: list
    elements: str
  folders:
    description:
      - Folders whose hosts are selected, those of the folders below included.
    type: list
    elements: str
  hosts:
    description:
      - Hosts that are selected, by the name they have in the inventory, or by its first label where that is unique.
    type: list
    elements: str
"""

    DISCONNECTED = r"""
options:
  disconnected_hosts:
    description:
      - What to do when a selected host is not connected to vCenter.
      - V(refuse) fails before anything is changed; V(skip) works on the others.
    type: str
    choices: [refuse, skip]
    default: refuse
"""
