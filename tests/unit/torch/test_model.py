"""model.py for torch: what it refuses, how it names things, what it leaves out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from specgraph.diagnostics import SpecError
from specgraph.load import compile_spec, loads
from specgraph.testing.samples import SampleCase, all_samples
from specgraph_torch import backend
from specgraph_torch.module import EXPORTED

RECURRENT = ("bidirectional", "gru", "lstm", "simple_rnn")


def text_of(spec: str) -> str:
    return backend.plan(compile_spec(loads(spec))).files["model.py"]


def model_of(spec: str) -> Any:
    plan = backend.plan(compile_spec(loads(spec)))
    found: dict[str, Any] = {}
    exec(compile(plan.files["model.py"], "model.py", "exec"), found)
    return found[plan.entry]()


def spec(body: str, inputs: str = "{x: [4]}", name: str = "tried") -> str:
    return f"specgraph: 1\nname: {name}\ninputs: {inputs}\n{body}"


@pytest.mark.parametrize(
    ("bounds", "size", "message"),
    [
        ("{min: 5, max: 9}", 4, "time must be from 5 to 9, got 4"),
        ("{min: 5, max: 9}", 10, "time must be from 5 to 9, got 10"),
        ("{min: 5}", 4, "time must be at least 5, got 4"),
        ("{max: 9}", 10, "time must be at most 9, got 10"),
        ("{multiple_of: 4}", 6, "time must be a multiple of 4, got 6"),
        (
            "{max: 9, multiple_of: 4}",
            6,
            "time must be at most 9 and a multiple of 4, got 6",
        ),
    ],
)
def test_a_size_outside_written_bounds_is_refused(
    bounds: str, size: int, message: str
) -> None:
    text = f"dims: {{time: {bounds}}}\nlayers: [relu]\n"
    model = model_of(spec(text, "{x: [time, 3]}"))
    assert model(torch.zeros(2, 8, 3)).shape == (2, 8, 3)
    with pytest.raises(ValueError, match=message):
        model(torch.zeros(2, size, 3))


def test_a_size_is_checked_where_the_framework_has_its_axis() -> None:
    text = "dims: {height: {max: 9}}\nlayers: [relu]\n"
    model = model_of(spec(text, "{x: [height, 12, 3]}"))
    assert model(torch.zeros(2, 3, 9, 12)).shape == (2, 3, 9, 12)
    with pytest.raises(ValueError, match="height must be at most 9, got 10"):
        model(torch.zeros(2, 3, 10, 12))


def test_a_size_without_written_bounds_is_not_checked() -> None:
    assert "ValueError" not in text_of(spec("layers: [relu]\n", "{x: [time, 3]}"))


def test_a_layer_named_logits_does_not_hide_the_method() -> None:
    model = model_of(
        spec(
            "layers:\n"
            "  - dense: {units: 3, activation: softmax}\n"
            "    name: logits\n"
            "train: {optimizer: sgd, loss: categorical_crossentropy}\n"
        )
    )
    x = torch.randn(2, 4)
    assert torch.equal(model(x), model.logits(x).softmax(-1))
    assert set(model.state_dict()) == {"logits_.weight", "logits_.bias"}


NAMED_FOR_OTHERS = """\
blocks: {unit: {params: {n: int}, layers: [{dense: "${n}"}, relu]}}
layers:
  - {dense: 3, name: code}
  - {unit: 3, name: graph}
  - {unit: 3, name: meta, repeat: 2}
  - {name: recompile, layers: [{dense: 3}, relu]}
  - {dense: 5, name: code_}
  - {unit: 4, name: logits}
  - {dense: {units: 2, activation: softmax}, name: shape_env}
