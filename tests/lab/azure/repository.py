# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a Debian repository with `azcmagent`, laid out as Microsoft's, by dpkg-deb and gpg (Azure reference 8.3)."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

VERSIONS = ("1.66.03466.1261", "1.67.03504.1320", "1.68.03532.1399")
"""Of the agent, oldest first; the package's version is the same."""
SUITES = {
    ("debian", "11"): "bullseye",
    ("debian", "12"): "bookworm",
    ("debian", "13"): "trixie",
    ("ubuntu", "20.04"): "focal",
    ("ubuntu", "22.04"): "jammy",
    ("ubuntu", "24.04"): "noble",
}
SERVICES = {
    "himdsd": "Azure Connected Machine Agent Service",
    "arcproxyd": "Azure Arc Proxy",
    "extd": "Extension Service",
    "gcad": "GC Arc Service",
}
SOURCES = Path(__file__).parent / "agent"
NAME = "https://packages.microsoft.com"
"""Under which targets find it."""
KEYRING = "/usr/share/keyrings/microsoft-prod.gpg"
KEY_NAME = "Lab package repository <packages@lab.example>"
LAUNCHER = """#!/usr/bin/env python3
import sys
sys.path.insert(0, "/opt/azcmagent/lib")
sys.dont_write_bytecode = True
from agent.cli import main
sys.exit(main())
"""
HEARTBEAT = """#!/usr/bin/env python3
import sys
sys.path.insert(0, "/opt/azcmagent/lib")
sys.dont_write_bytecode = True
from agent.machine import heartbeat
heartbeat(restarted=True)
"""
UNIT = """[Unit]
Description={description}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={command}

[Install]
WantedBy=multi-user.target
"""
AFTER_INSTALL = """#!/bin/sh
set -e
for user in himds arcproxy; do
  id "$user" >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin "$user" || true
done
mkdir -p /var/opt/azcmagent/log /var/opt/azcmagent/certs /var/lib/GuestConfig
chmod 0700 /var/opt/azcmagent/certs
systemctl daemon-reload || true
for unit in SERVICES; do systemctl enable "$unit" || true; systemctl restart "$unit" || true; done
"""
BEFORE_REMOVAL = """#!/bin/sh
set -e
for unit in SERVICES; do systemctl stop "$unit" || true; systemctl disable "$unit" || true; done
"""


class Unavailable(Exception):
    """What this machine lacks to build packages."""


@dataclass
class Repository:
    """Files by path below the server's root; made when first asked for."""

    _files: dict[str, bytes] = field(default_factory=dict)

    def file(self, path: str) -> bytes | None:
        """Unavailable without dpkg-deb; None for what there is not."""
        if not self._files:
            self._files = build()
        return self._files.get(path.lstrip("/"))

    @property
    def signed(self) -> bool:
        return self.file("keys/microsoft.asc") is not None


def build() -> dict[str, bytes]:
    if shutil.which("dpkg-deb") is None:
        raise Unavailable("dpkg-deb is missing: the lab's package repository needs a Debian or Ubuntu system")
    with tempfile.TemporaryDirectory(prefix="lab-packages-") as scratch:
        folder = Path(scratch)
        packages = {f"azcmagent_{version}_amd64.deb": _agent(folder, version) for version in VERSIONS}
        signer = _Signer.made(folder / "gnupg")
        found: dict[str, bytes] = {}
        if signer is not None:
            found["keys/microsoft.asc"] = signer.public_key
        for (distribution, release), suite in SUITES.items():
            base = f"{distribution}/{release}/prod"
            pool = {f"pool/main/a/azcmagent/{name}": text for name, text in packages.items()}
            found |= {f"{base}/{path}": text for path, text in pool.items()}
            found |= {
                f"{base}/dists/{suite}/{path}": text for path, text in _index(folder, pool, suite, signer).items()
            }
            found[f"config/{distribution}/{release}/packages-microsoft-prod.deb"] = _configuration(
                folder, f"{NAME}/{base}", suite, signer
            )
    return found


def _agent(folder: Path, version: str) -> bytes:
    root = folder / f"azcmagent-{version}"
    library = root / "opt/azcmagent/lib/agent"
    library.mkdir(parents=True)
    for source in sorted(SOURCES.glob("*.py")):
        shutil.copyfile(source, library / source.name)
    (library / "VERSION").write_text(version)
    _program(root / "opt/azcmagent/bin/azcmagent", LAUNCHER)
    _program(root / "opt/azcmagent/bin/himds", HEARTBEAT)
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/azcmagent").symlink_to("/opt/azcmagent/bin/azcmagent")
    units = root / "lib/systemd/system"
    units.mkdir(parents=True)
    for name, description in SERVICES.items():
        command = "/opt/azcmagent/bin/himds" if name == "himdsd" else "/bin/true"
        (units / f"{name}.service").write_text(UNIT.format(description=description, command=command))
    control = {
        "Package": "azcmagent",
        "Version": version,
        "Architecture": "amd64",
        "Maintainer": KEY_NAME,
        "Section": "utils",
        "Priority": "optional",
        "Description": "Stand-in for the Azure Connected Machine agent, for the lab alone",
    }
    scripts = {"postinst": AFTER_INSTALL, "prerm": BEFORE_REMOVAL}
    return _package(root, control, {n: t.replace("SERVICES", " ".join(SERVICES)) for n, t in scripts.items()})


