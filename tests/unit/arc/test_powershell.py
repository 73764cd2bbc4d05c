# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said of PowerShell without PowerShell: files can be parsed, and agree with the Python module."""

from __future__ import annotations

import re
import subprocess
import warnings
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc import exit_codes, settings, situation
from ansible_collections.hybridcloud.mobility.plugins.module_utils.arc.options import AGENT
from ansible_collections.hybridcloud.mobility.plugins.module_utils.azure.options import CONNECTION

PROJECT = Path(__file__).parents[3]
MODULE = PROJECT / "plugins/modules/arc_agent.ps1"
ROLE = PROJECT / "roles/arc_onboarding"
FILES = [MODULE, *sorted((ROLE / "files").glob("*.ps1"))]
ON_SERVER = ("cloud", "tenant_id", "subscription_id", "access_token")


def mistakes(text: str) -> list[str]:
    """Where the grammar of PowerShell cannot read the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import tree_sitter_powershell
        from tree_sitter import Language, Parser

        tree = Parser(Language(tree_sitter_powershell.language())).parse(text.encode())
    found: list[str] = []
    open_nodes = [tree.root_node]
    while open_nodes:
        node = open_nodes.pop()
        if node.is_error or node.is_missing:
            found.append(f"line {node.start_point[0] + 1}: {text.splitlines()[node.start_point[0]].strip()}")
        open_nodes += node.children
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_file_can_be_parsed(file: Path) -> None:
    assert mistakes(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("broken", ["if ($a) {", "$a = @{ b = 1", "function x( { }", "$a = 'open"])
def test_a_mistake_is_noticed(broken: str) -> None:
    assert mistakes(broken)


def script(ending: str, **more: Any) -> str:
    """A generated script, as the role's template gives it."""
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text(encoding="utf-8"))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROLE / "templates"), trim_blocks=True, keep_trailing_newline=True
    )
    environment.filters.update(quote=lambda text: f"'{text}'", to_json=__import__("json").dumps)
    return environment.get_template(f"connect-server.{ending}.j2").render(
        **{
            **defaults,
            "arc_onboarding_resource_name": "app01",
            "arc_onboarding_resource_group": "rg-arc",
            "arc_onboarding_location": "West Europe",
            "azure_subscription_id": "0b2c3d4e-5f60-4718-92a3-b4c5d6e7f801",
            "azure_tenant_id": "6b1d5a1e-0c1e-4f7a-9a52-3a1c6f2e7d10",
            "__arc_onboarding_tags_flag": "'a'='b'",
            **more,
        }
    )


def test_the_generated_script_can_be_parsed() -> None:
    given = {"proxy_url": "http://proxy:3128", "extensions_allowlist": ["Allow/None"], "incoming_ports": [22]}
    assert mistakes(script("ps1", arc_onboarding_settings=given)) == []
    assert mistakes(script("ps1")) == []


def test_the_generated_bash_script_is_sound(tmp_path: Path) -> None:
    given = {"proxy_url": "http://proxy:3128", "extensions_allowlist": ["Allow/None"], "incoming_ports": ["22"]}
    for number, text in enumerate((script("sh", arc_onboarding_settings=given), script("sh"))):
        file = tmp_path / f"{number}.sh"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(["shellcheck", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_options_are_those_of_the_python_module() -> None:
    text = MODULE.read_text(encoding="utf-8")
    block = text.partition("    options = @{")[2].partition("\n    }\n")[0]
    options = dict(re.findall(r"^        (\w+) = @\{ (.*) \}$", block, re.MULTILINE))
    wanted = {**{name: CONNECTION[name] for name in ON_SERVER}, **AGENT}
    assert set(options) == set(wanted)
    for name, spec in wanted.items():
        assert f"type = '{spec['type']}'" in options[name], name
        assert re.findall(r"'(\w+)'", options[name].partition("choices = ")[2].partition(";")[0]) == spec.get(
            "choices", []
        ), name
        assert ("no_log = $true" in options[name]) == bool(spec.get("no_log")), name


def test_properties_steps_and_codes_are_those_of_the_python_module() -> None:
    text = MODULE.read_text(encoding="utf-8")
    block = text.partition("$properties = [ordered]@{")[2].partition("}")[0]
    assert dict(re.findall(r"(\w+) = '([\w.]+)'", block)) == settings.PROPERTIES
    assert list(dict(re.findall(r"(\w+) = '([\w.]+)'", block))) == list(settings.PROPERTIES)

    def numbers(name: str) -> set[int]:
        return {int(one) for one in re.findall(r"\d+", re.findall(rf"^\${name} = (.*)$", text, re.MULTILINE)[0])}

    on_server = {code: found for code, found in exit_codes.MEANINGS.items() if code <= 108}
    assert numbers("leftover") == {code for code, found in on_server.items() if found.leftover}
    assert numbers("again") == {code for code, found in on_server.items() if found.again}
    steps = (situation.INSTALL, situation.REMOVE_MACHINE, situation.RESET, situation.RESTART, situation.CONNECT)
    for step in (*steps, situation.DISCONNECT):
        assert f"'{step}'" in text


def test_every_situation_of_the_python_module_is_known() -> None:
    python = (PROJECT / "plugins/module_utils/arc/situation.py").read_text(encoding="utf-8")
    words = set(re.findall(r'(?:Verdict|_refusal)\(\s*"(\w+)"', python)) | {"absent", "never_connected"}
    text = MODULE.read_text(encoding="utf-8")
    assert {word for word in words if f"'{word}'" not in text} == set()


def test_no_secret_is_ever_an_argument() -> None:
    for file in FILES:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if "access_token" in line]
        assert not [line for line in lines if "Arguments" in line or "& $agent" in line]
