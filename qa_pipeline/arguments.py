"""What a sentence says something about: its arguments, the names and values in it, known to the graph or new.

A name that is none of the graph is proposed as a new entity. Names in a row ("France, Italy and Spain") are one group.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spacy.lang.en.stop_words import STOP_WORDS

from kg.graph import Literal
from kg.names import fold
from kg.question import Candidate, Link
from kg.store import GraphStore
from qa_pipeline.link import EntityLinker
from qa_pipeline.tokens import Token, tokenize

SURE = 0.9  # likeness to a name of the graph, below which a capitalised name is another one
EXACT = 0.95  # score of a candidate that has the name
WEAK = 0.45  # score of the link of a word without a capital, below which it is a word and no name
RARE = 0.5  # rarity of a word at the beginning of a sentence, from which it is a part of a name that follows
PHRASE = 4  # most words of a name that the linker took for common words
QUOTED = re.compile(r'["“„«]([^"“”„«»]+)["”»]')
LIST = re.compile(r"\s*(?:,\s*(?:and\s+)?|and\s+|&\s*)", re.IGNORECASE)
COPULA = re.compile(r"\b(?:is|are|was|were)\s+(\S+)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Argument:
    """One thing that a sentence speaks of.

    :param candidates: the entities that it may be, best first
    :param literal: the value that it may be
    :param new: whether it may be something that the graph does not have
    :param score: how surely it is one of the candidates (1.0: it has that name), or, if new, none of the graph's
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


def groups_of(text: str, arguments: Sequence[Argument]) -> list[Group]:
    """The arguments with those in a row put together; names and values are apart."""
    groups: list[list[Argument]] = []
    for argument in arguments:
        before = groups[-1][-1] if groups else None
        alike = before is not None and (before.literal is None) == (argument.literal is None)
        if before is not None and alike and LIST.fullmatch(text, before.end, argument.start):
            groups[-1].append(argument)
        else:
            groups.append([argument])
    return [Group(tuple(members)) for members in groups]


