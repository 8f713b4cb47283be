"""What a spec can call by name: ops, losses, optimizers, initializers and the like.

A definition is a frozen pydantic class whose fields are the attributes written in
YAML.  A family is the table of the definitions that may stand in one place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo

from specgraph.diagnostics import closest

Semantics = Literal["keras", "torch"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong inside a call: `path` leads from the call to the value at fault."""

    code: str
    message: str
    path: tuple[str | int, ...] = ()
    hint: str = ""


class CallError(ValueError):
    """A call that does not fit its definition; carries every problem found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def by_semantics(*, keras: object, torch: object, **constraints: Any) -> Any:
    """A field whose default is the one of the framework that `semantics` names."""
    extra: Any = {"by_semantics": {"keras": keras, "torch": torch}}
    return Field(json_schema_extra=extra, **constraints)


class Definition(BaseModel):
    """The base of everything that is called by name in a spec."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
    )

    label: ClassVar[str] = ""
    """The name in YAML."""
    leading: ClassVar[str | None] = None
    """The attribute that a scalar value sets."""
    spellings: ClassVar[Mapping[str, str]] = {}
    """Attribute names of other frameworks, for did-you-mean."""

    @classmethod
    def semantic_defaults(cls, semantics: Semantics) -> dict[str, object]:
        """The defaults that depend on `semantics`, by attribute."""
        table = _SEMANTIC_DEFAULTS.get((cls, semantics))
        if table is None:
            table = {
                name: choices[semantics]
                for name, field in cls.model_fields.items()
                if (choices := _choices(field)) is not None
            }
            _SEMANTIC_DEFAULTS[cls, semantics] = table
        return table

    @classmethod
    def build(
        cls, attributes: Mapping[str, object], semantics: Semantics = "keras"
    ) -> Self:
        """The definition with these attributes; raises CallError with all problems."""
        filled = {**cls.semantic_defaults(semantics), **attributes}
        try:
            return cls.model_validate(filled, context={"semantics": semantics})
        except ValidationError as error:
            items = [dict(item) for item in error.errors()]
            inner = [problem for item in items for problem in _caused(item)]
            plain = [cls._problem(item) for item in items if not _caused(item)]
            raise CallError(*_merged(plain), *inner) from None

    @classmethod
    def call(cls, argument: object, semantics: Semantics = "keras") -> Self:
        """The definition called with what stands in YAML: nothing, a value, a mapping."""
        return cls.build(cls.attributes_of(argument), semantics)

    @classmethod
    def attributes_of(cls, argument: object) -> Mapping[str, object]:
        """The attributes that the YAML argument sets; raises CallError."""
        if argument is None:
            return {}
        if isinstance(argument, Mapping) and not cls.leading_takes(argument):
            return argument
        if cls.leading is None:
            raise CallError(
                Problem(
                    "wrong-type",
                    f"{cls.label} takes no plain value, got {show(argument)}",
                    hint=f"write the attributes by name: {cls.usage()}",
                )
            )
        return {cls.leading: argument}

    @classmethod
    def leading_takes(cls, argument: Mapping[str, object]) -> bool:
        """Whether a mapping is the leading attribute's value, not the attributes."""
        return False

    def attributes(self) -> dict[str, object]:
        """Every attribute with its value, in the order of declaration."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    @classmethod
    def usage(cls) -> str:
        """One line that shows how the definition is called."""
        parts = []
        for name, field in cls.model_fields.items():
            required = field.is_required() and _choices(field) is None
            parts.append(f"{name}: …" if required else name)
        return f"{cls.label}: {{{', '.join(parts)}}}"

    @classmethod
    def _problem(cls, item: dict[str, Any]) -> Problem:
        path = _path(item)
        kind, context = item["type"], item.get("ctx", {})
        at = path[: _known_depth(cls, path)] or path
        if kind == "extra_forbidden":
            return cls._unknown(path)
        if kind == "missing":
            return Problem(
                "missing-attribute", f"{cls.label} needs {path[0]!r}", (), cls.usage()
            )
        cause = context.get("error")
        name = ".".join(str(part) for part in at)
        if kind == "value_error" and cause is not None:
            return Problem("bad-value", f"{name}: {cause}", at)
        wanted = item["msg"].removeprefix("Input should be ")
        code = "bad-value" if context and "expected" not in context else "wrong-type"
        got = show(item.get("input"))
        return Problem(code, f"{cls.label}: {name} must be {wanted}, got {got}", at)

    @classmethod
    def _unknown(cls, path: tuple[str | int, ...]) -> Problem:
        word = str(path[-1])
        known = list(cls.model_fields)
        near = closest(word, known, cls.spellings)
        hint = f"did you mean {near!r}?" if near else f"it has {', '.join(known)}"
        if not known:
            hint = "it has no attributes"
        message = f"{cls.label} has no attribute {word!r}"
        return Problem("unknown-attribute", message, path, hint)


_SEMANTIC_DEFAULTS: dict[tuple[type[Definition], str], dict[str, object]] = {}


def _choices(field: FieldInfo) -> dict[str, object] | None:
    extra = field.json_schema_extra
    if not isinstance(extra, dict) or "by_semantics" not in extra:
        return None
    found = extra["by_semantics"]
    assert isinstance(found, dict)
    return dict(found)


def _path(item: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Where a problem is: the attribute, and what of the rest stands in YAML."""
    path = item["loc"]
    return (*path[:1], *filter(_in_yaml, path[1:]))


