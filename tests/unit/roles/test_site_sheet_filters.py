# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.hybridcloud.mobility.plugins.filter.indented_yaml import indented_yaml
from ansible_collections.hybridcloud.mobility.plugins.filter.site_sheet_problems import site_sheet_problems
from ansible_collections.hybridcloud.mobility.plugins.filter.site_sheets import site_sheets
from ansible_collections.hybridcloud.mobility.plugins.filter.site_variables import site_variables

SAMPLES = Path(__file__).resolve().parents[3] / "samples/lab/sheets"


@pytest.mark.parametrize(
    ("text", "form", "problems"),
    [
        ("", "yaml", ["The sheet is empty."]),
        ("# nothing\n", "yaml", ["The sheet is empty."]),
        ("site: a\nsite: b\n", "yaml", ["Line 2, column 1 is not valid YAML: the key site is given twice."]),
        ("site: [a\n", "yaml", ["Line 2, column 1 is not valid YAML: expected ',' or ']', but got '<stream end>'."]),
        (
            "a: !x b\n",
            "yaml",
            ["Line 1, column 4 is not valid YAML: could not determine a constructor for the tag '!x'."],
        ),
        ("site;cluster\na;b\n", "csv", ['Column "vcenter_hostname" is missing.', 'Column "datacenter" is missing.']),
    ],
    ids=["empty", "only a comment", "key twice", "open bracket", "tag", "table without columns"],
)
def test_a_text_that_holds_no_sheet_is_said_so(text: str, form: str, problems: list[str]) -> None:
    assert site_sheet_problems(text, form) == problems
    with pytest.raises(AnsibleFilterError) as caught:
        site_sheets(text, form)
    assert str(caught.value) == " ".join(problems)


def test_the_sample_sheets_have_no_problems() -> None:
    for path in SAMPLES.iterdir():
        form = "csv" if path.suffix == ".csv" else "yaml"
        assert site_sheet_problems(path.read_text(encoding="utf-8"), form) == []


def test_documents_of_one_text_are_sheets_of_their_own() -> None:
    text = (SAMPLES / "lab-small.yml").read_text(encoding="utf-8")
    sites = site_variables(site_sheets(text + text.replace("lab-small", "lab-other")))
    assert [item["site"] for item in sites] == ["lab-small", "lab-other"]
    assert sites[0]["variables"] == sites[1]["variables"]


def test_variables_of_a_bad_sheet_are_refused_with_every_sentence() -> None:
    with pytest.raises(AnsibleFilterError, match=r"^Site number 1: site is missing\.\nSite number 1: vcenter is"):
        site_variables([{}])


def test_lists_are_indented_and_keys_keep_their_order() -> None:
    text = indented_yaml({"b": [1, {"d": True, "c": None}], "a": []})
    assert text == "b:\n  - 1\n  - d: true\n    c: null\na: []\n"
    assert yaml.safe_load(text) == {"b": [1, {"d": True, "c": None}], "a": []}
