# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent of this server: commands in, facts out, no decisions. (Azure reference 8.2, 8.3, 9)"""

from __future__ import annotations

import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engine.errors import MobilityError, Refused
from . import exit_codes
from .secret_file import secret_file
from .settings import PROPERTIES, Value, parsed, written
from .situation import Agent
from .wanted import Wanted

COMMAND = "/opt/azcmagent/bin/azcmagent"
HARDWARE = Path("/sys/class/dmi/id/product_uuid")
BEGUN = Path("/var/lib/hybridcloud-arc/connecting.json")
SERVICES = ("himdsd", "arcproxyd", "extd", "gcad")
METADATA = "http://169.254.169.254/metadata/instance/compute?api-version=2019-06-01"
# The agent itself gives up after ten minutes. (Azure reference 9.2)
LONGEST = 660
PUBLIC_KEY = re.compile(r"[A-Za-z0-9+/]{100,}={0,2}")


@dataclass(frozen=True)
class Ended:
    code: int
    output: str


Run = Callable[[Sequence[str]], Ended]


class AgentFailed(Refused):
    """The agent said no; ``agent_code`` is its code, ``leftover`` whether Azure may keep a machine object."""


def run_command(command: Sequence[str]) -> Ended:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LONGEST)
    return Ended(done.returncode, f"{done.stdout}\n{done.stderr}")


class Azcmagent:
    """``run`` is replaced in tests; ``command`` is where the agent is installed."""

    def __init__(self, command: str = COMMAND, run: Run = run_command, begun: Path = BEGUN) -> None:
        self._command = command
        self._run = run
        self._begun = begun

    @property
    def installed(self) -> bool:
        return Path(self._command).exists()

    def read(self, *, probe: bool) -> tuple[Agent, dict[str, Any]]:
        """The facts that decide, and all that the agent shows; ``probe`` also asks whether this is an Azure VM."""
        shown = self.show() if self.installed else {}
        return (
            Agent(
                installed=self.installed,
                status=str(shown.get("status") or ""),
                resource_id=str(shown.get("resourceId") or ""),
                vm_id=str(shown.get("vmId") or "").lower(),
                bios_uuid=str(shown.get("vmUuid") or "").lower() or _hardware(),
                begun=self._begun_for(),
                azure_vm=is_azure_vm() if probe else False,
            ),
            shown,
        )

    def show(self) -> dict[str, Any]:
        return first_object(self._do("show", "-j", "--log-stderr"))

    def setting(self, option: str) -> Value:
        return parsed(option, self._do("config", "get", PROPERTIES[option]))

    def set(self, option: str, value: Value) -> None:
        """An empty value takes the setting away."""
        if value in ("", []):
            self._do("config", "clear", PROPERTIES[option])
        else:
            self._do("config", "set", PROPERTIES[option], written(value))

    def generate_key(self) -> str:
        found = PUBLIC_KEY.search(self._do("genkey"))
        if not found:
            raise Refused("azcmagent genkey printed no public key; look at the agent's log")
        return found[0]

    def connect(self, wanted: Wanted) -> None:
        """The token is in a file for root alone, and never among the arguments."""
        self._begun.parent.mkdir(parents=True, exist_ok=True)
        self._begun.write_text(json.dumps({"resource_id": wanted.resource_id}), encoding="utf-8")
        if wanted.vm_id:
            self._do("connect", "existing", *wanted.existing_flags())
        else:
            with secret_file(wanted.connect_file()) as file:
                self._do("connect", "--config", file, "-j", "--log-stderr", secret=wanted.token)
        self.forget_begun()

    def disconnect(self, wanted: Wanted) -> None:
        """The machine in Azure goes too."""
        with secret_file({"access-token": wanted.token}) as file:
            self._do("disconnect", "--config", file, "--log-stderr", secret=wanted.token)

    def reset(self) -> None:
        """Only here; Azure is not asked. (Azure reference 9.7)"""
        self._do("disconnect", "--force-local-only")
        self.forget_begun()

    def restart(self) -> None:
        for service in SERVICES:
            ended = self._run(["systemctl", "restart", service])
            if ended.code:
                raise Refused(f"the service {service} cannot be restarted: {_last_line(ended.output)}")

    def forget_begun(self) -> None:
        self._begun.unlink(missing_ok=True)
        if self._begun.parent.is_dir() and not any(self._begun.parent.iterdir()):
            self._begun.parent.rmdir()

    def _begun_for(self) -> str:
        try:
            return str(json.loads(self._begun.read_text(encoding="utf-8"))["resource_id"])
        except (FileNotFoundError, ValueError, KeyError):
            return ""

    def _do(self, *arguments: str, secret: str = "") -> str:
        command = [self._command, *arguments]
        ended = self._run(command)
        if ended.code and exit_codes.meaning(self._code(ended), exit_codes.LINUX).again:
            ended = self._run(command)
        if ended.code:
            raise self._failure(" ".join(arguments[:2]), ended, secret)
        return ended.output

    def _code(self, ended: Ended) -> int:
        return exit_codes.code_of(ended.code, ended.output)

    def _failure(self, what: str, ended: Ended, secret: str) -> MobilityError:
        code = self._code(ended)
        said = message(ended.output)
        said = said.replace(secret, "********") if secret else said
        return AgentFailed(
            f"azcmagent {what.partition(' --')[0]} failed: {exit_codes.sentence(code, exit_codes.LINUX)}"
            + (f"; it says: {said}" if said else ""),
            agent_code=f"AZCM{code:04d}",
            leftover=exit_codes.meaning(code, exit_codes.LINUX).leftover,
        )


def first_object(output: str) -> dict[str, Any]:
    """The first JSON object in an output that may begin with lines of a log. (Azure reference 9.1)"""
    decoder = json.JSONDecoder()
    for start in (found.start() for found in re.finditer(r"{", output)):
        try:
            found, _end = decoder.raw_decode(output[start:])
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    raise Refused("azcmagent answered without JSON; its version may be too old")


def message(output: str) -> str:
    """The agent's own words: of its JSON, else the last line that names an error."""
    try:
        error = first_object(output).get("error")
    except Refused:
        error = None
    if isinstance(error, dict) and error.get("message"):
        return " ".join(str(error["message"]).split())
    lines = [line.split(None, 1)[1] for line in output.splitlines() if re.match(r"(ERROR|FATAL)\s+\S", line)]
    return " ".join(lines[0].split()) if lines else ""


def is_azure_vm() -> bool:
    """Asks Azure's metadata service, as the installers do; no proxy leads to it. (Azure reference 8.2)"""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(METADATA, headers={"Metadata": "true"})
    try:
        with opener.open(request, timeout=2) as answer:
            body = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return isinstance(body, dict) and bool(body.get("azEnvironment") or body.get("vmId"))


def _hardware() -> str:
    try:
        return HARDWARE.read_text(encoding="utf-8").strip().lower()
    except OSError:
        return ""


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given"
