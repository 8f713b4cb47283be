"""Entries of `layers`: their form, their modifiers, and what `from` names."""

from __future__ import annotations

from specgraph.definition import show
from specgraph.diagnostics import closest
from specgraph.ops.base import OPS
from specgraph.spec import schema
from specgraph.spec.evaluate import Evaluator, Unreadable
from specgraph.spec.names import name_problem
from specgraph.spec.schema import Layer, Reference, Sources
from specgraph.spec.source import Mapping, Node, Scalar, Sequence

WORDS = (*schema.MODIFIERS, *schema.LATER_MODIFIERS, *schema.FORMS, "merge")


class LayerReader:
    """Reads layers into their form; a layer that cannot be read is `broken`."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.problems = evaluator.problems

    def sequence(
        self, node: Node | None, parent: Node, key: str, *, may_be_empty: bool = False
    ) -> tuple[Layer, ...]:
        """The layers of a list."""
        if node is None:
            self.problems.add("missing-key", f"`{key}` is missing", parent)
            return ()
        if not isinstance(node, Sequence):
            message = f"`{key}` is a list of layers, got {show(node.plain())}"
            hint = "`[]` is the identity" if may_be_empty else ""
            self.problems.add("wrong-type", message, node, hint)
            return ()
        if not node.items and not may_be_empty:
            self.problems.add("bad-value", f"`{key}` has no layers", node)
        return tuple([self.layer(item) for item in node.items])

    def layer(self, node: Node) -> Layer:
        """One layer."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return self._call(node.value, node, None, node, {})
        if not isinstance(node, Mapping):
            self.problems.add(
                "wrong-type",
                f"a layer is a name or a mapping, got {show(node.plain())}",
                node,
                "write `- flatten` or `- dense: 10`",
            )
            return Layer("broken", node)
        if not node.items:
            self.problems.add("wrong-type", "an empty layer", node)
            return Layer("broken", node)
        return self._mapping(node)

    def _mapping(self, node: Mapping) -> Layer:
        modifiers = self._modifiers(node)
        broken = Layer("broken", node, **modifiers)  # type: ignore[arg-type]
        for key in node.items:
            if key in schema.LATER_MODIFIERS or key == "for":
                message = f"`{key}` is not supported by this version of specgraph"
                self.problems.add("unsupported", message, node.keys[key])
                return broken
        if "branches" in node.items:
            return self._branches(node, modifiers)
        if "layers" in node.items:
            self._only(node, ("layers", *schema.MODIFIERS))
            layers = self.sequence(node.items["layers"], node, "layers")
            return Layer("group", node, layers=layers, **modifiers)  # type: ignore[arg-type]
        if "merge" in node.items:
            message = "`merge` stands beside `branches`"
            hint = "a merge of earlier layers is a layer: `add:` with `from: [a, b]`"
            self.problems.add("unknown-key", message, node.keys["merge"], hint)
            return broken
        calls = [key for key in node.items if key not in schema.MODIFIERS]
        if not calls:
            message = "this layer calls no op"
            self.problems.add("wrong-type", message, node, "write `- dense: 10`")
            return broken
        if len(calls) > 1:
            self._two_calls(node, calls)
            return broken
        key = calls[0]
        return self._call(key, node.keys[key], node.items[key], node, modifiers)

    def _two_calls(self, node: Mapping, calls: list[str]) -> None:
        known = [key for key in calls if key in OPS]
        for key in calls if not known else [c for c in calls if c != known[0]]:
            near = closest(key, WORDS)
            hint = f"did you mean `{near}`?" if near else ""
            if known and not hint:
                hint = (
                    f"attributes go inside the call: `{known[0]}: {{{key}: …}}`; "
                    "another layer is another list item"
                )
            message = f"`{key}` does not belong beside `{(known or calls)[0]}`"
            self.problems.add("unknown-key", message, node.keys[key], hint)

    def _call(
        self,
        name: str,
        at: Node,
        argument: Node | None,
        node: Node,
        modifiers: dict[str, object],
    ) -> Layer:
        if isinstance(argument, Scalar) and argument.value is None:
            argument = None
        if name not in OPS:
            problem = OPS.unknown(name)
            hint = problem.hint
            if not hint and closest(name, WORDS):
                hint = f"did you mean `{closest(name, WORDS)}`?"
            hint = hint or "`specgraph ops` lists the ops"
            self.problems.add(problem.code, problem.message, at, hint)
            return Layer("broken", at, name, **modifiers)  # type: ignore[arg-type]
        return Layer("call", at, name, argument, **modifiers)  # type: ignore[arg-type]

    def _branches(self, node: Mapping, modifiers: dict[str, object]) -> Layer:
        broken = Layer("broken", node, **modifiers)  # type: ignore[arg-type]
        self._only(node, ("branches", "merge", *schema.MODIFIERS))
        inner = node.items["branches"]
        if not isinstance(inner, Mapping) or not inner.items:
            message = f"`branches` maps names to layers, got {show(inner.plain())}"
            self.problems.add("wrong-type", message, inner)
            return broken
        branches = []
        for name, value in inner.items.items():
            if name == "for":
                message = "`for` is not supported by this version of specgraph"
                self.problems.add("unsupported", message, inner.keys[name])
                return broken
            self._name(name, inner.keys[name], "a branch")
            layers = self.sequence(value, inner, name, may_be_empty=True)
            branches.append((name, layers))
        merge = node.items.get("merge")
        call = self.layer(merge) if merge is not None else None
        if call is not None and call.form in ("branches", "group"):
            self.problems.add("wrong-type", "`merge` is the call of an op", merge)
            return broken
        if isinstance(merge, Mapping):
            for key in schema.MODIFIERS:
                if key in merge.items:
                    message = f"`{key}` does not belong in `merge`"
                    hint = f"put `{key}` beside `branches`"
                    self.problems.add("unknown-key", message, merge.keys[key], hint)
        return Layer(
            "branches",
            node,
            branches=tuple(branches),
            merge=call,
            **modifiers,  # type: ignore[arg-type]
        )

    def _only(self, node: Mapping, known: tuple[str, ...]) -> None:
        for key in node.items:
            if key not in known:
                near = closest(key, known)
                hint = (
                    f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"
                )
                message = f"`{key}` does not belong here"
                self.problems.add("unknown-key", message, node.keys[key], hint)

    def _modifiers(self, node: Mapping) -> dict[str, object]:
        found: dict[str, object] = {}
        name = node.items.get("name")
        if name is not None:
            text = name.value if isinstance(name, Scalar) else None
            if isinstance(text, str):
                self._name(text, name, "a layer")
                found |= {"name": text, "name_at": name}
            else:
                message = f"`name` must be a string, got {show(name.plain())}"
                self.problems.add("wrong-type", message, name)
        if "trainable" in node.items:
            at = node.items["trainable"]
            found |= {"trainable": self._trainable(at), "trainable_at": at}
        if "from" in node.items:
            found["sources"] = self._sources(node.items["from"])
        return found

    def _trainable(self, node: Node) -> bool:
        try:
            value = self.evaluator.value(node)
        except Unreadable:
            return True
        if isinstance(value, bool):
            return value
        message = f"`trainable` must be true or false, got {show(value)}"
        self.problems.add("wrong-type", message, node)
        return True

    def _name(self, text: str, at: Node, what: str) -> None:
        why = name_problem(text)
        if why:
            message = f"{what} cannot be called {show(text)}: {why}"
            self.problems.add("reserved-name", message, at)

    def _sources(self, node: Node) -> Sources:
        """What `from` says; nothing at all where a problem has been recorded."""
        if not isinstance(node, Mapping):
            return Sources(self._references(node), {}, node)
        named = {port: self._references(value) for port, value in node.items.items()}
        if not named:
            self.problems.add("bad-value", "`from` names nothing", node)
        if not all(named.values()):
            return Sources((), {}, node)
        return Sources(None, named, node)

    def _references(self, node: Node) -> tuple[Reference, ...]:
        """One or several references; none at all where one has a problem."""
        if not isinstance(node, Sequence):
            reference = self.reference(node)
            return (reference,) if reference is not None else ()
        if not node.items:
            self.problems.add("bad-value", "`from` names nothing", node)
        found = [self.reference(item) for item in node.items]
        good = tuple(reference for reference in found if reference is not None)
        return good if len(good) == len(found) else ()

    def reference(self, node: Node) -> Reference | None:
        """A `layer` or `layer.output`."""
        text = node.value if isinstance(node, Scalar) else None
        if not isinstance(text, str) or not text:
            hint = "layers are named, never counted" if isinstance(text, int) else ""
            message = f"expected the name of a layer or input, got {show(node.plain())}"
            self.problems.add("wrong-type", message, node, hint)
            return None
        name, dot, output = text.partition(".")
        if not name or (dot and not output) or "." in output:
            deep = name and output and "." in output
            message = (
                f"{show(text)} {'reaches into a layer' if deep else 'names nothing'}"
            )
            hint = "write `layer` or `layer.output`"
            self.problems.add("bad-reference", message, node, hint)
            return None
        return Reference(name, output if dot else None, node)
