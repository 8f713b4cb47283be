"""A spec as it was written: every key known, every place kept.

Attributes, which may hold `${…}`, are kept as YAML nodes; `ir/attributes.py` evaluates
them under `params`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from specgraph.definition import Semantics
from specgraph.diagnostics import Location
from specgraph.ops.base import DType, Layout
from specgraph.ops.sizes import Bounds
from specgraph.spec.source import Document, Mapping, Node

FIELDS = tuple(
    "specgraph name description semantics layout include params variants defaults dims "
    "inputs blocks layers outputs train deviations".split()
)
LIBRARY_FIELDS = ("specgraph", "name", "description", "include", "params", "blocks")
MOST_LAYERS = 1_000_000
"""Layers of a spec; equal turns of a loop count once."""
MODIFIERS = ("name", "from", "repeat", "when", "trainable", "share", "tie")
FORMS = ("branches", "for", "layers")
DEVIATIONS = (
    "batch_norm.running_variance",
    "adam.epsilon_placement",
    "adamw.epsilon_placement",
    "sgd.velocity",
)
"""What a spec may leave to each framework's own way (`lower/deviations.py`)."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A value named by `from` or `outputs`: a layer or input, and one of its outputs."""

    name: str
    output: str | None
    at: Node
    every: bool = False
    """Whether it is the output of every iteration: `stage.skip.all`."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What `from` says: values by position, or by the op's input names.

    No positions at all mean that its problem is recorded.
    """

    positional: tuple[Reference, ...] | None
    named: dict[str, tuple[Reference, ...]]
    at: Node


@dataclass(frozen=True, slots=True)
class Output:
    """A value that the model gives, under a name."""

    name: str
    reference: Reference
    at: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often a layer runs, and the name of the iteration's number, if it has one."""

    times: Node
    counter: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One entry of `layers`: its form and its modifiers.

    What could not be read is `broken`: its problem is recorded, its name stands.
    """

    form: Literal["call", "branches", "group", "for", "broken"]
    at: Node
    call: str = ""
    block: Block | None = None
    """The block that is called, where it is no op."""
    argument: Node | None = None
    branches: tuple[tuple[str, tuple[Layer, ...]], ...] = ()
    merge: Layer | None = None
    layers: tuple[Layer, ...] = ()
    loops: tuple[tuple[str, Node], ...] = ()
    """For `for`, and for branches of one per item: variables and their lists."""
    name: str | None = None
    name_at: Node | None = None
    sources: Sources | None = None
    repeat: Repeat | None = None
    when: Node | None = None
    trainable: Node | None = None
    share: Node | None = None
    tie: Mapping | None = None
    bindings: tuple[dict[str, object], ...] = ()
    """For branches of one per item, written out: the variables of each."""
    original: Layer | None = None
    """For a layer of branches that were written out: as it was written."""

    @property
    def label(self) -> str:
        """What the layer is called, and counted by, where it has no name."""
        if self.form == "branches":
            return self.merge.call if self.merge and self.merge.call else "branches"
        words = {"group": "group", "for": "stage"}
        return words.get(self.form) or self.call or "layer"


ParamType = Literal["int", "float", "bool", "str", "list", "size"]


@dataclass(frozen=True, slots=True)
class BlockParam:
    """A parameter of a block: its type, and what it may be."""

    name: str
    type: ParamType
    at: Node
    default: Node | None = None
    choices: Node | None = None


@dataclass(slots=True, eq=False)
class Block:
    """A body of layers that can be used many times, with parameters and inputs."""

    name: str
    at: Node
    params: tuple[BlockParam, ...] = ()
    inputs: tuple[str, ...] = ("input",)
    layers: tuple[Layer, ...] = ()
    outputs: tuple[Output, ...] | None = None
    names: dict[str, object] = field(default_factory=dict)
    """The parameters of the file it stands in, which its expressions may name."""
    broken: bool = False
    """Whether it leads to itself; its problem is recorded."""


@dataclass(frozen=True, slots=True)
class Input:
    """A model input: shape without the batch axis."""

    name: str
    shape: Node | None
    """None where its problem is recorded."""
    dtype: DType
    layout: Layout | None
    range: Node | None
    at: Node


class Spec(BaseModel):
    """A model spec, checked but not yet expanded.  `specgraph.load` makes one."""

    # Made by `model_construct` alone: a validator, which takes 15 ms, is never built.
    model_config = ConfigDict(
        frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    document: Document
    name: str
    description: str = ""
    semantics: Semantics = "keras"
    layout: Layout
    params: dict[str, object]
    """The values of `params`, those of the variant and of `--set` in place."""
    variant: str = ""
    """The variant that was chosen, if one was."""
    variants: tuple[str, ...] = ()
    """The variants that there are."""
    defaults: dict[str, Mapping]
    dims: dict[str, Bounds]
    inputs: tuple[Input, ...]
    blocks: dict[str, Block]
    layers: tuple[Layer, ...]
    outputs: tuple[Output, ...] | None
    train: Mapping | None
    deviations: tuple[str, ...]

    def written(self, *keys: str) -> Node | None:
        """The node at a path of keys, if there is one."""
        found: Node | None = self.document.root
        for key in keys:
            found = found.items.get(key) if isinstance(found, Mapping) else None
        return found

    @property
    def file(self) -> str:
        """The name the spec was read from."""
        return self.document.name

    @property
    def at(self) -> Location:
        """The spec's first line."""
        return self.document.root.at
