"""`specgraph build`: what it writes, and what it will not."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import MLP, Run

MODEL = Path("build/one/torch/model.py")
BUILD = ("build", "specs/one.yaml", "--backend", "torch")


def tree(folder: Path) -> list[str]:
    """Every file below a folder."""
    found = (path for path in folder.rglob("*") if not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def test_it_writes_a_model_for_each_spec_and_backend(run: Run, project: Path) -> None:
    done = run("build", "--backend", "torch", "--backend", "keras", "--out", "out")
    assert done.status == 0
    assert tree(project / "out") == [
        "one/keras/model.py",
        "one/torch/model.py",
        "two/keras/model.py",
        "two/torch/model.py",
    ]
    assert "wrote     out/one/torch/model.py\n" in done.out


def test_all_means_every_installed_backend(run: Run, project: Path) -> None:
    assert run("build", "specs/one.yaml", "--backend", "all").status == 0
    assert {"torch", "keras", "tensorflow"} <= set(os.listdir("build/one"))


def test_a_second_build_changes_nothing(run: Run, project: Path) -> None:
    run(*BUILD)
    before = MODEL.stat()
    done = run(*BUILD)
    assert done.out == f"unchanged {MODEL}\n"
    after = MODEL.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_changed_spec_replaces_what_was_built(run: Run, project: Path) -> None:
    run(*BUILD)
    assert run(*BUILD, "--set", "classes=5").status == 0
    assert "nn.Linear(8, 5)" in MODEL.read_text()


def test_an_edited_file_is_kept_and_nothing_is_written(run: Run, project: Path) -> None:
    run(*BUILD)
    edited = MODEL.read_text() + "\nEXTRA = 1\n"
    MODEL.write_text(edited)
    done = run("build", "--backend", "torch")
    assert done.status == 1
    assert f"{MODEL} was edited" in done.err
    assert MODEL.read_text() == edited
    assert tree(project / "build") == ["one/torch/model.py"]


def test_a_foreign_file_is_kept(run: Run, project: Path) -> None:
    MODEL.parent.mkdir(parents=True)
    MODEL.write_bytes(b"\xff\xfe not ours")
    assert run(*BUILD).status == 1
    assert MODEL.read_bytes() == b"\xff\xfe not ours"


def test_force_replaces_an_edited_file(run: Run, project: Path) -> None:
    run(*BUILD)
    built = MODEL.read_text()
    MODEL.write_text(built + "\nEXTRA = 1\n")
    assert run(*BUILD, "--force").status == 0
    assert MODEL.read_text() == built


def test_line_ends_of_another_system_are_no_edit(run: Run, project: Path) -> None:
    run(*BUILD)
    MODEL.write_bytes(MODEL.read_bytes().replace(b"\n", b"\r\n"))
    assert run(*BUILD, "--set", "classes=5").status == 0


def test_check_shows_a_diff_writes_nothing_and_exits_1(run: Run, project: Path) -> None:
    run(*BUILD)
    built = MODEL.read_text()
    done = run(*BUILD, "--set", "classes=5", "--check")
    assert done.status == 1
    assert "-        self.dense_2 = nn.Linear(8, 3)\n" in done.out
    assert "+        self.dense_2 = nn.Linear(8, 5)\n" in done.out
    assert MODEL.read_text() == built


def test_check_of_what_was_just_built_passes(run: Run, project: Path) -> None:
    run(*BUILD)
    assert run(*BUILD, "--check").status == 0


def test_check_of_what_was_never_built_fails_and_writes_nothing(
    run: Run, project: Path
) -> None:
    assert run(*BUILD, "--check").status == 1
    assert not (project / "build").exists()


def test_stdout_prints_the_model_alone(run: Run, project: Path) -> None:
    run(*BUILD)
    done = run(*BUILD, "--stdout")
    assert done.status == 0
    assert done.out == MODEL.read_text()
    ast.parse(done.out)


def test_stdout_of_several_models_is_wrong_usage(run: Run, project: Path) -> None:
    assert run("build", "--backend", "torch", "--stdout").status == 2
    assert run("build", "specs/one.yaml", "--stdout").status == 2


def test_one_refused_spec_keeps_all_from_being_written(run: Run, project: Path) -> None:
    done = run("build", "specs", "broken.yaml", "--backend", "torch")
    assert done.status == 1
    assert not (project / "build").exists()


def test_two_specs_of_one_name_are_refused(run: Run, project: Path) -> None:
    (project / "specs/other.yaml").write_text(MLP.format(name="one"))
    done = run("build", "--backend", "torch")
    assert done.status == 1
    assert "are both called 'one'" in done.err
    assert not (project / "build").exists()


def test_a_link_out_of_the_output_folder_is_not_followed(
    run: Run, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (project / "build").mkdir()
    (project / "build/one").symlink_to(outside, target_is_directory=True)
    done = run(*BUILD)
    assert done.status == 1
    assert "leads out of build" in done.err
    assert tree(outside) == []


def test_a_link_in_place_of_a_file_is_not_written_through(
    run: Run, project: Path
) -> None:
    MODEL.parent.mkdir(parents=True)
    (project / "precious").write_text("kept")
    MODEL.symlink_to(project / "precious")
    assert run(*BUILD).status == 1
    assert run(*BUILD, "--force").status == 1
    assert (project / "precious").read_text() == "kept"


def test_a_folder_in_place_of_a_file_is_refused(run: Run, project: Path) -> None:
    MODEL.mkdir(parents=True)
    assert run(*BUILD, "--force").status == 1


def test_an_output_folder_that_is_a_file_is_wrong_usage(
    run: Run, project: Path
) -> None:
    (project / "taken").write_text("")
    assert run(*BUILD, "--out", "taken").status == 2


def test_only_train_of_a_spec_without_training_is_refused(
    run: Run, project: Path
) -> None:
    assert run(*BUILD, "--only", "train").status == 1


def test_only_model_writes_the_model(run: Run, project: Path) -> None:
    assert run(*BUILD, "--only", "model").status == 0
    assert tree(project / "build") == ["one/torch/model.py"]


def test_json_lists_the_files_and_what_became_of_them(run: Run, project: Path) -> None:
    told = json.loads(run(*BUILD, "--format", "json").out)
    assert told == {"passed": True, "files": [{"path": str(MODEL), "state": "new"}]}


def test_a_missing_backend_is_status_3(run: Run, project: Path) -> None:
    assert run("build", "--backend", "caffe").status == 3
    assert not (project / "build").exists()


def test_allow_declares_a_deviation_in_the_file(run: Run, project: Path) -> None:
    text = MLP.format(name="one") + "  - batch_norm\n"
    (project / "specs/one.yaml").write_text(text)
    run(*BUILD)
    exact = MODEL.read_text()
    assert run(*BUILD, "--allow", "batch_norm.running_variance").status == 0
    assert "Deviations: batch_norm.running_variance" in MODEL.read_text()
    assert len(MODEL.read_text()) < len(exact)


def test_allow_of_something_else_is_wrong_usage(run: Run, project: Path) -> None:
    done = run(*BUILD, "--allow", "batch_norm.running_varianc")
    assert done.status == 2
    assert "did you mean batch_norm.running_variance?" in done.err