train: {optimizer: sgd, loss: categorical_crossentropy}
"""


def test_layers_named_as_parts_of_an_exported_module_are_exported() -> None:
    plan = backend.plan(compile_spec(loads(spec(NAMED_FOR_OTHERS))))
    model = model_of(spec(NAMED_FOR_OTHERS))
    assert set(model.state_dict()) == set(plan.slots)
    exported = torch.export.export(model, (torch.zeros(3, 4),)).module()
    own = {name for name in {*dir(exported), *vars(exported)} if name[0] != "_"}
    assert own - set(dir(model)) <= EXPORTED | {"guards"}
    x = torch.randn(3, 4)
    assert torch.equal(exported(x), model(x))


def test_probabilities_that_a_layer_takes_are_there_in_logits_too() -> None:
    model = model_of(
        spec(
            "layers:\n"
            "  - dense: {units: 3, activation: softmax}\n"
            "    name: policy\n"
            "  - dense: 2\n"
            "    name: value\n"
            "outputs: {policy: policy, value: value}\n"
            "train:\n"
            "  optimizer: sgd\n"
            "  loss: {policy: categorical_crossentropy, value: mean_squared_error}\n"
        )
    )
    x = torch.randn(2, 4)
    assert torch.equal(model(x)["value"], model.value(model(x)["policy"]))


@pytest.mark.parametrize("name", ["maximum", "partial", "unrolled"])
def test_an_input_named_as_something_in_the_file_stays_apart_from_it(name: str) -> None:
    layers = (
        "layers:\n"
        f"  - {{simple_rnn: {{units: 3, activation: elu}}, from: {name}}}\n"
        "  - {maximum: null, from: [simple_rnn, simple_rnn, simple_rnn]}\n"
    )
    model = model_of(spec(layers, f"{{{name}: [time, 2]}}"))
    assert model(torch.zeros(2, 5, 2)).shape == (2, 3)


def test_a_model_named_as_a_helper_stays_apart_from_it() -> None:
    model = model_of(spec("layers: [batch_norm]\n", "{x: [4]}", "batch_norm1d"))
    assert isinstance(model.batch_norm, nn.BatchNorm1d)
    assert not isinstance(model, nn.BatchNorm1d)


def test_an_output_that_nothing_takes_gets_no_variable() -> None:
    layers = (
        "layers:\n"
        "  - lstm: {units: 3, return_state: true}\n"
        "  - {linear: null, from: lstm.state_c}\n"
    )
    text = text_of(spec(layers, "{x: [time, 2]}"))
    assert "_, (_, lstm_state_c) = self.lstm(x)\n" in text


def test_every_use_that_torch_cannot_build_is_reported() -> None:
    layers = (
        "layers:\n"
        "  - batch_norm: {epsilon: 0}\n"
        "  - relu\n"
        "  - batch_norm: {epsilon: 0}\n"
    )
    with pytest.raises(SpecError) as caught:
        text_of(spec(f"semantics: torch\n{layers}"))
    found = [(d.code, d.at and d.at.line) for d in caught.value.diagnostics]
    assert found == [("unsupported-op", 6), ("unsupported-op", 8)]


def test_frozen_statistics_are_used_in_training() -> None:
    model = model_of(spec("layers: [{batch_norm: null, trainable: false}]\n"))
    x = torch.randn(3, 4)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    assert torch.equal(model.train()(x), model.eval()(x))
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_a_batch_of_one_has_a_biased_variance_of_zero() -> None:
    model = model_of(spec("layers: [{batch_norm: {momentum: 0.75}}]\n")).train()
    model(torch.ones(1, 4))
    assert torch.equal(model.batch_norm.running_var, torch.full((4,), 0.75))


def test_a_group_holds_a_parameter() -> None:
    layers = (
        "layers:\n"
        "  - name: group\n"
        "    layers:\n"
        "      - {parameter: {shape: 4, initializer: ones}, name: shift}\n"
        "      - {add: null, from: [x, shift]}\n"
    )
    model = model_of(spec(layers))
    assert torch.equal(model(torch.zeros(2, 4)), torch.ones(2, 4))
    assert set(model.state_dict()) == {"group.shift.value"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model file of every sample of every op."""
    found = tmp_path_factory.mktemp("samples")
    for case in all_samples():
        text = backend.plan(case.graph()).files["model.py"]
        (found / f"{case.name}.py").write_text(text)
    return found


