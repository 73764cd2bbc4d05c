# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name inside the Ansible process."""

from __future__ import annotations

from ansible_collections.hybridcloud.mobility.plugins.modules.azure_resource_group import JOB
from ansible_collections.hybridcloud.mobility.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    job = JOB
