# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the agent (Azure reference 9.1)."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, NoReturn

from . import configuration, connecting, keys, machine, output, places
from .output import Failure, Output

WITHOUT_ROOT = ("show", "version", "help")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Failure(23, f"Invalid argument: {message}")


def main() -> int:
    """The exit code, which is the number of the AZCM code."""
    arguments = sys.argv[1:]
    out = Output(json="-j" in arguments or "--json" in arguments, log_stderr="--log-stderr" in arguments)
    file = None
    try:
        options = _options(arguments)
        file = options.config
        out = Output(options.json, options.log_stderr, options.verbose)
        if options.command not in WITHOUT_ROOT and os.geteuid() != 0 and not places.variable("ROOT"):
            raise Failure(18, "Administrative privileges are needed.")
        COMMANDS[options.command](options, out)
        code = 0
    except Failure as failure:
        code = out.fail(failure)
    output.record(arguments, code, file)
    return code


def _options(arguments: list[str]) -> argparse.Namespace:
    """Of the command line, and below it of the file named by --config (9.1)."""
    parser = _parser()
    if arguments[:1] == ["--version"]:
        arguments = ["version"]
    if arguments[:2] == ["connect", "existing"]:
        arguments = ["connect-existing", *arguments[2:]]
    options = parser.parse_args(arguments)
    if options.config:
        given = _file(options.config)
        for name, found in given.items():
            attribute = name.replace("-", "_")
            if attribute not in options.defaults:
                raise Failure(23, f"{options.config}: there is no flag {name} of {options.command}.")
            default = options.defaults[attribute]
            if getattr(options, attribute) == default:
                switch = isinstance(default, bool) and isinstance(found, str)
                setattr(options, attribute, found.lower() == "true" if switch else found)
    return options


def _file(name: str) -> dict[str, Any]:
    """JSON, or YAML of plain `key: value` lines."""
    try:
        text = Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(19, f"The configuration file {name} cannot be read.") from error
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line and not line.startswith("#"))
        found = {key.strip(): value.strip().strip("\"'") for key, value in pairs}
    return found


def _parser() -> argparse.ArgumentParser:
    common = _common(None)
    parser = _Parser(prog="azcmagent", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)

    def add(name: str) -> _Parser:
        return commands.add_parser(name, parents=[common], allow_abbrev=False)

    add("version")
    add("genkey")
    add("show").add_argument("properties", nargs="*")
    logs = add("logs")
    logs.add_argument("-o", "--output", default="azcmagent-logs.zip")
    logs.add_argument("-f", "--full", action="store_true")
    upgrade = add("upgrade")
    upgrade.add_argument("--version")
    check = add("check")
    check.add_argument("-l", "--location")
    check.add_argument("--cloud", default="AzureCloud")
    check.add_argument("-p", "--enable-pls-check", action="store_true")
    check.add_argument("-e", "--extensions")
    check.add_argument("--include-all", action="store_true")
    disconnect = add("disconnect")
    disconnect.add_argument("-f", "--force-local-only", action="store_true")
    for command in (disconnect, add("connect"), add("connect-existing")):
        _add_credentials(command)
    for name in ("connect", "connect-existing"):
        _add_place(commands.choices[name])
    existing = commands.choices["connect-existing"]
    existing.add_argument("--vmid")
    existing.add_argument("--use-saved-key", action="store_true")
    existing.add_argument("--private-key")
    _add_configuration(add("config"))
    extension = add("extension")
    extension.add_argument("verb", choices=("list", "remove"))
    extension.add_argument("--name", "-n")
    extension.add_argument("--all", action="store_true")
    for command in commands.choices.values():
        command.set_defaults(defaults={a.dest: a.default for a in command._actions if a.dest != "help"})
    return parser


def _common(default: Any) -> _Parser:
    """Flags of every command; below a verb, those that are not given must not undo what stood before it."""
    common = _Parser(add_help=False, allow_abbrev=False, argument_default=default)
    common.add_argument("--config")
    for flags in (("-j", "--json"), ("--log-stderr",), ("--no-color",), ("-v", "--verbose")):
        common.add_argument(*flags, action="store_true")
    return common


