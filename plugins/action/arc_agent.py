# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the login to Azure on the controller: the server gets a token that lasts about an hour, and only when it may
have to connect or disconnect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.account import Account
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.client import Azure
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.options import CONNECTION
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import MobilityError
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.progress import Progress
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.redact import Redactor
from ansible_collections.hybridcloud.mobility.plugins.module_utils.run import Run
from ansible_collections.hybridcloud.mobility.plugins.modules.arc_agent import JOB
from ansible_collections.hybridcloud.mobility.plugins.plugin_utils.in_process import InProcessAction

PROOFS = ("client_secret", "client_certificate")
ON_BOTH = ("cloud", "tenant_id", "subscription_id")
# What only the controller needs.
ON_CONTROLLER = (
    "client_id",
    *PROOFS,
    "client_certificate_password",
    "login_endpoint",
    "resource_manager_endpoint",
    "validate_certs",
    "ca_path",
    "request_timeout",
)


class ActionModule(InProcessAction):
    job = JOB

    def run(self, tmp: str | None = None, task_vars: Mapping[str, Any] | None = None) -> dict[str, Any]:
        args = self._task.args
        login = _login(args)
        state = args.get("state", "connected")
        given = any(login[proof] for proof in PROOFS) and not login["access_token"]
        # Check mode changes nothing, and a key of its own needs no token; neither does what is gone in Azure.
        alone = (
            state == "prepared" or args.get("vm_id") or (state == "disconnected" and args.get("azure_machine") == {})
        )
        handed_on = {name: value for name, value in args.items() if name not in ON_CONTROLLER}
        # The server does not see the controller's environment.
        handed_on |= {name: login[name] for name in ON_BOTH if login[name]}
        if given and not alone and not self._task.check_mode:
            handed_on["access_token"] = _token(login)
        self._task.args = handed_on
        if tuple(self._connection.module_implementation_preferences) == ("",):
            # Without a preference, Ansible takes the first of arc_agent.ps1 and arc_agent.py.
            self._connection.module_implementation_preferences = (".py",)
        return super().run(tmp, task_vars)


def _login(args: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the connection, those of the environment among them; the subscription may be left out."""
    spec = {**CONNECTION, "subscription_id": {**CONNECTION["subscription_id"], "required": False}}
    checked = ArgumentSpecValidator(spec).validate({name: value for name, value in args.items() if name in spec})
    if checked.error_messages:
        raise AnsibleActionFail("; ".join(checked.error_messages))
    login: dict[str, Any] = checked.validated_parameters
    return login


def _token(login: Mapping[str, Any]) -> str:
    try:
        # A token is for all subscriptions of the tenant.
        account = Account.from_params({**login, "subscription_id": login["subscription_id"] or "any"})
        with Azure(account, Run.current(), Redactor(), Progress(lambda text: None)) as azure:
            return azure.token()
    except MobilityError as error:
        raise AnsibleActionFail(str(error), result=error.facts) from error
