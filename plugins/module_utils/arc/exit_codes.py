# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent and its installers mean by their codes, as sentences. (Azure reference 9.9)

The number is the exit code of ``azcmagent`` up to 108; installers write it into their result and exit with 1. Two codes
differ between Linux and Windows, so a code is always read together with the operating system.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CODE = re.compile(r"AZCM(\d{4})")
LINUX, WINDOWS = "linux", "windows"


class Meaning(NamedTuple):
    """``again``: the same command may work a second time. ``leftover``: Azure may keep a machine object."""

    what: str
    advice: str
    again: bool = False
    leftover: bool = False


SERVICE = "restart the agent's services, then run again"
HIMDS = "the agent's identity service does not answer"
MEANINGS: dict[int, Meaning] = {
    1: Meaning("the agent ran into an error that it does not know", "look at its log, then run again"),
    2: Meaning("the agent has an internal error", SERVICE, again=True),
    3: Meaning("the agent does not support this operation here", "see its log for the reason"),
    4: Meaning("the Arc proxy service does not run", "start arcproxyd, then run again", again=True),
    5: Meaning("the agent cannot write its log", "make room and check the rights of its log folder"),
    6: Meaning("the agent cannot initialise itself", "look at its log, then run again", again=True),
    11: Meaning("the command was cancelled", "run again"),
    12: Meaning("the access token is not valid", "run again with a new token"),
    16: Meaning("a mandatory parameter is missing", "give tenant, subscription, group and location"),
    18: Meaning("the command needs root or an administrator", "run the task with become"),
    19: Meaning("the configuration file is not where it should be", "run again"),
    20: Meaning("the region is not known", "correct location"),
    23: Meaning("an argument has an invalid value", "correct the option that the agent names"),
    26: Meaning(
        "the network check failed, or a private link is configured and no scope given",
        "open the endpoints that the agent names, set proxy_url, or give private_link_scope",
    ),
    27: Meaning("settings of the agent conflict with each other", "correct the settings that the agent names"),
    28: Meaning("the TPM device cannot be used", "use the default key store"),
    41: Meaning("Azure did not accept the credentials", "check the application, its secret and the tenant"),
    42: Meaning(
        "the machine could not be made in Azure: rights, provider, policy or name",
        "read the reason of the agent, and check rights and provider registration",
        leftover=True,
    ),
    43: Meaning("the machine could not be removed in Azure", "disconnect locally if it is gone there already"),
    44: Meaning(
        "a machine of this name exists in Azure", "choose another resource_name, or let the stale one be replaced"
    ),
    45: Meaning("the public key for reconnecting could not be changed", "run again", again=True),
    61: Meaning("the agent's services cannot be reached", SERVICE, again=True),
    62: Meaning("connecting failed after the machine was made", "remove it in Azure, then run again", leftover=True),
    63: Meaning("disconnecting failed", "remove the machine in Azure, then disconnect locally"),
    64: Meaning(HIMDS, SERVICE, again=True),
    65: Meaning(HIMDS, SERVICE, again=True),
    66: Meaning("the agent's status cannot be read", SERVICE, again=True),
    67: Meaning("the agent is connected already", "compare the resource id that it shows with the wanted one"),
    68: Meaning("the subscription was not found by its name", "give its id"),
    69: Meaning("the local configuration could not be written", "check room and rights of the agent's folder"),
    70: Meaning("the local configuration cannot be read", SERVICE, again=True),
    72: Meaning("the extension tool failed", "look at the agent's log"),
    73: Meaning("the partner configuration failed", "look at the agent's log"),
    74: Meaning("an extension could not be added", "look at the agent's log"),
    75: Meaning("the configuration of the cloud could not be read", "check the option cloud"),
    76: Meaning("connecting with the TPM failed", "use the default key store", leftover=True),
    81: Meaning(
        "the certificate of the managed identity was not obtained",
        "remove the machine in Azure, then run again",
        leftover=True,
    ),
    82: Meaning(
        "the certificate of the managed identity could not be installed",
        "remove the machine in Azure, then run again",
        leftover=True,
    ),
    83: Meaning("the persistent credential could not be registered", "run again", again=True),
    101: Meaning("a command of the agent failed", "look at its log"),
    102: Meaning("the host name cannot be used as a resource name", "give resource_name"),
    103: Meaning("the RSA key cannot be used", "make a new key"),
    104: Meaning("the private key cannot be read", "make a new key; older agents mean a wrong host name or hosts file"),
    105: Meaning("a message could not be signed", "run again", again=True),
    106: Meaning("the parameter file cannot be read", "run again"),
    107: Meaning("a certificate cannot be used", "look at the agent's log"),
    108: Meaning("the keys of the TPM cannot be used", "use the default key store"),
    130: Meaning("the server has no systemctl", "the agent needs systemd"),
    131: Meaning("the distribution is not known", "see the list of supported systems"),
    132: Meaning("the processor architecture is not supported", "see the list of supported systems"),
    133: Meaning("the distribution is not supported on this architecture", "see the list of supported systems"),
    143: Meaning("the package manager failed", "repair it, then run again", again=True),
    145: Meaning("another program held the package manager for five minutes", "run again later", again=True),
    146: Meaning(
        "the repository configuration could not be downloaded", "check proxy and network, then run again", again=True
    ),
    148: Meaning("the installer could not be downloaded", "check proxy and network, then run again", again=True),
    149: Meaning("msiexec ended with an unexpected code", "read its log"),
    150: Meaning("the installation failed", "read its log, then run again", again=True),
    151: Meaning(".NET is missing", "install .NET Framework 4.6 or newer"),
    152: Meaning("the server is an Azure Local host", "register it the way Azure Local does"),
    153: Meaning("the processor is not x64", "the agent needs a 64-bit system"),
    154: Meaning("PowerShell is older than 3.0", "install Windows Management Framework 5.1"),
    155: Meaning("the installer needs an administrator", "run it as one"),
    156: Meaning("msiexec failed (1603)", "read the installation log", again=True),
    157: Meaning("curl may not be run", "allow root to run curl"),
    158: Meaning("the disk is full", "make room, then run again"),
    159: Meaning("another installation is running", "run again later", again=True),
    160: Meaning("the installation log cannot be written", "check its folder"),
    171: Meaning("the signature of the installer is not valid", "get the installer from Microsoft"),
}
AZURE_VM = Meaning("the server is a virtual machine in Azure, which needs no Arc agent", "take it out of the list")
# Codes that mean different things on the two systems.
BY_SYSTEM: dict[tuple[int, str], Meaning] = {
    (141, LINUX): AZURE_VM,
    (147, WINDOWS): AZURE_VM,
    (147, LINUX): Meaning("the wanted version of the agent was not found", "correct the version"),
}


def meaning(code: int, system: str) -> Meaning:
    """Unknown codes are told as such."""
    unknown = Meaning(f"the agent ended with code {code}, which is not documented", "look at its log")
    return BY_SYSTEM.get((code, system)) or MEANINGS.get(code) or unknown


def code_of(exit_code: int, output: str) -> int:
    """The code that the output names counts more than the exit code, because installers always exit with 1."""
    named = CODE.search(output)
    return int(named[1]) if named and (exit_code == 1 or exit_code > 108) else exit_code


def sentence(code: int, system: str) -> str:
    found = meaning(code, system)
    return f"{found.what} (AZCM{code:04d}); {found.advice}"
