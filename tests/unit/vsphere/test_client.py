# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.hybridcloud.mobility.plugins.module_utils.connection import Connection
from ansible_collections.hybridcloud.mobility.plugins.module_utils.engine.errors import InvalidInput
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.client import _newest_version
from ansible_collections.hybridcloud.mobility.plugins.module_utils.vsphere.sdk import VmomiSupport


def connection(**values: Any) -> Connection:
    options = {"hostname": "vcenter", "port": 443, "username": "user", "password": "secret", "ca_path": None}
    return Connection.from_params({**options, "validate_certs": True, "request_timeout": 120, **values})


@pytest.mark.parametrize(
    ("api_version", "chosen"),
    [("8.0.3.0", "8.0.3.0"), ("8.0.2.0", "8.0.2.0"), ("7.0.3.0", "7.0.3.0"), ("6.7.2", "6.7.2"), ("6.5", "6.5")],
)
def test_the_servers_own_version_is_spoken_where_it_is_known(api_version: str, chosen: str) -> None:
    assert VmomiSupport.versionIdMap[_newest_version(api_version)] == chosen


@pytest.mark.parametrize(("api_version", "chosen"), [("8.0.0.9", "8.0.0.2"), ("7.0.1.9", "7.0.1.1"), ("6.6", "6.5")])
def test_a_version_that_is_not_known_speaks_the_one_before_it(api_version: str, chosen: str) -> None:
    assert VmomiSupport.versionIdMap[_newest_version(api_version)] == chosen


def test_a_newer_server_is_spoken_to_in_the_newest_version_known() -> None:
    newest = _newest_version("99.0.0.0")
    assert newest == _newest_version("98.0.0.0")
    assert newest in VmomiSupport.GetServiceVersions("vim25")


@pytest.mark.parametrize("api_version", ["unset", "", "dev.build"])
def test_a_version_that_is_no_number_gets_the_first_one_that_all_servers_know(api_version: str) -> None:
    assert _newest_version(api_version) == "vim.version.version9"


def test_certificates_are_verified_unless_the_user_says_no() -> None:
    assert connection().trust().verify_mode == ssl.CERT_REQUIRED
    assert connection().trust().check_hostname
    assert connection(validate_certs=False).trust().verify_mode == ssl.CERT_NONE


def test_a_ca_file_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")
    with pytest.raises(InvalidInput) as refused:
        connection(ca_path=missing).trust()
    assert str(refused.value) == (
        f"ca_path {missing} cannot be used: No such file or directory; give a file of PEM certificates"
    )


@pytest.mark.parametrize(
    "content",
    [
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n",
        "",
    ],
)
def test_a_ca_file_without_certificates_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(content)
    with pytest.raises(InvalidInput) as refused:
        connection(ca_path=str(file)).trust()
    assert str(refused.value).startswith(f"ca_path {file} cannot be used: ")
    assert str(refused.value).endswith("; give a file of PEM certificates")
