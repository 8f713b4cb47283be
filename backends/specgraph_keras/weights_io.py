"""Reads and writes `.weights.h5` by Keras, through the emitted model.

Run as `python -m specgraph_keras.weights_io FOLDER`; `specgraph/weights/native.py` says
what the folder holds.  Keras names what it saves by the classes of layers along the
traversal of the model.  Which of these names is which variable is asked of Keras itself:
the model saves its variables filled with their numbers.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]  # h5py ships no types
import keras
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

Array = NDArray[Any]
Row = dict[str, Any]

FREE = 1 << 20
"""Bytes that a dataset may declare, whatever it stores."""
EXPANSION = 1000
"""Times what it stores that a dataset may declare."""


class Refused(Exception):
    """A file that is not as Keras writes them."""


def main(folder: Path) -> None:
    """Does what the folder's request says and leaves a reply."""
    request = json.loads((folder / "request.json").read_text("utf-8"))
    try:
        reply = ACTIONS[request["action"]](folder, request)
    except (Refused, OSError) as error:
        reply = {"error": f"{request.get('like', request['file'])}: {error}"}
    (folder / "reply.json").write_text(json.dumps(reply), "utf-8")


def read(folder: Path, request: dict[str, str]) -> dict[str, Any]:
    """The file's tensors; loaded by Keras where the file has the model's structure."""
    found = datasets(Path(request["file"]))
    reply: dict[str, Any] = {}
    if "entry" in request:
        model = build(folder, request["entry"], found.values())
        index = saved_names(model, folder / "index.weights.h5")
        for name in [n for n, v in index.items() if v.path not in request["keys"]]:
            del index[name]
            found.pop(name, None)
        same = {name: v.shape for name, v in index.items()} == {
            name: array.shape for name, array in found.items()
        }
        if same:
            model.load_weights(request["file"])
            found = {name: np.asarray(index[name].numpy()) for name in found}
        ours = rows(folder / "index.weights.h5", {n: v.path for n, v in index.items()})
        theirs = rows(Path(request["file"]), {name: name for name in found})
        if same and labels(ours) == labels(theirs):
            for row in (*ours, *theirs):
                row["named"] = True
        reply |= {"ours": ours, "theirs": theirs, "ordered": same}
    save_file(found, folder / "tensors.safetensors")
    return {"order": list(found), **reply}


def write(folder: Path, request: dict[str, str]) -> dict[str, Any]:
    """Saves the folder's tensors, by variable path, as Keras saves the model's."""
    tensors = load_file(folder / "tensors.safetensors")
    model = build(folder, request["entry"], tensors.values())
    variables = {variable.path: variable for variable in model.variables}
    for path, array in tensors.items():
        variables[path].assign(array)
    model.save_weights(request["file"])
    return {}


def rewrite(folder: Path, request: dict[str, str]) -> dict[str, Any]:
    """Copies a file and puts the folder's tensors in place of its own."""
    shutil.copyfile(request["like"], request["file"])
    with h5py.File(request["file"], "r+") as file:
        if "optimizer" in file:
            del file["optimizer"]
        for name, array in load_file(folder / "tensors.safetensors").items():
            if file[name].dtype == array.dtype:
                file[name][...] = array
                continue
            del file[name]
            file[name] = array
    return {}


ACTIONS = {"read": read, "write": write, "rewrite": rewrite}


def build(folder: Path, entry: str, arrays: Any) -> Any:
    """The emitted model, its variables in the widest dtype of the arrays."""
    wide = any(array.dtype == np.float64 for array in arrays)
    dtype = "float64" if wide else "float32"
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, entry)()


def saved_names(model: Any, path: Path) -> dict[str, Any]:
    """The model's variables by the names under which Keras saves them."""
    variables = model.variables
    for number, variable in enumerate(variables):
        variable.assign(np.full(variable.shape, number, variable.dtype))
    model.save_weights(path)
    return {
        name: variables[int(array.flat[0])] for name, array in datasets(path).items()
    }


def datasets(path: Path) -> dict[str, Array]:
    """The arrays of a file that are weights, by name, numbers in names in order."""
    found: dict[str, Array] = {}
    with h5py.File(path) as file:
        names: list[str] = []
        file.visit(names.append)
        for name in sorted(names, key=natural):
            if isinstance(file[name], h5py.Dataset) and is_weight(name):
                found[name] = contents(name, file[name])
    return found


def contents(name: str, dataset: Any) -> Array:
    """A dataset's array, if it holds what it declares."""
    if dataset.external or dataset.is_virtual:
        raise Refused(f"{name} lies in another file")
    if dataset.attrs.get("dtype") == "bfloat16":
        raise Refused(f"{name} is bfloat16, which NumPy has no dtype for")
    if dataset.dtype.kind not in "fiub" or dataset.dtype.itemsize > 8:
        raise Refused(f"{name} holds {dataset.dtype}, no numbers")
    stored = dataset.id.get_storage_size()
    if dataset.nbytes > max(FREE, EXPANSION * stored):
        raise Refused(f"{name} declares {dataset.nbytes:,} bytes, has {stored:,}")
    return np.asarray(dataset[()])


def rows(path: Path, keys: dict[str, str]) -> list[Row]:
    """Where each dataset stands, and what its author called its layer."""
    with h5py.File(path) as file:
        return [
            {
                "key": key,
                "shape": list(file[name].shape),
                "layer": name.rpartition("/")[0],
                "local": name.rpartition("/")[2],
                **label(file, name),
            }
            for name, key in keys.items()
        ]


def label(file: Any, name: str) -> Row:
    """What a dataset's layer is called, and whether a person called it so.

    A functional model keeps layers by class, their names beside them; a subclassed one
    keeps them by the attributes that hold them.
    """
    parts = name.split("/")[:-2]
    if parts[:1] != ["layers"]:
        return {"label": "/".join(parts) or name, "named": True, "kind": ""}
    found: list[str] = []
    named, kind = True, ""
    for end in range(2, len(parts) + 1):
        group = "/".join(parts[:end]) + "/vars"
        title = file[group].attrs.get("name", "") if group in file else ""
        title = title if isinstance(title, str) else ""
        found += [title] * bool(title)
        if parts[end - 2] != "layers":
            kind += "/" + parts[end - 1]
            continue
        kind = re.sub(r"_\d+\Z", "", parts[end - 1])
        named &= not re.fullmatch(rf"({re.escape(kind)}(_\d+)?)?", title)
    return {"label": "/".join(found) or name, "named": named, "kind": kind}


def is_weight(name: str) -> bool:
    """Whether a dataset is not an optimizer's, nor the state of a random generator."""
    parts = name.split("/")
    return parts[0] != "optimizer" and "seed_generator" not in parts


def labels(rows: list[Row]) -> dict[str, str]:
    """The label of every layer."""
    return {row["layer"]: row["label"] for row in rows}


def natural(name: str) -> list[tuple[int, str]]:
    """What sorts numbers in a name as numbers."""
    parts = re.split(r"(\d+)", name)
    return [(len(part) if part.isdigit() else 0, part) for part in parts]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
