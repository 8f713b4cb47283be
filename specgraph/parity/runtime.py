"""What a backend's worker module offers: a way to run the files its emitter writes.

`Backend.worker` names a module with a class `Runtime` that fits the protocol here.
Arrays that cross it are NumPy's, their axes in the framework's order; values are
numbered as their taps are.  Nothing else of ours need be imported there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.generic]
Arrays: TypeAlias = Mapping[str, Array]
Masks: TypeAlias = Mapping[int, Array]
"""What dropout keeps, and the numbers that noise is made of, by the tap that draws."""


class Watch(Protocol):
    """Sees what comes to be at the taps of model.py while its code runs."""

    def recording(self) -> AbstractContextManager[object]:
        """Records results for as long as it is entered."""

    def counting(self) -> AbstractContextManager[object]:
        """Counts results for as long as it is entered, so that `here` tells the turn."""

    @property
    def found(self) -> Mapping[int, Any]:
        """What each tap's call gave last."""

    @property
    def siblings(self) -> Sequence[Sequence[int]]:
        """The taps of each node that gives several values."""

    @property
    def again(self) -> Mapping[int, int]:
        """Taps of further uses of a part that is built once, and which use each is."""

    def here(self) -> int | None:
        """The tap at whose call model.py stands now."""


class Model(Protocol):
    """A model that an emitted model.py built."""

    @property
    def trained(self) -> list[str]:
        """The keys of the tensors that an optimizer would change."""

    def tensors(self) -> dict[str, Array]:
        """A copy of every weight, buffer and counter, by the framework's key."""

    def assign(self, tensors: Arrays) -> None:
        """Sets tensors by key."""

    def run(
        self,
        inputs: Arrays,
        training: bool,
        masks: Masks,
        cotangents: Arrays,
    ) -> dict[str, Array]:
        """One pass, and the gradient of the sum of all `tensor * cotangent`.

        The keys of the result are `output:<name>` (`output:` where the model gives a
        bare one), `value:<tap>`, and, where there are cotangents, `gradient:value:<tap>`,
        `gradient:input:<name>` and `gradient:weight:<key>`.  A tap that is the same
        tensor as an input or an earlier tap has no gradient.  That of a tap with
        siblings is without what goes through these.  Cotangents are keyed by
        `output:`, `value:` and `input:`; `masks` are what the taps draw
        that do, without which a pass draws its own.
        """

    def loss(
        self, function: Callable[[Any, Any], Any], batch: Arrays, masks: Masks
    ) -> dict[str, Array]:
        """`loss`, and `gradient:weight:<key>`, of a batch in training, without a step."""

    def train(
        self, program: Any, batches: Iterable[tuple[Arrays, Masks]]
    ) -> Iterable[dict[str, Array]]:
        """For each step `loss`, `gradient:weight:<key>`, `weight:<key>` and the state.

        `program` is train.py; its metrics of the batch, as the step sees it, are
        `metric:<name>`, the name being what train.py reports it as.  The optimizer's
        state is `slot:<name>:<key>`, the name being `m`, `v` or `vhat` of Adam,
        `velocity_plain` or `velocity_scaled` (by the learning rate).
        """


class Runtime(Protocol):
    """A framework in one dtype, ready to build models."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Versions, threads and flags, for the report."""

    def open(self, entry: Callable[[], Any], watch: Watch) -> Model:
        """The model that an entry point builds, its values watched.

        What it draws is the same whenever it is opened.
        """
