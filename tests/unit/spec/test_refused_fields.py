"""What is refused at the top of a spec: keys, types, names, params, dims, inputs."""

from __future__ import annotations

import pytest

from tests.located import check_problems

HEAD = "specgraph: 1\nname: m\n"
BODY = "inputs: {x: [4]}\nlayers: [relu]\n"

CASES: list[tuple[str, str, list[tuple[str, str]]]] = [
    ("a list", "§- relu\n", [("wrong-type", "a spec is a mapping")]),
    ("a word", "§hello\n", [("wrong-type", "got 'hello'")]),
    (
        "nothing said",
        "§§§§{}\n",
        [
            ("missing-key", "`specgraph` is missing"),
            ("missing-key", "`name` is missing"),
            ("missing-key", "the model has no `inputs`"),
            ("missing-key", "`layers` is missing"),
        ],
    ),
    (
        "another version",
        "specgraph: §2\nname: m\n" + BODY,
        [("bad-value", "there is no version 2")],
    ),
    (
        "a version that is no integer",
        "specgraph: §true\nname: m\n" + BODY,
        [("wrong-type", "got true")],
    ),
    (
        "a misspelt key",
        HEAD + BODY + "§otuputs: {}\n",
        [("unknown-key", "did you mean `outputs`?")],
    ),
    (
        "another tool's key",
        HEAD + BODY + "§training: {}\n",
        [("unknown-key", "did you mean `train`?")],
    ),
    (
        "a key from nowhere",
        HEAD + BODY + "§zebra: 1\n",
        [("unknown-key", "known: specgraph, name,")],
    ),
    (
        "blocks, variants and includes that are none",
        HEAD + "include: §3\nvariants: §[]\nblocks: §[]\n" + BODY,
        [
            ("wrong-type", "`include` is a list of files, got 3"),
            ("wrong-type", "`variants` must be a mapping, got []"),
            ("wrong-type", "`blocks` must be a mapping, got []"),
        ],
    ),
    (
        "a name that is a number",
        "specgraph: 1\nname: §7\n" + BODY,
        [("wrong-type", "the model's name must be a string, got 7")],
    ),
    (
        "a keyword as name",
        "specgraph: 1\nname: §class\n" + BODY,
        [("reserved-name", "cannot be called 'class': it is a Python keyword")],
    ),
    (
        "a name whose class is imported",
        "specgraph: 1\nname: §tensor\n" + BODY,
        [("reserved-name", "its class would be Tensor")],
    ),
    (
        "a path as name",
        "specgraph: 1\nname: §../x\n" + BODY,
        [("reserved-name", "a name is a letter, then letters")],
    ),
    (
        "a name as long as a book",
        f"specgraph: 1\nname: §{'a' * 101}\n" + BODY,
        [("reserved-name", "at most 100 characters")],
    ),
    (
        "a description that is a list",
        HEAD + "description: §[a]\n" + BODY,
        [("wrong-type", "`description` must be a string")],
    ),
    (
        "unknown semantics",
        HEAD + "semantics: §tensorflow\n" + BODY,
        [("bad-value", "expected keras or torch, got 'tensorflow'")],
    ),
    (
        "a misspelt layout",
        HEAD + "layout: §chanels_last\n" + BODY,
        [("bad-value", "did you mean `channels_last`?")],
    ),
    (
        "no layout for a whole spec",
        HEAD + "layout: §none\n" + BODY,
        [("bad-value", "expected channels_last or channels_first, got 'none'")],
    ),
    (
        "sections of the wrong type",
        HEAD
        + "params: §[]\ndefaults: §3\ndims: §a\ninputs: §[x]\nlayers: §relu\n"
        + "outputs: §relu\ntrain: §adam\ndeviations: §{a: 1}\n",
        [
            ("wrong-type", "`params` must be a mapping, got []"),
            ("wrong-type", "`defaults` must be a mapping"),
            ("wrong-type", "`dims` must be a mapping"),
            ("wrong-type", "`inputs` must be a mapping"),
            ("wrong-type", "`layers` is a list of layers, got 'relu'"),
            ("wrong-type", "write `outputs: {name: layer}`"),
            ("wrong-type", "`train` must be a mapping"),
            ("wrong-type", "`deviations` is a list of names"),
        ],
    ),
    (
        "no layers and no inputs in them",
        HEAD + "inputs: §{}\nlayers: §[]\n",
        [("missing-key", "the model has no `inputs`"), ("bad-value", "no layers")],
    ),
    (
        "no outputs in outputs",
        HEAD + BODY + "outputs: §{}\n",
        [("bad-value", "`outputs` names no output")],
    ),
    (
        "a deviation that is a list",
        HEAD + BODY + "deviations: [sgd.velocity, §[a]]\n",
        [("wrong-type", "`deviations` is a list of names, got ['a']")],
    ),
    (
        "a deviation that nobody knows",
        HEAD + BODY + "deviations: [sgd.velocity, §batch_norm.runing_variance]\n",
        [("unknown-deviation", "did you mean 'batch_norm.running_variance'?")],
    ),
]