def _add_credentials(command: argparse.ArgumentParser) -> None:
    command.add_argument("-t", "--tenant-id")
    command.add_argument("--user-tenant-id")
    command.add_argument("-i", "--service-principal-id")
    command.add_argument("-p", "--service-principal-secret")
    command.add_argument("--service-principal-cert")
    command.add_argument("--access-token")
    command.add_argument("--use-device-code", action="store_true")
    command.add_argument("--use-azcli", action="store_true")


def _add_place(command: argparse.ArgumentParser) -> None:
    command.add_argument("-s", "--subscription-id")
    command.add_argument("-g", "--resource-group")
    command.add_argument("-l", "--location")
    command.add_argument("-n", "--resource-name")
    command.add_argument("--cloud", default="AzureCloud")
    for flag in ("--tags", "--correlation-id", "--private-link-scope", "--gateway-id", "--automanage-profile"):
        command.add_argument(flag)
    command.add_argument("--identity-key-store")
    command.add_argument("--enable-automatic-upgrade", action="store_true")
    command.add_argument("--ignore-network-check", action="store_true")


def _add_configuration(command: argparse.ArgumentParser) -> None:
    verbs = command.add_subparsers(dest="verb", required=True, parser_class=_Parser)
    common = [_common(argparse.SUPPRESS)]
    verbs.add_parser("list", parents=common)
    for name in ("get", "clear", "info"):
        verbs.add_parser(name, parents=common).add_argument("property")
    setter = verbs.add_parser("set", parents=common)
    setter.add_argument("property")
    setter.add_argument("value")
    setter.add_argument("-a", "--add", action="store_true")
    setter.add_argument("-r", "--remove", action="store_true")


def _version(options: argparse.Namespace, out: Output) -> None:
    print(f"azcmagent version {machine.version()}")


def _genkey(options: argparse.Namespace, out: Output) -> None:
    if machine.stored():
        raise Failure(67, "The machine is already connected to Azure.")
    key = keys.new()
    keys.write(keys.saved(), key)
    print(keys.public(key))


def _config(options: argparse.Namespace, out: Output) -> None:
    configuration.run(options, out)
    if options.verb in ("set", "clear"):
        machine.heartbeat()


def _extension(options: argparse.Namespace, out: Output) -> None:
    """Local only; the extension service must not run (9.7)."""
    known = machine.heartbeat()
    found: list[str] = known.get("extensions", [])
    if options.verb == "list":
        print("\n".join(found) if found else "No extensions installed")
        return
    if machine.service_state("extd") == "active" and not places.variable("ROOT"):
        raise Failure(72, "The extension service must be stopped first: systemctl stop extd.")
    gone = found if options.all else [options.name]
    if not options.all and options.name not in found:
        raise Failure(72, f"There is no extension {options.name}.")
    machine.store({**known, "extensions": [name for name in found if name not in gone]})
    out.log("INFO", f"Removed {', '.join(gone)}")


def _upgrade(options: argparse.Namespace, out: Output) -> None:
    """By the package manager, which may not know the version."""
    wanted = f"azcmagent={options.version}*" if options.version else "azcmagent"
    command = shutil.which("apt-get")
    if command is None:
        raise Failure(3, "There is no package manager.")
    done = subprocess.run([command, "install", "-y", "-q", wanted], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(1, done.stderr.strip())
    out.log("INFO", "The agent was upgraded")


def _logs(options: argparse.Namespace, out: Output) -> None:
    with zipfile.ZipFile(options.output, "w") as archive:
        for file in places.data("log").glob("*.log"):
            archive.write(file, file.name)
    out.log("INFO", f"Logs are in {options.output}")


COMMANDS = {
    "version": _version,
    "genkey": _genkey,
    "show": lambda options, out: machine.show(options.properties, out),
    "logs": _logs,
    "upgrade": _upgrade,
    "check": connecting.check,
    "connect": connecting.connect,
    "connect-existing": connecting.connect_existing,
    "disconnect": connecting.disconnect,
    "config": _config,
    "extension": _extension,
}
