"""Relations that a question says word for word: "the *place of birth* of …". Who says one means it.

The likeness of vectors, by which the model reads, tells such a name from its neighbours only by degree. Words are compared
without capitals, accents and regular endings; of phrases that overlap the longest counts ("population density").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kg.english_words import PARTICIPLES
from kg.graph import Literal, Schema
from kg.names import fold
from kg.plan import Attribute, Difference, Ends, Filter, FilterType, Intersect, Join, OfType, Plan, Union
from kg.question import Link, Mention
from qa_pipeline.answer_type import ASKS, AUXILIARIES, BREAKS, COMMANDS, FILLERS, NAMED, OPENS
from qa_pipeline.plan_parts import parts_of
from qa_pipeline.tokens import Token, stem, tokenize, uninflected

LITTLE = AUXILIARIES | BREAKS | COMMANDS | FILLERS | OPENS  # a name of one such word is no sign
WIDER = 0.25  # how much is left unsaid by a relation whose name says what is said and more
HINTED = 0.45  # the same by one whose name has another form of a word that is said ("director" of `directed by`)
ROOT = 4  # letters of a word without its ending, at least
COMPOUND = 5  # letters of the last word of a compound, at least
PLACED = frozenset(("where", "when"))  # ask for a step that no other word says
DATES = frozenset("date year month day time".split())  # beside these another word says which
DECEPTIVE = frozenset(("former", "formerly", "bear", "bears", "know"))  # no forms of what they look like one of


class Phrases(dict[tuple[str, ...], frozenset[str]]):
    """The relations that are called so, by words without endings; ``roots``: by the only word that says much, in any form."""

    def __init__(self, found: Mapping[tuple[str, ...], frozenset[str]]) -> None:
        super().__init__(found)
        self.roots: dict[str, frozenset[str]] = {}
        self.forms: dict[str, frozenset[str]] = {}
        for words, ids in found.items():
            for root in _roots_of(words):
                self.roots[root] = self.roots.get(root, frozenset()) | ids
            if len(much := [word for word in words if word not in LITTLE]) == 1:
                self.forms[much[0]] = self.forms.get(much[0], frozenset()) | ids


@dataclass(frozen=True)
class Said:
    """A phrase of the question, the relations that bear it as a name, and the types that it may stand for instead.

    ``wider``: the relations in whose names it stands among other words ("played for" in "formerly played for").
    ``weight``: 1 for the name itself, less for another form of its only word that is no function word.
    ``alone``: whether steps need words in this question; "where was …" asks for one without.
    """

    phrase: str
    relations: frozenset[str]
    types: frozenset[str]
    wider: frozenset[str] = frozenset()
    weight: float = 1.0
    alone: bool = True

    def is_in(self, relations: Collection[str], types: Collection[str]) -> bool:
        """Whether a plan with such relations and types has what is said."""
        return not self.relations.isdisjoint(relations) or not self.types.isdisjoint(types)


def phrases_of(schema: Schema) -> Phrases:
    """What the relations of a graph are called, as words without endings."""
    found: dict[tuple[str, ...], set[str]] = {}
    for relation in schema.relations.values():
        for name in (*relation.called, *relation.aliases):
            for words in name_words(name):
                found.setdefault(words, set()).add(relation.id)
    return Phrases({words: frozenset(ids) for words, ids in found.items()})


def name_words(name: str) -> set[tuple[str, ...]]:
    """A name as words without endings, with and without those at its beginning that say little; empty, if all do."""
    return {_name_words(name), _name_words(_core(name))} - {()}


def _core(name: str) -> str:
    """A name without the words at its beginning that say little: of "has symptom" people say the symptom."""
    tokens = tokenize(name)
    first = next((t.start for t in tokens if fold(t.text) not in LITTLE), len(name))
    return name[first:]


@lru_cache(maxsize=50_000)
def _name_words(name: str) -> tuple[str, ...]:
    """The words of a name without endings; none, if they say little."""
    tokens = tokenize(name)
    return () if LITTLE.issuperset(fold(token.text) for token in tokens) else tuple(map(_stem, tokens))


def relations_said(text: str, links: Sequence[Link], phrases: Phrases) -> tuple[Said, ...]:
    """The relations that a question says, in its order.

    >>> phrases = Phrases({("place", "of", "birth"): frozenset({"born_in"})})
    >>> relations_said("his places of birth", (), phrases)[0].phrase
    'places of birth'
    """
    tokens = tokenize(text)
    words = [_stem(token) for token in tokens]
    free = [
        not any(
            k.mention.covers(token.start, token.end) for k in links if k.mention.kind != "type" and k.score >= NAMED
        )
        for token in tokens
    ]
    alone = PLACED.isdisjoint(fold(token.text) for token in tokens)
    longest = max(map(len, phrases), default=0)
    said, at = [], 0
    while at < len(tokens):
        for width in range(min(longest, len(tokens) - at), 0, -1):
            relations = phrases.get(tuple(words[at : at + width]))
            if relations and all(free[at : at + width]):
                part = tokens[at : at + width]
                types = _types_said(links, part)
                wider = _wider(tuple(words[at : at + width]), phrases) - relations
                said.append(Said(text[part[0].start : part[-1].end], relations, types, wider, alone=alone))
                at += width
                break
        else:
            asked = at > 0 and fold(tokens[at - 1].text) in ASKS  # "which plays" are things, and nobody plays them
            if free[at] and not asked and (hinted := _hinted(fold(tokens[at].text), phrases)):
                types = _types_said(links, tokens[at : at + 1])
                wider = _wider((words[at],), phrases)  # whichever of them is walked, the word is said
                weight = 1.0 if hinted == phrases.forms.get(fold(tokens[at].text)) else HINTED
                said.append(Said(tokens[at].text, hinted | wider, types, weight=weight, alone=alone))
            at += 1
    return tuple(said)


def _types_said(links: Sequence[Link], part: Sequence[Token]) -> frozenset[str]:
    """The types that some words may stand for."""
    kept = (k for k in links if k.mention.kind == "type" and any(k.mention.covers(t.start, t.end) for t in part))
    return frozenset(c.id for k in kept for c in k.candidates)


def _hinted(word: str, phrases: Phrases) -> frozenset[str]:
    """The relations in whose names a form of a word is the only one that says much ("director" of `directed by`)."""
    if word in LITTLE or word in DECEPTIVE or word.endswith("ly"):
        return frozenset()
    ends = range(ROOT - 1, len(word) - COMPOUND) if word.removesuffix("s").endswith(("er", "or")) else ()
    for part in (word, *(word[at:] for at in ends)):  # a screenwriter is a writer
        roots = [root for root in _roots(part) if part == word or len(root) >= COMPOUND]
        if found := frozenset().union(*(phrases.roots.get(root, ()) for root in roots)):
            return found
    return frozenset()


def _roots(word: str) -> frozenset[str]:
    forms = {word, PARTICIPLES.get(word, word), *uninflected(word)}
    return frozenset(form for form in forms if len(form) >= ROOT)


def _roots_of(words: tuple[str, ...]) -> frozenset[str]:
    much = [word for word in words if word not in LITTLE | DATES] or [word for word in words if word not in LITTLE]
    return _roots(much[0]) if len(much) == 1 else frozenset()


def _wider(phrase: tuple[str, ...], phrases: Phrases) -> frozenset[str]:
    """The relations in whose names a phrase stands, other endings of its words aside."""
    found: set[str] = set()
    for words, ids in phrases.items():
        starts = range(len(words) - len(phrase) + 1) if len(words) > len(phrase) else ()
        if any(all(map(_is_form, phrase, words[at:])) for at in starts):
            found |= ids
    return frozenset(found)


def _is_form(one: str, other: str) -> bool:
    return one == other or one in uninflected(other) or other in uninflected(one)


def belongs(text: str, phrase: str, name: Mention) -> bool:
    """Whether a phrase is said to be of a name: "the agent of X", "X's agent"."""
    start = text.find(phrase)
    if start < 0 or name.start < 0:
        return False
    if name.end <= start:
        return text[name.end : start].strip() in ("'s", "’s", "'", "’")
    return fold(text[start + len(phrase) : name.start]).removesuffix(" the") in ("of", "for")


def left_unsaid(said: Sequence[Said], plan: Plan) -> float:
    """How many of the relations that a question says have no part in a plan; a wider one instead leaves a part unsaid."""
    relations = {
        part.relation for part in parts_of(plan) if isinstance(part, Join | Attribute | Ends) and part.relation
    }
    types = {part.type for part in parts_of(plan) if isinstance(part, FilterType | OfType)}
    left = [s for s in said if not s.is_in(relations, types)]
    return sum(s.weight * (1.0 if s.wider.isdisjoint(relations) else WIDER) for s in left)


def said_again(said: Sequence[Said], plan: Plan) -> int:
    """How many steps a plan takes beyond the times that the question says their names.

    Counted are those over one relation in one direction, and those over relations that one word may stand for ("held", of
    `held on` and `held at`): said once, it is one of them, unless it may stand for a type ("event" of `event date`).
    """
    walked = _walked(plan)
    told = Counter(relation for s in said for relation in s.relations)
    again = sum(max(0, times - told[relation]) for (relation, _), times in walked.items() if told[relation])
    either = {s.relations & {relation for relation, _ in walked} for s in said if s.alone and not s.types}
    return again + sum(max(0, len(one) - sum(not one.isdisjoint(s.relations) for s in said)) for one in either)


def _walked(plan: object) -> Counter[tuple[str, bool]]:
    """How often a plan walks each relation in a row; of two names the same may be said once."""
    if isinstance(plan, Intersect | Union | Difference):
        return _walked(plan.left) | _walked(plan.right)  # the greater of both
    own = Counter([(plan.relation, plan.inverse)] if isinstance(plan, Join) else [])
    return own + _walked(plan.source) if hasattr(plan, "source") else own


def types_guessed(plan: Plan, links: Sequence[Link]) -> int:
    """How many types a plan restricts to that the question does not say."""
    said = {c.id for k in links if k.mention.kind == "type" and k.score > 0 for c in k.candidates}
    return sum(isinstance(part, FilterType) and part.type not in said for part in parts_of(plan))


def relations_of(plan: Plan) -> Iterator[tuple[str, bool]]:
    """The relations that a plan walks or measures by, each with its direction (True: from tail to head)."""
    for part in parts_of(plan):
        if isinstance(part, Join):
            yield part.relation, part.inverse
        elif isinstance(part, Attribute) and part.relation is not None:
            yield part.relation, False
        elif isinstance(part, Ends):
            yield part.relation, part.side == "head"


def compares(plan: Plan) -> bool:
    """Whether the plan holds something against a number or a date that the question says."""
    return any(isinstance(part, Filter) and isinstance(part.bound, Literal) for part in parts_of(plan))


def _stem(token: Token) -> str:
    return stem(fold(token.text))
