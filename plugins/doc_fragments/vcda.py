# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of every module that logs in to Cloud Director Availability; mirrors module_utils/vcda/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """Extend with `hybridcloud.mobility.vcda`, and with `.source_login` where a module needs the other site too."""

    DOCUMENTATION = r"""
requirements:
  - requests
options:
  hostname:
    description:
      - Name or address of the public endpoint of Cloud Director Availability at the target cloud.
      - The environment variable E(VCDA_HOST) is used when the option is not given.
    type: str
    required: true
  port:
    description:
      - Its HTTPS port.
      - The environment variable E(VCDA_PORT) is used when the option is not given.
    type: int
    default: 443
  username:
    description:
      - User of the organization in Cloud Director, such as C(orgadmin@acme).
      - The environment variable E(VCDA_USER) is used when the option is not given.
    type: str
    required: true
  password:
    description:
      - Password of the user.
      - The environment variable E(VCDA_PASSWORD) is used when the option is not given.
    type: str
    required: true
  validate_certs:
    description:
      - Whether the server's certificate must be trusted. Switch off only where nobody else can reach the server.
      - The environment variable E(VCDA_VALIDATE_CERTS) is used when the option is not given.
    type: bool
    default: true
  ca_path:
    description:
      - File of PEM certificates to trust. Without it, the authorities that the Python package C(requests)
        knows are trusted.
      - The environment variable E(VCDA_CA_PATH) is used when the option is not given.
    type: path
  request_timeout:
    description:
      - Seconds to wait for each answer.
    type: int
    default: 60
"""

    SOURCE_LOGIN = r"""
options:
  source_username:
    description:
      - User at the site that the virtual machines leave, such as C(administrator@vsphere.local); the session is
        extended to that site. Without it, a migration uses O(username) and its password there too.
      - The environment variable E(VCDA_SOURCE_USER) is used when the option is not given.
    type: str
  source_password:
    description:
      - Password of that user.
      - The environment variable E(VCDA_SOURCE_PASSWORD) is used when the option is not given.
    type: str
"""
