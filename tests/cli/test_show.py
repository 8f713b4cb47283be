"""`specgraph show`, `summary` and `diff`: what a spec means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import MLP, Run

SEEDS = Path(__file__).parents[2] / "specs/seed"
PARAMETERS = {"mnist_cnn": 693_962, "text_lstm": 1_419_905, "speech_cnn": 83_168}


def test_a_resolved_spec_resolves_to_itself(run: Run, tmp_path: Path) -> None:
    first = run("show", str(SEEDS / "text_lstm.yaml"), "--resolved")
    assert first.status == 0
    again = tmp_path / "again.yaml"
    again.write_text(first.out)
    assert run("show", str(again)).out == first.out


def test_the_graph_shows_every_value_with_its_type_and_line(
    run: Run, project: Path
) -> None:
    done = run("show", "specs/one.yaml", "--graph")
    assert "  input features: float32 [20]\n" in done.out
    assert "  dense: float32 [8] = dense(features) {units: 8," in done.out
    assert "# line 7" in done.out


def test_json_holds_both_as_data(run: Run, project: Path) -> None:
    done = run("show", "specs/one.yaml", "--resolved", "--graph", "--format", "json")
    told = json.loads(done.out)
    assert told["resolved"]["layers"][0]["dense"]["units"] == 8
    assert told["graph"]["nodes"][0]["weights"] == {"kernel": [20, 8], "bias": [8]}
    assert told["digest"] == told["graph"]["digest"]


@pytest.mark.parametrize(("name", "count"), PARAMETERS.items())
def test_summary_counts_the_parameters_of_the_seeds(
    run: Run, name: str, count: int
) -> None:
    told = json.loads(
        run("summary", str(SEEDS / f"{name}.yaml"), "--format", "json").out
    )
    assert told["parameters"] == count
    assert sum(layer["parameters"] for layer in told["layers"]) == count


def test_summary_tells_layers_shapes_costs_and_least_sizes(run: Run) -> None:
    lines = run("summary", str(SEEDS / "text_lstm.yaml")).out.splitlines()
    columns = [line.split("  ") for line in lines]
    table = [[cell.strip() for cell in row if cell] for row in columns]
    assert ["lstm", "lstm", "[128]", "131,584", "131072 * time"] in table
    assert "trainable parameters: 1,419,905" in lines
    assert "least size of time: 1" in lines


def test_summary_counts_frozen_weights_apart(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "frozen.yaml"
    spec.write_text(
        "specgraph: 1\nname: frozen\ninputs: {x: [4]}\nlayers:\n"
        "  - dense: 3\n    trainable: false\n  - dense: 2\n"
    )
    told = json.loads(run("summary", str(spec), "--format", "json").out)
    assert (told["parameters"], told["frozen_parameters"]) == (8, 15)


def test_summary_of_several_specs_is_a_list(run: Run, project: Path) -> None:
    told = json.loads(run("summary", "--format", "json").out)
    assert [one["name"] for one in told] == ["one", "two"]


def test_a_spec_and_its_resolved_form_are_the_same_model(
    run: Run, project: Path
) -> None:
    (project / "resolved.yaml").write_text(run("show", "specs/one.yaml").out)
    done = run("diff", "specs/one.yaml", "resolved.yaml")
    assert (done.status, done.err) == (0, "")
    assert "are the same model" in done.out


def test_diff_tells_attributes_that_differ_with_their_lines(
    run: Run, project: Path
) -> None:
    text = MLP.format(name="one").replace("units: 8", "units: 9, use_bias: false")
    (project / "other.yaml").write_text(text)
    done = run("diff", "specs/one.yaml", "other.yaml")
    assert done.status == 1
    assert done.out.splitlines() == [
        "dense.units",
        "  - 8  (specs/one.yaml:7:13)",
        "  + 9  (other.yaml:7:13)",
        "dense.use_bias",
        "  - true  (specs/one.yaml:7:5)",
        "  + false  (other.yaml:7:23)",
    ]


def test_diff_tells_semantics_by_the_attributes_they_set(
    run: Run, project: Path
) -> None:
    (project / "other.yaml").write_text(MLP.format(name="one") + "semantics: torch\n")
    told = json.loads(
        run("diff", "specs/one.yaml", "other.yaml", "--format", "json").out
    )
    assert told["same"] is False
    assert "dense.kernel_initializer" in [d["what"] for d in told["differences"]]


def test_diff_tells_layers_that_one_side_lacks(run: Run, project: Path) -> None:
    text = MLP.format(name="one") + "  - dropout: 0.5\n"
    (project / "other.yaml").write_text(text)
    told = json.loads(
        run("diff", "specs/one.yaml", "other.yaml", "--format", "json").out
    )
    found = {d["what"]: (d["left"], d["right"]) for d in told["differences"]}
    assert found["layer dropout"] == ("absent", "dropout")


def test_diff_of_training_tells_the_option(run: Run, project: Path) -> None:
    train = "train: {{optimizer: {{adam: {rate}}}, loss: categorical_crossentropy}}\n"
    for name, rate in (("a", "0.001"), ("b", "0.01")):
        text = MLP.format(name="one") + train.format(rate=rate)
        (project / f"{name}.yaml").write_text(text)
    done = run("diff", "a.yaml", "b.yaml")
    assert done.out.splitlines() == [
        "train.optimizer.adam.learning_rate",
        "  - 0.001  (a.yaml:9:21)",
        "  + 0.01  (b.yaml:9:21)",
    ]


def test_diff_with_a_refused_spec_is_status_1(run: Run, project: Path) -> None:
    done = run("diff", "specs/one.yaml", "broken.yaml")
    assert done.status == 1
    assert "unknown op 'danse'" in done.err
