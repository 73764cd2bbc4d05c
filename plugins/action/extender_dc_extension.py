# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name inside the Ansible process."""

from __future__ import annotations

from ansible_collections.hybridcloud.mobility.plugins.modules.extender_dc_extension import JOB
from ansible_collections.hybridcloud.mobility.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    job = JOB
