"""Which way a relation is walked that a question says as a verb: "papers that *cite X*", "what does *X cite*?".

English tells the subject from the object by their places. Where a relation is called by a verb ("cites", "reports to", "depends
on"), its head is the subject: what follows the verb is a tail, and what stands between "does" and the verb is a head. The network
knows this only by degree, and where a relation leads from things to things of the same sort both ways give something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg.english_words import PARTICIPLES, is_participle
from kg.names import fold
from kg.plan import Entities, Join, Plan
from kg.question import Link
from qa_pipeline.answer_type import WH
from qa_pipeline.plan_parts import parts_of
from qa_pipeline.said import Said, relations_of
from qa_pipeline.tokens import stem, uninflected

DO = frozenset("do does did don doesn didn".split())
HAVE = frozenset("has have had hasn haven hadn".split())  # the same before a participle ("who has X taught?")


@dataclass(frozen=True)
class Verb:
    """A relation that is said as a verb of a name.

    :param names: the entities that may be meant by the name
    :param object: the name is its object, so that it is walked back from there
    :param whole: nothing else is asked: "what does X cite?"
    """

    relations: frozenset[str]
    names: frozenset[str]
    object: bool
    whole: bool

    def is_against(self, plan: Plan) -> bool:
        """Whether a plan walks the relation from the name the other way."""
        steps = (part for part in parts_of(plan) if isinstance(part, Join) and part.relation in self.relations)
        starts = (s.source.ids for s in steps if s.inverse != self.object and isinstance(s.source, Entities))
        return any(not self.names.isdisjoint(ids) for ids in starts)

    def is_more(self, plan: Plan) -> bool:
        """Whether a plan walks something else besides, where nothing else is asked."""
        return self.whole and any(relation not in self.relations for relation, _ in relations_of(plan))


def verbs_said(text: str, links: Sequence[Link], said: Sequence[Said], called: Mapping[str, str]) -> tuple[Verb, ...]:
    """The verbs of a question that are relations, each with the name beside it.

    :param called: how each relation reads
    """
    named = [k for k in links if k.mention.kind == "entity" and k.candidates and k.mention.start >= 0]
    found = []
    for each in said:
        relations = frozenset(r for r in each.relations if _is_verb(called.get(r, ""), each.phrase))
        passive = frozenset(r for r in each.relations if _is_passive(called.get(r, ""), each.phrase))
        start = text.find(each.phrase)
        end = start + len(each.phrase)
        for link in named if relations else ():
            names, mention = frozenset(c.id for c in link.candidates), link.mention
            if mention.start >= end and fold(text[end : mention.start]) in ("", "the"):
                found.append(Verb(relations, names, object=True, whole=False))
            elif mention.end <= start and not fold(text[mention.end : start]):
                before = fold(text[: mention.start]).removesuffix(" the").split()
                if before and before[-1] in DO:
                    whole = len(before) == 2 and before[0] in WH and not any(map(str.isalnum, text[end:]))
                    found.append(Verb(relations, names, object=False, whole=whole))
        done = named if passive and len(passive) == len(each.relations) else ()  # "taught by", of "who has X taught?"
        for link in done:
            before = fold(text[: link.mention.start]).removesuffix(" the").split()
            beside = link.mention.end <= start and not fold(text[link.mention.end : start])
            if beside and before and before[-1] in DO | HAVE:
                found.append(Verb(passive, frozenset(c.id for c in link.candidates), object=True, whole=False))
    return tuple(found)


def _is_passive(name: str, phrase: str) -> bool:
    """Whether a relation's name is a participle with "by", and the phrase a form of its verb without."""
    words, said = fold(name).split(), fold(phrase)
    if len(words) != 2 or words[1] != "by" or not is_participle(words[0]):
        return False
    return said in {words[0], PARTICIPLES.get(words[0], words[0]), *uninflected(words[0])}


def _is_verb(name: str, phrase: str) -> bool:
    """Whether a relation's name is a verb in the third person, or one with a preposition, and the phrase is that name."""
    words, said = fold(name).split(), fold(phrase).split()
    third = words[:1] != [] and words[0].endswith("s") and not words[0].endswith(("ss", "us", "is"))
    return third and [stem(word) for word in words] == [stem(word) for word in said]
