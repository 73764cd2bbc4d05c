# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a lab that runs as a command leaves what others need: .lab/<name>/ with CA, env file, process id, log."""

from __future__ import annotations

import json
import os
import shlex
import ssl
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from .hcx.appliance_management import USER as HCX_ADMIN
from .shared import PASSWORD

USER = "administrator@vsphere.local"


@dataclass(frozen=True)
class State:
    folder: Path

    @classmethod
    def of(cls, name: str) -> State:
        """Below $LAB_HOME, or .lab in the current directory; ValueError for a name that is no folder name."""
        if not name or "/" in name or name.startswith("."):
            raise ValueError(f"{name!r} cannot be the name of a lab")
        return cls(Path(os.environ.get("LAB_HOME") or ".lab") / name)

    @property
    def env(self) -> Path:
        return self.folder / "env"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def _running(self) -> Path:
        return self.folder / "running.json"

    def write(self, pid: int, ports: dict[str, int], cloud_certificate: str, more: dict[str, str]) -> None:
        """The env file last: who sees it, sees a lab that answers.

        `cloud_certificate` is that HCX manager's, as PEM; `more` are variables of other simulators.
        """
        self._running.write_text(json.dumps({"pid": pid, "ports": ports}))
        (self.folder / "pid").write_text(f"{pid}\n")
        values = {
            "VMWARE_HOST": "localhost",
            "VMWARE_PORT": str(ports["source"]),
            "VMWARE_USER": USER,
            "VMWARE_PASSWORD": PASSWORD,
            "VMWARE_CA_PATH": str(self.ca.resolve()),
            "HCX_HOST": "localhost",
            "HCX_PORT": str(ports["connector"]),
            "HCX_USER": USER,
            "HCX_PASSWORD": PASSWORD,
            "HCX_ADMIN_PORT": str(ports["connector-admin"]),
            "HCX_ADMIN_USER": HCX_ADMIN,
            "HCX_ADMIN_PASSWORD": PASSWORD,
            "HCX_CA_PATH": str(self.ca.resolve()),
            "VCD_CA_PATH": str(self.ca.resolve()),
            "VCDA_CA_PATH": str(self.ca.resolve()),
            "EDGE_CA_PATH": str(self.ca.resolve()),
            "LAB_CONTROL": f"https://localhost:{ports['control']}",
            "LAB_SOURCE_VCENTER_PORT": str(ports["source"]),
            "LAB_DESTINATION_VCENTER_PORT": str(ports["destination"]),
            "LAB_HCX_CONNECTOR_PORT": str(ports["connector"]),
            "LAB_HCX_CLOUD_PORT": str(ports["cloud"]),
            "LAB_HCX_CONNECTOR_ADMIN_PORT": str(ports["connector-admin"]),
            "LAB_HCX_CLOUD_ADMIN_PORT": str(ports["cloud-admin"]),
            "LAB_HCX_CLOUD_FINGERPRINT": sha256(ssl.PEM_cert_to_DER_cert(cloud_certificate)).hexdigest(),
            **more,
        }
        text = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
        self.env.touch(mode=0o600)
        self.env.chmod(0o600)
        self.env.write_text(text)

    def clear(self) -> None:
        for path in (self.env, self._running, self.folder / "pid"):
            path.unlink(missing_ok=True)

    def pid(self) -> int | None:
        """The process of a running lab; None when there is none, also after a crash."""
        try:
            pid = int(json.loads(self._running.read_text())["pid"])
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        return pid

    def ports(self) -> dict[str, int]:
        """By name: control, source, destination."""
        found: dict[str, int] = json.loads(self._running.read_text())["ports"]
        return found
