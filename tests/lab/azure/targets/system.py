# SPDX-License-Identifier: GPL-3.0-or-later
"""What a target is made of: this system below a layer that nobody else sees, with files of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import namespaces
from .namespaces import MS_BIND, MS_REC

ADDRESSES = {"entra": "127.80.0.1", "arm": "127.80.0.2", "his": "127.80.0.3", "packages": "127.80.0.4"}
NAMES = {
    "entra": ("login.microsoftonline.com", "westeurope.login.microsoft.com", "pas.windows.net"),
    "arm": ("management.azure.com",),
    "his": (
        "gbl.his.arc.azure.com",
        *(f"{region}.his.arc.azure.com" for region in ("westeurope", "northeurope", "eastus", "westus")),
        "agentserviceapi.guestconfiguration.azure.com",
        *(f"{region}-gas.guestconfiguration.azure.com" for region in ("westeurope", "northeurope", "eastus", "westus")),
        "guestnotificationservice.azure.com",
    ),
    "packages": ("packages.microsoft.com", "download.microsoft.com"),
}
"""Microsoft's names (Azure reference 8.5), by the lab's port that answers under them on 443."""
METADATA_ADDRESS = "169.254.169.254"
AGENT_ENVIRONMENT = "/etc/azcmagent-lab.env"
SSH_CONFIGURATION = """HostKey /etc/ssh/lab_host_key
AuthorizedKeysFile /etc/ssh/lab_authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
PidFile none
"""
OWN = ("root", "tmp", "run", "home", "mnt", "media", "srv", "opt")
"""Folders that are the target's own, empty, beside those that are in no plain system."""
PLAIN = {"bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "sys", "usr", "var"}


SYSTEMCTL = "#!/usr/bin/env python3\n" + Path(__file__).with_name("systemctl.py").read_text(encoding="utf-8")
"""Read early: a target does not see this file."""


@dataclass
class Plan:
    """Everything that makes one target; a JSON file between processes. `files` are more of its own, by path."""

    name: str
    port: int
    layer: str
    lab_ports: dict[str, int]
    ca: str
    public_key: str
    host_key: str
    hardware: str
    azure_vm: bool = False
    files: dict[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return asdict(self)


def enter(plan: Plan) -> None:
    """Make the target's file system and go into it; in namespaces of its own, as the first process of them."""
    base = Path("/tmp")
    namespaces.mount("none", "/", flags=MS_REC | namespaces.MS_PRIVATE)
    layer = os.open(plan.layer, os.O_PATH | os.O_DIRECTORY)
    namespaces.mount("tmpfs", base, "tmpfs", data="mode=0755")
    root, upper, work, more = (base / name for name in ("root", "upper", "work", "more"))
    for folder in (root, upper, work):
        folder.mkdir()
    # A layer may not lie inside another one, as the packages' folder does in this system.
    shutil.copytree(f"/proc/self/fd/{layer}", more, symlinks=True)
    os.close(layer)
    namespaces.mount("overlay", root, "overlay", data=f"lowerdir={more}:/,upperdir={upper},workdir={work}")
    _furnish(root)
    socket.sethostname(plan.name)
    _write_files(root, plan)
    os.chroot(root)
    os.chdir("/")


def _furnish(root: Path) -> None:
    namespaces.mount("proc", root / "proc", "proc")
    namespaces.mount("/dev", root / "dev", flags=MS_BIND | MS_REC)
    namespaces.mount("tmpfs", root / "sys", "tmpfs", data="mode=0555")
    strange = (f.name for f in root.iterdir() if f.is_dir() and not f.is_symlink() and f.name not in PLAIN)
    for name in sorted({*OWN, *strange}):
        folder = root / name
        folder.mkdir(exist_ok=True)
        mode = "1777" if name == "tmp" else "0700" if name == "root" else "0755"
        namespaces.mount("tmpfs", folder, "tmpfs", data=f"mode={mode}")


def _write_files(root: Path, plan: Plan) -> None:
    def write(path: str, text: str, mode: int = 0o644) -> None:
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.touch(mode)
        file.chmod(mode)
        file.write_text(text, encoding="utf-8")

    _own_sources(root)
    bundle = root / "etc/ssl/certs/ca-certificates.crt"
    known = bundle.read_text(encoding="utf-8") if bundle.exists() else ""
    write("/etc/ssl/certs/ca-certificates.crt", f"{known}{plan.ca}")
    write("/usr/local/share/ca-certificates/lab.crt", plan.ca)
    write("/etc/hostname", f"{plan.name}\n")
    write("/etc/hosts", _hosts(plan))
    write("/etc/resolv.conf", "")
    write("/etc/ssh/lab_sshd_config", SSH_CONFIGURATION)
    write("/etc/ssh/lab_host_key", plan.host_key, 0o600)
    write("/etc/ssh/lab_authorized_keys", plan.public_key, 0o600)
    (root / "run/sshd").mkdir(mode=0o755)
    (root / "run/systemd/system").mkdir(parents=True)
    for folder in ("sys/devices/virtual/dmi/id", "sys/class/dmi"):
        (root / folder).mkdir(parents=True)
    (root / "sys/class/dmi/id").symlink_to("/sys/devices/virtual/dmi/id")
    machine = {"product_uuid": plan.hardware, "sys_vendor": "VMware, Inc.", "product_name": "VMware20,1"}
    for name, value in machine.items():
        write(f"/sys/devices/virtual/dmi/id/{name}", f"{value}\n", 0o444)
    write("/usr/bin/systemctl", SYSTEMCTL, 0o755)
    write(AGENT_ENVIRONMENT, "", 0o600)
    for path, text in plan.files.items():
        write(path, text)
    _accounts(root)


def _own_sources(root: Path) -> None:
    """No package repository but those that a test adds, and none of this system's settings for them."""
    for name in ("sources.list.d", "apt.conf.d", "auth.conf.d", "preferences.d"):
        folder = root / "etc/apt" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)
    (root / "var/lib/apt/lists/partial").mkdir(parents=True)


def _hosts(plan: Plan) -> str:
    lines = [f"127.0.0.1 localhost {plan.name}.lab.example {plan.name}"]
    lines += [f"{ADDRESSES[port]} {' '.join(names)}" for port, names in NAMES.items()]
    return "\n".join(lines) + "\n"


def _accounts(root: Path) -> None:
    """root without a password, which is not a locked account, and sshd's own."""
    shadow = root / "etc/shadow"
    lines = shadow.read_text(encoding="utf-8").splitlines()
    found = ["root:*:" + line.split(":", 2)[2] if line.startswith("root:") else line for line in lines]
    shadow.write_text("\n".join(found) + "\n", encoding="utf-8")
    passwd = root / "etc/passwd"
    text = passwd.read_text(encoding="utf-8")
    if "\nsshd:" not in text:
        passwd.write_text(f"{text}sshd:x:998:65534::/run/sshd:/usr/sbin/nologin\n", encoding="utf-8")


def serve_ssh(listener: int) -> None:
    """The target's first process: an sshd for each connection, and the end of orphans."""
    server = socket.socket(fileno=listener)
    server.settimeout(0.2)
    clean = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    command = ["/usr/sbin/sshd", "-i", "-f", "/etc/ssh/lab_sshd_config"]
    while True:
        try:
            connection, _address = server.accept()
        except TimeoutError:
            pass
        else:
            with connection:
                connection.setblocking(True)
                end = connection.fileno()
                subprocess.Popen(command, stdin=end, stdout=end, stderr=subprocess.DEVNULL, env=clean)
        _reap()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
