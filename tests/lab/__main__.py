# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `mobility-lab` (or `python -m lab`)."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import get_args

from .azure.targets import Targets, missing
from .ca import Authority
from .client import LabControl, LabError
from .faults import Action
from .server import LabServer
from .shared import Shared
from .state import State

START_SECONDS = 60
STOP_SECONDS = 10


def main() -> None:
    parser = _parser()
    options = parser.parse_args()
    try:
        action: Callable[[argparse.Namespace], int] = options.action
        sys.exit(action(options))
    except (ValueError, OSError, LabError) as error:
        sys.exit(f"mobility-lab: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mobility-lab", description=__doc__)
    parser.add_argument("--name", default="default", help="which lab; many can run side by side (default: default)")
    commands = parser.add_subparsers(required=True, metavar="command")
    up_parser = commands.add_parser("up", help="start the lab and print its addresses")
    up_parser.add_argument("--base-port", type=int, default=18440, help="control, source, destination follow; 0: free")
    up_parser.add_argument("--hosts", type=int, default=32, help="number of hosts in cluster compute-a")
    up_parser.add_argument("--latency-ms", type=float, default=0.0, help="added to every call")
    up_parser.add_argument("--foreground", action="store_true", help="stay, until interrupted")
    up_parser.set_defaults(action=up)
    commands.add_parser("down", help="stop the lab").set_defaults(action=down)
    commands.add_parser("reset", help="put everything back to the start").set_defaults(action=reset)
    counts_parser = commands.add_parser("requests", help="show how often each operation was called")
    counts_parser.add_argument("--clear", action="store_true", help="start counting anew")
    counts_parser.set_defaults(action=show_requests)
    drift_parser = commands.add_parser("drift", help="change an adapter behind the API's back")
    drift_parser.add_argument("host")
    drift_parser.add_argument("device")
    drift_parser.add_argument("--mtu", type=int)
    drift_parser.add_argument("--address", help="such as 10.11.0.99/22")
    drift_parser.add_argument("--add-service", action="append", default=[], metavar="SERVICE")
    drift_parser.add_argument("--remove-service", action="append", default=[], metavar="SERVICE")
    drift_parser.set_defaults(action=drift)
    host_parser = commands.add_parser("host", help="show a host's networking as the lab knows it, or cut it off")
    host_parser.add_argument("host")
    host_parser.add_argument("--connection", choices=["connected", "disconnected", "notResponding"])
    host_parser.set_defaults(action=show_host)
    fault_parser = commands.add_parser("fault", help="plan a failure, or forget all planned ones")
    fault_parser.add_argument(
        "fault", nargs="?", help="name of a vSphere fault, such as HostConfigFault, or an HCX error code"
    )
    fault_parser.add_argument("--method", help="SOAP method, such as AddVirtualNic, or verb and path template")
    fault_parser.add_argument("--host", dest="fault_host", help="only on this host")
    fault_parser.add_argument("--times", type=int, default=1)
    fault_parser.add_argument(
        "--action", dest="fault_action", choices=get_args(Action), default="fault", help="default: fault"
    )
    fault_parser.add_argument("--message", default="The operation failed.")
    fault_parser.add_argument("--step", type=int, default=1, help="of the HCX task that fails or never ends")
    fault_parser.add_argument("--clear", action="store_true")
    fault_parser.set_defaults(action=plan_fault)
    targets_parser = commands.add_parser("targets", help="start or stop SSH hosts on loopback for Azure Arc (root)")
    targets_parser.add_argument("what", choices=["up", "down"])
    targets_parser.add_argument("count", nargs="?", type=int, default=3, help="how many (default: 3)")
    targets_parser.add_argument(
        "--azure-vm", action="append", default=[], metavar="TARGET", help="one that is a virtual machine of Azure"
    )
    targets_parser.set_defaults(action=targets)
    commands.add_parser("status", help="say whether the lab runs, and where").set_defaults(action=status)
    for command in list(commands.choices.values()):
        # The name may also follow the command, where people tend to write it.
        command.add_argument("--name", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def up(options: argparse.Namespace) -> int:
    state = State.of(options.name)
    if state.pid() is not None:
        print(f"The lab {options.name} is already running.")
        return status(options)
    state.folder.mkdir(parents=True, exist_ok=True)
    state.clear()
    if options.foreground:
        return _serve(state, options)
    command = [sys.executable, "-m", "lab", "up", "--foreground", f"--name={options.name}"]
    command += [f"--base-port={options.base_port}", f"--hosts={options.hosts}", f"--latency-ms={options.latency_ms}"]
    with state.log.open("wb") as log:
        process = subprocess.Popen(  # a detached server: it outlives this command
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment()
        )
    deadline = time.monotonic() + START_SECONDS
    while not state.env.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            print(state.log.read_text().strip(), file=sys.stderr)
            raise ValueError(f"the lab did not start; see {state.log}")
        time.sleep(0.05)
    return status(options)


def _environment() -> dict[str, str]:
    """The child finds this package as its parent did, installed or not."""
    paths = [p for p in sys.path if p]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _serve(state: State, options: argparse.Namespace) -> int:
    server = LabServer(Shared(options.hosts, options.latency_ms), Authority(state.folder), options.base_port)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        serving = asyncio.create_task(server.serve())
        state.write(os.getpid(), server.ports, server.managers["cloud"].certificate, server.environment())
        print(_addresses(options.name, state), flush=True)
        await serving

    try:
        asyncio.run(run())
    finally:
        state.clear()
    return 0


def down(options: argparse.Namespace) -> int:
    state = State.of(options.name)
    pid = state.pid()
    if pid is None:
        state.clear()
        print(f"The lab {options.name} is not running.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while state.pid() is not None:
        if time.monotonic() > deadline:
            raise ValueError(f"the lab (process {pid}) does not stop")
        time.sleep(0.05)
    print(f"The lab {options.name} is down.")
    return 0


def status(options: argparse.Namespace) -> int:
    """0 when running, 1 when not."""
    state = State.of(options.name)
    if state.pid() is None:
        print(f"The lab {options.name} is not running.")
        return 1
    print(_addresses(options.name, state))
    return 0


def reset(options: argparse.Namespace) -> int:
    with _control(options) as control:
        control.reset()
    print(f"The lab {options.name} is back at its start.")
    return 0


def show_requests(options: argparse.Namespace) -> int:
    with _control(options) as control:
        for name, count in control.counts().items():
            print(f"{count:>8}  {name}")
        if options.clear:
            control.clear_requests()
    return 0


def drift(options: argparse.Namespace) -> int:
    changes = {"add_services": options.add_service, "remove_services": options.remove_service}
    changes.update({k: v for k, v in (("mtu", options.mtu), ("address", options.address)) if v is not None})
    with _control(options) as control:
        control.drift(options.host, options.device, **changes)
    return 0


def show_host(options: argparse.Namespace) -> int:
    with _control(options) as control:
        if options.connection:
            control.set_connection(options.host, options.connection)
        print(json.dumps(control.host(options.host), indent=2))
    return 0


def plan_fault(options: argparse.Namespace) -> int:
    with _control(options) as control:
        if options.clear:
            control.clear_faults()
        if options.fault or options.fault_action != "fault":
            control.add_fault(
                options.fault_action,
                **({"fault": options.fault} if options.fault else {}),
                method=options.method,
                host=options.fault_host,
                message=options.message,
                step=options.step,
                times=options.times,
            )
    return 0


def targets(options: argparse.Namespace) -> int:
    state = State.of(options.name)
    folder = state.folder / "targets"
    if options.what == "down":
        Targets.of(folder).stop()
        print(f"The targets of the lab {options.name} are down.")
        return 0
    problem = missing()
    if problem is not None:
        raise ValueError(problem)
    if state.pid() is None:
        raise ValueError(f"the lab {options.name} is not running")
    Targets.of(folder).stop()
    started = Targets.start(state.ports(), str(state.ca), options.count, options.azure_vm, folder.resolve())
    for target in started.all:
        print(f"  {target.name:<20} ssh -p {target.port} root@127.0.0.1")
    print(f"  inventory            {started.inventory}")
    return 0


def _control(options: argparse.Namespace) -> LabControl:
    state = State.of(options.name)
    if state.pid() is None:
        raise ValueError(f"the lab {options.name} is not running")
    return LabControl(f"https://localhost:{state.ports()['control']}", str(state.ca))


def _addresses(name: str, state: State) -> str:
    ports = state.ports()
    lines = [f"The lab {name} is up:"]
    lines += [f"  {what:<20} https://localhost:{ports[what]}" for what in ports]
    lines += [
        "  users                administrator@vsphere.local, reader@vsphere.local (password: see the env file)",
        f"  environment          source {state.env}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
