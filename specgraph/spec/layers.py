"""Entries of `layers`: their form, their modifiers, and what `from` names."""

from __future__ import annotations

from collections.abc import Mapping as AbcMapping

from specgraph.definition import show
from specgraph.diagnostics import Problems, closest
from specgraph.ops.base import OPS
from specgraph.spec import schema
from specgraph.spec.names import name_problem, parameter_problem
from specgraph.spec.schema import Block, Layer, Output, Reference, Repeat, Sources
from specgraph.spec.source import Mapping, Node, Scalar, Sequence
from specgraph.spec.syntax import with_colon

WORDS = (*schema.MODIFIERS, *schema.FORMS, "merge")
ALL = "all"
"""After the name of an output: that of every iteration."""


class LayerReader:
    """Reads layers into their form; a layer that cannot be read is `broken`."""

    def __init__(
        self,
        problems: Problems,
        blocks: AbcMapping[str, Block],
        *,
        partial: bool = False,
    ) -> None:
        self.problems = problems
        self.blocks = blocks
        self.partial = partial
        """Whether more blocks are meant, in a file whose problem is recorded."""

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
        if len(node.items) > schema.MOST_LAYERS:
            message = f"more than {schema.MOST_LAYERS:,} layers, the limit"
            self.problems.fail("too-many-layers", message, node)
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
        if not self._may_share(node):
            return broken
        if "for" in node.items:
            return self._for(node, modifiers)
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

    def _may_share(self, node: Mapping) -> bool:
        """Whether a layer may say what it says of other layers' weights."""
        words = [key for key in ("share", "tie") if key in node.items]
        if not words:
            return True
        what = next((w for w in ("branches", "for", "layers") if w in node.items), None)
        if what is not None:
            message = f"`{words[0]}` stands beside the call of an op or a block"
            hint = f"write it at the layers in `{what}` that have weights"
            self.problems.add("unknown-key", message, node.keys[words[0]], hint)
            return False
        if len(words) == 2:
            message = "a layer that shares all its weights ties none"
            self.problems.add("unknown-key", message, node.keys["tie"])
            return False
        return True

    def _two_calls(self, node: Mapping, calls: list[str]) -> None:
        known = [key for key in calls if key in OPS or key in self.blocks]
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
        block = self.blocks.get(name)
        if block is None and name not in OPS:
            self._unknown(name, at)
            return Layer("broken", at, name, **modifiers)  # type: ignore[arg-type]
        return Layer("call", at, name, block, argument, **modifiers)  # type: ignore[arg-type]

    def _unknown(self, name: str, at: Node) -> None:
        if self.partial:
            return
        problem = OPS.unknown(name)
        near = closest(name, (*self.blocks, *WORDS))
        meant = with_colon(at.excerpt)
        known = meant.partition(":")[0]
        hint = f"write `{meant}`" if known in self.blocks or known in OPS else ""
        hint = hint or problem.hint or (f"did you mean `{near}`?" if near else "")
        hint = hint or "`specgraph ops` lists the ops"
        message = problem.message
        if self.blocks:
            message = f"there is no op or block {show(name)}"
        self.problems.add(problem.code, message, at, hint)

    def _for(self, node: Mapping, modifiers: dict[str, object]) -> Layer:
        self._only(node, ("for", "layers", *schema.MODIFIERS))
        loops = self._loops(node.items["for"])
        layers = self.sequence(node.items.get("layers"), node, "layers")
        if loops is None:
            return Layer("broken", node, **modifiers)  # type: ignore[arg-type]
        return Layer("for", node, layers=layers, loops=loops, **modifiers)  # type: ignore[arg-type]

    def _loops(self, node: Node) -> tuple[tuple[str, Node], ...] | None:
        """The variables of a `for` and their lists; None where it has a problem."""
        if not isinstance(node, Mapping) or not node.items:
            message = f"`for` maps variables to lists, got {show(node.plain())}"
            hint = "write `for: {width: [64, 128]}`"
            self.problems.add("wrong-type", message, node, hint)
            return None
        for name in node.items:
            self._variable(name, node.keys[name])
        return tuple(node.items.items())

    def _variable(self, name: str, at: Node) -> None:
        why = parameter_problem(name)
        if why:
            message = f"a variable cannot be called {show(name)}: {why}"
            self.problems.add("reserved-name", message, at)

    def _branches(self, node: Mapping, modifiers: dict[str, object]) -> Layer:
        broken = Layer("broken", node, **modifiers)  # type: ignore[arg-type]
        self._only(node, ("branches", "merge", *schema.MODIFIERS))
        inner = node.items["branches"]
        if not isinstance(inner, Mapping) or not inner.items:
            message = f"`branches` maps names to layers, got {show(inner.plain())}"
            self.problems.add("wrong-type", message, inner)
            return broken
        loops: tuple[tuple[str, Node], ...] | None = ()
        branches = []
        layers: tuple[Layer, ...] = ()
        if "for" in inner.items:
            self._only(inner, ("for", "layers"))
            loops = self._loops(inner.items["for"])
            written = inner.items.get("layers")
            layers = self.sequence(written, inner, "layers", may_be_empty=True)
            if loops is None:
                return broken
        else:
            for name, value in inner.items.items():
                self._name(name, inner.keys[name], "a branch")
                found = self.sequence(value, inner, name, may_be_empty=True)
                branches.append((name, found))
        merge = node.items.get("merge")
        call = self.layer(merge) if merge is not None else None
        if call is not None and (call.form not in ("call", "broken") or call.block):
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
            layers=layers,
            loops=loops or (),
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
        for key in ("trainable", "when", "share"):
            if key in node.items:
                found[key] = node.items[key]
        if "repeat" in node.items:
            found["repeat"] = self._repeat(node.items["repeat"])
        if "tie" in node.items:
            found["tie"] = self._tie(node.items["tie"])
        if "from" in node.items:
            found["sources"] = self._sources(node.items["from"])
        return found

    def _repeat(self, node: Node) -> Repeat | None:
        if not isinstance(node, Mapping):
            return Repeat(node)
        self._only(node, ("times", "as"))
        counter = node.items.get("as")
        word = counter.value if isinstance(counter, Scalar) else None
        if counter is not None and not isinstance(word, str):
            message = f"`as` names the iteration's number, got {show(counter.plain())}"
            self.problems.add("wrong-type", message, counter)
        name = word if isinstance(word, str) else None
        if name is not None:
            assert counter is not None
            self._variable(name, counter)
        if "times" not in node.items:
            message = "`repeat` needs `times`"
            self.problems.add("missing-key", message, node, "write `times: 3`")
            return None
        return Repeat(node.items["times"], name)

    def _tie(self, node: Node) -> Mapping | None:
        if isinstance(node, Mapping) and node.items:
            return node
        message = f"`tie` maps weights to weights, got {show(node.plain())}"
        hint = "write `tie: {kernel: token_embedding.embeddings}`"
        self.problems.add("wrong-type", message, node, hint)
        return None

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
        name, *parts = text.split(".")
        every = len(parts) == 2 and parts[1] == ALL
        if not name or not all(parts) or len(parts) > 1 + every:
            deep = name and all(parts)
            message = (
                f"{show(text)} {'reaches into a layer' if deep else 'names nothing'}"
            )
            hint = "write `layer` or `layer.output`"
            self.problems.add("bad-reference", message, node, hint)
            return None
        return Reference(name, parts[0] if parts else None, node, every)

    def outputs(self, node: Node | None) -> tuple[Output, ...] | None:
        """What `outputs` says, by name; None where it is left out."""
        if node is None:
            return None
        if not isinstance(node, Mapping):
            message = f"`outputs` must be a mapping, got {show(node.plain())}"
            hint = "write `outputs: {name: layer}`"
            self.problems.add("wrong-type", message, node, hint)
            return None
        if not node.items:
            self.problems.add("bad-value", "`outputs` names no output", node)
        found = []
        for name, value in node.items.items():
            at = node.keys[name]
            self._name(name, at, "an output")
            reference = self.reference(value)
            if reference is not None and reference.every:
                message = "an output is one value; `.all` is several"
                self.problems.add("bad-reference", message, value)
            elif reference is not None:
                found.append(Output(name, reference, at))
        return tuple(found)
