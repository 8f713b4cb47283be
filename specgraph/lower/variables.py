"""Names for the values of a function: `x` along the chain, a branch's own in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from specgraph.ir.graph import Loop, Value
from specgraph.lower.program import Invoke, Item, Pass, Program, Reorder, Use, branch_of
from specgraph.spec.names import variable_name

CHAIN = "x"
ASIDE = "y"
"""What goes on while the chain's value is still needed."""

INPUTS = ("",)
"""The path, which no item can have, of what the inputs are called."""


def name_values(
    program: Program,
    reserved: frozenset[str],
    keeps_inputs: bool = False,
    named: Mapping[tuple[str, ...], Sequence[str]] | None = None,
) -> dict[Value, str]:
    """A variable for every value; a variable is used again once its value is dead.

    With `keeps_inputs` those of the inputs are not: the end of the function reads them.
    `named` holds, by the path of an item, names that are to be kept to.
    """
    if named is not None:
        return _kept(program, named)
    return _Namer(program, reserved, keeps_inputs).names()


def names_by_item(
    program: Program, names: Mapping[Value, str]
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The names of what each item gives, by its path, and of the inputs."""
    inputs = tuple(names[entry.value] for entry in program.inputs.values())
    found: dict[tuple[str, ...], tuple[str, ...]] = {INPUTS: inputs}
    for item in program.items:
        found[key_of(item)] = tuple(names[value] for value in given(item))
    return found


def key_of(item: Item) -> tuple[str, ...]:
    """What an item is known by in every instance of a body."""
    if isinstance(item, Reorder):
        return ("", *item.path, item.value.name)
    return item.path


def _kept(
    program: Program, named: Mapping[tuple[str, ...], Sequence[str]]
) -> dict[Value, str]:
    """The names that another instance of the body has; KeyError where it has none."""
    found: dict[Value, str] = {}
    inputs = [entry.value for entry in program.inputs.values()]
    for value, name in zip(inputs, named[INPUTS], strict=True):
        found[value] = name
    for item in program.items:
        for value, name in zip(given(item), named[key_of(item)], strict=True):
            found.setdefault(value, name)
    _check_alive(program, found)
    return found


def _check_alive(program: Program, names: Mapping[Value, str]) -> None:
    """Raises KeyError where a variable is given anew while its value is needed."""
    items = program.items
    last = dict.fromkeys(program.outputs.values(), len(items))
    for index, item in reversed(list(enumerate(items))):
        taken = [item.value] if isinstance(item, Reorder) else item.inputs
        for value in taken:
            last.setdefault(value, index)
    holder = {names[entry.value]: entry.value for entry in program.inputs.values()}
    for index, item in enumerate(items):
        for value in given(item):
            before = holder.get(names[value], value)
            if isinstance(item, Pass) and before in item.inputs:
                continue  # the same value under the same name
            if last.get(before, -1) > index and before is not value:
                raise KeyError(names[value])
            holder[names[value]] = value


class _Namer:
    def __init__(
        self, program: Program, reserved: frozenset[str], keeps_inputs: bool
    ) -> None:
        self.program = program
        self.reserved = reserved
        self.keeps_inputs = keeps_inputs
        self.found: dict[Value, str] = {}
        self.holder: dict[str, Value] = {}
        self.last: dict[Value, int] = {}
        self.titles: dict[Value, str] = {}  # of several outputs, not of a lone one
        if len(program.outputs) > 1:
            self.titles = {
                value: title
                for title, value in program.outputs.items()
                if title.isidentifier()  # an output of `split` is called 0
            }
        for index, item in enumerate(program.items):
            for value in taken(item):
                self.last[value] = index
        for value in (*program.outputs.values(), *program.logits.values()):
            self.last[value] = len(program.items)
        if keeps_inputs:
            for entry in program.inputs.values():
                self.last[entry.value] = len(program.items)

    def names(self) -> dict[Value, str]:
        for title, entry in self.program.inputs.items():
            name = variable_name(title.replace(".", "_"))
            if name == CHAIN and self.keeps_inputs:
                name = "inputs"  # leaves `x` to the chain
            while name in self.reserved or name in self.holder:
                name += "_"
            self._give(entry.value, name)
        for index, item in enumerate(self.program.items):
            first, *others = dict.fromkeys(given(item))
            if first not in self.found:  # else a body that gives back what it takes
                self._give(first, self._choose(item, index))
            for value in others:
                if value in self.found:
                    continue
                self._give(value, self._fresh(value.name.replace(".", "_"), index))
        return self.found

    def _give(self, value: Value, name: str) -> None:
        self.found[value] = name
        self.holder[name] = value

    def _choose(self, item: Item, index: int) -> str:
        branch = branch_of(item)
        late = self._read_late(item)
        if not branch and not self._goes_on(item, index):
            return self._fresh(_joined(item), index, late)
        preferred = variable_name(self.titles.get(given(item)[0], branch or CHAIN))
        if branch and preferred in self.reserved:
            preferred += "_"
        if self._is_free(preferred, index) and preferred not in late:
            return preferred
        first = next(iter(taken(item)), None)
        if first is not None and self.last[first] == index:
            name = self.found[first]
            if name not in self.program.inputs and name not in late:
                return name
        aside = self._is_free(ASIDE, index) and ASIDE not in late
        if aside and taken(item) and not branch:
            return ASIDE
        return self._fresh(_joined(item), index, late)

    def _read_late(self, item: Item) -> set[str]:
        """The operands that an item of several statements may read after the first.

        A loop reads all but its first again in each turn.
        """
        if isinstance(item, Invoke) and isinstance(item.step, Loop):
            return {self.found[value] for value in item.inputs[1:]}
        if len(given(item)) == 1 or not isinstance(item, Use):
            return set()
        return {self.found[v] for v in item.inputs if v is not item.inputs.first}

    def _goes_on(self, item: Item, index: int) -> bool:
        """Whether a value is at the end of the chain, or the next item's."""
        following = self.program.items[index + 1 : index + 2]
        return not following or given(item)[0] in taken(following[0])

    def _is_free(self, name: str, index: int) -> bool:
        if name in self.reserved:
            return False
        holder = self.holder.get(name)
        return holder is None or self.last.get(holder, -1) <= index

    def _fresh(
        self, wanted: str, index: int, late: Collection[str] = frozenset()
    ) -> str:
        name, number = variable_name(wanted), 2
        while not self._is_free(name, index) or name in late:
            name, number = f"{wanted}_{number}", number + 1
        return name


def taken(item: Item) -> list[Value]:
    """The values an item reads."""
    return [item.value] if isinstance(item, Reorder) else list(item.inputs)


def given(item: Item) -> list[Value]:
    """The values an item gives."""
    if isinstance(item, Reorder):
        return [item.result]
    return list(item.outputs.values())


def _joined(item: Item) -> str:
    """A path as one word; what a body gives can be called by a path of its own.

    A body that is a single op has no path: what it gives is called as what it takes.
    """
    word = "_".join(item.path).replace(".", "_")
    return word or taken(item)[0].name.replace(".", "_") or CHAIN