PARAMS: list[tuple[str, str, list[tuple[str, str]]]] = [
    ("a mapping", "params: {a: §{b: 1}}\n", [("wrong-type", "parameter a must be")]),
    ("nothing", "params: {a: §}\n", [("wrong-type", "got nothing")]),
    ("a list with a hole", "params: {a: §[1, null]}\n", [("wrong-type", "list of")]),
    ("a keyword", "params: {§lambda: 1}\n", [("reserved-name", "Python keyword")]),
    (
        "words of expressions",
        "params: {§input: 1, §'true': 2}\n",
        [("reserved-name", "something else in expressions")] * 2,
    ),
    ("an underscore", "params: {§_a: 1}\n", [("reserved-name", "underscore")]),
    (
        "a later one",
        'params: {a: "${§b}", b: 1}\n',
        [("bad-expression", "unknown name 'b'")],
    ),
    (
        "a broken one, told once",
        'params: {a: "${§1 / 0}", b: "${a}"}\n',
        [("bad-expression", "division by zero")],
    ),
]

DIMS: list[tuple[str, str, list[tuple[str, str]]]] = [
    ("no mapping", "dims: {t: §5}\n", [("wrong-type", "`dims.t` must be a mapping")]),
    ("a misspelt key", "dims: {t: {§minn: 5}}\n", [("unknown-key", "mean `min`?")]),
    (
        "bounds that are no sizes",
        "dims: {t: {min: §0, max: §true, multiple_of: §2.5}}\n",
        [
            ("bad-value", "`min` must be an integer from 1 to 2^31 - 1, got 0"),
            ("bad-value", "got true"),
            ("bad-value", "got 2.5"),
        ],
    ),
    (
        "bounds without end",
        "dims: {t: {max: §2147483648}}\n",
        [("bad-value", "from 1 to 2^31 - 1")],
    ),
    (
        "bounds upside down",
        "dims: {t: §{min: 5, max: 3}}\n",
        [("bad-value", "no size lies between 5 and 3")],
    ),
    (
        "no multiple in between",
        "dims: {t: §{min: 5, max: 7, multiple_of: 4}}\n",
        [("bad-value", "no multiple of 4 lies between 5 and 7")],
    ),
    (
        "a keyword and a function",
        "dims: {§for: {}, §max: {}}\n",
        [("reserved-name", "Python keyword"), ("reserved-name", "it is a function")],
    ),
    (
        "a bad expression",
        'dims: {t: {max: "${§n}"}}\n',
        [("bad-expression", "unknown name 'n'")],
    ),
]

