"""Names of several words with a letter wrong: "Stir of Ehoes". Words in them may be names as well, which are not meant.

Such a name is a run of words with capitals and what links them; whole runs are searched before their pieces are believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rapidfuzz.distance import OSA
from spacy.lang.en.stop_words import STOP_WORDS

from kg.names import fold
from kg.question import Candidate, Link, Mention
from kg.store import GraphStore
from qa_pipeline.near_names import Span
from qa_pipeline.prominence import ranked
from qa_pipeline.tokens import LINKING, Token, has_other_numbers, is_part_of

LEAST = 0.85  # likeness of a run to a name
TIED = 0.02  # how much less alike other names may be that may be meant as well
RUNS = 4  # of a text that are searched
LETTERS = 8  # of a run, at least
APART = frozenset((",", ";", "?", "!", ".", '"', "“", "”", "'s", "’s"))
SHORT = 3  # letters of what may be a misspelt linking word
BETWEEN = 3  # words without a capital in a row inside a name, at most


def long_names(store: GraphStore, text: str, tokens: Sequence[Token], spans: Sequence[Span]) -> list[tuple[Span, Link]]:
    """Runs that are no names, but like one, with their links.

    :param spans: the exact names that were found; a run that is within one of them, or made up of them, is left alone, and so is
        a name that lacks one of those that the question says in it
    """
    found: list[tuple[Span, Link]] = []
    for first, last in islice(_runs(tokens), RUNS):
        for begin, end in _trimmed(tokens, spans, first, last):
            inside = [s for s in spans if s.first <= end and begin <= s.last]
            if any(s.first < begin or end < s.last or (s.first, s.last) == (begin, end) for s in inside):
                continue
            covered = {i for s in inside for i in range(s.first, s.last + 1)}
            words = [i for i in range(begin, end + 1) if _is_word(tokens[i]) and tokens[i].text not in LINKING]
            link = None if covered.issuperset(words) else _nearest(store, text, tokens, begin, end)
            if link is not None and all(is_part_of(s.text, link.candidates[0].name) for s in inside):
                start, stop = link.mention.start, link.mention.end
                at = next(i for i, t in enumerate(tokens) if t.start == start)
                ids = tuple(c.id for c in link.candidates)
                found.append((Span(at, end, start, stop, link.mention.text, link.score, ids), link))
                break
    return found


def _trimmed(tokens: Sequence[Token], spans: Sequence[Span], first: int, last: int) -> Iterator[tuple[int, int]]:
    """A run, and what is left without a number or an exact name at its ends and what links them: "Stir of Ehoes in 1999"."""
    yield first, last
    ends = {s.last: s.first for s in spans}
    begins = {s.first: s.last for s in spans}
    end = ends.get(last, last if tokens[last].text.isdigit() else last + 1) - 1
    begin = begins.get(first, first if tokens[first].text.isdigit() else first - 1) + 1
    while end > first and not _has_capital(tokens[end]):
        end -= 1
    while begin < last and not _has_capital(tokens[begin]):
        begin += 1
    pairs = dict.fromkeys(((first, end), (begin, last), (begin, end)))
    yield from (pair for pair in pairs if pair[0] < pair[1] and pair != (first, last))


def _runs(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Two or more words that have a capital or are numbers, with what links them, as first and last token."""
    at = 1 if tokens and not _is_word(tokens[0]) else 0  # a quotation mark
    at += 1  # the first word has a capital anyway
    while at < len(tokens):
        if not _has_capital(tokens[at]):
            at += 1
            continue
        first = last = at
        while (further := _next(tokens, last)) is not None:
            last = further
        if last > first and any(tokens[i].text.isalpha() for i in range(first, last + 1)):
            yield first, last
        at = last + 1


def _next(tokens: Sequence[Token], at: int) -> int | None:
    """The next word of a run: one with a capital, behind nothing but linking words, short words that are none, and marks."""
    low = 0
    for i in range(at + 1, len(tokens)):
        token = tokens[i]
        if _has_capital(token):
            return i
        if token.text in APART or low == BETWEEN:
            return None
        if _is_word(token):
            if token.text not in LINKING and (len(token.text) > SHORT or token.text in STOP_WORDS):
                return None
            low += 1
    return None


def _is_like(said: str, name: str) -> bool:
    """Whether a name has nearly the same letters in the same order."""
    return OSA.normalized_similarity(fold(said), fold(name)) >= LEAST


def _is_word(token: Token) -> bool:
    return token.text[0].isalnum()


def _has_capital(token: Token) -> bool:
    return any(map(str.isupper, token.text)) or token.text.isdigit()


def _nearest(store: GraphStore, text: str, tokens: Sequence[Token], first: int, last: int) -> Link | None:
    """The names that are most like a run, with the article before it where that is nearer."""
    best: tuple[float, int, list[Candidate]] | None = None
    for begin in (first, first - 1):
        if begin < 0 or (begin < first and fold(tokens[begin].text) not in ("the", "a", "an")):
            continue
        said = text[tokens[begin].start : tokens[last].end]
        if len(fold(said)) < LETTERS:
            continue
        hits = [h for h in store.search(said, 5) if _is_like(said, h.name) and not has_other_numbers(h.name, said)]
        if hits and (best is None or hits[0].score > best[0]):
            near = [Candidate(h.id, h.name, h.score) for h in hits if h.score >= hits[0].score - TIED]
            best = hits[0].score, begin, near
    if best is None:
        return None
    score, begin, near = best
    order = {c.id: i for i, c in enumerate(ranked(store, [c.id for c in near], near[0].name))}
    near.sort(key=lambda c: (-c.score, order[c.id]))
    start, end = tokens[begin].start, tokens[last].end
    return Link(Mention(start, end, text[start:end], "entity"), tuple(near), score)
