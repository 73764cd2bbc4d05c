# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of every module that logs in to HCX; mirrors module_utils/hcx/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """Extend with `hybridcloud.mobility.hcx`, and with `.waiting` where a module waits for HCX."""

    DOCUMENTATION = r"""
requirements:
  - requests
options:
  hostname:
    description:
      - Name or address of the HCX Connector or HCX Cloud Manager.
      - The environment variable E(HCX_HOST) is used when the option is not given.
    type: str
    required: true
  port:
    description:
      - Its HTTPS port.
      - The environment variable E(HCX_PORT) is used when the option is not given.
    type: int
    default: 443
  username:
    description:
      - User name, for example C(administrator@vsphere.local); its group must be mapped to an HCX role.
      - The environment variable E(HCX_USER) is used when the option is not given.
    type: str
    required: true
  password:
    description:
      - Password of the user.
      - The environment variable E(HCX_PASSWORD) is used when the option is not given.
    type: str
    required: true
  validate_certs:
    description:
      - Whether the server's certificate must be trusted. Switch off only where nobody else can reach the server.
      - The environment variable E(HCX_VALIDATE_CERTS) is used when the option is not given.
    type: bool
    default: true
  ca_path:
    description:
      - File of PEM certificates to trust. Without it, the authorities that the Python package C(requests)
        knows are trusted.
      - The environment variable E(HCX_CA_PATH) is used when the option is not given.
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
      - Seconds to wait for the job that makes a change. HCX goes on with it after that, and a repeated run waits again.
    type: int
    default: 600
"""
