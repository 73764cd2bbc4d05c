# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data as YAML that ansible-lint accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

DOCUMENTATION = r"""
name: indented_yaml
short_description: Data as YAML that ansible-lint accepts
version_added: 0.1.0
description:
  - Writes plain data as block YAML with indented lists and with the keys in their order. The same data gives the same
    text with every version of Ansible.
author:
  - hybridcloud.mobility contributors (@hybridcloud-mobility)
options:
  _input:
    description: The data; mappings, lists, texts, numbers, booleans and null.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Write variables that a person reads
  ansible.builtin.copy:
    content: "{{ {'hosts': ['esx-1', 'esx-2']} | hybridcloud.mobility.indented_yaml }}"
    dest: variables.yml
    mode: "0644"
"""

RETURN = r"""
_value:
  description: The text, ending with a line break.
  type: str
"""


class IndentedDumper(yaml.SafeDumper):
    """Indents lists below their key, which PyYAML by itself does not."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def indented_yaml(data: Any) -> str:
    # Through JSON, because Ansible's own kinds of text and list are none that the dumper knows.
    plain = json.loads(json.dumps(data))
    text: str = yaml.dump(plain, Dumper=IndentedDumper, sort_keys=False, allow_unicode=True, width=1000)
    return text


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"indented_yaml": indented_yaml}
