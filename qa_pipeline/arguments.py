"""What a sentence says something about: its arguments, the names and values in it, known to the graph or new.

A name that is none of the graph is proposed as a new entity. Names in a row ("France, Italy and Spain") are one argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg.graph import Literal
from kg.names import fold
from kg.question import Candidate, Link
from kg.store import GraphStore
from qa_pipeline.tokens import Token, tokenize

SURE = 0.9  # likeness to a name of the graph, below which a capitalised name is another one
WEAK = 0.45  # score of the link of a word without a capital, below which it is a word and no name
QUOTED = re.compile(r'["“„«]([^"“”„«»]+)["”»]')
LIST = re.compile(r"\s*(?:,\s*(?:and\s+)?|and\s+|&\s*)", re.IGNORECASE)
COPULA = re.compile(r"\b(?:is|are|was|were)\s+(\S+)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Argument:
    """One thing that a sentence speaks of.

    :param candidates: the entities that it may be, best first
    :param literal: the value that it may be
    :param new: whether it may be something that the graph does not have
    :param score: how surely it is one of the candidates (1.0: it has that name)
    """

    start: int
    end: int
    text: str
    candidates: tuple[Candidate, ...] = ()
    literal: Literal | None = None
    unit: str = ""
    new: bool = False
    score: float = 1.0


@dataclass(frozen=True)
class Group:
    """Arguments in a row, of which the same is said."""

    members: tuple[Argument, ...]

    @property
    def start(self) -> int:
        return self.members[0].start

    @property
    def end(self) -> int:
        return self.members[-1].end


def arguments_in(store: GraphStore, text: str, links: Sequence[Link]) -> list[Argument]:
    """The arguments of a sentence, in its order."""
    quoted = [_quoted(store, found) for found in QUOTED.finditer(text)]
    named = [_named(text, k) for k in links if k.mention.kind == "entity" and k.mention.start >= 0]
    found = [*quoted, *(a for a in _united(text, named) if not _meets(a, quoted))]
    strong = [a for a in found if not _is_weak(a)]
    values = [_value(k) for k in links if k.mention.kind in ("number", "date")]
    for value in values:
        same = [i for i, a in enumerate(strong) if (a.start, a.end) == (value.start, value.end)]
        if same:
            strong[same[0]] = replace(strong[same[0]], literal=value.literal, unit=value.unit)
        elif not _meets(value, strong):
            strong.append(value)
    if len(strong) < 2:
        strong += sorted((a for a in found if _is_weak(a)), key=lambda a: -a.score)[:1]
    if len(strong) < 2 and (last := COPULA.search(text)) and not any(a.end > last.start(1) for a in strong):
        strong.append(_written(last.start(1), last.group(1)))
    return sorted(strong, key=lambda a: a.start)


def groups_of(text: str, arguments: Sequence[Argument]) -> list[Group]:
    """The arguments with those in a row put together; values are by themselves."""
    groups: list[list[Argument]] = []
    for argument in arguments:
        before = groups[-1][-1] if groups else None
        if (
            before is not None
            and LIST.fullmatch(text, before.end, argument.start)
            and bool(before.literal) == bool(argument.literal)
        ):
            groups[-1].append(argument)
        else:
            groups.append([argument])
    return [Group(tuple(members)) for members in groups]


def _named(text: str, link: Link) -> Argument:
    mention = link.mention
    capital = text[mention.start].isupper()
    best = link.candidates[0] if link.candidates else None
    exact = best is not None and (link.score >= SURE or best.score >= 0.95)
    likeness = 1.0 if best is not None and best.score >= 0.95 else link.score
    if best is None or (capital and not exact):
        return Argument(mention.start, mention.end, mention.text, new=True, score=1.0)
    weak = not capital and link.score < WEAK
    return Argument(mention.start, mention.end, mention.text, link.candidates, score=0.0 if weak else likeness)


def _is_weak(argument: Argument) -> bool:
    return argument.score == 0.0


def _quoted(store: GraphStore, found: re.Match[str]) -> Argument:
    """A title in quotation marks: the mark's inside is the whole name."""
    text = found.group(1).strip()
    ids = store.lookup([fold(text)]).get(fold(text), ())
    candidates = tuple(Candidate(id, text, 1.0) for id in ids)
    return Argument(found.start(), found.end(), text, candidates, new=not ids)


def _value(link: Link) -> Argument:
    mention = link.mention
    return Argument(mention.start, mention.end, mention.text, literal=mention.literal, unit=mention.unit)


def _written(start: int, text: str) -> Argument:
    """A sign that is neither a name nor a number (".cl", "+44"), as it is written."""
    sign = text.rstrip(".,;!") or text
    return Argument(start, start + len(sign), sign, literal=Literal(sign, "string"))


def _meets(argument: Argument, others: Sequence[Argument]) -> bool:
    return any(argument.start < o.end and o.start < argument.end for o in others)


def _united(text: str, named: Sequence[Argument]) -> list[Argument]:
    """New names with the capitalised words beside them ("The Hollow Sky", "Neo Tokyo")."""
    tokens = tokenize(text)
    found: list[Argument] = []
    for argument in sorted(named, key=lambda a: a.start):
        if argument.new:
            argument = _widened(text, tokens, argument)
        if found and found[-1].new and argument.start < found[-1].end:
            continue  # a known name inside a new one
        while found and argument.new and found[-1].end > argument.start:
            found.pop()
        found.append(argument)
    return found


def _widened(text: str, tokens: Sequence[Token], argument: Argument) -> Argument:
    first = next(i for i, t in enumerate(tokens) if t.end > argument.start)
    last = max(i for i, t in enumerate(tokens) if t.start < argument.end)
    while first and _is_capital(tokens[first - 1]) and text[tokens[first - 1].end : tokens[first].start] == " ":
        first -= 1
    while (
        last + 1 < len(tokens)
        and _is_capital(tokens[last + 1])
        and text[tokens[last].end : tokens[last + 1].start] == " "
    ):
        last += 1
    if (first == 0 and fold(tokens[0].text) in ("a", "an", "in", "on", "at", "by")) or (
        first == 0 and last == 1 and fold(tokens[0].text) == "the"
    ):
        first = 1
    start, end = tokens[first].start, tokens[last].end
    return replace(argument, start=start, end=end, text=text[start:end])


def _is_capital(token: Token) -> bool:
    return token.text[0].isupper()
