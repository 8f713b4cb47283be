"""Windows that slide over spatial axes: how they are written, and how many fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, TypeAlias

from pydantic import ValidationInfo, WithJsonSchema, field_validator

from specgraph.definition import CallError, Problem, show
from specgraph.ops.base import Bound, Op, Order, ShapeError, TensorType
from specgraph.ops.dims import MAX_SIZE, Dim, ceil_div, minimum
from specgraph.ops.proofs import proves_at_least

Pairs: TypeAlias = tuple[tuple[int, int], ...]
"""How much is added before and after, per spatial axis."""

_SIZE = {"type": "integer", "minimum": 1}
_AMOUNT = {"type": "integer", "minimum": 0}
_PER_AXIS = {"anyOf": [_AMOUNT, {"type": "array", "items": _AMOUNT}]}

Sizes = Annotated[
    tuple[int, ...],
    WithJsonSchema({"anyOf": [_SIZE, {"type": "array", "items": _SIZE}]}),
]
"""A positive integer per spatial axis; one alone stands for all."""

Amounts = Annotated[
    Pairs,
    WithJsonSchema({"anyOf": [_AMOUNT, {"type": "array", "items": _PER_AXIS}]}),
]
"""Padding before and after, per axis; an integer alone is both, and every axis."""

AmountPerAxis = Annotated[
    tuple[int, ...] | None,
    WithJsonSchema({"anyOf": [{"type": "null"}, *_PER_AXIS["anyOf"]]}),
]
"""An integer, 0 or more, per spatial axis; one alone stands for all; or nothing."""

Padding = Annotated[
    str | Pairs,
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["valid", "same", "causal"]},
                _AMOUNT,
                {"type": "array", "items": _PER_AXIS},
            ]
        }
    ),
]
"""`valid`, `same` (TensorFlow's: the odd one after), `causal`, or explicit amounts."""

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


class Windowed(Op):
    """An op over one, two or three spatial axes, beside the channels."""

    order: ClassVar[Order] = "spatial"
    dims: ClassVar[int]
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")

    @field_validator(
        "kernel_size",
        "pool_size",
        "output_size",
        "size",
        "strides",
        "dilation_rate",
        mode="before",
        check_fields=False,
    )
    @classmethod
    def _sizes(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        if value is None and not cls.model_fields[name].is_required():
            return None
        return cls.one_per_axis(name, value, 1)

    @classmethod
    def one_per_axis(cls, name: str, value: object, least: int) -> tuple[int, ...]:
        """An integer for each spatial axis, or one for all; raises CallError."""
        items = value if isinstance(value, list | tuple) else (value,) * cls.dims
        if len(items) == cls.dims and all(
            _is_int(item, least) and _is_small(item) for item in items
        ):
            return tuple(items)
        several = f" or a list of {cls.dims}" if cls.dims > 1 else ""
        kind = "a positive integer" if least else "an integer (0 or more)"
        limit = "" if all(_is_small(item) for item in items) else ", below 2^31"
        raise cls._refusal(name, f"{kind}{several}{limit}", value)

    @field_validator("padding", mode="before", check_fields=False)
    @classmethod
    def _padding(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, str) and value in cls.paddings:
            return value
        pairs = amounts(value, cls.dims)
        if pairs is not None:
            return pairs
        words = "".join(f"{word!r}, " for word in cls.paddings)
        raise cls._refusal("padding", f"{words}{amount_forms(cls.dims)}", value)

    @classmethod
    def amounts_around(cls, name: str, value: object) -> Pairs:
        """Cells before and after each axis, for one axis also as [before, after]."""
        if cls.dims == 1 and isinstance(value, list | tuple) and len(value) == 2:
            value = (value,)
        pairs = amounts(value, cls.dims)
        if pairs is None:
            one = "an integer (0 or more), or a list [before, after]"
            wanted = one if cls.dims == 1 else amount_forms(cls.dims)
            raise cls._refusal(name, wanted, value)
        return pairs

    @classmethod
    def enough(
        cls, length: Dim, least: int, mode: str, inputs: Bound[TensorType]
    ) -> None:
        """Raises ShapeError unless an axis surely has the cells that a mode copies."""
        if proves_at_least(length, least, inputs.sizes):
            return
        hint = f"`dims: {{{length}: {{min: {least}}}}}` bounds a size that has a name"
        raise ShapeError(
            f"{cls.label}: {mode} padding copies cells of an axis of at least {least}, "
            f"got {length}",
            "" if isinstance(length, int) else hint,
        )

    @classmethod
    def _refusal(cls, name: str, wanted: str, value: object) -> CallError:
        kind = "bad-value" if isinstance(value, int | list | tuple) else "wrong-type"
        if isinstance(value, bool):
            kind = "wrong-type"
        message = f"{cls.label}: {name} must be {wanted}, got {show(value)}"
        return CallError(Problem(kind, message))

    @classmethod
    def spatial_input(cls, inputs: Bound[TensorType]) -> TensorType:
        """The input, known to have the right number of axes; raises ShapeError."""
        found = inputs.first
        if len(found.shape) == cls.dims + 1:
            return found
        names = [*AXES[cls.dims], "channels"]
        if found.layout == "channels_first":
            names = ["channels", *AXES[cls.dims]]
        hint = ""
        if len(found.shape) == cls.dims:
            axis = 1 if found.layout == "channels_first" else -1
            hint = f"`expand_dims: {axis}` before it adds an axis of one channel"
        if len(found.shape) == cls.dims + 2:
            hint = "if its first axis is the batch, leave that out of the shape"
        raise ShapeError(
            f"{cls.label} needs [{', '.join(names)}] ({cls.dims + 1} written "
            f"dimensions), got {found}",
            hint,
        )

    def fitting(
        self, found: TensorType, sizes: Sequence[Dim], window: tuple[int, ...]
    ) -> tuple[Dim, ...]:
        """The spatial sizes of the output, if the window fits; raises ShapeError."""
        if any(isinstance(size, int) and size < 1 for size in sizes):
            padding = getattr(self, "padding", "valid")
            raise ShapeError(
                f"{self.label}: a window of {_shown(window)} with padding "
                f"{written(padding)} does not fit into {found}",
                "use a smaller window, or `padding: same`",
            )
        return tuple(sizes)


def amounts(value: object, dims: int) -> Pairs | None:
    """An integer, one per axis, or pairs per axis, as pairs; None if it is neither."""
    if _is_int(value, 0):
        assert isinstance(value, int)
        return ((value, value),) * dims
    if not isinstance(value, list | tuple) or len(value) != dims:
        return None
    pairs: list[tuple[int, int]] = []
    for item in value:
        both = (item, item) if isinstance(item, int) else item
        if not isinstance(both, list | tuple) or len(both) != 2:
            return None
        if not all(_is_int(part, 0) for part in both):
            return None
        pairs.append((both[0], both[1]))
    return tuple(pairs)


def amount_forms(dims: int) -> str:
    """What `amounts` takes, in words."""
    if dims == 1:
        return "an integer (0 or more), or one pair [[before, after]]"
    return f"an integer (0 or more), or a list of {dims} integers or pairs"


def reach(size: int, dilation: int) -> int:
    """How many cells a window spans from its first to its last."""
    return (size - 1) * dilation + 1


def same_amounts(length: int, size: int, stride: int, dilation: int) -> tuple[int, int]:
    """TensorFlow's `same` padding of an axis of this length; the odd one comes after."""
    total = max((-(-length // stride) - 1) * stride + reach(size, dilation) - length, 0)
    return total // 2, total - total // 2


def padded_by(
    padding: str | Pairs, axis: int, length: int, size: int, stride: int, dilation: int
) -> tuple[int, int]:
    """What any padding adds before and after the axis, which has this length."""
    if not isinstance(padding, str):
        return padding[axis]
    if padding == "same":
        return same_amounts(length, size, stride, dilation)
    return (reach(size, dilation) - 1, 0) if padding == "causal" else (0, 0)


def window_count(
    length: Dim,
    padding: str | tuple[int, int],
    size: int,
    stride: int,
    dilation: int,
    ceil_mode: bool = False,
) -> Dim:
    """How many windows an axis holds; below 1 if none fits.

    With `ceil_mode` the last window may hang over the end, but starts before it.
    """
    if padding in ("same", "causal"):
        return ceil_div(length, stride)
    before, after = (0, 0) if isinstance(padding, str) else padding
    room = length + before + after - reach(size, dilation)
    if not ceil_mode:
        return room // stride + 1
    return minimum(ceil_div(room, stride) + 1, ceil_div(length + before, stride))


def _is_int(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_small(value: object) -> bool:
    """Whether frameworks can take a number: they hold strides in 32 bits."""
    return not isinstance(value, int) or value < MAX_SIZE


def written(padding: str | Pairs) -> str:
    """Padding as a message quotes it."""
    return padding if isinstance(padding, str) else show([list(p) for p in padding])


def _shown(window: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in window)
