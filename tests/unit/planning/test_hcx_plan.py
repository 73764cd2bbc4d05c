# SPDX-License-Identifier: GPL-3.0-or-later
"""The module hcx_plan and its renderings."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import yaml
from unit.planning.hcx_samples import SAMPLES, mesh, networks, planned, sample

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_report import firewall_csv, markdown
from ansible_collections.hybridcloud.mobility.plugins.modules import hcx_plan

NAMES = ["bulk-over-vpn", "keep-addresses"]


def result(options: dict[str, Any]) -> dict[str, Any]:
    return hcx_plan.JOB.result(options, check=False, show=lambda text: None)


def documented_keys() -> set[str]:
    return set(yaml.safe_load(hcx_plan.RETURN))


@pytest.mark.parametrize("name", NAMES)
def test_the_module_returns_what_it_documents(name: str) -> None:
    found = result(sample(name))
    assert set(found) == {"changed", *documented_keys()}
    assert found["changed"] is False
    assert found["fits"] is True


@pytest.mark.parametrize("key", ["cautions", "appliances", "switch_pairs", "addresses", "firewall", "limits"])
def test_documented_samples_have_the_keys_of_real_rows(key: str) -> None:
    found = result(mesh(services=["network_extension", "srm"], extended_networks=networks(1)))
    (documented,) = yaml.safe_load(hcx_plan.RETURN)[key]["sample"]
    assert list(found[key][0]) == list(documented)


def test_the_module_refuses_in_one_sentence_with_all_problems_beside_it() -> None:
    found = result(mesh(services=[], hcx_version="new"))
    assert found["failed"] is True
    assert found["msg"].startswith('hcx_version is "new"')
    assert found["msg"].endswith("(and 1 more problem, see 'problems')")
    assert len(found["problems"]) == 2


def test_the_csv_has_every_row_of_the_table_with_all_its_values() -> None:
    plan = planned(sample("keep-addresses"))
    rows = list(csv.DictReader(io.StringIO(firewall_csv(plan["firewall"]))))
    assert [row["id"] for row in rows] == [row["id"] for row in plan["firewall"]]
    syslog = next(row for row in rows if row["id"] == "M3")
    assert syslog == {
        "id": "M3",
        "site": "plant-south",
        "direction": "local",
        "source": "HCX Manager and IX and NE",
        "source_addresses": "10.50.10.20 10.50.10.30-10.50.10.39",
        "destination": "syslog",
        "destination_addresses": "10.50.1.114",
        "protocols": "TCP UDP",
        "ports": "514",
        "mutual": "no",
        "purpose": "logging",
        "needed_for": "syslog",
        "reference": "LLD",
    }


def test_the_csv_holds_no_formula() -> None:
    options = mesh()
    options["local"]["name"] = "=1+1"
    rows = csv.DictReader(io.StringIO(firewall_csv(planned(options)["firewall"])))
    assert next(rows)["site"] == "'=1+1"


def test_the_report_has_its_parts_and_the_hint_about_missing_ports() -> None:
    text = markdown(planned(sample("keep-addresses")))
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# HCX plan",
        "## Cautions",
        "## Appliances",
        "## Addresses",
        "## Firewall of plant-south",
        "## Firewall of cloud-two",
        "## Limits",
    ]
    assert "The plan fits." in text
    assert "- vds-south to remote switch: 10 networks on 2 active and 0 standby NE." in text
    assert (
        "| S3 | both | NE uplink: 10.50.20.2-10.50.20.9 | remote NE uplink: 10.90.20.10-10.90.20.19 "
        "| UDP | 4500 | IPsec transport with NAT traversal | network_extension |" in text
    )
    assert "not include OS Assisted Migration and SRM" in text


def test_the_report_marks_what_blocks_the_plan() -> None:
    options = mesh(services=["wan_optimization"], hcx_version="9.0")
    text = markdown(planned(options))
    assert "The plan does not fit" in text
    assert "- **!** Version 9.0 does not have WAN Optimization." in text


def test_the_documentation_shows_what_the_report_of_the_sample_has() -> None:
    report = set(markdown(planned(sample("keep-addresses"))).splitlines())
    guide = (SAMPLES.parents[1] / "docs/hcx-plan.md").read_text(encoding="utf-8").splitlines()
    shown = [line for line in guide if line.startswith(("| plant-south |", "| S", "| L16", "- vds-south", "- plant-"))]
    assert len(shown) >= 10
    assert set(shown) <= report


def test_names_stay_in_their_cells() -> None:
    options = mesh()
    options["local"]["name"] = "a|b"
    text = markdown(planned(options))
    assert "| a\\|b | IX | 1 |" in text
    assert "## Firewall of a\\|b" in text