def _caused(item: Mapping[str, Any]) -> list[Problem]:
    """The problems of a call inside a call."""
    cause = item.get("ctx", {}).get("error")
    if not isinstance(cause, CallError):
        return []
    return [
        Problem(p.code, p.message, (*_path(item), *p.path), p.hint)
        for p in cause.problems
    ]


def _in_yaml(part: str | int) -> bool:
    """Pydantic puts its own type names on the path inside a union; YAML has no such."""
    if isinstance(part, int):
        return True
    return part.isidentifier() and part not in {"int", "float", "str", "bool"}


def _known_depth(cls: type[Definition], path: tuple[str | int, ...]) -> int:
    """How much of a path stands in the YAML: the attribute, then list positions."""
    depth = 0
    for part in path:
        if depth and isinstance(part, str):
            break
        depth += 1
    return depth


def _merged(problems: list[Problem]) -> list[Problem]:
    """One problem an attribute: the branches of a union are joined by 'or'.

    An attribute that a misspelt one was meant for is not missing as well.
    """
    merged: dict[tuple[object, ...], Problem] = {}
    meant = {p.hint for p in problems if p.code == "unknown-attribute"}
    for problem in problems:
        if problem.code == "missing-attribute" and _meant(problem) in meant:
            continue
        key: tuple[object, ...] = (problem.path[:1], problem.code)
        if problem.code == "missing-attribute":
            key = (problem.message,)
        first = merged.get(key)
        if first is None:
            merged[key] = problem
        elif problem.code == "wrong-type" and first.code == "wrong-type":
            merged[key] = _joined(first, problem)
    return list(merged.values())


def _meant(problem: Problem) -> str:
    """The hint of an unknown attribute that was meant for the missing one."""
    name = problem.message.rpartition(" ")[2]
    return f"did you mean {name}?"


def _joined(first: Problem, second: Problem) -> Problem:
    head, _, got = first.message.rpartition(", got ")
    other = second.message.rpartition(", got ")[0].partition(" must be ")[2]
    if other and other not in head:
        path = first.path if len(first.path) <= len(second.path) else second.path
        return Problem(first.code, f"{head} or {other}, got {got}", path, first.hint)
    return first


