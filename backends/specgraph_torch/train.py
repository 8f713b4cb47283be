"""train.py for torch: what depends on the spec, behind the fixed parts of `emit/`."""

from __future__ import annotations

from collections.abc import Mapping

from specgraph.lower.code import (
    binary,
    call,
    folded,
    item,
    method,
)
from specgraph.lower.emit import printed
from specgraph.lower.program import Program
from specgraph.lower.pycode import (
    Assign,
    Comprehension,
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
from specgraph.training.losses import CrossEntropy, Loss
from specgraph_torch.losses import Compared, loss_code, metric_code
from specgraph_torch.optimizers import optimizer_code

FIXED = Fixed(
    always=(
        ("specgraph", "program", ("Arrays", "History")),
        ("specgraph_torch", "train", ("Batch", "M")),
        ("specgraph", "program", OPTIONS_AND_DATA),
        ("specgraph_torch", "train", ("place", "restore", "train", "take", "run")),
        ("specgraph", "program", ("summary",)),
        ("specgraph_torch", "train", ("save",)),
    ),
    optional={
        "bounded_log": ("specgraph_torch", "losses"),
        "uncorrected_epsilon": ("specgraph_torch", "optimizers"),
        "decoupled_decay": ("specgraph_torch", "optimizers"),
        "max_norm": ("specgraph_torch", "constraints"),
        "min_max_norm": ("specgraph_torch", "constraints"),
        "unit_norm": ("specgraph_torch", "constraints"),
    },
    imports=(
        Import("numpy", "np"),
        Import("torch"),
        ImportFrom("collections.abc", ["Sequence"]),
        ImportFrom("torch", ["Tensor"]),
        ImportFrom("torch.nn", [("functional", "F")]),
        ImportFrom("typing", ["Any"]),
    ),
    modules=frozenset(
        [
            *(
                "argparse",
                "collections.abc",
                "json",
                "math",
                "pathlib",
                "sys",
                "tempfile",
            ),
            *("typing", "zipfile", "numpy", "safetensors", "torch", "tqdm", "model"),
        ]
    ),
    built="{}Model",
)
MODEL = Name("model")


class TorchTraining:
    """Writes train.py of one program."""

    def __init__(
        self, program: Program, entry: str, slots: Mapping[str, AnySlot]
    ) -> None:
        assert program.graph.training is not None
        self.program = program
        self.graph = program.graph
        self.training = program.graph.training
        self.entry = FIXED.entry(entry)
        self.imported = entry
        self.slots = slots

    def file(self) -> str:
        """The text of train.py."""
        return printed(self.program, self.module(), FIXED.modules)[0]

    def module(self) -> Module:
        """The file as a code model."""
        arrays = stored_arrays(self.program, "int64")
        main = [*loaded(self.graph, arrays), *moves(arrays), *self._run()]
        body = [
            declarations(arrays),
            *self._penalty(),
            self._measures(),
            self._loss(),
            optimizer_code(self.graph, self.training.optimizer, self.slots, self.entry),
            main_function(main),
        ]
        text = docstring(self.graph, arrays)
        return FIXED.module(text, self.imported, self.entry, body)

    def _run(self) -> list[Stmt]:
        """What `main` does with the data."""
        made = call("place", call(self.entry), dotted("options.device"))
        weights, out = dotted("options.weights"), dotted("options.out")
        trained = call(
            "train",
            MODEL,
            Name("measures"),
            call("optimizer", MODEL),
            Name("data"),
            Name("options"),
        )
        history = Name("history")
        return [
            ExprStmt(call("torch.manual_seed", dotted("options.seed"))),
            Assign([MODEL], made),
            If(weights, [ExprStmt(call("restore", MODEL, weights))]),
            Assign([history], trained),
            If(out, [ExprStmt(call("save", MODEL, history, out))]),
            ExprStmt(call("print", call("summary", history))),
        ]

    def _measures(self) -> Stmt:
        """The function that computes the loss and the metrics of a batch."""
        inputs = [item(Name("batch"), title) for title in self.program.inputs]
        forward = dotted("model.logits") if self.program.logits else MODEL
        single = len(self.program.outputs) == 1
        outputs = Name(self._name_of_output() if single else "outputs")
        body: list[Stmt] = [
            Docstring("The loss and the metrics of a batch."),
            Assign([outputs], call(forward, *inputs)),
        ]
        terms: list[Expr] = []
        entries: list[tuple[Expr | None, Expr]] = []
        for title in self.program.outputs:
            of = self._compared(title, outputs, single)
            if single:
                body.append(Assign([Name("target")], item(Name("batch"), title)))
            statements, found = loss_code(self._loss_of(title), of)
            body += statements
            if not single:
                body.append(Assign([of.name("loss")], found))
                entries.append((Const(f"{title}_loss"), of.name("loss")))
                found = of.name("loss")
            weight = self.training.loss_weights[title]
            terms.append(found if weight == 1 else binary(weight, "*", found))
            entries += self._metrics(title, of)
        if self._penalties():
            terms.append(call("penalty", MODEL))
        entries.insert(0, (Const("loss"), folded(terms, "+")))
        body.append(Return(Dict(entries)))
        return FunctionDef("measures", self._params(), Name("Batch"), body)

    def _name_of_output(self) -> str:
        (title,) = self.program.outputs
        loss = self._loss_of(title)
        logits = isinstance(loss, CrossEntropy) and loss.from_logits
        return "logits" if logits else "output"

    def _loss_of(self, title: str) -> Loss:
        loss = self.training.losses[title]
        looked_through = title in self.program.logits
        if looked_through and isinstance(loss, CrossEntropy):
            return loss.on_logits()
        return loss

    def _compared(self, title: str, outputs: Name, single: bool) -> Compared:
        found = self.program.outputs[title]
        order = self.program.orders[found]
        return Compared(
            outputs if single else item(outputs, title),
            Name("target") if single else item(Name("batch"), title),
            order.index(len(order) - 1),
            found.type.shape[-1] if found.type.shape else 1,
            "" if single else f"{title}_",
        )

    def _metrics(self, title: str, of: Compared) -> list[tuple[Expr | None, Expr]]:
        activation = ""
        loss = self.training.losses[title]
        if title in self.program.logits and isinstance(loss, CrossEntropy):
            activation = loss.activation
        metrics = self.training.metrics[title]
        return [
            (Const(f"{of.prefix}{reported}"), metric_code(metric, of, activation))
            for reported, metric in zip(metric_names(metrics), metrics, strict=True)
        ]

    def _params(self) -> list[Param]:
        return [Param("model", Name(self.entry)), Param("batch", Name("Batch"))]

    def _loss(self) -> Stmt:
        text = loss_words(self.training, bool(self._penalties()))
        measured = call("measures", MODEL, Name("batch"))
        body: list[Stmt] = [
            Docstring(f"What training makes small: {text}."),
            Return(item(measured, "loss")),
        ]
        return FunctionDef("loss", self._params(), Name("Tensor"), body)

    def _penalties(self) -> list[Expr]:
        """The penalties of the regularizers, one a factor."""
        terms: list[Expr] = []
        for factors, keys in penalized(self.graph, self.slots).items():
            for factor, power in zip(factors, ("abs", "square"), strict=True):
                if factor:
                    terms.append(binary(factor, "*", _sum_of(keys, power)))
        for node in penalized_values(self.graph):
            terms.append(method(MODEL, "get_buffer", f"{node.name}.penalty"))
        return terms

    def _penalty(self) -> list[Stmt]:
        terms = self._penalties()
        if not terms:
            return []
        body: list[Stmt] = [
            Docstring("What the regularizers add to the loss."),
            Return(folded(terms, "+")),
        ]
        params = [Param("model", Name(self.entry))]
        return [FunctionDef("penalty", params, Name("Tensor"), body)]


def _sum_of(keys: list[str], power: str) -> Expr:
    """The sum of what a power makes of the elements of weights."""
    if len(keys) == 1:
        weight = method(MODEL, "get_parameter", keys[0])
        return method(method(weight, power), "sum")
    weight = method(MODEL, "get_parameter", Name("name"))
    names = Tuple([Const(key) for key in keys])
    each = Comprehension(method(method(weight, power), "sum"), Name("name"), names)
    return method(call("torch.stack", each), "sum")