def _configuration(folder: Path, url: str, suite: str, signer: _Signer | None) -> bytes:
    """The package that adds the repository to apt's sources."""
    root = folder / f"config-{suite}"
    sources = root / "etc/apt/sources.list.d"
    sources.mkdir(parents=True)
    trust = f"signed-by={KEYRING}" if signer else "trusted=yes"
    (sources / "microsoft-prod.list").write_text(f"deb [arch=amd64 {trust}] {url} {suite} main\n")
    if signer is not None:
        keyring = root / KEYRING.lstrip("/")
        keyring.parent.mkdir(parents=True)
        keyring.write_bytes(signer.keyring)
    control = {
        "Package": "packages-microsoft-prod",
        "Version": "1.1-lab",
        "Architecture": "all",
        "Maintainer": KEY_NAME,
        "Description": "Adds the lab's package repository",
    }
    return _package(root, control, {})


def _program(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def _package(root: Path, control: dict[str, str], scripts: dict[str, str]) -> bytes:
    root.chmod(0o755)
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN/control").write_text("".join(f"{name}: {value}\n" for name, value in control.items()))
    for name, text in scripts.items():
        _program(root / "DEBIAN" / name, text)
    target = root.with_suffix(".deb")
    command = ["dpkg-deb", "--build", "--root-owner-group", "-Zgzip", "-z1", str(root), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    return target.read_bytes()


def _index(folder: Path, pool: dict[str, bytes], suite: str, signer: _Signer | None) -> dict[str, bytes]:
    """Packages, Packages.gz, Release and, with gpg, its two signatures; paths below the suite's folder."""
    listed = "\n".join(_stanza(folder, path, text) for path, text in pool.items()).encode()
    indexes = {}
    for architecture in ("amd64", "arm64"):
        text = listed if architecture == "amd64" else b""
        indexes[f"main/binary-{architecture}/Packages"] = text
        indexes[f"main/binary-{architecture}/Packages.gz"] = gzip.compress(text, mtime=0)
    lines = [
        "Origin: microsoft-lab",
        "Label: microsoft-lab",
        f"Suite: {suite}",
        f"Codename: {suite}",
        "Architectures: amd64 arm64",
        "Components: main",
        f"Date: {formatdate(usegmt=True)}",
        "SHA256:",
        *(f" {hashlib.sha256(text).hexdigest()} {len(text)} {path}" for path, text in indexes.items()),
    ]
    release = ("\n".join(lines) + "\n").encode()
    found = {**indexes, "Release": release}
    if signer is not None:
        found |= {
            "InRelease": signer.sign(release, "--clearsign"),
            "Release.gpg": signer.sign(release, "--detach-sign"),
        }
    return found


def _stanza(folder: Path, path: str, text: bytes) -> str:
    file = folder / Path(path).name.replace("_", "-", 1)
    file.write_bytes(text)
    shown = subprocess.run(["dpkg-deb", "--field", str(file)], check=True, capture_output=True, text=True).stdout
    return f"{shown.rstrip()}\nFilename: {path}\nSize: {len(text)}\nSHA256: {hashlib.sha256(text).hexdigest()}\n"


@dataclass
class _Signer:
    home: Path
    public_key: bytes
    keyring: bytes

    @classmethod
    def made(cls, home: Path) -> _Signer | None:
        """None without gpg: the repository is then for `[trusted=yes]`."""
        if shutil.which("gpg") is None:
            return None
        home.mkdir(mode=0o700)
        made = _gpg(home, "--passphrase", "", "--quick-generate-key", KEY_NAME, "rsa2048", "sign", "never")
        if made.returncode:
            return None
        exports = [_gpg(home, *armor, "--export").stdout for armor in (["--armor"], [])]
        return cls(home, *exports)

    def sign(self, text: bytes, how: str) -> bytes:
        return _gpg(self.home, "--armor", "--passphrase", "", "--output", "-", how, given=text).stdout


def _gpg(home: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["gpg", "--batch", "--yes", "--quiet", "--no-tty", "--pinentry-mode", "loopback", *arguments]
    environment = {**os.environ, "GNUPGHOME": str(home)}
    return subprocess.run(command, input=given, capture_output=True, env=environment, check=False)