def show(value: object, limit: int = 60) -> str:
    """A value as a message quotes it: short, on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        value = list(value)
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


class NameTaken(TypeError):
    """A definition under a name that another one has; `label` is the name."""

    def __init__(self, message: str, label: str) -> None:
        super().__init__(message)
        self.label = label


D = TypeVar("D", bound=Definition)


class Family(Generic[D]):
    """The definitions that may stand in one place, by name.

    `homes` are the modules, by label, that define what is not imported before it is
    asked for.
    """

    def __init__(
        self,
        noun: str,
        aliases: Mapping[str, str] | None = None,
        spellings: Mapping[str, str] | None = None,
        homes: Mapping[str, str] | None = None,
    ) -> None:
        self.noun = noun
        self.homes = homes or {}
        self.aliases = dict(aliases or {})
        self.spellings = {**(spellings or {}), **self.aliases}
        self._table: dict[str, type[D]] = {}

    def register(self, cls: type[D]) -> type[D]:
        """Adds a class under its label; a label claimed twice is an error."""
        if not cls.label:
            raise TypeError(f"{cls.__name__} has no label")
        other = self._table.get(cls.label)
        home = other.__module__ if other else self.homes.get(cls.label, cls.__module__)
        if other not in (None, cls) or home != cls.__module__:
            raise NameTaken(
                f"{self.noun} {cls.label!r} is defined by both {home} and "
                f"{cls.__module__}",
                cls.label,
            )
        self._table[cls.label] = cls
        return cls

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all that there is; nothing is imported for it."""
        return tuple(dict.fromkeys((*self.homes, *self._table)))

    def __contains__(self, name: object) -> bool:
        return name in self._table or name in self.homes or name in self.aliases

    def __iter__(self) -> Iterator[type[D]]:
        for label in self.labels:
            yield self._at(label)

    def _at(self, label: str) -> type[D]:
        if label not in self._table:
            import_module(self.homes[label])
        return self._table[label]

    def get(self, name: str) -> type[D] | None:
        """The class of this name, or None."""
        return self.find(name) if name in self else None

    def find(self, name: str) -> type[D]:
        """The class of this name; raises CallError with the nearest name."""
        if name not in self:
            raise CallError(self.unknown(name))
        return self._at(self.aliases.get(name, name))

    def unknown(self, name: str) -> Problem:
        """The problem of a name that nothing bears."""
        near = closest(name, self.labels, self.spellings)
        hint = f"did you mean {near!r}?" if near else ""
        if not near and len(self.labels) <= 24:
            hint = f"known: {', '.join(sorted(self.labels))}"
        return Problem(
            f"unknown-{self.noun}", f"unknown {self.noun} {name!r}", (), hint
        )

    def parse(self, value: object, semantics: Semantics = "keras") -> D:
        """What a name, or a mapping of one name to its argument, calls."""
        name, argument = split_call(value, self.noun)
        try:
            return self.find(name).call(argument, semantics)
        except CallError as error:
            if not isinstance(value, Mapping) or name not in self:
                raise
            inner = [
                Problem(p.code, p.message, (name, *p.path), p.hint)
                for p in error.problems
            ]
            raise CallError(*inner) from None


def split_call(value: object, noun: str) -> tuple[str, object]:
    """The name and the argument of `name` or `{name: argument}`; raises CallError."""
    if isinstance(value, str):
        return value, None
    if isinstance(value, Mapping) and len(value) == 1:
        name, argument = next(iter(value.items()))
        return str(name), argument
    raise CallError(
        Problem(
            "wrong-type",
            f"{noun} must be a name or one call {{name: …}}, got {show(value)}",
        )
    )


def semantics_of(info: ValidationInfo) -> Semantics:
    """The semantics under which a nested definition is validated."""
    context = info.context
    return context["semantics"] if context else "keras"


def call_form(definition: Definition) -> object:
    """The definition as YAML says it: a name, or one name with all its attributes."""
    attributes = {
        name: plain_form(value) for name, value in definition.attributes().items()
    }
    return {definition.label: attributes} if attributes else definition.label


def plain_form(value: object) -> object:
    """A value as YAML holds it: definitions as calls, tuples as lists."""
    if isinstance(value, Definition):
        return call_form(value)
    if isinstance(value, tuple | list):
        return [plain_form(item) for item in value]
    if isinstance(value, BaseModel):
        return {name: plain_form(item) for name, item in value}
    if isinstance(value, Mapping):
        return {str(key): plain_form(item) for key, item in value.items()}
    return value
