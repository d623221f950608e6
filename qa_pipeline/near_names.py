"""What looks like a name and is none of the graph's: names that are like it, or are said in part, or nothing (NIL)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from spacy.lang.en.stop_words import STOP_WORDS

from kg.names import fold, words_of
from kg.question import Candidate, Link, Mention
from kg.store import GraphStore, NameHit
from qa_pipeline.common_words import CommonWords
from qa_pipeline.periods import period_said
from qa_pipeline.prominence import ranked
from qa_pipeline.tokens import CONTRACTED, Token, has_other_numbers, is_part_of, is_superlative, singulars

ASKING = frozenset(
    "what which who whom whose when where why how many much name list tell give show find please does did do is are "
    "was were has have had whats whos wheres hows i me my you your they them".split()
)
ACCEPT = {4: 0.74, 5: 0.78, 6: 0.8, 7: 0.8}  # least likeness by length of the folded text; longer: 0.78
WHEN = frozenset("in during since after before until from by of for".split())
HYPHENS = frozenset("-‐‑")
LETTERS = 5  # that no unit has
HEADS = 3  # nouns that are searched as ends of names
PART, FEW = 0.7, 2  # the score of a name that is said in part, and how many may be meant


@dataclass(frozen=True)
class Span:
    """A stretch of a question that is a name in the graph, with how much it looks like one here."""

    first: int
    last: int  # token indices, inclusive
    start: int
    end: int
    text: str
    score: float
    ids: tuple[str, ...]


class NearNames:
    """Searches names that are like what a question says.

    :param words: the words of the graph's relations and types, which are no names
    :param wordings: what its relations are called
    """

    def __init__(
        self, store: GraphStore, common: CommonWords, words: Collection[str], wordings: Collection[str] = ()
    ) -> None:
        self.store, self.common, self.words, self.wordings = store, common, words, wordings
        self._linked: set[int] = set()  # tokens of exact names

    def links(
        self,
        text: str,
        tokens: list[Token],
        spans: list[Span],
        known: list[Span],
        literals: list[Mention],
        cased: bool,
    ) -> list[Link]:
        """Runs of words that look like a name and are not covered: near names of the graph, or NIL.

        Lower-case words that are names (``known``) but were not chosen are not tried again.
        """
        self._linked = {i for s in spans for i in range(s.first, s.last + 1)}
        covered = set(self._linked)
        covered |= {i for s in known for i in range(s.first, s.last + 1) if tokens[i].text[0].islower()}
        if cased and any(s.score >= 0.7 and s.text[0].isupper() for s in spans):
            covered |= {i for i, t in enumerate(tokens) if not t.text[0].isupper()}
        runs: list[tuple[int, int]] = []
        written = [(m.start, m.end) for m in literals]
        counted = [m for m in literals if m.kind == "number" and not (period_said(m) and _says_when(text, m))]
        after = {m.end + gap for m in counted for gap in (0, 1)}  # "1000 GB": a unit, as a rule
        for i, token in enumerate(tokens):
            if i in covered or not self._nameish(token, cased):
                continue
            if any(token.start < end and start < token.end for start, end in written):
                continue
            if token.start in after and len(token.text) < LETTERS and not token.text.istitle():
                continue
            if runs and runs[-1][1] == i - 1:
                runs[-1] = (runs[-1][0], i)
            else:
                runs.append((i, i))
        links: list[Link] = []
        for first, last in runs[:4]:
            link = self._nearest(text, tokens, first, last, cased, covered)
            if link is not None and all(link.mention.start >= k.mention.end for k in links):
                links.append(link)
        return links

    def heads(self, text: str, tokens: list[Token]) -> list[Link]:
        """Plurals of common nouns that are the last word of one or two names: "wolves" where there is a grey wolf."""
        plurals = [t for t in tokens if t.text.isalpha() and t.text.islower() and singulars(fold(t.text))]
        plurals = [t for t in plurals if len(t.text) > 3 and fold(t.text) not in STOP_WORDS | ASKING | set(self.words)]
        links = []
        for token in plurals[:HEADS]:
            forms = singulars(fold(token.text))
            found = {h.id: h for form in forms for h in self.store.search(form, 10) if _ends_in(h.name, form)}
            if 0 < len(found) <= FEW:
                candidates = tuple(Candidate(h.id, h.name, PART) for h in found.values())
                links.append(Link(Mention(token.start, token.end, token.text, "entity"), candidates, PART))
        return links

    def _meant(self, hits: list[NameHit], said: str) -> list[NameHit]:
        """Of several names that are said in part those that are said but for the word for their type ("Kingfisher Ward")."""
        if len(hits) <= FEW:
            return hits
        known = self.store.entities([h.id for h in hits])
        begins = all(fold(h.name).startswith(fold(said)) for h in hits)  # else several bear it as a name of their own
        whole = (
            [h for h in hits if any(fold(h.name) in _with_type(said, t) for t in known[h.id].types)] if begins else []
        )
        return whole or hits

    def _nameish(self, token: Token, cased: bool) -> bool:
        word = fold(token.text)
        if not word or not token.text[0].isalpha() or word in STOP_WORDS or word in ASKING:
            return False
        if token.text.casefold().endswith(CONTRACTED):
            return False
        if cased and token.text[0].isupper() and token.start > 0:
            return True
        return word not in self.words and self.common.rarity(word) > 0.55 and len(word) > 2 and not self._misspelt(word)

    def _misspelt(self, word: str) -> bool:
        """Whether it is one of the question's own words with a letter wrong ("countrys", "wich")."""
        return process.extractOne(word, (*self.words, *ASKING), scorer=fuzz.ratio, score_cutoff=85) is not None

    def _nearest(
        self, text: str, tokens: list[Token], first: int, last: int, cased: bool, covered: set[int]
    ) -> Link | None:
        """The best fuzzy reading of a run, alone or with a neighbour word; NIL for a clear name that has none."""
        best: tuple[float, int, int, list[Candidate]] | None = None
        whole = _hyphenated(tokens, first, last)
        whole = (first, last) if self._linked.intersection(range(whole[0], whole[1] + 1)) else whole
        for a, b in dict.fromkeys(((first, last), whole, (first - 1, last), (first, last + 1))):
            if a < 0 or b >= len(tokens) or not (tokens[a].text[0].isalnum() and tokens[b].text[0].isalnum()):
                continue
            beside = {a, b} - {first, last}
            if beside & covered or any(fold(tokens[i].text) in STOP_WORDS for i in beside):
                continue
            said = text[tokens[a].start : tokens[b].end]
            hits = self.store.search(said, 5)
            length = len(fold(said))
            short = self._meant([h for h in hits if is_part_of(said, h.name)], said)
            cut_out = tokens[first].text[0].isupper() and whole not in ((first, last), (a, b))  # of "Middle-earth"
            said_in_part = length >= 4 and not cut_out and 0 < len(short) <= FEW and hits[0].score < 1.0
            if length < 4 or not hits or said_in_part or hits[0].score < ACCEPT.get(length, 0.78):
                if said_in_part and best is None:
                    best = (PART, a, b, [Candidate(h.id, h.name, PART) for h in short])
                continue
            if cased and said.isupper() and hits[0].score < 1.0:
                continue  # an abbreviation is not like a name that has some of its letters
            if has_other_numbers(hits[0].name, said):
                continue
            if length < 8 and not _begin_alike(fold(hits[0].name), fold(said)):
                continue  # people rarely get the first letter of a short name wrong
            alike = [h for h in hits if h.score >= hits[0].score - 0.02 and not has_other_numbers(h.name, said)]
            near = [Candidate(h.id, h.name, h.score) for h in alike]
            value = hits[0].score + 0.03 * (b - a)
            if best is None or value > best[0]:
                best = (value, a, b, near)
        if best is not None:
            _, a, b, near = best
            start, end = tokens[a].start, tokens[b].end
            order = {c.id: i for i, c in enumerate(ranked(self.store, [c.id for c in near], near[0].name))}
            near.sort(key=lambda c: (-c.score, order[c.id]))
            return Link(Mention(start, end, text[start:end], "entity"), tuple(near), near[0].score)
        start, end = tokens[whole[0]].start, tokens[whole[1]].end
        if fold(text[start:end]) in self.wordings:
            return None  # "European Cups" is what a relation is called
        if all(t.text.islower() and is_superlative(t.text) for t in tokens[first : last + 1]):
            return None
        capital = cased and tokens[first].text[0].isupper() and tokens[first].start > 0
        if capital or all(self.common.lacks(fold(t.text)) for t in tokens[first : last + 1]):
            return Link(Mention(start, end, text[start:end], "entity"))
        return None


