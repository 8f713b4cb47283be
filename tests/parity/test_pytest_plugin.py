"""`pytest --specgraph`, the public conformance suite, and the assertion for own tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from specgraph.testing import assert_parity

GOOD = """
specgraph: 1
name: good
params: {width: 3}
variants:
  wide: {width: 5}
inputs: {x: [4]}
layers:
  - dense: ${width}
"""
LIBRARY = "blocks:\n  unit:\n    layers: [relu]\n"


def pytest_run(folder: Path, *args: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "specgraph.pytest_plugin"]
    command += ["-p", "no:cacheprovider", "-p", "no:xdist", *args]
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """A folder of its own, with a spec and a library."""
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "good.yaml").write_text(GOOD)
    (folder / "parts.yaml").write_text(LIBRARY)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return folder


def test_every_spec_and_variant_is_a_test(specs: Path) -> None:
    args = ("--specgraph", "specs/", "--specgraph-backend", "torch", "-v")
    status, text = pytest_run(specs.parent, *args)
    assert status == 0, text
    assert "specs/good.yaml::good PASSED" in text
    assert "specs/good.yaml::good[wide] PASSED" in text
    assert "2 passed" in text


def test_specs_are_no_tests_unless_asked_for(specs: Path) -> None:
    status, text = pytest_run(specs.parent, "specs/")
    assert status == pytest.ExitCode.NO_TESTS_COLLECTED, text


def test_a_spec_that_fails_shows_the_report_and_no_traceback(specs: Path) -> None:
    args = ("--specgraph", "specs/", "--specgraph-backend", "nobody")
    status, text = pytest_run(specs.parent, *args)
    assert status == 1
    assert "FAILED: 1 of" in text
    assert "nobody" in text
    assert "Traceback" not in text


def test_a_spec_that_does_not_compile_is_told_with_its_line(specs: Path) -> None:
    (specs / "bad.yaml").write_text(GOOD.replace("dense", "danse"))
    args = ("--specgraph", "specs/bad.yaml", "--specgraph-backend", "torch")
    status, text = pytest_run(specs.parent, *args)
    assert status != 0
    assert "bad.yaml:9:5: error[unknown-op]" in text
    assert "Traceback" not in text


def test_a_test_of_ones_own_asserts_parity(specs: Path) -> None:
    report = assert_parity(specs / "good.yaml", ("torch",), dtypes=("float64",))
    assert report.passed
    with pytest.raises(AssertionError, match="FAILED: "):
        assert_parity(specs / "good.yaml", ("nobody",), dtypes=("float64",))


def test_the_conformance_suite_is_anyones(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    args = ("--pyargs", "specgraph.testing", "-k", "relu6", "--import-mode=importlib")
    status, text = pytest_run(tmp_path, *args, "--specgraph-backend", "torch")
    assert status == 0, text
    assert " passed" in text
    status, text = pytest_run(tmp_path, *args)
    assert status != 0
    assert "--specgraph-backend NAME says which backend to test" in text
