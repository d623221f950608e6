"""What is asked for, as a tree of walks and conditions, before it is worded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from qa_pipeline.synth.words import RelationWords, TypeWords


class Impossible(Exception):
    """This schema has no such question, or no words for it; draw another."""


@dataclass(frozen=True)
class SeedNode:
    """A mention (``index``), perhaps with its type's word before it; or, with ``whole``, everything of a type."""

    index: int
    type: TypeWords
    whole: bool = False


@dataclass(frozen=True)
class StepNode:
    """A walk over a relation in the bank's orientation: ``forward`` asks for tails. ``answer``: the type it reaches."""

    source: Node
    words: RelationWords
    forward: bool
    answer: TypeWords
    back: TypeWords  # the type it comes from
    other: bool = False
    many: bool | None = None  # whether it reaches several as a rule; None: not known
    alone: bool = False  # whether no other relation connects these types, so that "X's villages" can only mean this one


@dataclass(frozen=True)
class PairNode:
    """Two walks to the same type, combined by ``and``, ``or`` or ``not``.

    ``each``: nothing can be in both, so that people say "and" where they mean either ("villages of X and Y").
    """

    left: StepNode
    right: StepNode
    how: str
    each: bool = False


@dataclass(frozen=True)
class SaidNode:
    """A set whose noun phrase has been worded already ("longest stream in X")."""

    text: str
    type: TypeWords


Node: TypeAlias = SeedNode | StepNode | PairNode | SaidNode


@dataclass(frozen=True)
class Parts:
    singular: str
    plural: str
    post: str


def type_of(node: Node) -> TypeWords:
    """The type of the members of a set."""
    if isinstance(node, PairNode):
        return node.left.answer
    return node.answer if isinstance(node, StepNode) else node.type
