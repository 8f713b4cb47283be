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


VALUES = frozenset(["false", "input", "true"])
"""What expressions take for something other than a parameter."""

FUNCTIONS = frozenset(["max", "min"])
"""What the text of a dimension takes for a function."""


def name_problem(name: str, *, in_group: bool = False) -> str | None:
    """Why an input, layer, branch or output cannot have a name, or None."""
    why = _form_problem(name)
    if why is not None:
        return why
    if name in MODULES:
        return "the emitted files use it for something else"
    if name in TORCH_MODULE:
        return "it is an attribute of torch.nn.Module"
    if in_group and name in MODULE_DICT:
        return "it is an attribute of torch.nn.ModuleDict, which holds a group's layers"
    return None


def parameter_problem(name: str) -> str | None:
    """Why a parameter cannot have a name, or None: expressions must be able to say it."""
    if name in VALUES:
        return "it means something else in expressions"
    return _form_problem(name)


def variant_problem(name: str) -> str | None:
    """Why a variant cannot have a name, or None: a folder has it too."""
    return _form_problem(name)


def dimension_problem(name: str) -> str | None:
    """Why a dimension cannot have a name, or None."""
    if name in FUNCTIONS:
        return "it is a function in the text of a dimension"
    return _form_problem(name)


def _form_problem(name: str) -> str | None:
    if not IDENTIFIER.match(name):
        if name.startswith("_"):
            return "names do not start with an underscore"
        return "a name is a letter, then letters, digits and underscores"
    if len(name) > LONGEST:
        return f"a name has at most {LONGEST} characters"
    return "it is a Python keyword" if keyword.iskeyword(name) else None


def model_problem(name: str) -> str | None:
    """Why a model cannot have a name, or None: its class has it too."""
    why = name_problem(name)
    if why is None and camel_case(name) in MODULES:
        return f"its class would be {camel_case(name)}, which emitted files import"
    return why


def variable_name(name: str) -> str:
    """A name as a variable or a function: one that hides a builtin ends in `_`."""
    return f"{name}_" if hasattr(builtins, name) else name


def camel_case(name: str) -> str:
    """The parts between underscores, each with a capital."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
