# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data as YAML that ansible-lint accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.variable_values import REFERENCE

DOCUMENTATION = r"""
name: indented_yaml
short_description: Data as YAML that ansible-lint accepts
version_added: 0.1.0
description:
  - Writes plain data as block YAML with indented lists and with the keys in their order. The same data gives the same
    text with every version of Ansible.
  - A mapping with the one key C(variable_reference) is written as a reference to the variable of that name.
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


class Reference(str):
    """The name of a variable whose value is meant."""


class IndentedDumper(yaml.SafeDumper):
    """Indents lists below their key, which PyYAML by itself does not."""

    def refer(self, name: Reference) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", "{{ " + name + " }}", style='"')

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


IndentedDumper.add_representer(Reference, IndentedDumper.refer)


def _with_references(pairs: dict[str, Any]) -> Any:
    return Reference(pairs[REFERENCE]) if set(pairs) == {REFERENCE} else pairs


def indented_yaml(data: Any) -> str:
    # Through JSON, because Ansible's own kinds of text and list are none that the dumper knows.
    plain = json.loads(json.dumps(data), object_hook=_with_references)
    text: str = yaml.dump(plain, Dumper=IndentedDumper, sort_keys=False, allow_unicode=True, width=1000)
    return text


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"indented_yaml": indented_yaml}
