"""Runs emitted PyTorch files for parity (`specgraph.parity.runtime` says how)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.overrides import TorchFunctionMode

from specgraph_torch.autograd import Results, array_of, direct, distinct, gradients

Arrays = Mapping[str, NDArray[Any]]
Masks = Mapping[int, NDArray[Any]]

SLOTS = {
    "exp_avg": "m",
    "exp_avg_sq": "v",
    "max_exp_avg_sq": "vhat",
    "momentum_buffer": "velocity_plain",
}
"""What an optimizer keeps, by its name in PyTorch."""
SELU_FLOOR = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
"""The least value of a SELU, which alpha dropout puts for what it drops."""


def _anew(result: Any, given: tuple[Any, ...]) -> Any:
    """What a call gave; where that is what it took, a tensor with its own gradient."""
    same = isinstance(result, Tensor) and any(result is one for one in given)
    return result.view_as(result) if same else result


class ThroughPython(TorchFunctionMode):
    """Makes every operator and builtin return through a Python frame."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """The function's result; never what it took, which has another gradient."""
        return _anew(func(*args, **(kwargs or {})), args)


class Runtime:
    """PyTorch on one thread, deterministic, in one dtype."""

    def __init__(self, dtype: str) -> None:
        self.dtype: torch.dtype = getattr(torch, dtype)
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        flushes = torch.set_flush_denormal(True)
        self.environment = {
            "torch": str(torch.__version__),
            "torch threads": "1",
            "torch TF32": "off",
            "torch denormals": "flushed" if flushes else "kept",
        }

    def open(self, entry: Callable[[], nn.Module], watch: Any) -> TorchModel:
        """The model of an entry point, its values watched while `forward` runs."""
        torch.manual_seed(0)
        return TorchModel(entry().to(self.dtype), self.dtype, watch)