@pytest.mark.parametrize(
    "command",
    [
        ["mypy", "--strict", "--untyped-calls-exclude=torch", "--no-incremental", "."],
        ["ruff", "check", "--isolated", "."],
        ["ruff", "format", "--isolated", "--check", "."],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_files_of_samples_pass_the_tools(folder: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _shown() -> list[SampleCase]:
    """One sample of each op, and those whose files carry a helper."""
    shown: dict[object, SampleCase] = {}
    for case in all_samples():
        if case.op.label in RECURRENT:
            continue
        plan = backend.plan(case.graph())
        shown.setdefault((case.op, plan.helpers), case)
    return list(shown.values())


@pytest.mark.parametrize("case", _shown(), ids=str)
def test_dynamo_takes_a_model_whole(case: SampleCase) -> None:
    graph = case.graph()
    plan = backend.plan(graph)
    found: dict[str, Any] = {}
    exec(compile(plan.files["model.py"], "model.py", "exec"), found)
    model = found[plan.entry]().train()
    inputs = []
    for entry in graph.inputs.values():
        sizes = [
            size if isinstance(size, int) else 9 for size in entry.value.type.shape
        ]
        order = plan.values[entry.name].order
        full = torch.zeros(3, *sizes, dtype=getattr(torch, entry.value.type.dtype))
        inputs.append(full.permute(order))
    compile_whole: Callable[..., Any] = torch.compile
    whole = compile_whole(model, backend="eager", fullgraph=True)
    torch.manual_seed(0)
    expected = model(*inputs)
    torch._dynamo.reset()
    torch.manual_seed(0)
    compiled = whole(*inputs)
    torch.testing.assert_close(compiled, expected, rtol=0, atol=0, equal_nan=True)


def test_a_shortcut_around_convolutions_of_a_sequence_is_one_class() -> None:
    text = text_of(
        spec(
            "blocks:\n"
            "  unit:\n"
            "    params: {filters: int}\n"
            "    layers:\n"
            "      - branches:\n"
            "          main:\n"
            "            - conv1d: {filters: '${filters}', kernel_size: 3, padding: 1}\n"
            "            - relu\n"
            "          skip:\n"
            "            - conv1d: {filters: '${filters}', kernel_size: 1}\n"
            "              when: ${input.channels != filters}\n"
            "        merge: add\n"
            "layers:\n"
            "  - unit: 4\n"
            "    repeat: 3\n",
            "{x: [time, 1]}",
        )
    )
    assert text.count("class Unit") == 1
    assert text.count("permute(0, 2, 1)") == 2


def test_same_padding_of_a_stride_that_is_an_argument_is_one_class() -> None:
    text = text_of(
        spec(
            "blocks:\n"
            "  unit:\n"
            "    params: {filters: int, stride: int}\n"
            "    layers:\n"
            '      - conv2d: {filters: "${filters}", kernel_size: 3, '
            'strides: "${stride}", padding: same}\n'
            "layers:\n"
            "  - unit: {filters: 4, stride: 2}\n"
            "  - unit: {filters: 5, stride: 1}\n"
            "  - unit: {filters: 6, stride: 2}\n"
            "  - conv2d: {filters: 7, kernel_size: 3, strides: 2, padding: same}\n",
            "{x: [14, 11, 3]}",
        )
    )
    assert text.count("(nn.Module)") == 2
    assert "F.pad(x, same_padding(x, (3, 3), (self.stride, self.stride)))" in text
    assert "F.pad(x, (1, 1, 0, 1))" in text  # a number of the spec, of [4, 3]


def test_long_columns_of_a_loop_are_rows_and_short_ones_columns() -> None:
    def text(count: int) -> str:
        widths = [100 + 7 * n * n for n in range(count)]
        return text_of(
            spec(
                "blocks:\n"
                "  unit:\n"
                "    params: {filters: int, rate: float}\n"
                '    layers: [dense: "${filters}", dropout: "${rate}"]\n'
                "layers:\n"
                f"  - for: {{filters: {widths}, rate: {[0.5 / (n + 3) for n in range(count)]}}}\n"
                "    layers:\n"
                '      - unit: {filters: "${filters}", rate: "${rate}"}\n'
            )
        )

    assert "in zip(" in text(2)
    long = text(14)
    assert "zip(" not in long
    assert "                    (100, 107, 0.125),\n" in long
