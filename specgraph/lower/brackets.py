"""Brackets, the optional parentheses of statements, and breaks inside them."""

from collections.abc import Callable

from specgraph.lower.document import (
    Break,
    Doc,
    FitsBroken,
    Group,
    GroupIfBroken,
    Indent,
    IndentIfBroken,
    When,
)

BARE, BRACKETED = 0, -1  # levels; a positive one is the key of optional parentheses


def soft_block(content: Doc) -> Doc:
    """On lines of its own, indented, where the enclosing group breaks."""
    return [Indent([Break.SOFT, content]), Break.SOFT]


class Brackets:
    """Knows, while the document of a statement is built, which brackets it is in."""

    def __init__(self) -> None:
        self.level = BARE
        self._keys = 0

    def key(self) -> int:
        self._keys += 1
        return self._keys

    def at(self, level: int, build: Callable[[], Doc]) -> Doc:
        """What `build` makes inside (or outside) brackets."""
        saved, self.level = self.level, level
        doc = build()
        self.level = saved
        return doc

    def bracketed(self, left: str, content: Callable[[], Doc], right: str) -> Doc:
        outer = self.level
        inner: Doc = Group(soft_block(self.at(BRACKETED, content)))
        if outer > 0:
            inner = FitsBroken(inner, outer)
        return [left, inner, right]

    def group(self, content: Doc) -> Doc:
        """A group, where the expression is in brackets or gets optional ones."""
        if self.level == BARE:
            return content
        return Group(content) if self.level < 0 else GroupIfBroken(content, self.level)

    def space(self) -> Doc:
        """A break, where the expression is in brackets or gets optional ones."""
        if self.level == BARE:
            return " "
        if self.level < 0:
            return Break.SPACE
        broken = When(Break.SPACE, True, self.level)
        return [broken, When(" ", False, self.level)]

    def soft(self) -> Doc:
        if self.level == BARE:
            return ""
        if self.level < 0:
            return Break.SOFT
        return When(Break.SOFT, True, self.level)

    def space_if_broken(self) -> Doc:
        if self.level == BARE:
            return ""
        return When(" ", True, max(self.level, 0))

    def parenthesized_if_broken(self, content: Callable[[], Doc]) -> Doc:
        key = self.key()
        inner: Doc = [Break.SOFT, self.at(BRACKETED, content)]
        parts: list[Doc] = [
            When("(", True),
            IndentIfBroken(inner, key),
            Break.SOFT,
            When(")", True),
        ]
        return Group(parts, key)

    def optional_parentheses(self, content: Callable[[], Doc]) -> Doc:
        key = self.key()
        inner: Doc = [Break.SOFT, self.at(key, content)]
        parts: list[Doc] = [
            When("(", True),
            IndentIfBroken(inner, key),
            Break.SOFT,
            When(")", True),
        ]
        return Group(parts, key)
