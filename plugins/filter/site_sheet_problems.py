# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with site sheets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_sheet import parse_all
from ansible_collections.hybridcloud.mobility.plugins.plugin_utils.sheet_text import read_sheets

DOCUMENTATION = r"""
name: site_sheet_problems
short_description: What is wrong with site sheets
version_added: 0.1.0
description:
  - Reads and checks the text of a file with site sheets and returns every problem as a sentence, so that a play can
    show them all without anything around them.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
positional: form
options:
  _input:
    description: Text of the file.
    type: str
    required: true
  form:
    description: Form of the text.
    type: str
    choices: [yaml, csv]
    default: yaml
seealso:
  - plugin: hybridcloud.mobility.site_sheets
    plugin_type: filter
"""

EXAMPLES = r"""
- name: The sheet is right
  ansible.builtin.assert:
    that: not problems
    fail_msg: "{{ problems }}"
  vars:
    problems: "{{ lookup('ansible.builtin.file', 'sheets/site-a.yml') | hybridcloud.mobility.site_sheet_problems }}"
"""

RETURN = r"""
_value:
  description: The problems, one sentence each; empty when the sheets are right.
  type: list
  elements: str
  sample:
    - "Site site-a: networks.vmotion.mtu is 9216, but must be a whole number from 1280 to 9000."
"""


def site_sheet_problems(text: str, form: str = "yaml") -> list[str]:
    try:
        parse_all(read_sheets(text, form))
    except Problems as problems:
        return list(problems.sentences)
    return []


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"site_sheet_problems": site_sheet_problems}
