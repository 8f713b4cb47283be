"""Writing: whole or not at all, inside the output folder, and over nothing edited."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from specgraph.files import OutsideError, plan_files, write_file, write_files
from specgraph.lower.describe import body_digest

BODY = "a = 1\n"
OURS = f"# x · body {body_digest(BODY)}\n{BODY}"


def state(folder: Path, text: str) -> str:
    """What planning says of a file `m.py` that is to hold a text."""
    (target,) = plan_files(folder, {"m.py": text})
    return target.state


def test_states_tell_new_same_changed_and_edited_files_apart(tmp_path: Path) -> None:
    assert state(tmp_path, OURS) == "new"
    (tmp_path / "m.py").write_text(OURS)
    assert state(tmp_path, OURS) == "same"
    assert state(tmp_path, "other") == "changed"
    (tmp_path / "m.py").write_text(OURS + "b = 2\n")
    assert state(tmp_path, OURS) == "edited"
    (tmp_path / "m.py").write_text("never ours\n")
    assert state(tmp_path, OURS) == "edited"


@pytest.mark.parametrize(
    "name",
    [
        "../m.py",
        "a/../../m.py",
        "/tmp/m.py",
        "a//../m.py",
        "",
        ".",
        "a\\b",
        "c:m",
        "a\0",
    ],
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutsideError):
        plan_files(tmp_path, {name: ""})


def test_a_linked_output_folder_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    write_files(plan_files(tmp_path / "out", {"a/m.py": "x\n"}))
    assert (tmp_path / "real/a/m.py").read_text() == "x\n"


def test_writing_keeps_permissions_and_leaves_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("old")
    path.chmod(0o640)
    write_file(path, "new\n")
    assert path.read_text() == "new\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["m.py"]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_file(path, "new \ud800")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["m.py"]


def test_a_kill_at_any_moment_leaves_an_old_file_or_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    old, new = "old\n" * 5_000, "new\n" * 5_000
    path.write_text(old)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from specgraph.files import write_file\n"
        "old, new = 'old\\n' * 5_000, 'new\\n' * 5_000\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        f"    write_file(Path({str(path)!r}), new)\n"
        f"    write_file(Path({str(path)!r}), old)\n"
    )
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        for _ in range(100):
            assert path.read_text() in (old, new)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        assert path.read_text() in (old, new)


def test_a_diff_names_the_file_and_shows_both_sides(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("a\nb\n")
    (target,) = plan_files(tmp_path, {"m.py": "a\nc"})
    name = (tmp_path / "m.py").as_posix()
    assert target.diff() == f"--- {name}\n+++ {name}\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("old\n")
    targets = plan_files(tmp_path, {"a.py": "new\n", "b.py": "x \ud800"})
    with pytest.raises(UnicodeEncodeError):
        write_files(targets)
    assert (tmp_path / "a.py").read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]
