"""Which specs a command is about: the files and folders named, or the project's."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

SUFFIXES = (".yaml", ".yml")
FOLDER = "specs"
"""Where a project's specs are, unless its pyproject.toml says otherwise."""


class ProjectError(Exception):
    """Specs that cannot be found: a path that is not there, settings that are wrong."""


def find_specs(paths: Sequence[str], base: Path | None = None) -> list[str]:
    """The spec files meant by `paths`, each once; a folder means all below it.

    Without paths they are the project's: what `[tool.specgraph] specs` names in the
    pyproject.toml of `base` or the nearest folder above, else the folder `specs/`.
    """
    base = base or Path.cwd()
    roots = [Path(path) for path in paths] if paths else project_roots(base)
    found: dict[str, str] = {}
    for root in roots:
        at = base / root
        if not at.exists():
            raise ProjectError(f"there is no file or folder {str(root)!r}")
        names = _below(root, base) if at.is_dir() else [str(root)]
        if not names:
            raise ProjectError(f"there is no .yaml file in {str(root)!r}")
        for name in names:
            found.setdefault(os.path.realpath(base / name), name)
    return list(found.values())


def project_roots(base: Path) -> list[Path]:
    """The files and folders of the project around `base`, as paths from there."""
    for folder in (base, *base.parents):
        settings = folder / "pyproject.toml"
        if settings.is_file():
            named = _named(settings)
            if named is not None:
                return [Path(os.path.relpath(folder / name, base)) for name in named]
    if (base / FOLDER).is_dir():
        return [Path(FOLDER)]
    raise ProjectError(
        "no spec is named, and there is no folder specs/ here; name a file, or set "
        '`[tool.specgraph] specs = ["…"]` in pyproject.toml'
    )


def spec_root(path: str | os.PathLike[str]) -> Path:
    """The folder that a spec's includes must lie in.

    What `[tool.specgraph] specs` of the nearest pyproject.toml names, or a folder
    `specs/`, if the spec is in it; else the spec's own folder.
    """
    own = Path(os.path.abspath(path)).parent
    folders = [own, *own.parents]
    for folder in folders:
        settings = folder / "pyproject.toml"
        named = _named(settings) if settings.is_file() else None
        if named is not None:
            roots = [Path(os.path.abspath(folder / name)) for name in named]
            held = [root for root in roots if root in folders]
            return held[0] if held else own
    return next((folder for folder in folders if folder.name == FOLDER), own)


def _named(settings: Path) -> list[str] | None:
    """What `[tool.specgraph] specs` says, or None where it says nothing."""
    import tomllib

    try:
        data = tomllib.loads(settings.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ProjectError(f"{settings} cannot be read: {error}") from None
    tool = data.get("tool")
    section = tool.get("specgraph") if isinstance(tool, dict) else None
    named = section.get("specs") if isinstance(section, dict) else None
    if named is None:
        return None
    names = [named] if isinstance(named, str) else named
    if (
        not isinstance(names, list)
        or not names
        or not all(isinstance(name, str) for name in names)
    ):
        raise ProjectError(
            f"{settings}: [tool.specgraph] specs must be a path or a list of paths, "
            f"got {named!r}"
        )
    return names


def _below(root: Path, base: Path) -> list[str]:
    """The spec files in a folder and its folders, hidden ones left out, in order."""
    found: list[str] = []
    for folder, inner, names in os.walk(base / root):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        here = root / Path(folder).relative_to(base / root)
        found += [str(here / name) for name in _specs(names)]
    return found


def _specs(names: Iterable[str]) -> list[str]:
    return sorted(
        name for name in names if name.endswith(SUFFIXES) and not name.startswith(".")
    )
