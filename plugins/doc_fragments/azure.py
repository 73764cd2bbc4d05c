# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of every module that logs in to Azure; mirrors module_utils/azure/options.py."""

from __future__ import annotations


class ModuleDocFragment:
    """Extend with `hybridcloud.mobility.azure`, and with `.waiting` or `.tags` where a module has these options."""

    DOCUMENTATION = r"""
requirements:
  - requests
  - cryptography, for O(client_certificate) only
options:
  cloud:
    description:
      - The cloud, by the name that the agent's own command line uses.
      - The environment variable E(AZURE_CLOUD_ENVIRONMENT) is used when the option is not given.
    type: str
    choices: [AzureCloud, AzureUSGovernment, AzureChinaCloud]
    default: AzureCloud
  tenant_id:
    description:
      - Id or domain of the tenant in which the application lives.
      - The environment variables E(AZURE_TENANT) and E(AZURE_TENANT_ID) are used when the option is not given.
    type: str
  subscription_id:
    description:
      - Id of the subscription, or its name, which costs one more call.
      - The environment variable E(AZURE_SUBSCRIPTION_ID) is used when the option is not given.
    type: str
    required: true
  client_id:
    description:
      - Id of the application (service principal).
      - The environment variable E(AZURE_CLIENT_ID) is used when the option is not given.
    type: str
  client_secret:
    description:
      - Value of the application's secret.
      - The environment variables E(AZURE_SECRET) and E(AZURE_CLIENT_SECRET) are used when the option is not given.
    type: str
  client_certificate:
    description:
      - File with the application's private RSA key and its certificate as PEM; used instead of a secret.
      - The environment variable E(AZURE_CLIENT_CERTIFICATE_PATH) is used when the option is not given.
    type: path
  client_certificate_password:
    description:
      - Password of the private key, where it has one.
      - The environment variable E(AZURE_CLIENT_CERTIFICATE_PASSWORD) is used when the option is not given.
    type: str
  access_token:
    description:
      - A token for Azure Resource Manager that somebody else has obtained. It is used as it is, and not renewed.
      - The environment variable E(AZURE_ACCESS_TOKEN) is used when the option is not given.
    type: str
  login_endpoint:
    description:
      - Address of Entra ID where it is not the cloud's own, for example V(https://localhost:8443).
      - The environment variable E(AZURE_AUTHORITY_HOST) is used when the option is not given.
    type: str
  resource_manager_endpoint:
    description:
      - Address of Azure Resource Manager where it is not the cloud's own.
      - The environment variable E(AZURE_RESOURCE_MANAGER_ENDPOINT) is used when the option is not given.
    type: str
  validate_certs:
    description:
      - Whether the servers' certificates must be trusted.
      - The environment variable E(AZURE_VALIDATE_CERTS) is used when the option is not given.
    type: bool
    default: true
  ca_path:
    description:
      - File of PEM certificates to trust, for example of a proxy that inspects TLS. Without it, the authorities that
        the Python package C(requests) knows are trusted.
      - The environment variable E(AZURE_CA_PATH) is used when the option is not given.
    type: path
  request_timeout:
    description:
      - Seconds to wait for each answer. How long Azure asks to be left alone when it is busy is obeyed besides.
    type: int
    default: 60
"""

    WAITING = r"""
options:
  wait_timeout:
    description:
      - Seconds to wait for what goes on in Azure. Azure goes on after that, and a repeated run waits again.
    type: int
    default: 600
"""

    TAGS = r"""
options:
  tags:
    description:
      - Tags of the object. Azure compares their names without case.
    type: dict
  tags_mode:
    description:
      - With V(merge), tags that O(tags) does not name stay; with V(exact), they are removed.
    type: str
    choices: [merge, exact]
    default: merge
"""
