# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of one target: `python -m lab.azure.targets.supervisor PLAN FD`, FD the socket of its SSH port.

It stays in this system's network and carries connections from the target's to the lab; its end is the target's end.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from . import namespaces, system
from .namespaces import CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUTS
from .system import ADDRESSES, Plan

CHUNK = 65536
METADATA = {
    "azEnvironment": "AzurePublicCloud",
    "vmId": "02aab8a4-74ef-476e-8182-f6d2ba4166a6",
    "location": "westeurope",
}


def main() -> None:
    plan_file = Path(sys.argv[1])
    plan = Plan(**json.loads(plan_file.read_text(encoding="utf-8")))
    listener = int(sys.argv[2])
    process = _started(plan, listener)
    forwards = _forwards(plan, process)
    os.close(listener)
    asyncio.run(_carry(forwards, process, plan_file.with_suffix(".pid")))


def _started(plan: Plan, listener: int) -> int:
    """The target's first process, by its number here; it is there when its file system is."""
    ready, told = os.pipe()
    number, numbered = os.pipe()
    between = os.fork()
    if between == 0:
        namespaces.die_with_parent()
        namespaces.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET)
        first = os.fork()
        if first == 0:
            namespaces.die_with_parent()
            _inside(plan, listener, told)
        os.write(numbered, str(first).encode())
        os.waitpid(first, 0)
        os._exit(0)
    os.close(told)
    process = int(os.read(number, 20))
    if os.read(ready, 1) != b"+":
        sys.exit("the target did not start")
    return process


def _inside(plan: Plan, listener: int, told: int) -> None:
    namespaces.call_yourself("systemd")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    namespaces.raise_loopback(*([system.METADATA_ADDRESS] if plan.azure_vm else []))
    system.enter(plan)
    os.write(told, b"+")
    os.close(told)
    system.serve_ssh(listener)


def _forwards(plan: Plan, process: int) -> list[tuple[socket.socket, int | None]]:
    """Sockets that listen in the target's network, with the lab's port behind each; None: the metadata service."""
    wanted: list[tuple[str, int, int | None]] = [("127.0.0.1", plan.lab_ports[n], plan.lab_ports[n]) for n in ADDRESSES]
    wanted += [(address, 443, plan.lab_ports[name]) for name, address in ADDRESSES.items()]
    if plan.azure_vm:
        wanted.append((system.METADATA_ADDRESS, 80, None))
    namespaces.enter_network(process)
    try:
        return [(_listening(address, port), behind) for address, port, behind in wanted]
    finally:
        namespaces.enter_network(os.getppid())


def _listening(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port))
    made.listen(64)
    return made


async def _carry(forwards: list[tuple[socket.socket, int | None]], process: int, pid_file: Path) -> None:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    for listener, behind in forwards:
        await asyncio.start_server(_metadata if behind is None else _to(behind), sock=listener)
    # Who sees this file may end the target properly from now on.
    pid_file.write_text(f"{os.getpid()} {process}\n")
    await stopped.wait()
    os.kill(process, signal.SIGKILL)
    # The process between ends after the target's first one, and that after all others there.
    os.wait()


def _to(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))

    return carry


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def _metadata(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Azure's instance metadata service, as far as it is asked whether it is there (Azure reference 8.2)."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().splitlines()
    headers = {name.strip(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
    asked = first.startswith("get /metadata/instance") and headers.get("metadata") == "true"
    body = json.dumps(METADATA if asked else {"error": "Bad request. Required metadata header not specified"}).encode()
    status = "200 OK" if asked else "400 Bad Request"
    answer = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    writer.write("\r\n".join([*answer, "Connection: close", "", ""]).encode() + body)
    await writer.drain()
    writer.close()


if __name__ == "__main__":
    main()
