"""Losses and the layers that make outputs: what fits, and what is looked through."""

from __future__ import annotations

import pytest

from tests.located import HEAD, check_problems, graph_of, outline

SPARSE = "{sparse_categorical_crossentropy: {from_logits: true}}"

MISMATCHES: list[tuple[str, str, str]] = [
    ("§dense: {units: 3, activation: softmax}", SPARSE, "makes the output"),
    ("§softmax", "{categorical_crossentropy: {from_logits: true}}", "leave out the"),
    (
        "§dense: {units: 3, activation: sigmoid}",
        "categorical_crossentropy",
        "goes with",
    ),
    ("§sigmoid", "sparse_categorical_crossentropy", "goes with softmax"),
    ("§dense: {units: 3, activation: softmax}", "binary_crossentropy", "with sigmoid"),
    ("§dense: 3", "categorical_crossentropy", "end in softmax, or write from_logits"),
    ("§dense: 3", "binary_crossentropy", "end in sigmoid, or write from_logits"),
    ("§relu", "binary_crossentropy", "takes probabilities, but relu makes the output"),
    ("§log_softmax", "sparse_categorical_crossentropy", "log_softmax makes the output"),
    ("§dense: {units: 1, activation: softmax}", "categorical_crossentropy", "always 0"),
]

FITTING: list[tuple[str, str]] = [
    ("dense: 3", SPARSE),
    ("dense: 3", "mse"),
    ("dense: {units: 3, activation: softmax}", "mse"),
    ("dense: {units: 3, activation: tanh}", "mae"),
    ("dropout: 0.5", "categorical_crossentropy"),
    ("batch_norm", "binary_crossentropy"),
]

SPLIT: list[tuple[str, str, str]] = [
    (
        "the activation of the last layer",
        "layers: [dense: {units: 3, activation: softmax}]\n"
        "train: {optimizer: adam, loss: categorical_crossentropy}\n",
        """
        dense[3] = dense(x)
        dense_softmax[3] = softmax(dense)
        dense -> dense_softmax
        """,
    ),
    (
        "a layer of its own",
        "layers: [dense: 3, softmax]\n"
        "train: {optimizer: adam, loss: categorical_crossentropy}\n",
        """
        dense[3] = dense(x)
        softmax[3] = softmax(dense)
        softmax -> softmax
        """,
    ),
    (
        "in a group, beside a layer that has the new name",
        "layers:\n  - {dense: 3, name: h_dense_sigmoid}\n"
        "  - {name: h, layers: [dense: {units: 1, activation: sigmoid}]}\n"
        "train: {optimizer: adam, loss: binary_crossentropy}\n",
        """
        h_dense_sigmoid[3] = dense(x)
        h.dense[1] = dense(h_dense_sigmoid)
        h.dense_sigmoid_[1] = sigmoid(h.dense)
        dense -> h.dense_sigmoid_
        """,
    ),
    (
        "one layer that is two outputs, and whose probabilities are used",
        "layers:\n  - dense: {units: 3, activation: softmax}\n  - {dense: 2, name: more}\n"
        "outputs: {a: dense, b: dense, c: more}\n"
        "train: {optimizer: adam, loss: {a: categorical_crossentropy,"
        " b: sparse_categorical_crossentropy, c: mse}}\n",
        """
        dense[3] = dense(x)
        dense_softmax[3] = softmax(dense)
        more[2] = dense(dense_softmax)
        a -> dense_softmax
        b -> dense_softmax
        c -> more
        """,
    ),
    (
        "no loss that looks through",
        "layers: [dense: {units: 3, activation: softmax}]\n"
        "train: {optimizer: adam, loss: mse}\n",
        """
        dense[3] = dense(x)
        dense -> dense
        """,
    ),
    (
        "no training",
        "layers: [dense: {units: 3, activation: softmax}]\n",
        """
        dense[3] = dense(x)
        dense -> dense
        """,
    ),
]


@pytest.mark.parametrize(("layer", "loss", "fragment"), MISMATCHES)
def test_an_output_that_does_not_fit_its_loss(
    layer: str, loss: str, fragment: str
) -> None:
    train = f"train: {{optimizer: adam, loss: {loss}}}\n"
    body = f"inputs: {{x: [3]}}\nlayers:\n  - dense: 3\n  - {layer}\n{train}"
    check_problems(HEAD + body, [("loss-mismatch", fragment)])


@pytest.mark.parametrize(("layer", "loss"), FITTING)
def test_an_output_that_may_fit_its_loss(layer: str, loss: str) -> None:
    train = f"train: {{optimizer: adam, loss: {loss}}}\n"
    graph = graph_of(f"inputs: {{x: [3]}}\nlayers: [dense: 3, {layer}]\n{train}")
    assert graph.logits == {}


@pytest.mark.parametrize(("name", "body", "expected"), SPLIT, ids=lambda c: str(c)[:40])
def test_the_last_activation_is_a_node_of_its_own(
    name: str, body: str, expected: str
) -> None:
    graph = graph_of("inputs: {x: [4]}\n" + body)
    lines = [line.strip() for line in expected.strip().split("\n")]
    assert outline(graph).split("\n") == lines
    for output, logits in graph.logits.items():
        (node,) = [
            n for n in graph.walk() if graph.outputs[output] in n.outputs.values()
        ]
        assert node.inputs.first is logits
        assert logits.producer in list(graph.walk())


@pytest.mark.parametrize(
    "layer", ["softmax: {}", "dense: {{units: 3, activation: {{softmax: {}}}}}"]
)
@pytest.mark.parametrize(
    ("axis", "through"),
    [("-1", True), ("2", True), ("[-1]", True), ("1", False), ("[1, 2]", False)],
)
def test_only_a_softmax_along_the_classes_is_looked_through(
    layer: str, axis: str, through: bool
) -> None:
    body = f"inputs: {{x: [4, 3]}}\nlayers: [dense: 3, {layer.format(axis)}]\n"
    train = "train: {optimizer: adam, loss: categorical_crossentropy}\n"
    assert bool(graph_of(body + train).logits) == through


def test_every_value_knows_its_producer_after_the_split() -> None:
    graph = graph_of("inputs: {x: [4]}\n" + SPLIT[3][1])
    for node in graph.walk():
        assert all(value.producer is node for value in node.outputs.values())
        assert all(value in set(graph.values()) for value in node.inputs)
