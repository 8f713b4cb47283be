"""Which names a spec may give: they become attributes, arguments and file names."""

from __future__ import annotations

import builtins
import keyword
import re

IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
LONGEST = 100

MODULES = frozenset(
    [
        "F",
        "Tensor",
        "functional",
        "keras",
        "layers",
        "math",
        "nn",
        "np",
        "numpy",
        "ops",
        "self",
        "tensorflow",
        "tf",
        "torch",
    ]
)
"""What the backends import or name in the files they write."""

TORCH_MODULE = frozenset(
    [
        "T_destination",
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_backward_hook",
        "register_buffer",
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
        "register_load_state_dict_post_hook",
        "register_load_state_dict_pre_hook",
        "register_module",
        "register_parameter",
        "register_state_dict_post_hook",
        "register_state_dict_pre_hook",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)
"""The public attributes of `torch.nn.Module`; a test holds them against `dir`."""

MODULE_DICT = frozenset(["clear", "items", "keys", "pop", "update", "values"])
"""What `torch.nn.ModuleDict` has besides: refused inside groups."""


def name_problem(name: str, *, in_group: bool = False) -> str | None:
    """Why a name cannot be given, or None."""
    if not IDENTIFIER.match(name):
        if name.startswith("_"):
            return "names do not start with an underscore"
        return "a name is a letter, then letters, digits and underscores"
    if len(name) > LONGEST:
        return f"a name has at most {LONGEST} characters"
    if keyword.iskeyword(name):
        return "it is a Python keyword"
    if name in MODULES:
        return "the emitted files use it for something else"
    if name in TORCH_MODULE:
        return "it is an attribute of torch.nn.Module"
    if in_group and name in MODULE_DICT:
        return "it is an attribute of torch.nn.ModuleDict, which holds a group's layers"
    return None


def variable_name(name: str) -> str:
    """A name as a local variable: one that hides a builtin gets a trailing `_`."""
    return f"{name}_" if hasattr(builtins, name) else name


def camel_case(name: str) -> str:
    """`mnist_cnn` as a class name: `MnistCnn`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
