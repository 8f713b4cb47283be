"""train.py for Keras: what depends on the spec, behind the fixed parts of `emit/`."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.ir.graph import Value
from specgraph.lower.code import Argument, binary, call, folded, item, listed, method
from specgraph.lower.emit import printed
from specgraph.lower.program import Program
from specgraph.lower.pycode import (
    Assign,
    Attr,
    Const,
    Dict,
    Docstring,
    Expr,
    ExprStmt,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Module,
    Name,
    Param,
    Return,
    Stmt,
    Tuple,
    With,
    dotted,
)
from specgraph.lower.slots import AnySlot
from specgraph.lower.stored import (
    declarations,
    docstring,
    loaded,
    moves,
    stored_arrays,
)
from specgraph.lower.training import (
    OPTIONS_AND_DATA,
    Fixed,
    loss_words,
    main_function,
    metric_names,
    penalized,
    penalized_values,
)
from specgraph.ops.activation import Linear, Sigmoid, Softmax
from specgraph.ops.regularize import Dropout
from specgraph.training.losses import CrossEntropy, Loss
from specgraph.training.metrics import Metric
from specgraph_keras.losses import (
    KERAS,
    Compared,
    Words,
    loss_code,
    metric_code,
    metric_object,
)
from specgraph_keras.optimizers import optimizer_code

SHARED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("specgraph", "program", ("Arrays", "History")),
    ("specgraph_keras", "train", ("Batch",)),
    ("specgraph", "program", OPTIONS_AND_DATA),
    ("specgraph_keras", "train", ("on_device", "restore")),
)
"""What Keras's and TensorFlow's programs begin with."""
OPTIONAL = {
    "bounded_log": ("specgraph_keras", "losses"),
    "DenseAdam": ("specgraph_keras", "optimizers"),
    "CorrectedAdam": ("specgraph_keras", "optimizers"),
    "CoupledDecay": ("specgraph_keras", "optimizers"),
}
MODULES = frozenset(
    [
        *(
            "argparse",
            "collections.abc",
            "contextlib",
            "json",
            "math",
            "pathlib",
            "sys",
        ),
        *("tempfile", "typing", "zipfile", "keras", "numpy", "model"),
    ]
)
FIXED = Fixed(
    always=(
        *SHARED,
        ("specgraph_keras", "train", ("train",)),
        ("specgraph", "program", ("summary",)),
        ("specgraph_keras", "train", ("save",)),
    ),
    optional=OPTIONAL,
    imports=(
        Import("keras"),
        Import("numpy", "np"),
        ImportFrom("collections.abc", ["Sequence"]),
        ImportFrom("keras", ["ops"]),
        ImportFrom("typing", ["Any"]),
    ),
    modules=MODULES,
    built="build_{}",
)
MODEL, BATCH = Name("model"), Name("batch")
ANY, KERAS_MODEL = Name("Any"), dotted("keras.Model")
PARAMS = [Param("model", KERAS_MODEL), Param("batch", Name("Batch"))]


class KerasTraining:
    """Writes train.py of one program."""

    fixed = FIXED
    words: Words = KERAS

    def __init__(
        self,
        program: Program,
        entry: str,
        slots: Mapping[str, AnySlot],
        logits_layer: Mapping[str, str],
    ) -> None:
        assert program.graph.training is not None
        self.program = program
        self.graph = program.graph
        self.training = program.graph.training
        self.entry = self.fixed.entry(entry)
        self.imported = entry
        self.slots = slots
        self.logits_layer = logits_layer
        self.single = len(program.outputs) == 1
        values = penalized_values(self.graph)
        self.penalized = bool(values or penalized(self.graph, slots))

    def file(self) -> str:
        """The text of train.py."""
        return printed(self.program, self.module(), self.fixed.modules)[0]

    def module(self) -> Module:
        """The file as a code model."""
        arrays = stored_arrays(self.program, "int32")
        body = [
            declarations(arrays),
            *self.functions(),
            *optimizer_code(self.graph, self.training.optimizer, self.slots),
            main_function([*loaded(self.graph, arrays), *moves(arrays), *self.run()]),
        ]
        text = docstring(self.graph, arrays)
        return self.fixed.module(text, self.imported, self.entry, body)

    def functions(self) -> list[Stmt]:
        """What stands between the arrays and the optimizer."""
        found = [*self.up_to_logits(), self._examples()]
        for title in self.program.outputs:
            found += self._objective(title)
        return [*found, self._loss()]

    def run(self) -> list[Stmt]:
        """What `main` does with the data."""
        trained = Name("trained") if self.logits_layer else MODEL
        inside: list[Stmt] = [
            *self.built(),
            ExprStmt(method(trained, "compile", **self._compiled())),
            Assign(
                [Name("history")],
                call("train", trained, Name("examples"), Name("data"), Name("options")),
            ),
        ]
        if self.logits_layer:
            inside.insert(-2, Assign([trained], call("up_to_logits", MODEL)))
        return self.framed(inside)

    def built(self) -> list[Stmt]:
        """The model, with the weights that the command line names."""
        weights = dotted("options.weights")
        return [
            Assign([MODEL], call(self.entry)),
            If(weights, [ExprStmt(call("restore", MODEL, weights))]),
        ]

    def framed(self, inside: list[Stmt]) -> list[Stmt]:
        """The statements on the device that the command line names, then the results."""
        out = dotted("options.out")
        seed = call("keras.utils.set_random_seed", dotted("options.seed"))
        history = Name("history")
        return [
            ExprStmt(seed),
            With([(call("on_device", dotted("options.device")), None)], inside),
            If(out, [ExprStmt(call("save", MODEL, history, out))]),
            ExprStmt(call("print", call("summary", history))),
        ]

    def up_to_logits(self) -> list[Stmt]:
        """The function that makes the model that is trained."""
        if not self.logits_layer:
            return []
        layers = {
            title: Attr(method(MODEL, "get_layer", layer), "output")
            for title, layer in self.logits_layer.items()
        }
        given: Expr = Attr(MODEL, "output")
        if self.single:
            ((_, outputs),) = layers.items()
        else:
            entries: list[tuple[Expr | None, Expr]] = [(None, given)]
            entries += [(Const(title), layer) for title, layer in layers.items()]
            outputs = Dict(entries)  # type: ignore[assignment]
        body: list[Stmt] = [
            Docstring("The model without the activation that the loss looks through."),
            Return(call("keras.Model", Attr(MODEL, "input"), outputs)),
        ]
        params = [Param("model", KERAS_MODEL)]
        return [FunctionDef("up_to_logits", params, KERAS_MODEL, body)]

    def inputs(self) -> Expr:
        """A batch's inputs, as the model takes them."""
        return _structure(list(self.program.inputs))

    def _examples(self) -> Stmt:
        targets = _structure(list(self.program.outputs))
        body: list[Stmt] = [
            Docstring("Inputs and targets, as `fit` takes them."),
            Return(Tuple([self.inputs(), targets])),
        ]
        pair = item(Name("tuple"), ANY, ANY)
        return FunctionDef("examples", [Param("batch", Name("Batch"))], pair, body)

    def loss_of(self, title: str) -> Loss:
        """The loss as it is computed: of logits, where the output is looked through."""
        loss = self.training.losses[title]
        if title in self.logits_layer and isinstance(loss, CrossEntropy):
            return loss.on_logits()
        return loss

    def output_name(self, title: str) -> str:
        """What a function calls one output."""
        loss = self.loss_of(title)
        logits = isinstance(loss, CrossEntropy) and loss.from_logits
        return "logits" if logits else "output"

    def compared(
        self, title: str, output: Expr, target: Expr, prefix: str = ""
    ) -> Compared:
        """An output beside its target, the spec's last axis the last of both."""
        found = self.program.outputs[title]
        order = self.program.orders[found]
        rank = len(order)
        axis = order.index(rank - 1)
        if axis not in (0, rank - 1):
            output = call(self.words.move, output, axis, -1)
            if self.training.losses[title].target != "class_ids":
                target = call(self.words.move, target, axis, -1)
        size = found.type.shape[-1] if found.type.shape else 1
        remembers = not self.activation(title) and _remembers(
            self.program.origins.get(found, found)
        )
        return Compared(output, target, rank, size, self.words, prefix, remembers)

    def _objective(self, title: str) -> list[Stmt]:
        """The functions of an output's loss, and of the metrics that Keras has not."""
        prefix = "" if self.single else f"{title}_"
        output = self.output_name(title)
        of = self.compared(title, Name(output), Name("target"))
        loss = self.loss_of(title)
        statements, found = loss_code(loss, of)
        params = [Param("target", ANY), Param(output, ANY)]
        doc = Docstring(f"The {loss.label.replace('_', ' ')} of a batch.")
        body = [doc, *statements, Return(found)]
        made: list[Stmt] = [FunctionDef(f"{prefix}objective", params, ANY, body)]
        for reported, metric in self._metrics(title):
            if self._own(title, reported, metric) is None:
                each = metric_code(metric, of, self.activation(title))
                doc = Docstring(f"The {metric.label.replace('_', ' ')}, by example.")
                name = f"{prefix}{reported}"
                made.append(FunctionDef(name, params, ANY, [doc, Return(each)]))
        return made

    def _metrics(self, title: str) -> list[tuple[str, Metric]]:
        metrics = self.training.metrics[title]
        return list(zip(metric_names(metrics), metrics, strict=True))

    def activation(self, title: str) -> str:
        """The op that an output's loss looks through, or nothing."""
        loss = self.training.losses[title]
        looked_through = title in self.logits_layer and isinstance(loss, CrossEntropy)
        return loss.activation if looked_through else ""  # type: ignore[attr-defined]

    def _own(self, title: str, reported: str, metric: Metric) -> Expr | None:
        """Keras's metric, if it has one that looks along the spec's last axis."""
        if not isinstance(self.compared(title, MODEL, MODEL).output, Name):
            return None
        return metric_object(metric, reported, bool(self.activation(title)))

    def _listed(self, title: str) -> Expr:
        prefix = "" if self.single else f"{title}_"
        return listed(
            [
                self._own(title, reported, metric) or Name(f"{prefix}{reported}")
                for reported, metric in self._metrics(title)
            ]
        )

    def _compiled(self) -> dict[str, Argument]:
        """What the model is compiled with."""
        named: dict[str, Argument] = {"optimizer": call("optimizer", MODEL)}
        outputs = list(self.program.outputs)
        measured = [title for title in outputs if self.training.metrics[title]]
        if self.single:
            named["loss"] = Name("objective")
            if measured:
                named["metrics"] = self._listed(outputs[0])
            return named
        named["loss"] = Dict([(Const(n), Name(f"{n}_objective")) for n in outputs])
        weights = self.training.loss_weights
        if set(weights.values()) != {1.0}:
            named["loss_weights"] = Dict(
                [(Const(n), Const(weights[n])) for n in outputs]
            )
        if measured:
            named["metrics"] = Dict([(Const(n), self._listed(n)) for n in measured])
        return named

    def forward(self, training: Expr) -> Expr:
        """What the loss and the metrics look at."""
        model = call("up_to_logits", MODEL) if self.logits_layer else MODEL
        return call(model, self.inputs(), training=training)

    def _loss(self) -> Stmt:
        terms: list[Expr] = []
        body: list[Stmt] = [
            Docstring(
                f"What training makes small: {loss_words(self.training, self.penalized)}."
            )
        ]
        variable = Name(self.output_name(next(iter(self.program.outputs))))
        if not self.single:
            variable = Name("outputs")
        body.append(Assign([variable], self.forward(Const(True))))
        for title in self.program.outputs:
            output = variable if self.single else item(variable, title)
            function = "objective" if self.single else f"{title}_objective"
            found: Expr = call(function, item(BATCH, title), output)
            weight = self.training.loss_weights[title]
            terms.append(found if weight == 1 else binary(weight, "*", found))
        if self.penalized:
            terms.append(call("sum", Attr(MODEL, "losses")))
        body.append(Return(folded(terms, "+")))
        return FunctionDef("loss", PARAMS, ANY, body)


def _structure(names: list[str]) -> Expr:
    """Entries of a batch: one bare, several as a dict by name."""
    if len(names) == 1:
        return item(BATCH, names[0])
    return Dict([(Const(name), item(BATCH, name)) for name in names])


def _remembers(value: Value) -> bool:
    """Whether Keras knows what a value was before its softmax or sigmoid.

    So it does behind a dropout too, which outside of training gives its input back.
    """
    node = value.producer
    while node is not None and isinstance(node.op, Dropout | Linear):
        node = node.inputs.first.producer
    if node is None:
        return False
    found = getattr(node.op, "activation", node.op)
    return isinstance(found, Sigmoid | Softmax)
