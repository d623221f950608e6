"""Chains of possessives: of "the sister of X's wife" the wife is walked to first, then her sister, and nothing in between.

English says the order of such steps by its grammar: 's binds more tightly than *of*, and each noun owns the next. So the
nouns of a chain, from the name outwards, are the steps of a plan in their order; a plan that takes other steps than these, or
leaves one out, is told by aligning the two (dynamic programming, Needleman & Wunsch 1970). What the nouns mean the
model says: a noun fits a step as far as one of its words is about the step's relation.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from encoder.memory import EncodedQuestion
from kg.names import fold
from kg.question import Link
from qa_pipeline.answer_type import AUXILIARIES, BREAKS, COMMANDS, FILLERS
from qa_pipeline.tokens import tokenize

LONGEST = 3  # words of a noun with what goes before it ("former head coach")
FITS_LITTLE = 0.05  # a step fits a noun at least so well
LEFT_OUT = math.log(0.02)  # what a noun without a step costs
PUT_IN = math.log(0.3)  # what a step without a noun costs
EITHER_WAY = 0.5  # so well any step fits a noun that names a type: a relation, or what the steps before it give
# Nouns that say nothing at the outer end: "the name of".
LIGHT = frozenset("name names number list kind kinds sort sorts type types title".split())
FACETS = frozenset("place date time day year cause age".split())  # "the place of birth" is one noun, without an article
POSSESSIVE = ("'s", "’s")
PRONOUNS = frozenset("his her its their".split())
CLAUSES = frozenset(":;.?!")  # end a clause
ARTICLES = frozenset("the a an this that his her its their".split())
ENDS = BREAKS | AUXILIARIES | COMMANDS | FILLERS | ARTICLES | frozenset("or but not also same with".split())
OPENERS = frozenset("of what which who whom where please called".split())
IDLE = AUXILIARIES | COMMANDS | FILLERS | ARTICLES | LIGHT | OPENERS


@dataclass(frozen=True)
class Noun:
    """A noun of a chain, with what goes before it: stretches of the question (two in "place of birth").

    :param is_type: it names a type
    """

    spans: tuple[tuple[int, int], ...]
    is_type: bool = False


@dataclass(frozen=True)
class Chain:
    """A chain of possessives as the model sees it: each noun as the indices of its tokens."""

    link: int
    nouns: tuple[tuple[int, ...], ...]
    types: tuple[bool, ...]
    whole: bool

    def fits(self, near: Tensor) -> Tensor:
        """How well each slot's relation fits each noun, 1 for the one that fits it best. Shape: (nouns, M).

        :param near: how much each token is about each slot's relation, 0 … 1. Shape: (T, M)
        """
        about = torch.stack([near[list(t)].amax(dim=0) if t else torch.ones(near.shape[1]) for t in self.nouns])
        fits = about / about.amax(dim=1, keepdim=True).clamp(min=1e-6)
        return fits.clamp(min=torch.tensor(self.types).float().unsqueeze(1) * EITHER_WAY)


@dataclass(frozen=True)
class Possessives:
    """What is said of a name in possessives.

    :param link: the name, as an index of the question's links
    :param nouns: from the name outwards
    :param whole: nothing else is said in the question
    """

    link: int
    nouns: tuple[Noun, ...]
    whole: bool

    def over(self, question: EncodedQuestion) -> Chain:
        """The same over the tokens of the question."""
        nouns = tuple(tuple(t for a, b in noun.spans for t in question.tokens(a, b)) for noun in self.nouns)
        return Chain(self.link, nouns, tuple(noun.is_type for noun in self.nouns), self.whole)


def possessives_of(text: str, links: Sequence[Link]) -> tuple[Possessives, ...]:
    """The chains of possessives in a question, one for each name that has any.

    >>> from kg.question import Candidate, Mention
    >>> text = "who is the sister of Ann's wife"
    >>> found = possessives_of(text, [Link(Mention(21, 24, "Ann", "entity"), (Candidate("ann", "Ann", 1.0),), 1.0)])
    >>> [text[start:end] for noun in found[0].nouns for start, end in noun.spans], found[0].whole
    (['wife', 'sister'], True)
    """
    walk = _Walk(text, links)
    found = (walk.chain(i) for i, k in enumerate(links) if k.mention.kind == "entity" and k.mention.start >= 0)
    return tuple(chain for chain in found if chain is not None)


class _Walk:
    """Goes from a name outwards over the words of a question."""

    def __init__(self, text: str, links: Sequence[Link]) -> None:
        self.tokens = tokenize(text)
        self.words = [fold(token.text) if token.text not in POSSESSIVE else "'s" for token in self.tokens]
        self.links = links
        named = [k.mention for k in links if k.mention.kind != "type"]
        self.named = [any(m.covers(token.start, token.end) for m in named) for token in self.tokens]
        self.types = [k.mention for k in links if k.mention.kind == "type"]

    def chain(self, index: int) -> Possessives | None:
        mention = self.links[index].mention
        within = [i for i, t in enumerate(self.tokens) if mention.start < t.end and t.start < mention.end]
        if not within:
            return None
        after = within[-1] + 1
        owned, right = self._owned(after)
        taken_up, right = self._owned(self._pronoun(right), right)
        if self._is_noun(after) and self.words[after] not in IDLE:  # "the director of X films" is not X's director
            return None
        owners, left = self._owners(within[0] - 1)
        nouns = owned + owners + taken_up
        if nouns and LIGHT.issuperset(self._said(nouns[-1])):
            nouns.pop()
        if not nouns:
            return None
        rest = [w for w in (*self.words[: left + 1], *self.words[right:]) if w[:1].isalnum()]
        return Possessives(index, tuple(nouns), IDLE.issuperset(rest))

    def _pronoun(self, at: int) -> int:
        """Where a pronoun in another clause takes a name up: "X: who is *her* sister?"; behind the end: nowhere."""
        names = {k.mention.start for k in self.links if k.mention.kind == "entity" and k.mention.start >= 0}
        for i in range(at, len(self.words)):
            if len(names) == 1 and self.words[i] in PRONOUNS:
                return i if any(t.text in CLAUSES for t in self.tokens[at:i]) else len(self.words)
        return len(self.words)

    def _owned(self, at: int, otherwise: int | None = None) -> tuple[list[Noun], int]:
        """ "X's wife's sister": the nouns after a name or pronoun, and where they end; ``otherwise``: that, if there are none."""
        nouns, begin = [], at
        while at < len(self.words) and (self.words[at] == "'s" or (at == begin and self.words[at] in PRONOUNS)):
            end = at + 1
            while self._is_noun(end) and end - at <= LONGEST:
                end += 1
            if end == at + 1:
                break
            nouns.append(self._noun(at + 1, end))
            at = end
        return nouns, at if nouns or otherwise is None else otherwise

    def _owners(self, at: int) -> tuple[list[Noun], int]:
        """ "the sister of the wife of X": the nouns before a name, and what is before them."""
        nouns: list[Noun] = []
        before = at
        while self._is_noun(before) and at - before < LONGEST:  # "of the film X" says again what X is
            before -= 1
        while True:
            bare = before
            while before >= 0 and self.words[before] in ARTICLES:
                before -= 1
            if before < 0 or self.words[before] != "of" or not self._is_noun(before - 1):
                return nouns, (at if not nouns else bare)
            begin = before - 1
            while self._is_noun(begin - 1) and before - begin < LONGEST:
                begin -= 1
            noun = self._noun(begin, before)
            if nouns and before == bare and FACETS.issuperset(self._said(noun)):
                noun = Noun(noun.spans + nouns.pop().spans)
            nouns.append(noun)
            before = at = begin - 1

    def _is_noun(self, at: int) -> bool:
        if not 0 <= at < len(self.words) or self.named[at]:
            return False
        return self.words[at].isalpha() and self.words[at] not in ENDS

    def _noun(self, begin: int, end: int) -> Noun:
        first, last = self.tokens[begin], self.tokens[end - 1]
        return Noun(((first.start, last.end),), any(m.covers(last.start, last.end) for m in self.types))

    def _said(self, noun: Noun) -> Collection[str]:
        words = zip(self.tokens, self.words, strict=True)
        return {w for token, w in words for start, end in noun.spans if start <= token.start and token.end <= end}


def alignment(fits: Sequence[Sequence[float]], steps: int, whole: bool) -> float:
    """How well the steps of a plan are the nouns of a chain in their order: a logarithm, at most 0.

    :param fits: how well each step fits each noun, 0 … 1. Shape: (nouns, steps)
    :param whole: steps after the last noun are not asked for
    """
    best = [PUT_IN * s for s in range(steps + 1)]  # after the nouns so far and s steps
    for fit in fits:
        row = [best[0] + LEFT_OUT]
        for s in range(1, steps + 1):
            matched = best[s - 1] + math.log(max(fit[s - 1], FITS_LITTLE))
            row.append(max(matched, best[s] + LEFT_OUT, row[s - 1] + PUT_IN))
        best = row
    return best[-1] if whole else max(best)