class ArgumentFinder:
    """Finds arguments over one store with its linker."""

    def __init__(self, store: GraphStore, linker: EntityLinker) -> None:
        self.store, self.linker = store, linker

    def find(self, text: str, links: Sequence[Link]) -> list[Argument]:
        """The arguments of a sentence, in its order."""
        quoted = [self._quoted(found) for found in QUOTED.finditer(text)]
        named = [self._named(text, k) for k in links if k.mention.kind == "entity" and k.mention.start >= 0]
        found = [*quoted, *(a for a in self._whole_names(text, named) if not _meets(a, quoted))]
        strong = [a for a in found if a.score >= WEAK or a.new]
        for value in (self._value(k) for k in links if k.mention.kind in ("number", "date")):
            same = [i for i, a in enumerate(strong) if (a.start, a.end) == (value.start, value.end)]
            if same:
                strong[same[0]] = replace(strong[same[0]], literal=value.literal, unit=value.unit)
            elif not _meets(value, strong):
                strong.append(value)
        if len(strong) < 2:
            weak = sorted((a for a in found if a.score < WEAK and not a.new), key=lambda a: -a.score)[:1]
            strong += weak or self._overlooked(text, strong)
        if len(strong) < 2 and (last := COPULA.search(text)) and not any(a.end > last.start(1) for a in strong):
            strong.append(_written(last.start(1), last.group(1)))
        return sorted(strong, key=lambda a: a.start)

    def _named(self, text: str, link: Link) -> Argument:
        mention = link.mention
        start, end, capital = mention.start, mention.end, text[mention.start].isupper()
        if not link.candidates:
            return Argument(start, end, mention.text, new=True)
        best = link.candidates[0].score
        if capital and best < SURE:  # like a name of the graph, and yet another; a single word may be a form of it
            doubt = best if " " not in mention.text else 0.0
            return Argument(start, end, mention.text, new=True, score=1.0 - doubt)
        likeness = 1.0 if best >= EXACT else best
        weak = not capital and link.score < WEAK
        return Argument(
            start, end, mention.text, _cased(mention.text, link.candidates), score=link.score if weak else likeness
        )

    def _quoted(self, found: re.Match[str]) -> Argument:
        """A title in quotation marks: what is inside is the whole name."""
        text = found.group(1).strip()
        candidates = self._called(text)
        return Argument(found.start(), found.end(), text, candidates, new=not candidates)

    def _called(self, text: str) -> tuple[Candidate, ...]:
        """The entities that have a name, as the linker ranks them."""
        if not self.store.lookup([fold(text)]).get(fold(text)):
            return ()
        return _cased(text, self.linker.resolve([text])[0].candidates)

    def _value(self, link: Link) -> Argument:
        """A number or date; where things are called so (years, in some graphs), it may be one of them."""
        mention = link.mention
        return Argument(
            mention.start, mention.end, mention.text, self._called(mention.text), mention.literal, mention.unit
        )

    def _overlooked(self, text: str, taken: Sequence[Argument]) -> list[Argument]:
        """The last words that are a name in the graph though they look like none: what is told usually comes last."""
        tokens = [t for t in tokenize(text) if t.text[0].isalnum()]
        for last in range(len(tokens) - 1, -1, -1):
            for first in range(max(0, last - PHRASE + 1), last + 1):
                start, end = tokens[first].start, tokens[last].end
                words = {fold(t.text) for t in tokens[first : last + 1]}
                here = Argument(start, end, text[start:end])
                if words <= STOP_WORDS or _meets(here, taken) or (last < len(tokens) - 1 and not text[start].isupper()):
                    continue
                if candidates := self._called(here.text):
                    return [replace(here, candidates=candidates)]
        return []

    def _whole_names(self, text: str, named: Sequence[Argument]) -> list[Argument]:
        """The names with the capitalised words beside them ("The Hollow Sky", "Neo Tokyo")."""
        tokens = tokenize(text)
        found: list[Argument] = []
        for argument in sorted(named, key=lambda a: a.start):
            argument = self._widened(text, tokens, argument)
            if found and found[-1].end > argument.start:
                if not argument.new or found[-1].new:
                    continue
                found.pop()
            found.append(argument)
        return found

    def _widened(self, text: str, tokens: Sequence[Token], argument: Argument) -> Argument:
        first = next(i for i, t in enumerate(tokens) if t.end > argument.start)
        last = max(i for i, t in enumerate(tokens) if t.start < argument.end)
        while first and self._belongs(text, tokens, first - 1, argument):
            first -= 1
        while last + 1 < len(tokens) and tokens[last + 1].text[0].isupper() and argument.new:
            if text[tokens[last].end : tokens[last + 1].start] != " ":
                break
            last += 1
        start, end = tokens[first].start, tokens[last].end
        if (start, end) == (argument.start, argument.end) or not argument.text[0].isupper():
            return argument
        whole = text[start:end]
        candidates = self._called(whole)
        return Argument(start, end, whole, candidates, new=not candidates)

    def _belongs(self, text: str, tokens: Sequence[Token], at: int, argument: Argument) -> bool:
        """Whether the token before a name is a part of it. A capital at the beginning of a sentence alone says nothing."""
        token, word = tokens[at], fold(tokens[at].text)
        if not token.text[0].isupper() or text[token.end : tokens[at + 1].start] != " ":
            return False
        if word == "the":  # "The Hollow Sky"; but "The Danube flows …", "the United States"
            return argument.new and (at > 0 or " " in argument.text)
        if word in STOP_WORDS:
            return False
        return argument.new or self.linker.common.rarity(word) >= RARE


def _cased(text: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Of those that are called so but for capitals, only those that have the capitals too, if there are any."""
    exact = tuple(c for c in candidates if c.name == text)
    if not exact or text.islower():
        return tuple(candidates)
    folded = fold(text)
    return tuple(c for c in candidates if c in exact or fold(c.name) != folded)


def _written(start: int, text: str) -> Argument:
    """A sign that is neither a name nor a number (".cl", "+44"), as it is written."""
    sign = text.rstrip(".,;!") or text
    return Argument(start, start + len(sign), sign, literal=Literal(sign, "string"))


def _meets(argument: Argument, others: Sequence[Argument]) -> bool:
    return any(argument.start < o.end and o.start < argument.end for o in others)
