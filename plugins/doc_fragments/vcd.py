# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of every module that logs in to Cloud Director; mirrors module_utils/vcd/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """Extend with `hybridcloud.mobility.vcd`, and with `.waiting` where a module waits for Cloud Director."""

    DOCUMENTATION = r"""
requirements:
  - requests
  - lxml
options:
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
  org:
    description:
      - Organization that the user belongs to; V(System) is the provider's, in upper or lower case.
      - The environment variable E(VCD_ORG) is used when the option is not given.
    type: str
    default: System
  username:
    description:
      - User name, with or without the organization after an C(@). Needed unless O(api_token) is given.
      - The environment variable E(VCD_USER) is used when the option is not given.
    type: str
  password:
    description:
      - Password of the user. Needed unless O(api_token) is given.
      - The environment variable E(VCD_PASSWORD) is used when the option is not given.
    type: str
  api_token:
    description:
      - API token of the user, used instead of O(username) and O(password). Cloud Director has them from 10.3 on.
      - The environment variable E(VCD_API_TOKEN) is used when the option is not given.
    type: str
  api_version:
    description:
      - Version of the API to speak, from V(27.0) to V(39.x). Without it, the newest that the server offers and does not
        call deprecated.
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
      - File of PEM certificates to trust. Without it, the authorities that the Python package C(requests)
        knows are trusted.
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
      - Seconds to wait for the task that makes a change, and for an object that another task is busy with. Cloud
        Director goes on with it after that, and a repeated run waits again.
    type: int
    default: 600
"""
