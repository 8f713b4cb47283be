"""What `share` and `tie` may not say."""

from __future__ import annotations

import pytest

from tests.located import HEAD, check_problems

ONE = "inputs: {x: [4]}\nlayers:\n  - {dense: 4, name: first}\n"
WORDS = (
    "inputs: {x: {shape: [7], dtype: int32, range: [0, 9]}}\nlayers:\n"
    "  - {embedding: {input_dim: 9, output_dim: 4}, name: table}\n"
)

CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "an unknown layer",
        ONE + "  - {dense: , share: §frist}\n",
        [("bad-reference", "did you mean `first`?")],
    ),
    (
        "a later layer",
        ONE + "  - {dense: , share: §last}\n  - {dense: 4, name: last}\n",
        [("bad-reference", "`last` comes later; `share` and `tie` name earlier")],
    ),
    (
        "itself",
        ONE + "  - {dense: 4, name: a, share: §a}\n",
        [("bad-reference", "`a` cannot have its own weights")],
    ),
    (
        "an input",
        ONE + "  - {dense: 4, share: §x}\n",
        [("bad-reference", "`x` has no weights here; it is an input")],
    ),
    (
        "a layer without weights",
        ONE + "  - {relu: , name: bend}\n  - {relu: , share: §bend}\n",
        [("bad-share", "`bend` (line 6) has no weights to share")],
    ),
    (
        "a layer that is left out",
        ONE + "  - {dense: 4, name: no, when: '${1 > 2}'}\n  - {dense: , share: §no}\n",
        [("bad-reference", "`no` has no weights here; its `when` leaves it out")],
    ),
    (
        "another op",
        ONE + "  - {layer_norm: , share: §first}\n",
        [("bad-share", "`first` (line 5) is dense, this is layer_norm")],
    ),
    (
        "another attribute",
        ONE + "  - {dense: {units: 4, use_bias: §false}, share: first}\n",
        [
            (
                "bad-share",
                "`use_bias` is false here, but true at `first` (line 5), whose weights",
            )
        ],
    ),
    (
        "another constraint",
        ONE + "  - {dense: {units: 4, kernel_constraint: §non_neg}, share: first}\n",
        [
            (
                "bad-share",
                "`kernel_constraint` is 'non_neg' here, but nothing at `first` (line 5)",
            )
        ],
    ),
    (
        "another leading attribute",
        ONE + "  - {dense: §5, share: first}\n",
        [("bad-share", "`units` is 5 here, but 4 at `first` (line 5)")],
    ),
    (
        "an unknown attribute",
        ONE + "  - {dense: {§unit: 5}, share: first}\n",
        [("unknown-attribute", "did you mean 'units'?")],
    ),
    (
        "a layer with a problem of its own",
        "inputs: {x: [4]}\nlayers:\n  - {dense: {§unit: 4}, name: first}\n"
        "  - {dense: , share: first}\n",
        [("unknown-attribute", "did you mean 'units'?")],
    ),
    (
        "features of another number",
        ONE + "  - {dense: 6, name: b}\n  - {dense: , share: §first}\n",
        [
            (
                "shape-mismatch",
                "the weights of `first` (line 5) do not fit: `kernel` is [4, 4] there, "
                "and would be [6, 4] here",
            )
        ],
    ),
    (
        "trained there, frozen here",
        ONE + "  - {dense: , share: first, trainable: §false}\n",
        [("bad-share", "the weights are those of `first`, which is trained")],
    ),
    (
        "a group",
        ONE + "  - {§share: first, layers: [{dense: 4}]}\n",
        [("unknown-key", "`share` stands beside the call of an op or a block")],
    ),
    (
        "the weights of a group",
        "inputs: {x: [4]}\nlayers:\n  - {layers: [{dense: 4}], name: g}\n"
        "  - {dense: , share: §g}\n",
        [("bad-reference", "name a layer in it by its path: `g.dense`")],
    ),
    (
        "a turn that there is not",
        "inputs: {x: [4]}\nlayers:\n  - {dense: 4, repeat: 2, name: d}\n"
        "  - {dense: , share: §d.2}\n",
        [("bad-reference", "its turns are 0 to 1")],
    ),
    (
        "a layer that a block has not",
        "inputs: {x: [4]}\nblocks: {pair: {layers: [{dense: 4, name: one}]}}\n"
        "layers:\n  - pair\n  - {dense: , share: §pair.two}\n",
        [("bad-reference", "there is no `two`")],
    ),
    (
        "something in a layer",
        ONE + "  - {dense: , share: §first.kernel}\n",
        [("bad-reference", "`first` is one layer: it has no `kernel` in it")],
    ),
    (
        "a block's arguments",
        "inputs: {x: [4]}\n"
        "blocks: {wide: {params: {units: int}, layers: [{dense: '${units}'}]}}\n"
        "layers:\n  - {wide: 4, name: one}\n  - {wide: §5, share: one}\n",
        [("bad-share", "`units` is 5 here, but 4 at `one` (line 6)")],
    ),
    (
        "a block of another shape",
        "inputs: {x: [4]}\nblocks: {wide: {layers: [{dense: 5}]}}\n"
        "layers:\n  - {wide: , name: one}\n  - {wide: , share: §one}\n",
        [("shape-mismatch", "`dense.kernel` is [4, 5] there, and would be [5, 5]")],
    ),
    (
        "another block",
        "inputs: {x: [4]}\n"
        "blocks: {a: {layers: [{dense: 4}]}, b: {layers: [{dense: 4}]}}\n"
        "layers:\n  - {a: , name: one}\n  - {b: , share: §one}\n",
        [("bad-share", "`one` (line 6) is block `a`, this is block `b`")],
    ),
    (
        "both",
        ONE + "  - {dense: 4, share: first, §tie: {kernel: first.kernel}}\n",
        [("unknown-key", "a layer that shares all its weights ties none")],
    ),
    (
        "an unknown weight here",
        ONE + "  - {dense: 4, tie: {§kernle: first.kernel}}\n",
        [("bad-tie", "dense has no weight `kernle` here; did you mean `kernel`?")],
    ),
    (
        "an unknown weight there",
        WORDS + "  - {dense: 9, tie: {kernel: §table.kernel}}\n",
        [("bad-tie", "`table` (line 5) has no weight `kernel`; its weights: embed")],
    ),
    (
        "a layer, no weight",
        ONE + "  - {dense: 4, tie: {kernel: §first}}\n",
        [("bad-tie", "write `first.kernel`, or what the weight is called")],
    ),
    (
        "other shapes",
        WORDS + "  - {dense: 8, tie: {kernel: §table.embeddings}}\n",
        [("shape-mismatch", "`kernel` is [4, 8], and `table.embeddings` (line 5) is")],
    ),
    (
        "a start of a tied weight",
        WORDS + "  - dense: {units: 9, §kernel_initializer: zeros}\n"
        "    tie: {kernel: table.embeddings}\n",
        [("bad-tie", "`kernel` is tied: its initializer is that of the other weight")],
    ),
    (
        "a constraint of a tied weight",
        WORDS + "  - dense: {units: 9, §kernel_constraint: non_neg}\n"
        "    tie: {kernel: table.embeddings}\n",
        [("bad-tie", "`kernel` is tied: its constraint is that of the other weight")],
    ),
    (
        "a buffer",
        ONE + "  - {batch_norm: , name: bn}\n"
        "  - {batch_norm: , tie: {moving_mean: §bn.moving_mean}}\n",
        [("bad-tie", "are not both weights that are trained")],
    ),
]


@pytest.mark.parametrize(
    ("body", "expected"),
    [(body, expected) for _, body, expected in CASES],
    ids=[name for name, _, _ in CASES],
)
def test_a_spec_with_this_is_refused(
    body: str, expected: list[tuple[str, str]]
) -> None:
    check_problems(HEAD + body, expected)
