"""Random well-typed specs out of the registry of ops, for Hypothesis to shrink."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from specgraph import plugins
from specgraph.definition import CallError, Semantics
from specgraph.ir.infer import Ill, infer
from specgraph.load import compile_spec, loads
from specgraph.ops.base import OPS, Bound, DType, Layout, Op, TensorType
from specgraph.ops.dims import symbol, symbols
from specgraph.ops.embedding import Embedding
from specgraph.ops.regularize import SpatialDropout
from specgraph.ops.sizes import Bounds
from specgraph.ops.window import Windowed
from specgraph.spec.dump import dump
from specgraph.testing.domains import arguments, as_tuples
from specgraph.testing.sight import Data, Sight, Value, may_take, size_of, sources

LARGEST_VALUE = 5_000
"""Elements of one example of a value, named sizes not counted."""
WORDS = ("stem", "x", "input", "list", "conv", "self_attention", "y", "T", "head")
INPUTS: tuple[tuple[tuple[int | str, ...], DType, Layout | None], ...] = (
    ((5,), "float32", None),
    (("time", 3), "float32", None),
    (("time", 4), "float32", "channels_last"),
    ((3, "time"), "float32", "channels_first"),
    ((6, 7, 3), "float32", None),
    ((2, 5, 8), "float32", "channels_first"),
    ((4, "width", 3), "float32", "none"),
    (("time",), "int32", None),
    ((4,), "int32", None),
    (("time",), "bool", None),
    ((), "float32", None),
)


class _Author:
    """Writes one spec; an op is asked for its types before its layer is written."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.semantics: Semantics = draw(st.sampled_from(["keras", "torch"]))
        self.layout: Layout = "channels_last"
        if self.semantics == "torch":
            self.layout = "channels_first"
        self.params: dict[str, int] = {}
        self.bounds: dict[str, Bounds] = {}
        self.defaults: dict[str, Data] = {}
        self.names: set[str] = set()
        self.leaves: list[Value] = []
        plugins.load_ops()
        self.ops = sorted(OPS, key=lambda op: op.label)

    def spec(self) -> Data:
        """The whole spec as plain data."""
        data: Data = {"specgraph": 1, "name": "random_model"}
        if self.semantics == "torch" or self.rarely():
            data["semantics"] = self.semantics
        if self.rarely():
            layouts: list[Layout] = ["channels_last", "channels_first"]
            data["layout"] = self.layout = self.draw(st.sampled_from(layouts))
        if self.rarely():
            self.default()
        inputs = [self.input() for _ in range(self.draw(st.integers(1, 3)))]
        sight = Sight(inputs[0] if len(inputs) == 1 else None, list(inputs))
        layers = self.layers(sight, depth=0)
        outputs = self.outputs()
        if not any(value.used for value in inputs):
            inputs[0].used = True
            outputs[inputs[0].reference] = inputs[0]
        used = [value for value in inputs if value.used]
        names = {
            name for value in used for d in value.type.shape for name in symbols(d)
        }
        data["params"] = self.params
        data["defaults"] = self.defaults
        data["dims"] = {
            name: {"max": bound.max, "multiple_of": bound.multiple_of}
            for name, bound in self.bounds.items()
            if name in names
        }
        data["inputs"] = {value.reference: value.layer for value in used}
        data["layers"] = layers
        data["outputs"] = {name: value.reference for name, value in outputs.items()}
        data = {key: value for key, value in data.items() if value}
        train = self.training(outputs)
        trains = train and compile_spec(loads(dump(data))).count()
        return {**data, "train": train} if trains else data

    def rarely(self) -> bool:
        """True now and then; shrinks to False."""
        return self.draw(st.integers(0, 3)) == 3

    def name(self) -> str:
        """A name that nothing has."""
        word: str = self.draw(st.sampled_from(WORDS))
        name, number = word, 2
        while name in self.names:
            name, number = f"{word}{number}", number + 1
        self.names.add(name)
        return name

    def input(self) -> Value:
        """A model input."""
        shape, dtype, layout = self.draw(st.sampled_from(INPUTS))
        for size in shape:
            if isinstance(size, str) and size not in self.bounds and self.rarely():
                self.bounds[size] = Bounds(
                    1, 512, self.draw(st.sampled_from([1, 2, 6]))
                )
        written: Data = {"shape": list(shape), "dtype": dtype}
        if layout is not None:
            written["layout"] = layout
        if dtype == "int32":
            written["range"] = [0, 4]
        usual: Layout = self.layout if len(shape) in (3, 4) else "none"
        dims = tuple(symbol(d) if isinstance(d, str) else d for d in shape)
        bare = layout is None and len(shape) == 2 and self.layout == "channels_first"
        type_ = TensorType(dims, dtype, layout or usual)
        return Value(self.name(), type_, written, True, bare)

    def default(self) -> None:
        """Something that layers of one op leave out."""
        op = self.draw(st.sampled_from(self.ops))
        given = self.draw(arguments(op, full=True)) or {}
        needed = [name for name, info in op.model_fields.items() if info.is_required()]
        said = {name: value for name, value in given.items() if name not in needed}
        try:
            found = op.build(as_tuples(given), self.semantics)
        except CallError:
            return
        if said and found is not None:
            self.defaults[op.label] = said

    def layers(self, sight: Sight, depth: int) -> list[Data]:
        """Some layers one after another; `sight.before` is then the last one's value."""
        layers = []
        least = 0 if depth and sight.before is not None else 1
        for _ in range(self.draw(st.integers(least, 7 - 3 * depth))):
            layer = self.layer(sight, depth)
            if layer is not None:
                layers.append(layer)
        if not layers and least:
            layers.append(self.flattened(sight))
        return layers

    def flattened(self, sight: Sight) -> Data:
        """The one op that takes every value."""
        start = self.start(sight)
        operands = {"input": [start]}
        outputs = self.types(OPS.find("flatten"), None, operands)
        assert outputs is not None
        return self.written({"flatten": None}, operands, sight, outputs)

    def layer(self, sight: Sight, depth: int) -> Data | None:
        """One layer of any form; None where the op that was drawn fits nothing."""
        form = self.draw(st.integers(0, 9))
        if form == 9 and depth < 2:
            return self.branches(sight, depth)
        if form == 8 and depth < 2:
            return self.group(sight, depth)
        return self.call(sight)

    def start(self, sight: Sight) -> Value:
        """A value that a layer may begin with."""
        before = sight.before
        if before is not None and (sight.inner or self.draw(st.integers(0, 3)) < 3):
            return before
        found: Value = self.draw(st.sampled_from(sight.named))
        return found

    def call(self, sight: Sight) -> Data | None:
        """A call of an op, its operands among the values in sight."""
        start = self.start(sight)
        fitting = [op for op in self.ops if may_take(op, start.type)]
        fitting += [op for op in fitting if op.params is not Op.params] * 2
        if not sight.inner:
            fitting += [op for op in self.ops if not op.ports]
        op = self.draw(st.sampled_from(fitting))
        operands = self.operands(op, start, sight)
        first = dict(list(operands.items())[:1])
        for full, taken in ((True, operands), (True, first), (False, first)):
            argument = self.draw(arguments(op, full=full))
            outputs = self.types(op, argument, taken)
            if outputs is not None:
                layer = {op.label: self.said(argument)}
                return self.written(layer, taken, sight, outputs)
        return None

    def operands(
        self, op: type[Op], start: Value, sight: Sight
    ) -> dict[str, list[Value]]:
        """Values by port: those of the first all of one type, others by their dtype."""
        if not op.ports:
            return {}
        port = op.ports[0]
        found = {port.name: [start]}
        if port.most != 1:
            alike = [value for value in sight.named if value.type == start.type]
            count = self.draw(st.integers(port.least, port.most or 3))
            others = st.sampled_from([*alike, start])
            found[port.name] += [self.draw(others) for _ in range(count - 1)]
        for port in op.ports[1:]:
            fitting = [v for v in sight.named if v.type.dtype in port.dtypes]
            if fitting and self.rarely():
                found[port.name] = [self.draw(st.sampled_from(fitting))]
        return found

    def types(
        self, op: type[Op], argument: Data | None, operands: dict[str, list[Value]]
    ) -> dict[str, TensorType] | None:
        """The outputs' types; None where the op refuses its attributes or operands."""
        taken = [value for values in operands.values() for value in values]
        spatial = issubclass(op, SpatialDropout | Windowed)
        if spatial and any(value.bare for value in taken):
            return None
        given = {**self.defaults.get(op.label, {}), **(argument or {})}
        ports = {
            port: tuple(value.type for value in values)
            for port, values in operands.items()
        }
        try:
            built = op.build(as_tuples(given), self.semantics)
            outputs = infer(built, Bound(ports, self.bounds))[2]
        except (CallError, Ill):
            return None
        if isinstance(built, Embedding) and not _holds(built, taken[0]):
            return None
        small = all(size_of(type_) <= LARGEST_VALUE for type_ in outputs.values())
        return outputs if small else None

    def said(self, argument: Data | None) -> Data | None:
        """The attributes, now and then an integer among them as an expression."""
        for name, value in (argument or {}).items():
            if type(value) is int and self.rarely():
                self.params[f"p{len(self.params)}"] = value
                assert argument is not None
                return {**argument, name: f"${{p{len(self.params) - 1}}}"}
        return argument

    def written(
        self,
        layer: Data,
        operands: dict[str, list[Value]],
        sight: Sight,
        outputs: dict[str, TensorType],
    ) -> Data:
        """The layer with its modifiers; its values come into sight."""
        values = [value for found in operands.values() for value in found]
        if values and (values != [sight.before] or self.rarely()):
            layer["from"] = sources(operands)
            for value in values:
                value.say()
        for value in values:
            value.used = True
        if self.rarely():
            layer["trainable"] = False
        name = self.name()
        made = Value(name, next(iter(outputs.values())), layer)
        others = [
            Value(f"{name}.{key}", kind, layer, used=True)
            for key, kind in list(outputs.items())[1:]
        ]
        if others or sight.inner or self.draw(st.booleans()):
            layer["name"] = name
            sight.named += [made, *others]
        if not sight.inner:
            self.leaves.append(made)
        sight.before = made
        return layer

    def branches(self, sight: Sight, depth: int) -> Data | None:
        """Branches from one value, merged where an op takes their ends.

        In a branch or group all of them must be: else None, as if nothing had been.
        """
        start = self.start(sight)
        used = [(value, value.used) for value in (start, *sight.named)]
        names = self.draw(
            st.lists(st.sampled_from(WORDS), min_size=2, max_size=3, unique=True)
        )
        branches, ends = {}, []
        for name in names:
            inner = Sight(start, list(sight.named), inner=True)
            branches[name] = self.layers(inner, depth + 1)
            assert inner.before is not None
            ends.append(inner.before)
        layer: Data = {"branches": branches}
        merge = self.merge(ends)
        for value in ends:
            value.used = True
        if merge is not None:
            call, type_ = merge
            layer["merge"] = call
            return self.written(layer, {"input": [start]}, sight, {"output": type_})
        if sight.inner:
            for value, was_used in used:
                value.used = was_used
            return None
        types = {name: value.type for name, value in zip(names, ends, strict=True)}
        layer = self.written(layer, {"input": [start]}, sight, types)
        self.split(layer, types, sight)
        return layer

    def split(self, layer: Data, types: dict[str, TensorType], sight: Sight) -> None:
        """Makes the branches' ends leaves, each under its own name."""
        first, *others = [value for value in sight.named if value.layer is layer]
        first.reference += f".{next(iter(types))}"
        for value in others:
            value.used = False
        self.leaves += others

    def merge(self, ends: list[Value]) -> tuple[Any, TensorType] | None:
        """The call of an op that takes all ends, and the type it gives."""
        several = [op for op in self.ops if op.ports and op.ports[0].most != 1]
        op = self.draw(st.sampled_from(several))
        most = op.ports[0].most
        dtypes = op.ports[0].dtypes
        if (most is not None and len(ends) > most) or any(
            value.type.dtype not in dtypes for value in ends
        ):
            return None
        outputs = self.types(op, None, {op.ports[0].name: ends})
        return (op.label, next(iter(outputs.values()))) if outputs else None

    def group(self, sight: Sight, depth: int) -> Data:
        """A group of layers."""
        start = self.start(sight)
        inner = Sight(start, list(sight.named), inner=True)
        layers = self.layers(inner, depth + 1)
        if not layers:
            layers = [self.flattened(inner)]
        assert inner.before is not None
        outputs = {"output": inner.before.type}
        return self.written({"layers": layers}, {"input": [start]}, sight, outputs)

    def outputs(self) -> dict[str, Value]:
        """What the spec says of its outputs: every value that nothing takes."""
        found = {}
        for value in self.leaves:
            if not value.used:
                value.say()
                found[self.name() if "." in value.reference else value.reference] = (
                    value
                )
        return found

    def training(self, outputs: dict[str, Value]) -> Data:
        """A `train` section, where all outputs are numbers that a loss can take."""
        types = [value.type for value in outputs.values()]
        if not self.rarely() or any(t.dtype != "float32" or not t.shape for t in types):
            return {}
        loss = self.draw(st.sampled_from(["mse", "mae"]))
        optimizer = self.draw(
            st.sampled_from(["sgd", "adam", {"adamw": {"weight_decay": 0.01}}])
        )
        return {"optimizer": optimizer, "loss": dict.fromkeys(outputs, loss)}


def _holds(op: Embedding, ids: Value) -> bool:
    """Whether a table has a row for every id that an input may hold."""
    return ids.is_input and op.input_dim >= ids.layer["range"][1]


@st.composite
def specs(draw: st.DrawFn) -> Data:
    """Plain data of a spec that compiles."""
    return _Author(draw).spec()
