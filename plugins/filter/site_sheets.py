# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Site sheets out of the text of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.plugin_utils.sheet_text import read_sheets

DOCUMENTATION = r"""
name: site_sheets
short_description: Site sheets out of the text of a file
version_added: 0.1.0
description:
  - Reads the text of a YAML file that holds one site sheet, or several as documents separated by C(---), or of a CSV
    file with one row per site.
  - Refuses keys that are given twice, and columns that are unknown, missing or doubled. What the sheets say is checked
    by P(hybridcloud.mobility.site_variables#filter).
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
  - plugin: hybridcloud.mobility.site_sheet_problems
    plugin_type: filter
  - plugin: hybridcloud.mobility.site_variables
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read one sheet
  ansible.builtin.set_fact:
    sheets: "{{ lookup('ansible.builtin.file', 'sheets/site-a.yml') | hybridcloud.mobility.site_sheets }}"

- name: Read the sheets of many sites
  ansible.builtin.set_fact:
    sheets: "{{ lookup('ansible.builtin.file', 'sheets/sites.csv') | hybridcloud.mobility.site_sheets('csv') }}"
"""

RETURN = r"""
_value:
  description: The sheets as data, in their order.
  type: list
  elements: dict
"""


def site_sheets(text: str, form: str = "yaml") -> list[Any]:
    try:
        return read_sheets(text, form)
    except Problems as problems:
        raise AnsibleFilterError(str(problems)) from problems


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"site_sheets": site_sheets}
