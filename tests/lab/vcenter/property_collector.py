# SPDX-License-Identifier: GPL-3.0-or-later
"""PropertyCollector: retrieval with traversal and paging, and filters with updates (vSphere reference 4)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .bindings import ManagedObject, fault, older_or_same, properties_of, vmodl
from .encode import Raw, element
from .managed import Call, Node, invalid_property, method, prop

PC = vmodl.query.PropertyCollector
POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Selected:
    node: Node
    paths: tuple[str, ...]


class PropertyCollector(Node):
    vim_type = PC

    def __init__(self, vcenter: Any, moid: str) -> None:
        super().__init__(vcenter, moid)
        self.filters: dict[str, PropertyFilter] = {}
        self._version = 0
        self._cancelled = False

    @prop("filter", cached=False)
    def filter_refs(self) -> list[Any]:
        return [f.ref for f in self.filters.values()]

    @method("RetrieveProperties")
    def retrieve_properties(self, call: Call, specSet: list[Any]) -> Raw:
        found = self.vcenter.selection(specSet, call)
        return Raw("".join(f"<returnval>{self._content(s, call)}</returnval>" for s in found))

    @method("RetrievePropertiesEx")
    def retrieve_properties_ex(self, call: Call, specSet: list[Any], options: Any) -> Raw | None:
        if options.maxObjects is not None and options.maxObjects <= 0:
            raise fault(
                vmodl.fault.InvalidArgument, "maxObjects must be positive", invalidProperty="options.maxObjects"
            )
        page = min(self.vcenter.rules.page_size, options.maxObjects or self.vcenter.rules.page_size)
        return self._page(self.vcenter.selection(specSet, call), page, call)

    @method("ContinueRetrievePropertiesEx")
    def continue_retrieve(self, call: Call, token: str) -> Raw | None:
        rest, page = self._take_token(call, token)
        return self._page(rest, page, call)

    @method("CancelRetrievePropertiesEx")
    def cancel_retrieve(self, call: Call, token: str) -> None:
        self._take_token(call, token)

    def _take_token(self, call: Call, token: str) -> tuple[list[Selected], int]:
        held = call.session.continuations.pop(token, None) if call.session else None
        if held is None:
            raise fault(vmodl.fault.InvalidArgument, "the token is not known", invalidProperty="token")
        rest: list[Selected]
        rest, page = held
        return rest, page

    def _page(self, found: list[Selected], page: int, call: Call) -> Raw | None:
        if not found:
            return None
        now, later = found[:page], found[page:]
        token = ""
        if later and call.session is not None:
            token = secrets.token_hex(8)
            call.session.continuations[token] = (later, page)
        objects = "".join(f"<objects>{self._content(s, call)}</objects>" for s in now)
        return Raw(f"<returnval>{f'<token>{token}</token>' if token else ''}{objects}</returnval>")

    def _content(self, selected: Selected, call: Call) -> str:
        node = selected.node
        version = call.version
        parts = [element("obj", node.ref, version, ManagedObject)]
        missing = []
        for path in selected.paths:
            denied = self.vcenter.denied(node, path, call)
            if denied is None:
                parts.append(node.propset(path, version))
            else:
                missing.append(PC.MissingProperty(path=path, fault=denied))
        parts.extend(element("missingSet", m, version, PC.MissingProperty) for m in missing)
        return "".join(parts)

    @method("CreateFilter")
    def create_filter(self, call: Call, spec: Any, partialUpdates: bool) -> Any:
        self.vcenter.selection([spec], call)
        made = PropertyFilter(self.vcenter, f"session[{secrets.token_hex(8)}]{secrets.token_hex(8)}", self, spec)
        self.filters[made.moid] = made
        self.vcenter.add_session_node(call, made)
        return made.ref

    @method("CreatePropertyCollector")
    def create_collector(self, call: Call) -> Any:
        made = PropertyCollector(self.vcenter, f"session[{secrets.token_hex(8)}]{secrets.token_hex(8)}")
        self.vcenter.add_session_node(call, made)
        return made.ref

    @method("DestroyPropertyCollector")
    def destroy_collector(self, call: Call) -> None:
        for made in list(self.filters.values()):
            made.destroy(call)
        self._cancelled = True
        self.vcenter.remove_session_node(call, self)

    @method("CancelWaitForUpdates")
    def cancel_wait(self, call: Call) -> None:
        self._cancelled = True

    @method("CheckForUpdates")
    def check_for_updates(self, call: Call, version: str | None) -> Any:
        return self._updates(call, self._known_version(version))

    @method("WaitForUpdates")
    async def wait_for_updates(self, call: Call, version: str | None) -> Any:
        return await self._wait(call, version, None)

    @method("WaitForUpdatesEx")
    async def wait_for_updates_ex(self, call: Call, version: str | None, options: Any) -> Any:
        return await self._wait(call, version, None if options is None else options.maxWaitSeconds)

    async def _wait(self, call: Call, version: str | None, limit: int | None) -> Any:
        fresh = self._known_version(version)
        self._cancelled = False
        loop = asyncio.get_running_loop()
        end = None if limit is None else loop.time() + limit
        while True:
            with self.vcenter.world.lock:
                found = self._updates(call, fresh)
            if found is not None or (end is not None and loop.time() >= end):
                return found
            if self._cancelled:
                raise fault(vmodl.fault.RequestCanceled, "The request was canceled by a user.")
            await asyncio.sleep(POLL_SECONDS)

    def _known_version(self, version: str | None) -> bool:
        """Whether the client starts afresh; InvalidCollectorVersion for a version this collector never gave."""
        if version in (None, ""):
            return True
        if version != str(self._version) or self._version == 0:
            raise fault(vmodl.query.InvalidCollectorVersion, "The version is not known to this collector.")
        return False

    def _updates(self, call: Call, fresh: bool) -> Any:
        sets = []
        for made in self.filters.values():
            if fresh:
                made.forget()
            objects = made.changes(call)
            if objects:
                sets.append(PC.FilterUpdate(filter=made.ref, objectSet=objects))
        if not sets:
            return None
        self._version += 1
        return PC.UpdateSet(version=str(self._version), filterSet=sets)


class PropertyFilter(Node):
    vim_type = PC.Filter

    def __init__(self, vcenter: Any, moid: str, collector: PropertyCollector, spec: Any) -> None:
        super().__init__(vcenter, moid)
        self._collector = collector
        self._spec = spec
        self._seen: dict[Node, dict[str, str]] = {}

    @prop("spec")
    def spec(self) -> Any:
        return self._spec

    @method("DestroyPropertyFilter")
    def destroy(self, call: Call) -> None:
        self._collector.filters.pop(self.moid, None)
        self.vcenter.remove_session_node(call, self)

    def forget(self) -> None:
        self._seen.clear()

    def changes(self, call: Call) -> list[Any]:
        """ObjectUpdates since the last call; the first reports every object as entering."""
        updates = []
        current = {s.node: s.paths for s in self.vcenter.selection([self._spec], call)}
        for node in [n for n in self._seen if n not in current]:
            del self._seen[node]
            updates.append(PC.ObjectUpdate(kind="leave", obj=node.ref))
        for node, paths in current.items():
            denied = {p: f for p in paths if (f := self.vcenter.denied(node, p, call)) is not None}
            texts = {p: node.propset(p, call.version) for p in paths if p not in denied}
            before = self._seen.get(node)
            changed = [p for p in texts if (before or {}).get(p, "") != texts[p]]
            missing = [PC.MissingProperty(path=p, fault=f) for p, f in denied.items()]
            if before is not None and not changed:
                continue
            self._seen[node] = texts
            updates.append(
                PC.ObjectUpdate(
                    kind="enter" if before is None else "modify",
                    obj=node.ref,
                    changeSet=[PC.Change(name=p, op="assign", val=node.read(p)) for p in changed],
                    missingSet=missing,
                )
            )
        return updates


class Selection:
    """Objects and paths that filter specifications select, in order of discovery, each object once."""

    def __init__(self, vcenter: Any, call: Call) -> None:
        self._vcenter = vcenter
        self._call = call

    def select(self, specs: list[Any]) -> list[Selected]:
        if not specs:
            raise fault(vmodl.fault.InvalidArgument, "a filter spec is required", invalidProperty="specSet")
        paths: dict[Node, dict[str, None]] = {}
        for spec in specs:
            wanted = self._property_paths(spec.propSet)
            for node in self._objects(spec):
                chosen = wanted(node)
                if chosen is not None:
                    paths.setdefault(node, {}).update(dict.fromkeys(chosen))
        return [Selected(node, tuple(chosen)) for node, chosen in paths.items()]

    def _property_paths(self, prop_sets: list[Any]) -> Any:
        if not prop_sets:
            raise fault(vmodl.fault.InvalidArgument, "a property spec is required", invalidProperty="specSet.propSet")
        for spec in prop_sets:
            for path in spec.pathSet:
                info = properties_of(spec.type).get(path.partition(".")[0].partition("[")[0])
                if info is None or not older_or_same(info.version, self._call.version):
                    raise invalid_property(path)
        decided: dict[Any, list[str] | None] = {}

        def wanted(node: Node) -> list[str] | None:
            kind = node.vim_type
            if kind not in decided:
                decided[kind] = self._paths_for(kind, prop_sets)
            return decided[kind]

        return wanted

    def _paths_for(self, kind: Any, prop_sets: list[Any]) -> list[str] | None:
        """Paths for a type: every spec of the type or an ancestor counts; None when no spec does."""
        matching = [s for s in prop_sets if issubclass(kind, s.type)]
        if not matching:
            return None
        paths: list[str] = []
        for spec in matching:
            paths.extend(self._known(kind) if spec.all else spec.pathSet)
        return paths

    def _known(self, kind: Any) -> list[str]:
        """All properties that exist in the version the client speaks."""
        return [p.name for p in properties_of(kind).values() if older_or_same(p.version, self._call.version)]

    def _objects(self, spec: Any) -> Iterator[Node]:
        named: dict[str, Any] = {}
        for start in spec.objectSet:
            self._collect_names(start.selectSet, named)
        if not spec.objectSet:
            raise fault(vmodl.fault.InvalidArgument, "an object spec is required", invalidProperty="specSet.objectSet")
        for start in spec.objectSet:
            node = self._vcenter.node(start.obj, self._call)
            if not start.skip:
                yield node
            yield from self._walk(node, start.selectSet, named, set())

    def _collect_names(self, selections: list[Any], named: dict[str, Any]) -> None:
        for selection in selections:
            if isinstance(selection, PC.TraversalSpec):
                if selection.name:
                    named[selection.name] = selection
                self._collect_names(selection.selectSet, named)

    def _walk(
        self, node: Node, selections: list[Any], named: dict[str, Any], visited: set[tuple[Node, int]]
    ) -> Iterator[Node]:
        for selection in selections:
            traversal = selection
            if not isinstance(selection, PC.TraversalSpec):
                traversal = named.get(selection.name)
                if traversal is None:
                    raise fault(
                        vmodl.fault.InvalidArgument,
                        f"no traversal spec is named {selection.name!r}",
                        invalidProperty="specSet.objectSet.selectSet",
                    )
            if not issubclass(node.vim_type, traversal.type) or (node, id(traversal)) in visited:
                continue
            visited.add((node, id(traversal)))
            value = node.read(traversal.path)
            refs = value if isinstance(value, list) else [] if value is None else [value]
            for ref in refs:
                if not isinstance(ref, ManagedObject):
                    raise invalid_property(traversal.path)
                reached = self._vcenter.find(ref._moId, self._call)
                if reached is None:
                    continue
                if not traversal.skip:
                    yield reached
                yield from self._walk(reached, traversal.selectSet, named, visited)