INPUTS: list[tuple[str, str, list[tuple[str, str]]]] = [
    (
        "reserved names",
        "{§self: [4], §half: [4], §torch: [4], §__init__: [4], §a-b: [4]}",
        [
            ("reserved-name", "an input cannot be called 'self'"),
            ("reserved-name", "an attribute of torch.nn.Module"),
            ("reserved-name", "use it for something else"),
            ("reserved-name", "do not start with an underscore"),
            ("reserved-name", "a name is a letter"),
        ],
    ),
    (
        "shapes that are none",
        "{a: §4, b: §hello, c: §, d: §true}",
        [("wrong-type", "a shape is a list of dimensions, got 4")]
        + [("wrong-type", "a shape is a list")] * 3,
    ),
    (
        "dimensions that are none",
        "{a: [§0, §-3, §2147483648, §1.5, §true, §null, §[2], §a b, §max]}",
        [
            ("bad-value", "a dimension lies between 1 and 2^31 - 1, got 0"),
            ("bad-value", "name a dimension whose size varies"),
            ("bad-value", "got 2147483648"),
            ("wrong-type", "an integer or a name, got 1.5"),
            ("wrong-type", "got true"),
            ("wrong-type", "name a dimension whose size varies: [time, 80]"),
            ("wrong-type", "got [2]"),
            ("bad-value", "a name is a letter"),
            ("bad-value", "it is a function"),
        ],
    ),
    (
        "infinite sizes",
        "{a: [§.inf, §.nan]}",
        [("wrong-type", "integer or a name")] * 2,
    ),
    ("no shape", "{§a: {dtype: int32}}", [("missing-key", "input a has no `shape`")]),
    (
        "misspelt keys and values",
        "{a: {§shpae: [4], shape: [4], dtype: §int, layout: §channel_last}}",
        [
            ("unknown-key", "did you mean `shape`?"),
            ("bad-value", "did you mean `int32`?"),
            ("bad-value", "did you mean `channels_last`?"),
        ],
    ),
    (
        "a layout for one dimension",
        "{§a: {shape: [4], layout: channels_first}}",
        [("bad-value", "a layout needs two or more dimensions, got 1")],
    ),
    (
        "ranges that are none",
        "{a: {shape: [4], range: §[3, 1]}, b: {shape: [4], range: §[1]},"
        " c: {shape: [4], range: §[a, b]}, d: {shape: [4], range: §[0, .inf]},"
        " e: {shape: [4], range: §[.nan, 1]}, f: {shape: [4], range: §5},"
        " g: {shape: [4], range: §[1, 1]}, h: {shape: [4], range: §[true, 5]}}",
        [("bad-value", "`range` is two ascending numbers")] * 8,
    ),
    (
        "ranges that a dtype does not hold",
        "{a: {shape: [4], dtype: int32, range: §[0, 1.5]},"
        " b: {shape: [4], dtype: uint8, range: §[0, 257]},"
        " c: {shape: [4], dtype: int32, range: §[0, 2147483649]},"
        " d: {shape: [4], dtype: bool, range: §[0, 1]}}",
        [
            ("bad-value", "`range` is two ascending integers"),
            ("bad-value", "`range` is within uint8: [0, 256]"),
            ("bad-value", "`range` is within int32"),
            ("bad-value", "a bool is none"),
        ],
    ),
    (
        "bad expressions",
        '{a: [4, "${§n}"], b: "${1 +§}"}',
        [("bad-expression", "unknown name 'n'"), ("bad-expression", "")],
    ),
]

SETTINGS: list[tuple[str, str, dict[str, object], list[tuple[str, str]]]] = [
    ("unknown", "{size: 1}", {"sise": 2}, [("unknown-parameter", "mean size?")]),
    ("none there", "{}", {"n": 2}, [("unknown-parameter", "parameters: none")]),
    (
        "no integer",
        "{n: 1}",
        {"n": 2.0},
        [("wrong-type", "expected an integer like 1")],
    ),
    ("no integer but true", "{n: 1}", {"n": True}, [("wrong-type", "got true")]),
    ("no boolean", "{b: true}", {"b": 1}, [("wrong-type", "a boolean like true")]),
    ("no string", "{s: a}", {"s": 5}, [("wrong-type", "a string like 'a', got 5")]),
    ("no number", "{f: 1.5}", {"f": "1"}, [("wrong-type", "a number like 1.5")]),
    ("no list", "{l: [1]}", {"l": 1}, [("wrong-type", "a list of integers")]),
    ("another list", "{l: [1]}", {"l": [1, "a"]}, [("wrong-type", "like [1]")]),
    ("a mapping", "{l: [1]}", {"l": {"a": 1}}, [("wrong-type", "got {'a': 1}")]),
    ("nothing", "{l: [1, a]}", {"l": [None]}, [("wrong-type", "expected a list like")]),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES, ids=lambda c: str(c)[:40])
def test_refused_spec(name: str, text: str, expected: list[tuple[str, str]]) -> None:
    check_problems(text, expected)


@pytest.mark.parametrize(
    ("name", "text", "expected"), [*PARAMS, *DIMS], ids=lambda c: str(c)[:40]
)
def test_refused_section(name: str, text: str, expected: list[tuple[str, str]]) -> None:
    body = BODY if "t:" not in text else "inputs: {x: [t, 4]}\nlayers: [relu]\n"
    check_problems(HEAD + text + body, expected)


@pytest.mark.parametrize(
    ("name", "text", "expected"), INPUTS, ids=lambda c: str(c)[:40]
)
def test_refused_input(name: str, text: str, expected: list[tuple[str, str]]) -> None:
    layers = "layers:\n  - add: {broadcast: true}\n    from: [a, a]\n"
    if "§a-b" in text:
        layers = "layers: [{parameter: 3}]\n"
    check_problems(HEAD + f"inputs: {text}\n" + layers, expected)


@pytest.mark.parametrize(
    ("name", "params", "given", "expected"), SETTINGS, ids=lambda c: str(c)[:40]
)
def test_refused_setting(
    name: str, params: str, given: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    check_problems(HEAD + f"params: {params}\n" + BODY, expected, given)
