"""How sure it is that a question's names are linked to what they mean, as far as the question itself shows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kg.names import fold
from kg.question import Link
from qa_pipeline.tokens import LINKING, Token, is_cased, tokenize

MEANT = 0.4  # least score of the link of a name that may be part of a longer one
OF = frozenset("of the de la".split())  # these also between two names of which each is one ("Phantom of the Paradise")
APART = frozenset((",", ";", "?", "!", ".", "'s", "’s"))
BETWEEN = 2  # of these, at most
NEAR, MOST = 0.05, 3  # how much less alike another name may be, and how many of them count


@dataclass(frozen=True)
class LinkSigns:
    """What speaks against the links of a question.

    :param inexact: how much the worst of them falls short of an exact name (0: all are exact)
    :param rivals: other names that are about as like a misspelt one as the one that was taken, at most :data:`MOST`
    :param cut: whether a name stands beside another capital, as a part of a longer name does
    :param nil: whether something is named that the graph does not have
    """

    inexact: float = 0.0
    rivals: int = 0
    cut: bool = False
    nil: bool = False


def link_signs(text: str, links: Sequence[Link]) -> LinkSigns:
    """Read them off the links."""
    named = [k for k in links if k.mention.kind == "entity" and k.candidates]
    inexact = {i: 1.0 - min(1.0, max(c.score for c in k.candidates)) for i, k in enumerate(named)}
    rivals = max((_rivals(named[i]) for i, short in inexact.items() if short > 0), default=0)
    nil = any(k.is_nil for k in links)
    return LinkSigns(max(inexact.values(), default=0.0), min(rivals, MOST), _is_cut(text, named), nil)


def _rivals(link: Link) -> int:
    names = {fold(c.name) for c in link.candidates if c.score >= link.candidates[0].score - NEAR}
    return len(names) - 1


def _is_cut(text: str, named: Sequence[Link]) -> bool:
    tokens = tokenize(text)
    if not is_cased(text, tokens):
        return False
    meant = [k.mention for k in named if k.mention.start >= 0 and k.score >= MEANT]
    inside = [[i for i, t in enumerate(tokens) if m.covers(t.start, t.end)] for m in meant]
    linked = {i for at in inside for i in at}
    ends = [(at[0], -1) for at in inside if at] + [(at[-1], 1) for at in inside if at]
    return any(_leads_to_capital(tokens, at, step, linked) for at, step in ends)


def _leads_to_capital(tokens: Sequence[Token], at: int, step: int, linked: Collection[int]) -> bool:
    """Whether a word with a capital comes next in a direction, with nothing but linking words and marks in between.

    Of two names that are both linked "of" and "the" must lie between; an abbreviation ("the CEO of X") is no part of a name.
    """
    apart = False
    for _ in range(BETWEEN + 1):
        at += step
        if not 0 < at < len(tokens):  # the first word of a text has a capital anyway
            return False
        token = tokens[at]
        if token.text[0].isupper():
            return not (apart and at in linked) and not (len(token.text) > 1 and token.text.isupper())
        apart = apart or token.text not in OF
        if token.text in APART or (token.text[0].isalnum() and token.text not in LINKING):
            return False
    return False
