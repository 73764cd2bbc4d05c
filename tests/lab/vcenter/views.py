# SPDX-License-Identifier: GPL-3.0-or-later
"""Container and list views; they live as long as their session."""

from __future__ import annotations

import secrets
from typing import Any

from .bindings import fault, is_managed, vim, vmodl
from .entities import Datacenter, Entity
from .managed import Call, Node, method, prop


class ViewManager(Node):
    vim_type = vim.view.ViewManager

    @method("CreateContainerView")
    def create_container_view(self, call: Call, container: Any, type: list[Any], recursive: bool) -> Any:  # noqa: A002  # its wire name
        root = self.vcenter.node(container, call)
        if not isinstance(root, Entity):
            raise fault(vmodl.fault.InvalidArgument, "not an inventory object", invalidProperty="container")
        for kind in type:
            if not is_managed(kind) or not issubclass(kind, vim.ManagedEntity):
                raise fault(vmodl.fault.InvalidArgument, "not a type of inventory object", invalidProperty="type")
        return self._keep(call, ContainerView(self.vcenter, _view_id(), root, tuple(type), recursive))

    @method("CreateListView")
    def create_list_view(self, call: Call, obj: list[Any]) -> Any:
        for ref in obj:
            self.vcenter.node(ref, call)
        return self._keep(call, ListView(self.vcenter, _view_id(), list(obj)))

    def _keep(self, call: Call, view: Node) -> Any:
        self.vcenter.add_session_node(call, view)
        return view.ref

    @prop("viewList", cached=False)
    def view_list(self) -> list[Any]:
        session = self.vcenter.active_session
        return [n.ref for n in session.nodes.values() if isinstance(n, View)] if session else []


def _view_id() -> str:
    return f"session[{secrets.token_hex(8)}]{secrets.token_hex(8)}"


class View(Node):
    @method("DestroyView")
    def destroy(self, call: Call) -> None:
        self.vcenter.remove_session_node(call, self)


class ContainerView(View):
    vim_type = vim.view.ContainerView

    def __init__(self, vcenter: Any, moid: str, root: Entity, types: tuple[Any, ...], recursive: bool) -> None:
        super().__init__(vcenter, moid)
        self._root = root
        self._types = types
        self._recursive = recursive

    @prop("container")
    def container(self) -> Any:
        return self._root.ref

    @prop("type")
    def type_names(self) -> list[Any]:
        return list(self._types)

    @prop("recursive")
    def recursive(self) -> bool:
        return self._recursive

    @prop("view", cached=False)
    def view(self) -> list[Any]:
        found = self._root.below() if self._recursive else self._direct()
        return [e.ref for e in found if not self._types or issubclass(e.vim_type, self._types)]

    def _direct(self) -> list[Entity]:
        if isinstance(self._root, Datacenter):
            return list(self._root.folders.values())
        return self._root.children


class ListView(View):
    vim_type = vim.view.ListView

    def __init__(self, vcenter: Any, moid: str, refs: list[Any]) -> None:
        super().__init__(vcenter, moid)
        self._refs = refs

    @prop("view", cached=False)
    def view(self) -> list[Any]:
        return self._refs

    @method("ModifyListView")
    def modify(self, call: Call, add: list[Any], remove: list[Any]) -> list[Any]:
        known = [r for r in add if self.vcenter.find(r._moId, call) is not None]
        self._refs = [r for r in self._refs if r not in remove]
        self._refs.extend(r for r in known if r not in self._refs)
        return [r for r in add if r not in known]

    @method("ResetListView")
    def reset(self, call: Call, obj: list[Any]) -> list[Any]:
        self._refs = []
        return self.modify(call, obj, [])
