# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for systemctl in targets, where no systemd runs: states in files, services of type oneshot."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

STATE = Path("/run/lab-systemd.json")
UNITS = (Path("/etc/systemd/system"), Path("/lib/systemd/system"), Path("/usr/lib/systemd/system"))
WANTS = Path("/etc/systemd/system/multi-user.target.wants")
NOT_FOUND, INACTIVE = 5, 3


def main() -> int:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    if "--version" in sys.argv:
        print("systemd 252 (stand-in)")
        return 0
    verb, names = (words[0], words[1:]) if words else ("list-units", [])
    if verb in ("daemon-reload", "daemon-reexec", "reset-failed"):
        return 0
    if verb == "is-system-running":
        print("running")
        return 0
    if verb in ("set-environment", "unset-environment", "show-environment"):
        return environment(verb, names)
    if verb in ("list-units", "list-unit-files"):
        return listed(verb)
    commands = {"start": start, "restart": restart, "reload-or-restart": restart, "stop": stop, "enable": enable}
    commands |= {"disable": disable, "is-active": is_active, "is-enabled": is_enabled, "status": status, "show": show}
    if verb not in commands:
        print(f"Unknown command verb {verb}.", file=sys.stderr)
        return 1
    results = [commands[verb](name.removesuffix(".service")) for name in names]
    if "--now" in sys.argv and verb in ("enable", "disable"):
        results += [(start if verb == "enable" else stop)(name.removesuffix(".service")) for name in names]
    return max(results, default=0)


def state() -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads(STATE.read_text())
    except FileNotFoundError:
        found = {"active": {}, "environment": {}}
    return found


def store(found: dict[str, dict[str, str]]) -> None:
    STATE.write_text(json.dumps(found))


def unit(name: str) -> Path | None:
    return next((folder / f"{name}.service" for folder in UNITS if (folder / f"{name}.service").is_file()), None)


def active(name: str) -> bool:
    return state()["active"].get(name) == "active" and unit(name) is not None


def missing(name: str) -> int:
    print(f"Unit {name}.service could not be found.", file=sys.stderr)
    return NOT_FOUND


def start(name: str) -> int:
    return 0 if active(name) else restart(name)


def restart(name: str) -> int:
    file = unit(name)
    if file is None:
        return missing(name)
    set_active(name, "active")
    for line in file.read_text().splitlines():
        if line.startswith("ExecStart=") and subprocess.run(shlex.split(line[10:]), check=False).returncode:
            set_active(name, "failed")
            return 1
    return 0


def stop(name: str) -> int:
    if unit(name) is None:
        return missing(name)
    set_active(name, "inactive")
    return 0


def set_active(name: str, word: str) -> None:
    found = state()
    found["active"][name] = word
    store(found)


def enable(name: str) -> int:
    file = unit(name)
    if file is None:
        return missing(name)
    WANTS.mkdir(parents=True, exist_ok=True)
    link = WANTS / f"{name}.service"
    if not link.is_symlink():
        link.symlink_to(file)
    return 0


def disable(name: str) -> int:
    (WANTS / f"{name}.service").unlink(missing_ok=True)
    return 0


def enabled(name: str) -> bool:
    return (WANTS / f"{name}.service").is_symlink() and unit(name) is not None


def is_active(name: str) -> int:
    print("active" if active(name) else "inactive")
    return 0 if active(name) else INACTIVE


def is_enabled(name: str) -> int:
    if unit(name) is None:
        print(f"Failed to get unit file state for {name}.service: No such file or directory", file=sys.stderr)
        return 1
    print("enabled" if enabled(name) else "disabled")
    return 0 if enabled(name) else 1


def status(name: str) -> int:
    if unit(name) is None:
        return missing(name)
    print(f"{name}.service\n     Active: {'active (running)' if active(name) else 'inactive (dead)'}")
    return 0 if active(name) else INACTIVE


def show(name: str) -> int:
    file = unit(name)
    running = active(name)
    found = {
        "Id": f"{name}.service",
        "Names": f"{name}.service",
        "LoadState": "loaded" if file else "not-found",
        "ActiveState": "active" if running else "inactive",
        "SubState": "running" if running else "dead",
        "UnitFileState": "enabled" if enabled(name) else "disabled",
        "FragmentPath": str(file or ""),
    }
    wanted = [word.partition("=")[2].split(",") for word in sys.argv if word.startswith(("--property=", "-p="))]
    for key, value in found.items():
        if not wanted or key in wanted[0]:
            print(f"{key}={value}")
    return 0


def listed(verb: str) -> int:
    names = sorted({file.stem for folder in UNITS for file in folder.glob("*.service")})
    for name in names:
        if verb == "list-unit-files":
            print(f"{name}.service {'enabled' if enabled(name) else 'disabled'} enabled")
        elif active(name):
            print(f"{name}.service loaded active running {name}")
    return 0


def environment(verb: str, words: list[str]) -> int:
    found = state()
    if verb == "set-environment":
        found["environment"].update(dict(word.split("=", 1) for word in words))
    elif verb == "unset-environment":
        for word in words:
            found["environment"].pop(word, None)
    else:
        print("\n".join(f"{key}={value}" for key, value in found["environment"].items()))
    store(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
