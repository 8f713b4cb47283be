"""Random well-typed specs out of the registry of ops, for Hypothesis to shrink."""

from __future__ import annotations

from hypothesis import strategies as st

from specgraph.definition import CallError
from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads
from specgraph.ops.base import DType, Layout, TensorType
from specgraph.ops.dims import symbol, symbols
from specgraph.ops.sizes import Bounds
from specgraph.spec.dump import dump
from specgraph.testing.domains import arguments, as_tuples
from specgraph.testing.edits import edited
from specgraph.testing.forms import Forms
from specgraph.testing.sight import Data, Sight, Value

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


class _Author(Forms):
    """Writes one spec."""

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
        data["blocks"] = {name: made.written for name, made in self.blocks.items()}
        data["layers"] = layers
        data["outputs"] = {name: value.reference for name, value in outputs.items()}
        data = {key: value for key, value in data.items() if value}
        train = self.training(outputs)
        try:
            trains = train and compile_spec(loads(dump(data))).count()
        except SpecError:  # what the types of values could not tell
            trains = False
        return {**data, "train": train} if trains else data

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
        inputs = {value.reference for value in outputs.values() if value.is_input}
        if inputs & outputs.keys():  # a batch could not hold both
            return {}
        if not self.rarely() or any(t.dtype != "float32" or not t.shape for t in types):
            return {}
        loss = self.draw(st.sampled_from(["mse", "mae"]))
        optimizer = self.draw(
            st.sampled_from(["sgd", "adam", {"adamw": {"weight_decay": 0.01}}])
        )
        return {"optimizer": optimizer, "loss": dict.fromkeys(outputs, loss)}


@st.composite
def specs(draw: st.DrawFn) -> Data:
    """Plain data of a spec that compiles."""
    return edited(draw, _Author(draw).spec())