class TorchModel:
    """One model."""

    def __init__(self, module: nn.Module, dtype: torch.dtype, watch: Any) -> None:
        self.module = module
        self.dtype = dtype
        self.watch = watch

    @property
    def trained(self) -> list[str]:
        """The keys of the parameters that require a gradient."""
        return [name for name, _ in self._trained()]

    def tensors(self) -> Results:
        """The state dict."""
        return {k: array_of(v).copy() for k, v in self.module.state_dict().items()}

    def assign(self, tensors: Arrays) -> None:
        """Loads tensors as a state dict; RuntimeError if one does not fit."""
        state = {key: torch.from_numpy(array) for key, array in tensors.items()}
        unknown = self.module.load_state_dict(state, strict=False).unexpected_keys
        if unknown:
            raise RuntimeError(f"the model has no {', '.join(unknown)}")

    def run(
        self,
        inputs: Arrays,
        training: bool,
        masks: Masks,
        cotangents: Arrays,
    ) -> Results:
        """One pass with its values, and their gradients where there are cotangents."""
        given = {name: self._tensor(array) for name, array in inputs.items()}
        for tensor in given.values():
            tensor.requires_grad_(tensor.is_floating_point() and bool(cotangents))
        self.module.train(training)
        with (
            self._masked(masks),
            torch.set_grad_enabled(bool(cotangents)),
            self.watch.recording(),
            ThroughPython(),
            register_module_forward_hook(lambda _, given, made: _anew(made, given)),
        ):
            result = self.module(*given.values())
        outputs = result if isinstance(result, dict) else {"": result}
        tensors = {f"output:{name}": tensor for name, tensor in outputs.items()}
        taps = sorted(self.watch.found.items())
        tensors |= {f"value:{tap}": tensor for tap, tensor in taps}
        found = {key: array_of(tensor) for key, tensor in tensors.items()}
        if cotangents:
            entered = {f"input:{name}": tensor for name, tensor in given.items()}
            total = self._total({**entered, **tensors}, cotangents)
            weights = {f"weight:{key}": weight for key, weight in self._trained()}
            sources = distinct({**entered, **_taps(tensors), **weights})
            found |= gradients(total, sources, bool(self.watch.siblings))
            for siblings in self.watch.siblings:
                found |= direct(found, sources, siblings)
        return found

    def _total(self, tensors: Mapping[str, Tensor], cotangents: Arrays) -> Tensor:
        terms = [
            (tensors[key] * self._tensor(weight)).sum()
            for key, weight in cotangents.items()
            if key in tensors
        ]
        return torch.stack(terms).sum()

    def loss(
        self, function: Callable[[Any, Any], Tensor], batch: Arrays, masks: Masks
    ) -> Results:
        """The loss of a batch in training, and the gradient of every weight."""
        self.module.train()
        given = self._batch(batch)
        with self._masked(masks), self._counted(masks):
            total = function(self.module, given)
        weights = {f"weight:{key}": weight for key, weight in self._trained()}
        sources = {**weights, **given}
        found = gradients(total, sources)
        wanted = {f"gradient:{key}": found[f"gradient:{key}"] for key in weights}
        return {"loss": array_of(total), **wanted}

    def train(
        self, program: Any, batches: Iterable[tuple[Arrays, Masks]]
    ) -> Iterator[Results]:
        """One optimizer step a batch."""
        self.module.train()
        stepper = program.optimizer(self.module)
        for batch, masks in batches:
            stepper.zero_grad()
            with self._masked(masks), self._counted(masks):
                measured = program.measures(self.module, self._batch(batch))
            measured["loss"].backward()
            found = {
                f"metric:{name}": array_of(value) for name, value in measured.items()
            }
            found["loss"] = found.pop("metric:loss")
            for key, weight in self._trained():
                if weight.grad is not None:
                    found[f"gradient:weight:{key}"] = array_of(weight.grad).copy()
            stepper.step()
            for key, weight in self._trained():
                for name, state in stepper.state.get(weight, {}).items():
                    if name in SLOTS and isinstance(state, Tensor):
                        found[f"slot:{SLOTS[name]}:{key}"] = array_of(state).copy()
            found |= {f"weight:{key}": array for key, array in self.tensors().items()}
            yield found

    def _batch(self, batch: Arrays) -> dict[str, Tensor]:
        """The tensors of a batch.

        In float64 `nn.GroupNorm` ends the process (torch 2.13) where its input needs no
        gradient and its weights do, so that every input has one.
        """
        found = {name: self._tensor(array) for name, array in batch.items()}
        for tensor in found.values():
            tensor.requires_grad_(tensor.dtype == torch.float64)
        return found

    def _trained(self) -> list[tuple[str, nn.Parameter]]:
        named = self.module.named_parameters()
        return [(name, p) for name, p in named if p.requires_grad]

    def _tensor(self, array: NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(np.array(array))
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    @contextmanager
    def _counted(self, masks: Masks) -> Iterator[None]:
        """Where layers draw what the masks say, and no results are recorded."""
        if not masks:
            yield
            return
        with self.watch.counting(), ThroughPython():
            yield

    @contextmanager
    def _masked(self, masks: Masks) -> Iterator[None]:
        """Layers that draw what the masks say, by the tap at whose call they do."""
        if not masks:
            yield
            return
        fused = nn.functional.scaled_dot_product_attention

        def drawn() -> Tensor:
            found: Tensor = torch.from_numpy(masks[self.watch.here()])
            return found

        def dropout(
            input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
        ) -> Tensor:
            if not training or p == 0:
                return input
            scale = 1 / (1 - p) if p < 1 else 0.0
            return torch.where(drawn(), input * scale, 0.0)

        def alpha_dropout(
            input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
        ) -> Tensor:
            if not training or p == 0:
                return input
            factor = ((1 - p) * (1 + p * SELU_FLOOR**2)) ** -0.5
            kept = torch.where(drawn(), input, SELU_FLOOR)
            found: Tensor = factor * (kept - p * SELU_FLOOR)
            return found

        def randn_like(input: Tensor) -> Tensor:
            return drawn().to(input.dtype)

        def attention(
            query: Tensor,
            key: Tensor,
            value: Tensor,
            attn_mask: Tensor | None = None,
            dropout_p: float = 0.0,
            is_causal: bool = False,
            **named: Any,
        ) -> Tensor:
            seen = attn_mask, 0.0, is_causal
            if not dropout_p:
                return fused(query, key, value, *seen, **named)
            # What attention makes of unit vectors as values is its scores.
            kinds = torch.eye(key.shape[-2], dtype=query.dtype)
            scores = fused(
                query, key, kinds.expand(*key.shape[:-1], -1), *seen, **named
            )
            groups = query.shape[1] // value.shape[1]
            return dropout(scores, dropout_p) @ value.repeat_interleave(groups, 1)

        dropouts = ("dropout", "dropout1d", "dropout2d", "dropout3d")
        functional: dict[str, Any] = {
            **dict.fromkeys(dropouts, dropout),
            "alpha_dropout": alpha_dropout,
            "scaled_dot_product_attention": attention,
        }
        with (
            patch.multiple(nn.functional, **functional),
            patch.object(torch, "randn_like", randn_like),
        ):
            yield


def _taps(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {key: t for key, t in tensors.items() if key.startswith("value:")}
