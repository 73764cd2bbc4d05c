# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare sample sites on the embedded lab: planned, done, unchanged, repaired. Fails when it is not so.

With `--scenario`, the two sites of an HCX sample get a service mesh, whose appliances are counted in the vCenters; or
the site of a Cloud Director sample is stretched into its tenant, and a machine moves there.
`make demo` leaves its lab running for a look around; `make site` uses a lab of its own and stops it.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from dataclasses import replace

from drift import Access, change_one_mtu
from embedded_lab import PROJECT, EmbeddedLab, LabFailed
from machines import machine_names
from playbook_run import Outcome, RunFailed, command, run

from lab import LabControl

INVENTORY = "inventory"
# Of the HCX samples: what each vCenter gets, by type of appliance.
MESHES = {"bulk-over-vpn": ["IX", "WO"], "keep-addresses": ["IX", "NE", "NE", "WO"]}
# Of the Cloud Director samples: the cloud that the machine ends up in.
CLOUDS = {"extender-nsx-v": "cloud-v", "extender-nsx-t": "cloud-t"}
MACHINE = "WebApp2"
HOSTS = 32
HOSTS_OF_A_SCENARIO = 5


class NotAsExpected(Exception):
    """A run reported something else than it has to."""


def expect(holds: bool, sentence: str) -> None:
    """Print the sentence as a fact, or fail with it."""
    if not holds:
        raise NotAsExpected(sentence)
    print(f"    as expected: {sentence}", flush=True)


class Rehearsal:
    """Runs of site-prep on the sites of a running lab."""

    def __init__(self, lab: EmbeddedLab, inventory: str, *selection: str) -> None:
        self._lab = lab
        self._inventory = inventory
        self._selection = selection
        self._variables = lab.environment()

    def prepare(self) -> None:
        """Check, real, again; NotAsExpected or RunFailed when something is wrong."""
        planned = self._run("1-check", "What would change (check mode)", "--check", "--diff")
        self._show(planned)
        expect(len(planned.changes) > 0, "there is something to do")

        done = self._run("2-prepare", "Prepare")
        self._show(done)
        expect(done.keeps(planned), f"the {len(done.changes)} changes that check mode had listed")

        again = self._run("3-again", "Prepare again")
        expect(again.changed_tasks() == 0 and not again.changes, "nothing to change")

    def repair(self) -> None:
        """One adapter is changed behind Ansible's back; exactly that is put right."""
        drift = change_one_mtu(Access.from_environment(self._variables))
        print(
            f"\n==> Behind Ansible's back: MTU of {drift.device} on {drift.host} from {drift.before} to {drift.after}"
        )
        repaired = self._run("4-repair", "Prepare once more", "--diff")
        self._show(repaired)
        expect(len(repaired.changes) == 1, "exactly one change")
        expect(list(repaired.per_host()) == [drift.host], f"it is on {drift.host}")

    def count_appliances(self, wanted: list[str]) -> None:
        """The appliances of the mesh, as the vCenters of both sites have them."""
        source = Access.from_environment(self._variables)
        destination = replace(source, port=int(self._variables["LAB_DESTINATION_VCENTER_PORT"]))
        for side, access in (("source", source), ("destination", destination)):
            names = machine_names(access)
            print(f"\n==> Virtual machines in the {side} vCenter")
            print("".join(f"    {name}\n" for name in names), end="")
            kinds = [kind for name in names for kind in sorted(set(wanted)) if f"-{kind}-" in name]
            expect(sorted(kinds) == wanted, f"its appliances are {', '.join(wanted)}")

    def migrate(self, cloud: str) -> None:
        """The waves of the site are moved once; the lab itself says whether the machine answers from the cloud."""
        approved = ("-e", "warm_migration_approved=true")
        self._show(self._run("5-migrate", f"Migrate {MACHINE}", *approved, playbook="migrate"))
        with LabControl(self._variables["LAB_CONTROL"], self._variables["VMWARE_CA_PATH"]) as control:
            found = control.call("GET", f"/vcda/reach/{MACHINE}")
        expect(found["reachable"] and found["where"] == cloud, f"{MACHINE} answers at {found['address']} from {cloud}")
        again = self._run("6-again", "Migrate again", *approved, playbook="migrate")
        expect(again.changed_tasks() == 0 and not again.changes, "nothing to move")

    def _run(self, name: str, title: str, *arguments: str, playbook: str = "site-prep") -> Outcome:
        words = [*self._selection, *arguments]
        print(f"\n==> {title}\n    {shlex.join(command(playbook, self._inventory, *words))}", flush=True)
        started = time.monotonic()
        outcome = run(playbook, self._inventory, self._lab.folder / f"{name}.log", self._variables, *words)
        for site, recap in outcome.recaps.items():
            print(f"    {site}: {recap.strip()}")
        print(f"    ({time.monotonic() - started:.1f} s)")
        return outcome

    def _show(self, outcome: Outcome) -> None:
        for lines, hosts in outcome.hosts_by_changes().items():
            several = f"each of {len(hosts)} hosts, {hosts[0]} to {hosts[-1]}"
            print(f"    {hosts[0] if len(hosts) == 1 else several}:")
            for line in lines:
                print(f"        {line}")


def where_to_look(lab: EmbeddedLab) -> str:
    """What a person can do with the running lab."""
    folder = lab.folder.relative_to(PROJECT)
    places = {
        f"{folder}/*.log": "what ansible-playbook printed, with the differences",
        f"{folder}/env": f"addresses and login: `. {folder}/env`, then the commands above or any vSphere client",
        "samples/lab/": "the site's sheet and its inventory",
        "playbooks/site-prep.yml": "what ran",
        "make lab-down": "stops the lab",
    }
    return "\n".join(["", "==> The lab keeps running: look around", *(f"    {a:<26}{b}" for a, b in places.items())])


def rehearse(lab: EmbeddedLab, options: argparse.Namespace) -> None:
    if options.scenario is None:
        rehearsal = Rehearsal(lab, INVENTORY, "--limit", options.site)
        rehearsal.prepare()
        rehearsal.repair()
    else:
        rehearsal = Rehearsal(lab, f"{INVENTORY}-{options.scenario}")
        rehearsal.prepare()
        if options.scenario in MESHES:
            rehearsal.count_appliances(MESHES[options.scenario])
        else:
            rehearsal.migrate(CLOUDS[options.scenario])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--site", default="lab-source", help="inventory host of samples/lab/inventory")
    parser.add_argument("--scenario", choices=[*MESHES, *CLOUDS], help="a sample of HCX or of Cloud Director instead")
    parser.add_argument("--lab", default="default", help="name of the lab")
    parser.add_argument("--base-port", type=int, help="first port of the lab; 0 takes free ones")
    parser.add_argument("--stop", action="store_true", help="stop the lab at the end")
    options = parser.parse_args()

    lab = EmbeddedLab(options.lab, options.base_port, HOSTS_OF_A_SCENARIO if options.scenario else HOSTS)
    print("==> Start the embedded lab", flush=True)
    try:
        lab.start()
        rehearse(lab, options)
    except LabFailed as problem:
        print(f"\nNO LAB: {problem}", file=sys.stderr)
        return 1
    except (NotAsExpected, RunFailed) as problem:
        print(f"\nNOT AS EXPECTED: {problem}", file=sys.stderr)
        return 1
    finally:
        if options.stop:
            lab.stop()
    if not options.stop:
        print(where_to_look(lab))
    return 0


if __name__ == "__main__":
    sys.exit(main())