def _hyphenated(tokens: list[Token], first: int, last: int) -> tuple[int, int]:
    """The first and last token of a run with what is joined to it by hyphens."""

    def joined(hyphen: int) -> bool:
        """Whether a token is a hyphen without spaces around it, between words."""
        if not 0 < hyphen < len(tokens) - 1 or tokens[hyphen].text not in HYPHENS:
            return False
        before, after = tokens[hyphen - 1], tokens[hyphen + 1]
        beside = before.end == tokens[hyphen].start and after.start == tokens[hyphen].end
        return beside and before.text[0].isalnum() and after.text[0].isalnum()

    while joined(first - 1):
        first -= 2
    while joined(last + 1):
        last += 2
    return first, last


def _begin_alike(name: str, said: str) -> bool:
    """Whether two folded texts have the same first letter, or the same two the other way round ("eGrmany")."""
    return name[:1] == said[:1] or name[:2] == said[1::-1]


def _ends_in(name: str, word: str) -> bool:
    return fold(name).endswith(f" {word}")


def _with_type(said: str, type: str) -> tuple[str, str]:
    """A name with the word for its type after or before it."""
    word = words_of(type)
    return fold(f"{said} {word}"), fold(f"{word} {said}")


def _says_when(text: str, year: Mention) -> bool:
    """Whether a number of four digits stands where years do ("in 2019"), and not where numbers are compared ("over 2000 MW")."""
    return fold(text[: year.start]).rsplit(" ", 1)[-1] in WHEN
