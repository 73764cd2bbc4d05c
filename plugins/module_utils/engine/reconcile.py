# SPDX-License-Identifier: GPL-3.0-or-later
"""Read, plan, apply, verify: the five steps of every state module, written once (the first, validating the input,
happens where a resource parses its options, before it can be handed to this engine)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from .errors import ApplyFailed, MobilityError, Refused
from .plan import Chain, Change, Facts, summary
from .progress import Progress

State = TypeVar("State")

# Chains touch different objects, so the latency of the calls is what they wait for, not each other.
PARALLEL_CHAINS = 16


class Resource(Protocol[State]):
    """What the engine needs to know about a kind of object."""

    def read(self, names: Collection[str] | None = None) -> State:
        """The actual state in as few calls as the API allows; ``names`` limits a second look to those chains."""

    def plan(self, state: State) -> Sequence[Chain]:
        """The chains of changes that lead from the state to what is wanted.

        Raises `InvalidInput` with every problem that makes the wish impossible, so that nothing is half done.
        """

    def pretend(self, chains: Sequence[Chain]) -> None:
        """Check mode: let later tasks of this run see the outcome of these chains."""

    def forget(self, chains: Sequence[Chain]) -> None:
        """Before these chains are really made: what was pretended about their objects is no longer true."""


@dataclass(frozen=True)
class _Result:
    """What became of one chain: the changes made, and the change that failed, with its reason.

    ``touched`` tells that a step was made, even when none of the changes was completed. ``effects`` are changes without
    a step of their own that may have come with those steps: which step causes which effect, only the service knows.
    """

    chain: Chain
    done: tuple[Change, ...]
    touched: bool
    failed: Change | None = None
    error: MobilityError | None = None
    effects: tuple[Change, ...] = ()


def reconcile(resource: Resource[State], *, check: bool, progress: Progress, parallel: int | None = None) -> Facts:
    """Bring the objects to the wanted state and tell what was changed.

    ``parallel`` is how many chains run at the same time, for objects whose work loads the service.

    Returns the shared part of the result. After writing, the changed objects are read and planned again: a service
    that accepts a change without making it is reported, never believed.
    Raises `ApplyFailed` when some changes failed; all independent ones have been made then.
    """
    chains = [chain for chain in resource.plan(resource.read()) if chain.changes]
    if check:
        resource.pretend(chains)
    if check or not chains:
        return summary(change for chain in chains for change in chain.changes)

    resource.forget(chains)
    results = _apply(chains, progress, parallel or PARALLEL_CHAINS)
    whole = [result.chain.name for result in results if not result.error]
    if whole:
        try:
            results = _verify(results, resource.plan(resource.read(whole)))
        except MobilityError as error:
            made = summary(change for result in results for change in result.done)
            raise ApplyFailed(f"changes were made but could not be verified: {error}", **error.facts, **made) from error
    shared = summary(change for result in results for change in result.done)
    failures = [result for result in results if result.error]
    if failures:
        effects = [effect.facts() for result in failures for effect in result.effects]
        raise ApplyFailed(
            _sentence(failures, len(chains)),
            failed_changes=[_failure(result) for result in failures],
            **({"possible_changes": effects} if effects else {}),
            **{**shared, "changed": any(result.touched for result in results)},
        )
    return shared


def _apply(chains: Sequence[Chain], progress: Progress, parallel: int) -> list[_Result]:
    with ThreadPoolExecutor(min(parallel, len(chains))) as pool:
        running = [pool.submit(_run, chain) for chain in chains]
        for number, _done in enumerate(as_completed(running), 1):
            progress.say(f"changes made on {number} of {len(chains)}")
        return [future.result() for future in running]


def _run(chain: Chain) -> _Result:
    made = list(chain.changes)
    for number, step in enumerate(chain.steps):
        try:
            name = step.write()
        except MobilityError as error:
            open_changes = [later.change for later in chain.steps[number:]]
            finished = [earlier.change for earlier in chain.steps[:number] if earlier.change not in open_changes]
            done = tuple(made[place] for place, planned in enumerate(chain.changes) if planned in finished)
            planned_steps = [each.change for each in chain.steps]
            effects = tuple(change for change in chain.changes if number > 0 and change not in planned_steps)
            return _Result(chain, done, number > 0, step.change, error, effects)
        if name:
            place = chain.changes.index(step.change)
            made[place] = replace(made[place], name=name)
    return _Result(chain, tuple(made), touched=True)


def _verify(results: Sequence[_Result], remaining: Sequence[Chain]) -> list[_Result]:
    unsettled = {chain.name: chain.changes[0] for chain in remaining if chain.changes}
    return [
        replace(result, done=(), failed=unsettled[result.chain.name], error=_ignored(unsettled[result.chain.name]))
        if not result.error and result.chain.name in unsettled
        else result
        for result in results
    ]


def _ignored(change: Change) -> Refused:
    return Refused(
        f"the call was accepted, but afterwards {_difference(change)}",
        hint="Look for another program that manages the same object, or for a message in the service's own events.",
    )


def _difference(change: Change) -> str:
    """What is not as it should be, for people."""
    if not change.after:
        return "it is still there"
    if not change.before:
        return "it is not there"
    keys = {**change.before, **change.after}
    return "; ".join(
        f"{key.replace('_', ' ')} is still {_words(change.before.get(key))} instead of {_words(change.after.get(key))}"
        for key in keys
    )


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(item)}" for key, item in value.items()) or "nothing"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(_words, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not set" if value in (None, "") else str(value)


def _sentence(failures: Sequence[_Result], total: int) -> str:
    first = _failure(failures[0])
    text = f"could not {first['action']} {first['kind']} {first['name']}: {first['error']}"
    more = len(failures) - 1
    return f"{text}; {more} more of {total} failed, see 'failed_changes'" if more else text


def _failure(result: _Result) -> Facts:
    change, error = result.failed, result.error
    if change is None or error is None:
        raise ValueError(f"{result.chain.name} did not fail")
    return {"chain": result.chain.name, **change.facts(), "error": str(error), **error.facts}
