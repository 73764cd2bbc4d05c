# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent prints and logs, and how it ends (Azure reference 9.1, 9.9)."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

from . import places

NAMES = {
    1: "Unknown Error",
    3: "Operation Not Supported",
    12: "Invalid Access Token",
    16: "Missing Mandatory Parameter",
    18: "Permission Denied",
    19: "Configuration File Not Found",
    20: "Unknown Region",
    23: "Invalid Argument Value",
    26: "Network Error",
    27: "Configuration Conflict",
    41: "Failed to Login",
    42: "Failed to Create Resource",
    43: "Failed to Delete Resource",
    44: "Resource Already Exists",
    65: "Agent Service Not Responding",
    67: "Already Connected",
    68: "Subscription Lookup Failed",
    69: "Local Configuration Update Failed",
    72: "Extension Tool Failed",
    81: "Managed Identity Certificate Not Obtained",
    103: "RSA Key Error",
    141: "Azure Virtual Machine",
}


class Failure(Exception):
    """`code` is that of AZCM, `exit` the process's where it differs."""

    def __init__(self, code: int, text: str, exit_code: int | None = None) -> None:
        super().__init__(text)
        self.code, self.text = code, text
        self.exit = code if exit_code is None else exit_code


@dataclass
class Output:
    """Log lines go to stdout like everything else, unless `log_stderr`."""

    json: bool = False
    log_stderr: bool = False
    verbose: bool = False

    def log(self, level: str, text: str) -> None:
        _append(level, text)
        if level != "DEBUG" or self.verbose:
            print(f"{level:<7} {text}", file=sys.stderr if self.log_stderr else sys.stdout, flush=True)

    def progress(self, percent: int) -> None:
        """A bar goes to stdout in any case."""
        done = "=" * (percent // 7)
        print(f" {percent:>3}% [{done + '>' if percent < 100 else '=' * 15:<15}]", flush=True)

    def result(self, found: dict[str, Any]) -> None:
        print(json.dumps(found, indent=2), flush=True)

    def fail(self, failure: Failure) -> int:
        code = f"AZCM{failure.code:04d}"
        name = NAMES.get(failure.code, "Error")
        if self.json:
            self.log("ERROR", f"{code}: {name}")
            error = {"code": code, "message": failure.text, "recommendedActions": [f"See the description of {code}."]}
            self.result({"status": "failed", "error": error})
        else:
            self.log("ERROR", failure.text)
            self.log("FATAL", f"{code}: {name}")
            print(f"Exit Code: {code}: {failure.text}", flush=True)
        return failure.exit


def _append(level: str, text: str) -> None:
    """To the agent's log; who may not write it, does not."""
    file = places.data("log", "azcmagent.log")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as log:
            log.write(f"time={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} level={level.lower()} msg={text!r}\n")
    except PermissionError:
        return


def record(arguments: list[str], exit_code: int, config_file: str | None) -> None:
    """For tests: the arguments of every call, in a file that only root reads; never what a file given holds."""
    if os.geteuid() != 0 and not places.variable("ROOT"):
        return
    file = places.path("/var/log/azcmagent-lab/arguments.jsonl")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = None
    if config_file and os.path.exists(config_file):  # noqa: PTH110 - a plain question of one line
        mode = oct(os.stat(config_file).st_mode & 0o777)  # noqa: PTH116
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as log:
        log.write(
            json.dumps({"arguments": arguments, "exit": exit_code, "config_mode": mode, "at": time.time()}) + "\n"
        )
