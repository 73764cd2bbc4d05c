#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Azure Connected Machine agent of a server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: arc_agent
short_description: The Azure Connected Machine agent of a server
version_added: 0.1.0
description:
  - Runs on the server itself, as root or as an administrator, and connects its agent to Azure Arc, keeps its local
    settings, and disconnects it.
  - Finds out first in which of the known situations the server is, for example never connected, connected elsewhere, a
    copy of another server, or half connected by a run that died. RV(situation) and RV(steps) tell, also in check mode.
    What could harm another server is refused unless an option allows it.
  - A virtual machine in Azure is refused before anything is done.
  - Secrets never reach the server. The module's action exchanges the application's secret or certificate for a token on
    the controller; the token reaches the agent in a file for root alone, in memory where possible, that is removed in
    every case, and never as an argument of a command.
  - Installs nothing; the role P(hybridcloud.mobility.arc_onboarding#role) does.
  - On Windows the same name runs a module in PowerShell with the same options.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
extends_documentation_fragment:
  - hybridcloud.mobility.azure
  - hybridcloud.mobility.attributes
  - hybridcloud.mobility.attributes.state_module
  - hybridcloud.mobility.attributes.actiongroup_azure
requirements:
  - Python 3.9 or newer on the server, or PowerShell 5.1 on Windows
  - requests, on the controller
  - cryptography, on the controller, for O(client_certificate) only
options:
  state:
    description:
      - With V(connected), the agent reports to Azure as the wanted machine.
      - With V(disconnected), it forgets its identity. With a login, the agent removes its machine in Azure; without
        one, only the agent is reset, and M(hybridcloud.mobility.arc_machine) removes the machine.
      - With V(prepared), an agent that is not connected makes a key of its own, see RV(public_key).
    type: str
    choices: [connected, disconnected, prepared]
    default: connected
  subscription_id:
    description:
      - Id of the subscription. Needed to connect.
      - The environment variable E(AZURE_SUBSCRIPTION_ID) of the controller is used when the option is not given.
    type: str
    required: false
  resource_group:
    description:
      - Resource group of the machine. Needed to connect.
    type: str
  location:
    description:
      - Region of the machine. Needed to connect.
    type: str
  resource_name:
    description:
      - Name of the machine in Azure. Without it, the server's host name. It cannot be changed later.
    type: str
  tags:
    description:
      - Tags that the machine is made with. Use M(hybridcloud.mobility.arc_machine) to change them later.
    type: dict
  agent_version:
    description:
      - Version, or its beginning, that must be installed; another one is refused.
    type: str
  automatic_upgrade:
    description:
      - Whether the machine is made with automatic upgrade of the agent.
    type: bool
  private_link_scope:
    description:
      - Resource id of the private link scope that the machine is made with.
    type: str
  gateway_id:
    description:
      - Resource id of the Arc gateway that the machine is made with.
    type: str
  correlation_id:
    description:
      - A UUID that Microsoft's support can find the connect by.
    type: str
  ignore_network_check:
    description:
      - Whether to connect although the agent's own check of the endpoints fails.
    type: bool
    default: false
  vm_id:
    description:
      - Identity under which a machine was made for this agent's own key. The agent then connects with the key and needs
        no token. Microsoft documents this for some of its products only; older agents may not know it.
    type: str
  azure_machine:
    description:
      - What Azure knows of the wanted machine, an entry of RV(hybridcloud.mobility.arc_machine_info#module:machines).
        An empty dictionary says that there is none. Without it, situations that only Azure can tell are not found.
    type: dict
  wait_timeout:
    description:
      - Seconds to wait until the agent reports to Azure.
    type: int
    default: 300
  proxy_url:
    description:
      - Proxy of the agent, for example V(http://proxy.example.com:3128). An empty text removes it.
    type: str
  proxy_bypass:
    description:
      - Services that are reached without the proxy.
    type: list
    elements: str
    choices: [AAD, ARM, AMA, Arc, ArcData]
  connection_type:
    description:
      - How the agent reaches Azure.
    type: str
    choices: [default, direct, gateway]
  config_mode:
    description:
      - With V(monitor), the agent takes only extensions that monitor, and nothing that changes the server.
    type: str
    choices: [full, monitor]
  incoming_connections:
    description:
      - Whether Azure may open connections to the server, for SSH and Windows Admin Center.
    type: bool
  incoming_ports:
    description:
      - Ports that such connections may reach.
    type: list
    elements: int
  extensions_enabled:
    description:
      - Whether extensions can be installed at all.
    type: bool
  extensions_allowlist:
    description:
      - Extensions that may be installed, as C(publisher/type); V(Allow/None) forbids all of them.
    type: list
    elements: str
  extensions_blocklist:
    description:
      - Extensions that may not be installed.
    type: list
    elements: str
  guest_configuration_enabled:
    description:
      - Whether machine configuration policies are evaluated.
    type: bool
  replace_stale:
    description:
      - Whether a machine of the wanted name that does not report may be replaced.
    type: bool
    default: false
  allow_move:
    description:
      - Whether an agent that is connected elsewhere may leave that place.
    type: bool
    default: false
  reset_clone:
    description:
      - Whether a copy of another server may forget its identity. It needs another O(resource_name).
    type: bool
    default: false
  new_hardware:
    description:
      - Whether the same server may have another BIOS UUID than Azure knows, because it has moved.
    type: bool
    default: false
  allow_azure_vm:
    description:
      - Whether a virtual machine in Azure may be connected, which Microsoft allows for evaluation only.
    type: bool
    default: false
seealso:
  - module: hybridcloud.mobility.arc_machine
"""

EXAMPLES = r"""
- name: See what would have to be done
  hybridcloud.mobility.arc_agent: &agent
    tenant_id: "{{ azure_tenant_id }}"
    subscription_id: "{{ azure_subscription_id }}"
    resource_group: rg-arc
    location: westeurope
    client_id: "{{ azure_onboarding_client_id }}"
    client_secret: "{{ vault_azure_onboarding_secret }}"
  become: true
  check_mode: true
  register: planned

- name: Connect the server
  hybridcloud.mobility.arc_agent: *agent
  become: true
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode what would be, including steps that the controller or the package
    manager has to make.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      kind: arc agent
      name: app01
      before: {}
      after: {resource_id: /subscriptions/0b2c3d4e/resourceGroups/rg-arc, tags: {}}
      notes: [connect, the agent is installed and was never connected]
situation:
  description: The situation that was found, in a word.
  returned: success
  type: str
  sample: never_connected
verdict:
  description: The same as a sentence.
  returned: success
  type: str
  sample: the agent is installed and was never connected
steps:
  description: The steps that lead from there to the wanted state.
  returned: success
  type: list
  elements: str
  sample: [connect]
agent:
  description: What the agent shows of itself; null when it is not installed.
  returned: success
  type: dict
  sample: {status: Connected, resourceName: app01, vmId: cecf6466-3d5c-454e-b93a-ae9c30c06de7}
public_key:
  description: The public half of a key that was made; null otherwise.
  returned: success
  type: str
  sample: MIIBCgKCAQEA...
failed_changes:
  description: The change that failed, with the agent's code and whether Azure may keep a machine object.
  returned: when the agent refuses a change
  type: list
  elements: dict
  sample:
    - chain: app01
      action: create
      kind: arc agent
      name: app01
      before: {}
      after: {}
      error: "azcmagent connect failed: the network check failed (AZCM0026)"
      agent_code: AZCM0026
      leftover: false
"""

from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc.agent_state import ensure_agent
from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc.options import AGENT
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.options import CONNECTION
from ansible_collections.hybridcloud.mobility.plugins.module_utils.module import Job

JOB = Job(argument_spec={**CONNECTION, **AGENT}, work=ensure_agent)


def main() -> None:
    JOB.main()


if __name__ == "__main__":
    main()
