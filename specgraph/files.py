"""Writing what was built: whole files or none, nothing edited lost, nothing outside.

A kill at any moment leaves the old file or the new one, since each is written beside
its place and then renamed over it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path, PurePosixPath
from typing import Literal

from specgraph.lower.describe import is_edited

State = Literal["new", "same", "changed", "edited", "blocked"]
"""How a file on disk stands to the text it is to hold; `edited` by somebody else than
a build, `blocked` by something that is no regular file."""


class OutsideError(Exception):
    """A path that leads out of the output folder."""


@dataclass(frozen=True, slots=True)
class Target:
    """One file to be written, and what is there now."""

    path: Path
    text: str
    state: State
    old: str | None = None

    @property
    def refused(self) -> bool:
        """Whether writing it would lose something."""
        return self.state in ("edited", "blocked")

    def diff(self) -> str:
        """What writing it changes, as a unified diff; empty if nothing."""
        name = self.path.as_posix()
        lines = unified_diff(
            (self.old or "").splitlines(keepends=True),
            self.text.splitlines(keepends=True),
            name if self.old is not None else "/dev/null",
            name,
        )
        ended = (line if line.endswith("\n") else line + "\n" for line in lines)
        return "".join(ended)


def plan_files(out: Path, texts: Mapping[str, str]) -> list[Target]:
    """The files to be written below `out`, by relative path; raises OutsideError."""
    return [_target(out, name, text) for name, text in texts.items()]


def write_files(targets: Iterable[Target]) -> list[Path]:
    """Writes what is new or differs, and says which; raises OSError.

    None is put in its place before all are on the disk.
    """
    changed = [target for target in targets if target.state != "same"]
    staged: list[tuple[Path, Path]] = []
    try:
        for target in changed:
            staged.append((_staged(target.path, target.text), target.path))
        for fresh, path in staged:
            fresh.replace(path)
    except BaseException:
        for fresh, _ in staged:
            fresh.unlink(missing_ok=True)
        raise
    return [target.path for target in changed]


def write_file(path: Path, text: str) -> None:
    """Writes a whole file or leaves the old one; its permissions are kept."""
    write_files([Target(path, text, "changed")])


def _staged(path: Path, text: str) -> Path:
    """A file beside `path` that holds the text, with the permissions of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        with fresh.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            with suppress(FileNotFoundError):
                os.chmod(file.fileno(), path.stat().st_mode & 0o7777)
    except BaseException as error:
        fresh.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise
    return fresh


def _target(out: Path, name: str, text: str) -> Target:
    path = out.joinpath(*_parts(name))
    inside = os.path.realpath(out)
    if os.path.commonpath([inside, os.path.realpath(path.parent)]) != inside:
        raise OutsideError(f"{path} leads out of {out}: a folder on the way is a link")
    if not os.path.lexists(path):
        return Target(path, text, "new")
    if path.is_symlink() or not path.is_file():
        return Target(path, text, "blocked")
    old = path.read_bytes().decode(errors="replace").replace("\r\n", "\n")
    if old == text:
        return Target(path, text, "same", old)
    return Target(path, text, "edited" if is_edited(old) else "changed", old)


def _parts(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    parts = path.parts
    if path.is_absolute() or not parts or any(not _is_plain(part) for part in parts):
        raise OutsideError(f"{name!r} is not a path below the output folder")
    return parts


def _is_plain(part: str) -> bool:
    return part not in ("", ".", "..") and not set(part) & set("/\\:\0")
