"""What a wrong array looks like: known ways to differ, and what each is a sign of.

Every signature is tried in turn on the array that a backend gives and the one that the
reference gives; the first that fits is told.  They are signs, not proofs: the numbers
decide that something is wrong, and these what to look at first.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np

from specgraph.parity.compare import greatest
from specgraph.reference.base import Array

SAME = 1e-9
"""How near two numbers are that are taken for equal, by the scale of the array."""
SINGLE = 2.0**-24
"""What one rounding to float32 changes at most, relative to the number."""
MOST = 1 << 20
"""Elements beyond which an array is not looked at: sorting it would take too long."""

Signature = Callable[[Array, Array], str]
"""What an array that is found instead of another looks like; "" if not like this."""


def cause(found: Array, wanted: Array) -> str:
    """What a difference looks like, of equal shapes, in words; "" if like nothing known."""
    if found.shape != wanted.shape or not found.size or found.size > MOST:
        return ""
    if found.dtype.kind != "f" or wanted.dtype.kind != "f":
        return ""
    with np.errstate(all="ignore"):
        if alike(found, wanted):
            return ""
        told = (signature(found, wanted) for signature in SIGNATURES)
        return next(filter(None, told), "")


def alike(one: Array, other: Array) -> bool:
    """Whether two arrays of a shape are equal but for rounding."""
    scale = max(greatest(other), 1e-300)
    return bool(np.abs(one - other).max() <= SAME * scale)


def _not_finite(found: Array, wanted: Array) -> str:
    bad = ~np.isfinite(found)
    if not bad.any():
        return ""
    if bad.all():
        return "no number is finite: a division by zero, or a root of a negative number"
    return (
        f"{bad.sum()} of {found.size} numbers are not finite: a missing epsilon, clip "
        "or shift before exp, log, sqrt or a division"
    )


def _constant(found: Array, wanted: Array) -> str:
    if np.ptp(found) == 0.0 and np.ptp(wanted) > 0.0:
        return f"every number is {found.flat[0]:.6g}: weights or inputs are not used"
    return ""


def _roundings(found: Array, wanted: Array) -> str:
    off = np.abs(found - wanted).max() / greatest(wanted)
    if off > 16 * SINGLE or off < SINGLE / 256:
        return ""
    return (
        f"off by {off:.0e} of the greatest number, which is what float32 rounds: "
        "something is cast to float32, or a constant was held in it"
    )


def _order(found: Array, wanted: Array) -> str:
    if not alike(np.sort(found, None), np.sort(wanted, None)):
        return ""
    for axes in itertools.permutations(range(wanted.ndim)):
        if list(axes) == sorted(axes):
            continue
        turned = wanted.transpose(axes)
        if turned.shape == found.shape and alike(found, turned):
            return f"axes are in the order {list(axes)}: a transpose or a layout"
        if alike(found.ravel(), turned.ravel()):
            return f"laid out by axes {list(axes)} first: a flatten or reshape, or a layout"
    for axis in range(wanted.ndim):
        if alike(found, np.flip(wanted, axis)):
            return f"reversed along axis {axis}: a direction, or a kernel turned round"
        moved = _reordered(found, wanted, axis)
        if moved is not None:
            return (
                f"the same slices of axis {axis} in the order {moved}: channels, heads, "
                "gates or a concatenation"
            )
    return "the same numbers in another order: axes, channels or gates"


def _reordered(found: Array, wanted: Array, axis: int) -> str | None:
    """The order of slices in which an array is another."""
    size = wanted.shape[axis]
    if size < 2 or size > 512:
        return None
    rows = [np.moveaxis(a, axis, 0).reshape(size, -1) for a in (found, wanted)]
    order = []
    for row in rows[0]:
        near = np.abs(rows[1] - row).max(axis=1).argmin()
        if not alike(row, rows[1][near]):
            return None
        order.append(int(near))
    if sorted(order) != list(range(size)):
        return None
    shown = ", ".join(map(str, order[:8]))
    return f"[{shown}{', ...' if size > 8 else ''}]"


def _shift(found: Array, wanted: Array) -> str:
    for axis in range(1, found.ndim):
        size = found.shape[axis]
        if size < 3:
            continue
        inner = np.arange(1, size - 1)
        for step, word in ((1, "later"), (-1, "earlier")):
            moved = np.take(wanted, inner + step, axis)
            if alike(np.take(found, inner, axis), moved):
                return (
                    f"shifted by one place {word} along axis {axis}: a side of padding, "
                    "or a start"
                )
    return ""


def _factor(found: Array, wanted: Array) -> str:
    ratio = _ratio(found, wanted)
    if ratio is None:
        return ""
    told = f"a constant factor of {ratio:.6g}"
    if abs(ratio + 1) < SAME:
        return f"{told}: a sign"
    for size in sorted({n for n in _sizes(wanted) if n > 1}):
        for power, what in ((1.0, "a variance"), (0.5, "a standard deviation")):
            for sign in (1, -1):
                if abs(ratio - (size / (size - 1)) ** (sign * power)) < SAME:
                    return f"{told}, {size} and {size - 1}: {what} that is (un)biased"
        if abs(ratio - size) < SAME * size or abs(ratio * size - 1) < SAME:
            return (
                f"{told}, a size of the array: a sum where a mean is meant, or a mean"
            )
        if any(abs(ratio**2 * n - 1) < SAME for n in (size, 1 / size)):
            return f"{told}, the root of {size}: the scale of attention or a start"
    return f"{told}: a reduction, a rate or a scale"


def _sizes(array: Array) -> Iterator[int]:
    """The sizes that a reduction could divide by."""
    for count in range(1, array.ndim + 1):
        for some in itertools.combinations(array.shape, count):
            yield math.prod(some)


def _ratio(found: Array, wanted: Array) -> float | None:
    """What all of an array is multiplied by."""
    base = float(np.vdot(wanted, wanted))
    if not base:
        return None
    ratio = float(np.vdot(wanted, found)) / base
    return ratio if ratio and alike(found, ratio * wanted) else None


def _offset(found: Array, wanted: Array) -> str:
    off = found - wanted
    if np.ptp(off) <= SAME * greatest(wanted):
        return f"{off.mean():+.6g} everywhere: a constant added, or left out"
    return ""


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0.0),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "exp": np.exp,
    "softmax": lambda x: _softmax(x, -1),
    "softmax of axis 1": lambda x: _softmax(x, min(1, x.ndim - 1)),
}


def _softmax(x: Array, axis: int) -> Array:
    grown = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(grown / grown.sum(axis=axis, keepdims=True))


def _activation(found: Array, wanted: Array) -> str:
    for name, function in ACTIVATIONS.items():
        if alike(function(found), wanted):
            return f"the {name} of it is what is wanted: the activation is missing"
        if alike(found, function(wanted)):
            return f"the {name} of what is wanted: an activation too many"
    if alike(found, 1.0 - wanted):
        return "1 less what is wanted: a gate or a probability the other way round"
    return ""


def _negative(found: Array, wanted: Array) -> str:
    wrong = _wrong(found, wanted)
    if wrong.all() or not (wanted < 0).any() or not (wanted >= 0).any():
        return ""
    if not wrong[wanted > 0].any() and wrong[wanted < 0].any():
        return "only negative numbers differ: the slope or form of an activation"
    return ""


def _channels(found: Array, wanted: Array) -> str:
    for axis in range(1, wanted.ndim):
        rest = tuple(a for a in range(wanted.ndim) if a != axis)
        if math.prod(wanted.shape[a] for a in rest) < 3:
            continue
        off = found - wanted
        means = off.mean(axis=rest, keepdims=True)
        if alike(found, wanted + means):
            return f"a constant added by place along axis {axis}: a bias or a mean"
        norms = (wanted**2).sum(axis=rest, keepdims=True)
        ratios = (wanted * found).sum(axis=rest, keepdims=True) / norms
        if alike(found, wanted * ratios):
            return (
                f"a factor by place along axis {axis}: a gain, or the variance or "
                "epsilon of a normalisation"
            )
        # Both at once: what a normalisation makes of wrong statistics.
        centred = [a - a.mean(axis=rest, keepdims=True) for a in (found, wanted)]
        norms = (centred[1] ** 2).sum(axis=rest, keepdims=True)
        ratios = (centred[0] * centred[1]).sum(axis=rest, keepdims=True) / norms
        if alike(centred[0], centred[1] * ratios):
            return (
                f"a factor and a constant by place along axis {axis}: the statistics or "
                "the epsilon of a normalisation"
            )
    return ""


def _examples(found: Array, wanted: Array) -> str:
    if wanted.ndim < 2 or wanted.shape[0] < 2:
        return ""
    wrong = _wrong(found, wanted).reshape(wanted.shape[0], -1).any(axis=1)
    if wrong.all():
        return ""
    told = ", ".join(str(n) for n in np.flatnonzero(wrong)[:5])
    return (
        f"only some examples of the batch differ ({told}): a mask, padding or lengths"
    )


def _border(found: Array, wanted: Array) -> str:
    wrong = _wrong(found, wanted)
    places: list[str] = []
    for axis in range(1, wanted.ndim):
        size = wanted.shape[axis]
        hit = np.asarray(np.moveaxis(wrong, axis, 0).reshape(size, -1).any(axis=1))
        if size < 3 or hit.all() or hit[1:-1].all():
            continue
        first, last = int(hit.argmax()), size - 1 - int(hit[::-1].argmax())
        if last - first + 1 == hit.sum() and (first == 0) != (last == size - 1):
            side = "begin" if first == 0 else "end"
            places.append(f"the {side} of axis {axis}")
        elif not hit[1:-1].any():
            places.append(f"both ends of axis {axis}")
    if places and len(places) <= 2:
        told = " and ".join(places)
        return f"only {told} differs: padding, its value or side, or a mask of steps"
    middle = (slice(None), *[slice(1, -1)] * (wrong.ndim - 1))
    if wrong.ndim > 2 and not wrong[middle].any():
        return "only the border differs: padding, its value or its size"
    return ""


def _clipped(found: Array, wanted: Array) -> str:
    wrong = _wrong(found, wanted)
    if wrong.all():
        return ""
    for one, name in ((found, "is held at"), (wanted, "should be held at")):
        held = one[wrong]
        if held.size > 1 and np.ptp(held) == 0.0:
            number = float(held[0])
            return f"what differs {name} {number:.6g}: a bound of a clip or activation"
    return ""


def _near(found: Array, wanted: Array) -> str:
    off = np.abs(found - wanted).max() / greatest(wanted)
    if off < 1e-2:
        return (
            f"near, off by {off:.0e} of the greatest number: an epsilon, a default, or "
            "another form of the same function"
        )
    return ""


def _wrong(found: Array, wanted: Array) -> Array:
    return np.asarray(np.abs(found - wanted) > SAME * greatest(wanted))


SIGNATURES: tuple[Signature, ...] = (
    _not_finite,
    _constant,
    _roundings,
    _order,
    _shift,
    _factor,
    _offset,
    _activation,
    _negative,
    _examples,
    _border,
    _clipped,
    _channels,
    _near,
)
"""In the order in which they are tried: the narrow before the wide."""
