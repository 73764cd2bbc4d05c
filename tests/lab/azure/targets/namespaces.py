# SPDX-License-Identifier: GPL-3.0-or-later
"""The system calls for namespaces and mounts that Python 3.11 does not have, and addresses of the loopback device."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_REC, MS_PRIVATE, MS_BIND = 0x4000, 0x40000, 0x1000
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
SIGKILL = 9
SIOCSIFADDR, SIOCSIFFLAGS, SIOCSIFNETMASK = 0x8916, 0x8914, 0x891C
IFF_UP_RUNNING = 0x1 | 0x40
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags), "unshare")


def enter_network(process: int | str) -> None:
    """The calling thread's sockets are made in that process's network from now on."""
    file = os.open(f"/proc/{process}/ns/net", os.O_RDONLY)
    try:
        _checked(_libc.setns(file, CLONE_NEWNET), "setns")
    finally:
        os.close(file)


def mount(source: str, target: Path | str, kind: str = "", flags: int = 0, data: str = "") -> None:
    arguments = (text.encode() or None for text in (source, str(target), kind))
    _checked(_libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def die_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, SIGKILL)


def call_yourself(name: str) -> None:
    _libc.prctl(PR_SET_NAME, name.encode())


def raise_loopback(*more: str) -> None:
    """Bring lo up, with further addresses on it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _up(control, "lo")
        for number, address in enumerate(more, 1):
            name = f"lo:{number}"
            packed = struct.pack("16sH2s4s8s", name.encode(), socket.AF_INET, b"", socket.inet_aton(address), b"")
            fcntl.ioctl(control, SIOCSIFADDR, packed)
            mask = struct.pack("16sH2s4s8s", name.encode(), socket.AF_INET, b"", b"\xff" * 4, b"")
            fcntl.ioctl(control, SIOCSIFNETMASK, mask)


def _up(control: socket.socket, name: str) -> None:
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14s", name.encode(), IFF_UP_RUNNING, b""))
