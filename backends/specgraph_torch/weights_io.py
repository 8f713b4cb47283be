"""Reads and writes a `state_dict` by torch (`.pt`, `.pth`), never unpickling code.

Run as `python -m specgraph_torch.weights_io FOLDER`; `specgraph/weights/native.py` says
what the folder holds.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

PLAIN = frozenset({torch.float16, torch.float32, torch.float64})


class Refused(Exception):
    """A file that holds no state_dict."""


def main(folder: Path) -> None:
    """Does what the folder's request says and leaves a reply."""
    request = json.loads((folder / "request.json").read_text("utf-8"))
    file = Path(request["file"])
    try:
        reply = (
            read(folder, file) if request["action"] == "read" else write(folder, file)
        )
    except (Refused, OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        reply = {"error": f"{file}: {str(error).splitlines()[0]}"}
    (folder / "reply.json").write_text(json.dumps(reply), "utf-8")


def read(folder: Path, file: Path) -> dict[str, Any]:
    """The file's tensors, in its order; half precision is widened."""
    found = state_in(torch.load(file, map_location="cpu", weights_only=True))
    tensors = {key: plain(value) for key, value in found.items()}
    save_file(tensors, folder / "tensors.safetensors")
    return {"order": list(tensors)}


def state_in(found: Any) -> Mapping[str, torch.Tensor]:
    """The state_dict that a file holds, by itself or as an entry of a checkpoint."""
    inside = found.items() if isinstance(found, Mapping) else ()
    held = {key: value for key, value in inside if is_state(value)}
    if is_state(found):
        state: Mapping[str, torch.Tensor] = found
    elif len(held) == 1:
        (state,) = held.values()
    else:
        known = (
            f"it has several: {', '.join(map(str, held))}" if held else "it has none"
        )
        raise Refused(
            f"one state_dict is needed, {known}; "
            "torch.save(model.state_dict(), …) writes one"
        )
    return state


def is_state(found: object) -> bool:
    """Whether something is a mapping of names to tensors, one at least."""
    return (
        isinstance(found, Mapping)
        and bool(found)
        and all(isinstance(key, str) for key in found)
        and all(isinstance(value, torch.Tensor) for value in found.values())
    )


def write(folder: Path, file: Path) -> dict[str, Any]:
    """Saves the folder's tensors as a state_dict."""
    torch.save(load_file(folder / "tensors.safetensors"), file)
    return {}


def plain(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of its own memory, in a dtype that NumPy has."""
    if tensor.is_floating_point() and tensor.dtype not in PLAIN:
        tensor = tensor.float()
    return tensor.detach().clone(memory_format=torch.contiguous_format)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
