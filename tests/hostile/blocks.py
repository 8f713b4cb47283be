"""Hostile blocks, loops, variants and includes: refused by what they lead to."""

from __future__ import annotations

from tests.hostile.corpus import HostileCase
from tests.hostile.specs import HEAD, LAYERS, MALFORMED, RESERVED, quoted

OPS_AND_WORDS = ("conv2d", "dense", "for", "repeat", "layers", "merge", "from", "when")
MORE_RESERVED = (*RESERVED, *OPS_AND_WORDS)


def _nested(levels: int, layer: str) -> str:
    """Blocks `b0`, `b1`, … of which each holds the one before; LOWER in `layer`."""
    blocks = "".join(
        f"  b{n}: {{layers: [{layer.replace('LOWER', f'b{n - 1}')}]}}\n"
        for n in range(1, levels + 1)
    )
    return f"{HEAD}blocks:\n  b0: {{layers: [relu]}}\n{blocks}layers: [b{levels}]\n"


def _repeated(levels: int, times: str, layer: str) -> str:
    start = f"[{{repeat: {times}, layers: " * levels
    return f"{HEAD}layers: {start}[{layer}]{'}]' * levels}\n"


CASES: dict[str, tuple[str, str]] = {
    "block-recursion": (
        "recursive-block",
        HEAD + "blocks: {a: {layers: [{b: , when: false}]}, b: {layers: [a]}}\n"
        "layers: [a]\n",
    ),
    "block-recursion-in-a-loop": (
        "recursive-block",
        HEAD + "blocks: {a: {layers: [{repeat: 0, layers: [{branches: {x: [a]},"
        " merge: add}]}]}}\nlayers: [a]\n",
    ),
    "block-recursion-of-many": (
        "recursive-block",
        _nested(300, "LOWER").replace("b0: {layers: [relu]}", "b0: {layers: [b300]}"),
    ),
    "block-depth": ("too-deep", _nested(3_000, "LOWER")),
    "block-bomb-of-calls": ("too-many-layers", _nested(60, "LOWER, LOWER, LOWER")),
    "block-bomb-of-repeats": (
        "too-many-layers",
        _nested(50, "{LOWER: , repeat: 1000000}"),
    ),
    "block-bomb-of-arguments": (
        "too-many-layers",
        HEAD + "blocks:\n  b: {params: {n: int}, layers: [dense: '${n}']}\n"
        "layers: [{b: '${i + 1}', repeat: {times: 1000001, as: i}}]\n",
    ),
    "repeat-of-a-billion": (
        "too-many-layers",
        HEAD + "layers: [{dense: 4, repeat: 1000000000}]\n",
    ),
    "repeat-of-a-huge-number": (
        "too-many-layers",
        HEAD + f"layers: [{{dense: 4, repeat: {2**62}}}]\n",
    ),
    "repeat-bomb": ("too-many-layers", _repeated(30, "1000", "relu")),
    "repeat-bomb-with-counters": (
        "too-many-layers",
        _repeated(2, "{times: 1000000, as: i}", "dense: '${i + 1}'"),
    ),
    "for-over-text": (
        "wrong-type",
        HEAD + "layers: [{for: {c: abcdef}, layers: [relu]}]\n",
    ),
    "when-on-code": (
        "bad-expression",
        HEAD + "layers: [{relu: , when: \"${__import__('os')}\"}]\n",
    ),
    "variant-of-code": (
        "bad-expression",
        HEAD
        + "params: {n: 3}\nvariants: {a: {n: \"${open('/etc/passwd')}\"}}\n"
        + LAYERS,
    ),
    "parameter-like-a-value": (
        "reserved-name",
        HEAD + "blocks: {b: {params: {input: int}, layers: []}}\n" + LAYERS,
    ),
    "joined-names": (
        "duplicate-name",
        HEAD + "blocks: {b: {layers: [{dense: 3, name: c_0_d}]}}\n"
        "layers: [{b: , name: a}, {name: a_c, repeat: 2, layers: [{dense: 3, name: d}]}]\n",
    ),
    "include-of-itself": (
        "include-circle",
        HEAD + "include: [hostile.yaml]\n" + LAYERS,
    ),
    "include-by-another-name": (
        "include-circle",
        HEAD + "include: [./././hostile.yaml]\n" + LAYERS,
    ),
    **{
        f"include-{number}": (code, f"{HEAD}include: [{quoted(path)}]\n{LAYERS}")
        for number, (code, path) in enumerate(
            [
                ("outside-include", "../hostile.yaml"),
                ("outside-include", "/etc/passwd"),
                ("outside-include", "/dev/zero"),
                ("outside-include", "../../../../../../proc/self/environ"),
                ("outside-include", "a/../../b.yaml"),
                ("outside-include", "..\\x.yaml"),
                ("outside-include", "x\0.yaml"),
                ("no-such-file", "."),
                ("no-such-file", "~/x.yaml"),
                ("no-such-file", "file:///etc/passwd"),
                ("no-such-file", "${n}"),
                ("no-such-file", "a" * 5_000),
                ("no-such-file", "\u202e.yaml"),
                ("wrong-type", ""),
            ]
        )
    },
}


def _named(where: str, text: str, names: tuple[str, ...]) -> list[HostileCase]:
    return [
        HostileCase(
            f"{where}-{number}",
            text.replace("NAME", quoted(name)).encode("utf-8", "surrogatepass"),
            "reserved-name",
            "spec",
        )
        for number, name in enumerate(names)
    ]


BLOCK_CASES: list[HostileCase] = [
    *(
        HostileCase(name, text.encode(), code, "spec")
        for name, (code, text) in CASES.items()
    ),
    *_named(
        "block-name",
        f"{HEAD}blocks: {{NAME: {{layers: [relu]}}}}\n{LAYERS}",
        (*MORE_RESERVED, *MALFORMED),
    ),
    *_named(
        "block-input-name",
        f"{HEAD}blocks: {{b: {{inputs: [NAME], layers: []}}}}\n{LAYERS}",
        (*RESERVED, *MALFORMED),
    ),
    *_named(
        "block-parameter-name",
        f"{HEAD}blocks: {{b: {{params: {{NAME: int}}, layers: []}}}}\n{LAYERS}",
        MALFORMED,
    ),
    *_named(
        "loop-variable-name",
        f"{HEAD}layers: [{{for: {{NAME: [1]}}, layers: [relu]}}]\n",
        MALFORMED,
    ),
    *_named("variant-name", f"{HEAD}variants: {{NAME: {{}}}}\n{LAYERS}", MALFORMED),
]
