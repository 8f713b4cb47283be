"""Hostile specs, as data: what each is, how it is made, the code it is refused with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostileCase:
    """A file that must be refused, quickly and with a place.

    `level` says by what: `source` refuses the YAML, `expression` what a `${...}` of
    otherwise fine YAML holds.
    """

    name: str
    make: bytes | Callable[[], bytes]
    code: str
    level: str = "source"

    def content(self) -> bytes:
        """The bytes of the file."""
        return self.make if isinstance(self.make, bytes) else self.make()


def _alias_bomb(levels: int = 30, width: int = 10) -> bytes:
    lines = ["a0: &a0 [x]"]
    for level in range(1, levels):
        aliases = ", ".join([f"*a{level - 1}"] * width)
        lines.append(f"a{level}: &a{level} [{aliases}]")
    return "\n".join(lines).encode()


def _mapping_bomb() -> bytes:
    lines = ["a0: &a0 {k: v}"]
    for level in range(1, 40):
        pair = f"l: *a{level - 1}, r: *a{level - 1}"
        lines.append(f"a{level}: &a{level} {{{pair}}}")
    return "\n".join(lines).encode()


def _deep_alias_chain() -> bytes:
    lines = ["- &a0 " + "[" * 90 + "]" * 90]
    for level in range(1, 1_000):
        lines.append(f"- &a{level} {'[' * 90}*a{level - 1}{']' * 90}")
    return "\n".join(lines).encode()


def _expression(text: str) -> bytes:
    quoted = text.replace("'", "''")
    return f"layers:\n  - dense: '${{{quoted}}}'\n".encode()


def _expressions(*texts: tuple[str, str]) -> list[HostileCase]:
    return [
        HostileCase(
            f"expression-{name}", _expression(text), "bad-expression", "expression"
        )
        for name, text in texts
    ]


CASES: list[HostileCase] = [
    HostileCase("empty", b"", "empty-file"),
    HostileCase("only-a-comment", b"# nothing\n", "empty-file"),
    HostileCase("only-a-bom", b"\xef\xbb\xbf", "empty-file"),
    HostileCase("duplicate-key", b"name: a\nlayers: []\nname: b\n", "duplicate-key"),
    HostileCase("duplicate-quoted-key", b"{a: 1, 'a': 2}", "duplicate-key"),
    HostileCase("duplicate-escaped-key", b'{a: 1, "\\x61": 2}', "duplicate-key"),
    HostileCase(
        "duplicate-keys-without-end",
        lambda: b"{" + b"a: 1, " * 300_000 + b"}",
        "duplicate-key",
    ),
    HostileCase("tab", b"layers:\n\t- flatten\n", "tab-indentation"),
    HostileCase("tab-after-spaces", b"a:\n  \tb: 1\n", "tab-indentation"),
    HostileCase("tab-continues-text", b"a:\n  - b\n\t- c\n", "tab-indentation"),
    HostileCase("alias-bomb", _alias_bomb, "too-many-nodes"),
    HostileCase("alias-bomb-of-mappings", _mapping_bomb, "too-many-nodes"),
    HostileCase(
        "alias-bomb-in-one-list",
        lambda: b"- &a [" + b"x," * 2_000 + b"]\n" + b"- *a\n" * 2_000,
        "too-many-nodes",
    ),
    HostileCase("recursive-alias", b"a: &x [1, *x]\n", "recursive-alias"),
    HostileCase("recursive-alias-far-up", b"&x\na: {b: [[*x]]}\n", "recursive-alias"),
    HostileCase("unknown-alias", b"a: *nowhere\n", "unknown-alias"),
    HostileCase("deep-flow-lists", lambda: b"[" * 100_000, "too-deep"),
    HostileCase(
        "deep-flow-lists-closed", lambda: b"[" * 100_000 + b"]" * 100_000, "too-deep"
    ),
    HostileCase("deep-flow-mappings", lambda: b"{a: " * 100_000, "too-deep"),
    HostileCase("deep-block-lists", lambda: b"- " * 100_000, "too-deep"),
    HostileCase("deep-complex-keys", lambda: b"? " * 100_000, "bad-key"),
    HostileCase(
        "deep-block-mappings",
        lambda: b"".join(b" " * depth + b"a:\n" for depth in range(2_000)),
        "too-deep",
    ),
    HostileCase("deep-through-aliases", _deep_alias_chain, "too-deep"),
    HostileCase("hundred-megabytes", lambda: b"#" * (100 * 2**20), "too-large"),
    HostileCase("just-too-large", lambda: b"#" * (32 * 2**20 + 1), "too-large"),
    HostileCase(
        "many-nodes", lambda: b"[" + b"1," * 2_100_000 + b"]", "too-many-nodes"
    ),
    HostileCase("all-blank", lambda: b"\n" * (32 * 2**20), "empty-file"),
    HostileCase("an-error-after-blanks", lambda: b"\n" * 2**24 + b"}", "yaml-syntax"),
    HostileCase("an-endless-quote", lambda: b'a: "' + b"x" * 2**24, "yaml-syntax"),
    HostileCase("binary", b"\x7fELF\x02\x01\x01\x00\x00", "binary"),
    HostileCase("nul", b"name: a\0b\n", "binary"),
    HostileCase("control-characters", b"name: \x1b[2J\n", "unprintable"),
    HostileCase("utf-16", "name: a\n".encode("utf-16"), "not-utf-8"),
    HostileCase(
        "utf-16-big-endian", b"\xfe\xff" + "a".encode("utf-16-be"), "not-utf-8"
    ),
    HostileCase("utf-16-without-mark", "name: a\n".encode("utf-16-le"), "binary"),
    HostileCase("utf-32", "name: a\n".encode("utf-32"), "not-utf-8"),
    HostileCase("latin-1", "name: café\n".encode("latin-1"), "not-utf-8"),
    HostileCase("surrogate", b"name: \xed\xa0\x80\n", "not-utf-8"),
    HostileCase("surrogate-escape", b'name: "\\ud800"\n', "yaml-syntax"),
    HostileCase("several-documents", b"a: 1\n---\nb: 2\n", "several-documents"),
    HostileCase(
        "documents-without-end", lambda: b"---\n" * 1_000_000, "several-documents"
    ),
    HostileCase("python-object", b"a: !!python/object:os.system x\n", "yaml-tag"),
    HostileCase(
        "python-apply", b"!!python/object/apply:os.system ['true']\n", "yaml-tag"
    ),
    HostileCase("core-tag", b"a: !!int '3'\n", "yaml-tag"),
    HostileCase("local-tag", b"a: !include other.yaml\n", "yaml-tag"),
    HostileCase("tag-directive", b"%TAG ! tag:x,2000:\n---\na: !y 1\n", "yaml-tag"),
    HostileCase("old-yaml", b"%YAML 1.1\n---\na: no\n", "yaml-version"),
    HostileCase("merge-key", b"a: &x {b: 1}\nc:\n  <<: *x\n", "merge-key"),
    HostileCase("number-as-key", b"1: a\n", "bad-key"),
    HostileCase("boolean-as-key", b"true: a\n", "bad-key"),
    HostileCase("null-as-key", b"~: a\n", "bad-key"),
    HostileCase("list-as-key", b"? [a]\n: b\n", "bad-key"),
    HostileCase("alias-as-key", b"a: &x k\n*x : b\n", "bad-key"),
    HostileCase("unquoted-expression", b"a: {b: ${n}}\n", "unquoted-expression"),
    HostileCase("unquoted-expression-in-list", b"a: [${n}]\n", "unquoted-expression"),
    HostileCase("huge-integer", lambda: b"a: " + b"9" * 10_000, "number-too-large"),
    HostileCase(
        "megabytes-of-digits", lambda: b"a: " + b"9" * 2**24, "number-too-large"
    ),
    HostileCase("huge-hexadecimal", b"a: 0x" + b"F" * 300, "number-too-large"),
    HostileCase("long-fraction", b"a: 0." + b"3" * 1_000, "number-too-large"),
    *_expressions(
        ("power-tower", "9**9**9"),
        ("power-of-ten", "10**10**10"),
        ("long-string", "'a' * 10**9"),
        ("long-list", "[0] * 10**9"),
        ("list-of-lists", "[[[0] * 100] * 100] * 100"),
        ("format", "'%999999999d' % 1"),
        ("rounding", "round(1, -10**15)"),
        ("class", "().__class__.__base__.__subclasses__()"),
        ("method", "'{0}'.format(1)"),
        ("import", "__import__('os').system('true')"),
        ("builtin", "open('/etc/passwd')"),
        ("eval", "eval('1')"),
        ("lambda", "(lambda: 1)()"),
        ("comprehension", "[x for x in [1, 2]]"),
        ("f-string", "f'{1}'"),
        ("walrus", "(x := 1)"),
        ("starred", "max(*[1, 2])"),
        ("keyword", "max([1], default=2)"),
        ("confusable", "ｍａｘ([1, 2])"),
        ("parentheses", "(" * 1_900),
        ("many-parentheses", "(" * 100_000),
        ("brackets", "[" * 900 + "]" * 900),
        ("minus-signs", "-" * 1_900 + "1"),
        ("negations", "not " * 400 + "1"),
        ("huge-literal", "9" * 1_900),
        ("infinity", "1e999"),
        ("complex", "(-1) ** 0.5"),
        ("division-by-zero", "1 // 0"),
        ("outside-a-block", "input.channels"),
    ),
]
