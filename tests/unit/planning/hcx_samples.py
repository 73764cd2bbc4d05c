# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of HCX planning start from: the two samples, and a small mesh to change."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.hybridcloud.mobility.plugins.module_utils.planning.hcx_mesh import plan

SAMPLES = Path(__file__).resolve().parents[3] / "samples/hcx"
PREFIX = "hcx_plan_"

Options = dict[str, Any]


def sample(name: str) -> Options:
    """The variables of a sample as options of the module."""
    variables = yaml.safe_load((SAMPLES / f"{name}.yml").read_text(encoding="utf-8"))
    return {key.removeprefix(PREFIX): value for key, value in variables.items()}


def profile(name: str, roles: list[str], subnet: str, **more: Any) -> Options:
    """A network profile in a /24 with eight addresses; `subnet` is such as "10.1.1"."""
    return {
        "name": name,
        "roles": roles,
        "cidr": f"{subnet}.0/24",
        "gateway": f"{subnet}.1",
        "ranges": [f"{subnet}.30-{subnet}.37"],
        **more,
    }


def site(name: str, number: int, **more: Any) -> Options:
    """A site in 10.<number>.0.0/16 that leaves nothing to warn about."""
    net = f"10.{number}"
    return {
        "name": name,
        "manager": f"{net}.1.20",
        "vcenter": f"{net}.1.5",
        "dns": [f"{net}.9.53"],
        "ntp": [f"{net}.9.123"],
        "admin_networks": [f"{net}.200.0/24"],
        "esxi_networks": {
            "management": [f"{net}.1.64/26"],
            "vmotion": [f"{net}.3.64/26"],
            "replication": [f"{net}.4.64/26"],
        },
        "network_profiles": [
            profile("np-management", ["management"], f"{net}.1"),
            profile("np-uplink", ["uplink"], f"{net}.2"),
            profile("np-vmotion", ["vmotion"], f"{net}.3"),
            profile("np-replication", ["replication"], f"{net}.4"),
        ],
        **more,
    }


def mesh(**more: Any) -> Options:
    options = {"local": site("here", 1), "remote": site("there", 2), "services": ["bulk_migration", "vmotion"], **more}
    return copy.deepcopy(options)


def networks(count: int, switch: str = "vds-a", **more: Any) -> list[Options]:
    return [{"name": f"pg-{number}", "switch": switch, "vlan": number, **more} for number in range(1, count + 1)]


def planned(options: Options) -> Options:
    return plan(options)


def rules(found: Options, site_name: str | None = None) -> list[str]:
    """The rules that speak against a plan; at one site where one is named."""
    return [item["rule"] for item in found["cautions"] if site_name in (None, item["site"])]


def caution(found: Options, rule: str) -> Options:
    (item,) = (item for item in found["cautions"] if item["rule"] == rule)
    answer: Options = item
    return answer
