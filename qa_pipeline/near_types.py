"""The type that a question asks for in a word of its own: "airplanes" of a graph that has aircraft, "who" of one with employees.

A noun that asks and is no word of the graph's is taken for the type that has it as another word (:mod:`qa_pipeline.synonyms`).
Else it is compared with the types by the pretrained encoder, as relations' names are; one that is near enough is taken for the
type, as if it had been said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from spacy.lang.en.stop_words import STOP_WORDS
from torch import Tensor

from encoder.text import TextTable
from kg.graph import Schema
from kg.names import fold, words_of
from kg.question import Candidate, Link, Mention
from qa_pipeline.answer_type import (
    ASKS,
    AUXILIARIES,
    BE,
    BREAKS,
    COMMANDS,
    FILLERS,
    MODIFIERS,
    POLITE,
    TIMES,
    WH,
    free_words,
)
from qa_pipeline.kinds import alike
from qa_pipeline.persons import PEOPLE, is_person, persons_of
from qa_pipeline.ranked import COUNTED
from qa_pipeline.synonyms import synonyms
from qa_pipeline.tokens import Token, inflections, is_superlative, tokenize

NEAR = 0.72  # least likeness of a noun to a type that it is taken for; hotels are less like restaurants
BESIDE, FAR = 0.05, 0.3  # how much less like are types that are meant, too; those that stand in the same relations
SURE = 0.6  # the score of such a link
SUPERLATIVES = COUNTED | {"first", "last"}
TYPED = 0.5  # types an entity, at least, where a graph tells what things are


def near_types(
    text: str, links: Sequence[Link], schema: Schema, vectors: Tensor, texts: TextTable, known: Collection[str]
) -> list[Link]:
    """A link of the word that asks for things of a type, if it is none of the graph's words and near to one of its types.

    :param vectors: of the schema's types, in its order. Shape: (Y, H), rows of length 1
    :param known: the words of the graph's relations and types
    """
    if any(k.mention.kind == "type" and k.mention.start >= 0 for k in links):
        return []
    if sum(schema.types.values()) < TYPED * schema.entities or not schema.types:
        return []
    tokens = tokenize(text)
    if tokens and fold(tokens[0].text) in ("who", "whom"):
        somebody = _somebody(text, links, schema, tokens[0])
        nouns = [after for (_, most), after in zip(pairwise(tokens), tokens[2:], strict=False) if _counts(most)]
    else:
        somebody, nouns = [], asking(tokens)
    nouns = [t for t in nouns if not _is_linked(t, links) and _is_noun(t, known)]
    if not nouns:
        return somebody
    persons = persons_of(schema)
    if persons and (people := next((noun for noun in nouns if fold(noun.text) in PEOPLE), None)):
        return [*somebody, _link(people, persons)]
    generic = [type for type in persons if not PEOPLE.isdisjoint(words_of(type).split())]
    callings = len(generic) == len(persons) == 1 and not ASKS.isdisjoint(fold(token.text) for token in tokens[:2])
    for noun in _heads_first(nouns, text):
        if callings and is_person(noun.text):
            return [*somebody, _link(noun, generic)]  # "which musicians", where all people are called persons
        if types := _said_otherwise(noun.text, schema):
            return [*somebody, _link(noun, types)]
    noun, like = max(((noun, _likeness(noun, vectors, texts)) for noun in nouns), key=lambda one: max(one[1]))
    types = _meant(noun.text, dict(zip(schema.types, like, strict=True)), schema)
    return [*somebody, _link(noun, types)] if types else somebody


def _heads_first(nouns: Sequence[Token], text: str) -> list[Token]:
    """The nouns of a phrase from its head outwards: of "crime stories of writers" the stories."""
    if not nouns:
        return []
    of = text.casefold().find(" of ", nouns[0].start)
    head = [noun for noun in nouns if of < 0 or noun.end <= of]
    return [*reversed(head), *(noun for noun in nouns if noun not in head)]


def _likeness(noun: Token, vectors: Tensor, texts: TextTable) -> list[float]:
    """How like a noun, in singular or plural, is to each type."""
    rows = texts.rows(sorted(inflections(fold(noun.text))))
    like: list[float] = (texts.table[rows] @ vectors.T).amax(dim=0).tolist()
    return like


def _said_otherwise(noun: str, schema: Schema) -> list[str]:
    """The type that a noun says in another word, if it says one alone."""
    types = synonyms(noun, schema.types)
    return types if len(types) == 1 else []


def _meant(noun: str, like: Mapping[str, float], schema: Schema) -> list[str]:
    """The types that a noun may be taken for, the likest first: of animals also those that are less like, but stand in the same
    relations as the likest."""
    best = max(like, key=lambda type: like[type])
    if like[best] < NEAR or is_person(noun) != (best in persons_of(schema)):
        return []
    kin = alike(schema, best)
    near = [t for t, value in like.items() if value > like[best] - (FAR if t in kin else BESIDE)]
    return sorted(near, key=lambda type: -like[type])


def is_asked_for(text: str, link: Link) -> bool:
    """Whether a mention stands in the noun phrase that a question begins with: "which *stadium* …"."""
    return any(link.mention.covers(token.start, token.end) for token in asking(tokenize(text)))


def _counts(token: Token) -> bool:
    """Whether what follows a word is counted: "the most papers"."""
    return fold(token.text) in COUNTED


def _somebody(text: str, links: Sequence[Link], schema: Schema, who: Token) -> list[Link]:
    """ "Who" is somebody of a type for people where it is asked who is first in something, and nobody is named."""
    words = free_words(text, links)
    ranked = any(word in SUPERLATIVES or is_superlative(word) for word in words)
    persons = persons_of(schema)
    if not ranked or not persons or any(k.mention.kind == "entity" for k in links):
        return []
    return [_link(who, persons)]


def _link(token: Token, types: Sequence[str]) -> Link:
    candidates = tuple(Candidate(type, words_of(type), SURE) for type in types)
    return Link(Mention(token.start, token.end, token.text, "type"), candidates, SURE)


def asking(tokens: Sequence[Token]) -> list[Token]:
    """The noun phrase that a question begins with, without what leads to it: "cited paper" of "show the cited paper"."""
    words = [fold(token.text) for token in tokens]
    at = 1 if len(words) > 1 and words[0] in BREAKS - WH and words[1] in ASKS else 0  # "in which country …"
    at = next((len(polite) for polite in POLITE if tuple(words[: len(polite)]) == polite), at)
    if words[at : at + 2] == ["how", "many"]:
        at += 2
    else:
        while at < len(words) and words[at] in COMMANDS | FILLERS | ASKS | BE:
            at += 1
    end = at
    while end < len(words) and end - at <= MODIFIERS and words[end][:1].isalpha():
        if words[end] in (BREAKS | AUXILIARIES) - {"of"}:
            break
        end += 1
    return list(tokens[at:end])


def _is_noun(token: Token, known: Collection[str]) -> bool:
    word = fold(token.text)
    return not (word in STOP_WORDS or word in known or word in TIMES or word in COMMANDS or is_superlative(word))


def _is_linked(token: Token, links: Sequence[Link]) -> bool:
    return any(k.mention.start < token.end and token.start < k.mention.end for k in links if k.candidates)
