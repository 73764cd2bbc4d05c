# SPDX-License-Identifier: GPL-3.0-or-later
"""Site sheets out of the text of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.problems import Problems
from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.site_csv import parse_csv


class SheetLoader(yaml.SafeLoader):
    """YAML that takes a key given twice for the mistake it is."""


def _mapping(loader: SheetLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _value_node in node.value:
        key = getattr(key_node, "value", None)
        if isinstance(key, str) and key in seen:
            raise yaml.MarkedYAMLError(problem=f"the key {key} is given twice", problem_mark=key_node.start_mark)
        seen.add(str(key))
    found: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return found


SheetLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse_yaml(text: str) -> list[Any]:
    """The sheet, or the sheets when the text has several documents. Raises Problems."""
    try:
        sheets = [sheet for sheet in yaml.load_all(text, Loader=SheetLoader) if sheet is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"Line {mark.line + 1}, column {mark.column + 1}" if mark else "The sheet"
        # Without the cause: Ansible would repeat it, together with lines of the sheet.
        raise Problems([f"{place} is not valid YAML: {error.problem}."]) from None
    except yaml.YAMLError as error:
        raise Problems([f"The sheet is not valid YAML: {error}."]) from None
    if not sheets:
        raise Problems(["The sheet is empty."])
    return sheets


READERS: dict[str, Callable[[str], list[Any]]] = {"yaml": parse_yaml, "csv": parse_csv}


def read_sheets(text: str, form: str) -> list[Any]:
    """The sheets of a text in the form yaml or csv, as data and not yet checked. Raises Problems."""
    # Ansible's texts know where they came from; readers of YAML and CSV want plain ones.
    return READERS[form](str(text))
