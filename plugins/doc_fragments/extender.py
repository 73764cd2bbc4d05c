# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the modules for the on-premises end of a tunnel; mirrors module_utils/extender/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """Extend with `hybridcloud.mobility.extender`, and with `.waiting`."""

    DOCUMENTATION = r"""
requirements:
  - requests
  - pyVmomi
  - lxml
options:
  vcenter:
    description:
      - The vCenter of the source site. Every server has a group of options of its own, because a task speaks to
        several.
      - A group that is given may be empty where the environment variables say everything.
    type: dict
    suboptions:
      hostname:
        description:
          - Name or address of vCenter.
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
          - User name.
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
          - File of PEM certificates to trust. Without it, the authorities that the operating system knows are trusted.
          - The environment variable E(VMWARE_CA_PATH) is used when the option is not given.
        type: path
      request_timeout:
        description:
          - Seconds to wait for each answer.
        type: int
        default: 120
  edge:
    description:
      - The REST API of the NSX Autonomous Edge, with its own administrator. Used with O(generation=nsx_t) alone.
    type: dict
    suboptions:
      hostname:
        description:
          - Name or address of the edge.
          - The environment variable E(EDGE_HOST) is used when the option is not given.
        type: str
        required: true
      port:
        description:
          - Its HTTPS port.
          - The environment variable E(EDGE_PORT) is used when the option is not given.
        type: int
        default: 443
      username:
        description:
          - User name.
          - The environment variable E(EDGE_USER) is used when the option is not given.
        type: str
        required: true
      password:
        description:
          - Password of the user.
          - The environment variable E(EDGE_PASSWORD) is used when the option is not given.
        type: str
        required: true
      validate_certs:
        description:
          - Whether the server's certificate must be trusted. Switch off only where nobody else can reach the server.
          - The environment variable E(EDGE_VALIDATE_CERTS) is used when the option is not given.
        type: bool
        default: true
      ca_path:
        description:
          - File of PEM certificates to trust. Without it, the authorities that the operating system knows are trusted.
          - The environment variable E(EDGE_CA_PATH) is used when the option is not given.
        type: path
      request_timeout:
        description:
          - Seconds to wait for each answer.
        type: int
        default: 60
  cloud_director:
    description:
      - The Cloud Director at the other end of the tunnel.
    type: dict
    suboptions:
      hostname:
        description:
          - Name or address of Cloud Director.
          - The environment variable E(VCD_HOST) is used when the option is not given.
        type: str
        required: true
      port:
        description:
          - Its HTTPS port.
          - The environment variable E(VCD_PORT) is used when the option is not given.
        type: int
        default: 443
      username:
        description:
          - User name.
          - The environment variable E(VCD_USER) is used when the option is not given.
        type: str
      password:
        description:
          - Password of the user.
          - The environment variable E(VCD_PASSWORD) is used when the option is not given.
        type: str
      api_token:
        description:
          - API token of the user, used instead of user name and password.
          - The environment variable E(VCD_API_TOKEN) is used when the option is not given.
        type: str
      org:
        description:
          - Organization that the user belongs to; V(System) is the provider's.
          - The environment variable E(VCD_ORG) is used when the option is not given.
        type: str
        default: System
      api_version:
        description:
          - Version of the API to speak, from V(27.0) to V(39.x). Without it, the newest that both know.
          - The environment variable E(VCD_API_VERSION) is used when the option is not given.
        type: str
      validate_certs:
        description:
          - Whether the server's certificate must be trusted. Switch off only where nobody else can reach the server.
          - The environment variable E(VCD_VALIDATE_CERTS) is used when the option is not given.
        type: bool
        default: true
      ca_path:
        description:
          - File of PEM certificates to trust. Without it, the authorities that the operating system knows are trusted.
          - The environment variable E(VCD_CA_PATH) is used when the option is not given.
        type: path
      request_timeout:
        description:
          - Seconds to wait for each answer.
        type: int
        default: 60
"""

    WAITING = r"""
options:
  wait_timeout:
    description:
      - Seconds to wait for each deployment, task and start of an edge. They go on after that, and a repeated run waits
        again.
    type: int
    default: 900
"""
