"""train.py for TensorFlow: a loop over `tf.data`, a step that is a `tf.function`."""

from __future__ import annotations

from specgraph.lower.code import binary, call, folded, item
from specgraph.lower.pycode import (
    Assign,
    Attr,
    Const,
    Dict,
    Docstring,
    Expr,
    FunctionDef,
    Import,
    ImportFrom,
    Name,
    Param,
    Return,
    Stmt,
)
from specgraph.lower.training import Fixed, loss_words, metric_names
from specgraph_keras.losses import TENSORFLOW, loss_code, metric_code
from specgraph_keras.train import (
    ANY,
    BATCH,
    MODEL,
    MODULES,
    OPTIONAL,
    PARAMS,
    SHARED,
    KerasTraining,
)

FIXED = Fixed(
    always=(
        *SHARED,
        ("specgraph_tensorflow", "train", ("train", "run")),
        ("specgraph", "program", ("summary",)),
        ("specgraph_keras", "train", ("save",)),
    ),
    optional=OPTIONAL,
    imports=(
        Import("keras"),
        Import("numpy", "np"),
        Import("tensorflow", "tf"),
        ImportFrom("collections.abc", ["Sequence"]),
        ImportFrom("typing", ["Any"]),
    ),
    modules=(MODULES - {"keras"}) | {"tensorflow", "tqdm"},
    built="build_{}",
    keras="tensorflow.keras",
)


class TensorFlowTraining(KerasTraining):
    """Writes train.py of one program."""

    fixed = FIXED
    words = TENSORFLOW

    def functions(self) -> list[Stmt]:
        """What stands between the arrays and the optimizer."""
        return [*self.up_to_logits(), self._measures(), self._loss()]

    def run(self) -> list[Stmt]:
        """What `main` does with the data."""
        trained = call(
            "train",
            MODEL,
            Name("measures"),
            call("optimizer", MODEL),
            Name("data"),
            Name("options"),
        )
        return self.framed([*self.built(), Assign([Name("history")], trained)])

    def _measures(self) -> Stmt:
        """The function that computes the loss and the metrics of a batch."""
        outputs = Name("outputs")
        if self.single:
            outputs = Name(self.output_name(next(iter(self.program.outputs))))
        body: list[Stmt] = [
            Docstring("The loss and the metrics of a batch."),
            Assign([outputs], self.forward(Name("training"))),
        ]
        terms: list[Expr] = []
        entries: list[tuple[Expr | None, Expr]] = []
        for title in self.program.outputs:
            target: Expr = item(BATCH, title)
            prefix = "" if self.single else f"{title}_"
            if self.single:
                body.append(Assign([Name("target")], target))
                target = Name("target")
            output = outputs if self.single else item(outputs, title)
            of = self.compared(title, output, target, prefix)
            statements, found = loss_code(self.loss_of(title), of)
            body += statements
            if not self.single:
                body.append(Assign([of.name("loss")], found))
                found = of.name("loss")
                entries.append((Const(f"{title}_loss"), found))
            weight = self.training.loss_weights[title]
            terms.append(found if weight == 1 else binary(weight, "*", found))
            metrics = self.training.metrics[title]
            for reported, metric in zip(metric_names(metrics), metrics, strict=True):
                each = metric_code(metric, of, self.activation(title))
                mean = call(self.words.mean, each)
                entries.append((Const(f"{prefix}{reported}"), mean))
        if self.penalized:
            terms.append(call("sum", Attr(MODEL, "losses")))
        entries.insert(0, (Const("loss"), folded(terms, "+")))
        body.append(Return(Dict(entries)))
        params = [*PARAMS, Param("training", Name("bool"))]
        returns = item(Name("dict"), Name("str"), ANY)
        return FunctionDef("measures", params, returns, body)

    def _loss(self) -> Stmt:
        words = loss_words(self.training, self.penalized)
        measured = call("measures", MODEL, BATCH, True)
        body: list[Stmt] = [
            Docstring(f"What training makes small: {words}."),
            Return(item(measured, "loss")),
        ]
        return FunctionDef("loss", PARAMS, ANY, body)
