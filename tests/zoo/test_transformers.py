"""Emitted models equal those of Hugging Face transformers, to the last digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from torch import Tensor, nn

from specgraph.load import compile_spec, load
from specgraph.parity.pool import Pool
from tests.zoo.equality import (
    BACKENDS,
    BOUND,
    ROOT,
    Arrays,
    Errors,
    drawn,
    emitted_pass,
    largest_errors,
)
from tests.zoo.originals.torch_original import Call, original_pass, randomized


@dataclass(frozen=True, slots=True)
class Pair:
    """A spec and the model of transformers that it is the same as."""

    spec: str
    map: str
    model: str
    make: Callable[[], nn.Module]
    call: Call
    inputs: Callable[[], Arrays]
    set: Mapping[str, object] = field(default_factory=dict)


def tokens(length: int, below: int, name: str) -> Any:
    numbers = np.abs(drawn((2, length), name)) * below
    return (numbers.astype("int32") % below).astype("int32")


def bert(**sizes: int) -> nn.Module:
    config = transformers.BertConfig(
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=None,  # its embedding would get no gradient
        attn_implementation="eager",
        **sizes,
    )
    model: nn.Module = transformers.BertModel(config)
    return model


def call_bert(model: Any, given: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    found = model(
        input_ids=given["tokens"].long(),
        token_type_ids=given["segments"].long(),
        attention_mask=given["mask"].long(),
    )
    return {"hidden": found.last_hidden_state, "pooled": found.pooler_output}


def bert_inputs(length: int, vocabulary: int) -> Arrays:
    mask = np.ones((2, length), bool)
    mask[1, length // 2 :] = False
    return {
        "tokens": tokens(length, vocabulary, "tokens"),
        "segments": tokens(length, 2, "segments"),
        "mask": mask,
    }


def gpt2(**sizes: int) -> nn.Module:
    rates = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    config = transformers.GPT2Config(**rates, attn_implementation="eager", **sizes)
    model: nn.Module = transformers.GPT2LMHeadModel(config)
    return model


def call_gpt2(model: Any, given: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    return {"head": model(input_ids=given["tokens"].long(), use_cache=False).logits}


def vit(classes: int = 1000, **sizes: int) -> nn.Module:
    # Its eager attention takes softmax in float32.
    config = transformers.ViTConfig(
        layer_norm_eps=1e-6, num_labels=classes, attn_implementation="sdpa", **sizes
    )
    model: nn.Module = transformers.ViTForImageClassification(config)
    return model


def resnet(classes: int = 1000, **sizes: Any) -> nn.Module:
    config = transformers.ResNetConfig(num_labels=classes, **sizes)
    model: nn.Module = transformers.ResNetForImageClassification(config)
    return model


def wav2vec2(**sizes: Any) -> nn.Module:
    rates = dict.fromkeys(
        (
            "hidden_dropout",
            "activation_dropout",
            "attention_dropout",
            "feat_proj_dropout",
            "layerdrop",
        ),
        0.0,
    )
    config = transformers.Wav2Vec2Config(**rates, attn_implementation="eager", **sizes)
    model: nn.Module = transformers.Wav2Vec2Model(config)
    return model


def call_wav2vec2(model: Any, given: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    # The spec has a flag a sample, of which the first of a frame's 400 counts.
    frames = given["masked"][:, : given["masked"].shape[1] - 399 : 320]
    found = model(given["wave"][:, 0], mask_time_indices=frames)
    return {"encoder": found.last_hidden_state}


def wave(samples: int) -> Arrays:
    masked = drawn((2, samples), "masked") > 0.5
    return {"wave": drawn((2, 1, samples), "wave"), "masked": masked}


def classify(name: str) -> Call:
    return lambda model, given: {name: model(pixel_values=given["image"]).logits}


def image(size: int = 224) -> Arrays:
    return {"image": drawn((2, 3, size, size), "image")}


PAIRS = {
    "bert": Pair(
        "text/bert",
        "bert_transformers",
        "BertModel",
        bert,
        call_bert,
        lambda: bert_inputs(20, 30522),
        {"rate": 0.0},
    ),
    "gpt2": Pair(
        "text/gpt2",
        "gpt2_transformers",
        "GPT2LMHeadModel",
        gpt2,
        call_gpt2,
        lambda: {"tokens": tokens(20, 50257, "tokens")},
        {"rate": 0.0},
    ),
    "vit": Pair(
        "vision/vit",
        "vit_transformers",
        "ViTForImageClassification",
        vit,
        classify("head"),
        image,
    ),
    "resnet": Pair(
        "vision/resnet",
        "resnet_transformers",
        "ResNetForImageClassification",
        resnet,
        classify("logits"),
        image,
    ),
    "wav2vec2": Pair(
        "speech/wav2vec2",
        "wav2vec2_transformers",
        "Wav2Vec2Model",
        wav2vec2,
        call_wav2vec2,
        lambda: wave(5000),
        {"rate": 0.0},
    ),
}
SMALL = {
    "bert": Pair(
        "text/bert",
        "bert_transformers",
        "BertModel",
        lambda: bert(
            vocab_size=50,
            hidden_size=24,
            num_hidden_layers=2,
            num_attention_heads=3,
            intermediate_size=40,
        ),
        call_bert,
        lambda: bert_inputs(7, 50),
        {
            "rate": 0.0,
            "vocabulary": 50,
            "width": 24,
            "depth": 2,
            "heads": 3,
            "hidden": 40,
        },
    ),
    "gpt2": Pair(
        "text/gpt2",
        "gpt2_transformers",
        "GPT2LMHeadModel",
        lambda: gpt2(vocab_size=50, n_embd=24, n_layer=2, n_head=3, n_positions=16),
        call_gpt2,
        lambda: {"tokens": tokens(7, 50, "tokens")},
        {
            "rate": 0.0,
            "vocabulary": 50,
            "width": 24,
            "depth": 2,
            "heads": 3,
            "context": 16,
        },
    ),
    "vit": Pair(
        "vision/vit",
        "vit_transformers",
        "ViTForImageClassification",
        lambda: vit(
            5,
            image_size=8,
            patch_size=4,
            hidden_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=12,
        ),
        classify("head"),
        lambda: image(8),
        {
            "size": 8,
            "patch": 4,
            "classes": 5,
            "width": 8,
            "depth": 2,
            "heads": 2,
            "hidden": 12,
        },
    ),
    "resnet": Pair(
        "vision/resnet",
        "resnet_transformers",
        "ResNetForImageClassification",
        lambda: resnet(
            5, embedding_size=2, hidden_sizes=[8, 12, 12, 16], depths=[1, 2, 1, 1]
        ),
        classify("logits"),
        lambda: image(32),
        {
            "size": 32,
            "classes": 5,
            "widths": [2, 3, 3, 4],
            "depths": [1, 2, 1, 1],
        },
    ),
    "wav2vec2": Pair(
        "speech/wav2vec2",
        "wav2vec2_transformers",
        "Wav2Vec2Model",
        lambda: wav2vec2(
            conv_dim=[6] * 7,
            hidden_size=8,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=12,
            num_conv_pos_embeddings=4,
            num_conv_pos_embedding_groups=2,
        ),
        call_wav2vec2,
        lambda: wave(1500),
        {
            "rate": 0.0,
            "filters": 6,
            "width": 8,
            "depth": 2,
            "heads": 2,
            "hidden": 12,
            "window": 4,
            "groups": 2,
        },
    ),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1200) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", PAIRS)
def test_a_model_equals_its_original(name: str, training: bool, tmp_path: Path) -> None:
    with Pool(1200) as pool:  # its workers keep models, and these are large
        held(PAIRS[name], training, pool, tmp_path)


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", SMALL)
def test_a_small_model_equals_its_original(
    name: str, training: bool, pool: Pool, tmp_path: Path
) -> None:
    held(SMALL[name], training, pool, tmp_path)


def held(pair: Pair, training: bool, pool: Pool, folder: Path) -> None:
    """Both emitted backends against the original."""
    for backend, found in errors(pair, training, pool, folder).items():
        assert max(found.values()) <= BOUND, (backend, found)


def errors(pair: Pair, training: bool, pool: Pool, folder: Path) -> Errors:
    """How far both emitted backends are from the original."""
    graph = compile_spec(load(ROOT / "specs" / f"{pair.spec}.yaml", set=pair.set))
    inputs = pair.inputs()
    start, sums, original = original_pass(
        graph, randomized(pair.make()), pair.call, pair.map, inputs, training, folder
    )
    passes = {
        backend: emitted_pass(graph, backend, start, inputs, sums, training, pool)
        for backend in BACKENDS
    }
    return {
        backend: largest_errors(graph, start, found, original)
        for backend, found in passes.items()
    }
