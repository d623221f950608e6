"""How far a plan heeds what a question's words say, before anything is executed: relations, superlatives, names.

Each thing that is said and has no part in the plan, or one that it cannot have, makes the plan less likely by a factor. The
factors were fitted together on development questions (docs/decisions/0022), but for the later ones, which were set by hand.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from spacy.lang.en.stop_words import STOP_WORDS

from kg.graph import Schema
from kg.names import fold
from kg.plan import Count, Join, OfType, Plan
from kg.question import Link
from qa_pipeline.ages import births_said, is_no_age, is_no_length, is_untimed, lengths_said, times_said
from qa_pipeline.answer_type import COMMANDS, AskedFor, free_words
from qa_pipeline.dimensions import dimensions_said, is_mismeasured
from qa_pipeline.names_meant import names_any, names_unknown
from qa_pipeline.opinions import LEAN, lean_of
from qa_pipeline.plan_parts import parts_of
from qa_pipeline.ranked import counted_most, counts_others, is_unranked, ranks, superlative_said
from qa_pipeline.reading import Reading, relation_words
from qa_pipeline.said import Said, left_unsaid, relations_of, said_again, types_guessed
from qa_pipeline.said_of_two import ranking_said, said_of_two
from qa_pipeline.verbs import verbs_said

UNKNOWN = (
    0.02  # how much less a plan is believed that starts at no name where the question has one, which the graph has not
)
UNRANKED = 0.2  # the same for a plan without a superlative where the question has one
SPOKEN = 0.5  # how much is left unsaid by a plan that leaves out a relation that is spoken of in other words
RANKED = 0.1  # the same for one that takes the first of something where the question compares nothing
UNLIKE = 0.1  # the same for one that treats names differently of which the same is said, or chooses from neither of two
UNSAID = 0.075  # the same for each relation that the question says word for word and a plan leaves out
AGAIN = 0.1  # the same for each step over a relation beyond the times that the question says its name
GUESSED = 0.5  # the same for each type that a plan restricts to and the question does not say ("animals", of mammals)
MISCOUNTED = 0.1  # the same for one that counts other things than those of which the question wants the most
MISMEASURED = 0.2  # the same for one that ranks by another measure than the superlative means, where the graph has such
NO_LENGTH = 0.1  # the same for the latest of something where the longest is asked for
NO_TIME = 0.1  # the same for the first by what is no time where the earlier is asked for
NO_AGE = 0.2  # the same for the first by another measure where the youngest is asked for
MISDIRECTED = 0.1  # the same for a relation walked from its object as if that were its subject, or the other way round
UNSAID_OTHERS = 0.2  # the same for one that leaves out what it comes from where the question says nothing of others
UNSAID_PAST = 0.2  # the same for a relation of former times where the question says nothing of these
HALF_SAID_PAST = 0.5  # the same where its tense may
MORE = 0.2  # the same for a further step where the question is for no more than one
BARE = 0.2  # the same for all things of a type where the question says more of them
VOTED_OUT = LEAN / 4  # a leaning from which a relation is not meant that the question says: two users' word
ANYTHING = frozenset(  # says nothing of things that would tell some from others
    "altogether available data database dataset different exist exists graph know known name names number overall please "
    "recorded stored there total contain contains count".split()
)


OTHERS = frozenset(  # who says none of them does not ask for what else is of the same
    "other others else also same share shares shared sharing fellow besides another too alike common both co similar apart "
    "together rest more alongside with opposite against".split()
)
PAST = frozenset("previous previously former formerly past ex".split())  # in names of relations
BYGONE = PAST | frozenset(  # who says one of them may mean such a relation
    "used before earlier once ever since until left then old history prior back ago already first when last".split()
)
TENSES = frozenset(
    "was were did had has have been".split()
)  # who says no more than these, or a word in -ed, may as well not


class Heeded:
    """What the words of one question ask of its plans."""

    def __init__(self, schema: Schema, reading: Reading, asked: AskedFor) -> None:
        text, self.links, self.leaning = reading.question.text, reading.links, reading.leaning
        self.schema, self.called = schema, relation_words(schema)
        self.said = [s for s in reading.said if s.types.isdisjoint(asked.types) and not _voted_out(s, reading)]
        self.spoken = reading.spoken
        self.two = said_of_two(text, reading.links, reading.said)
        self.superlative = superlative_said(text, reading.links)
        self.ranked = ranking_said(text, reading.links)
        self.counted = counted_most(text, reading.links)
        named = {relation for one in reading.said for relation in one.relations}
        self.dimensions = dimensions_said(text, reading.links, schema, named)
        self.lengths = lengths_said(text, reading.links)
        self.times = times_said(text, reading.links, schema, bool(self.two.choice))
        self.births = births_said(text, reading.links, schema)
        self.verbs = verbs_said(text, reading.links, self.said, self.called)
        self.unknown = names_unknown(reading.links)
        words = free_words(text, reading.links)
        self.others = not OTHERS.isdisjoint(words) or bool(reading.subgraph.defined)
        tense = not TENSES.isdisjoint(words) or any(word.endswith("ed") for word in words)
        self.past = 1.0 if not BYGONE.isdisjoint(words) else HALF_SAID_PAST if tense else UNSAID_PAST
        self.more = says_more(text, reading.links)

    def belief(self, plan: Plan) -> float:
        """The product of the factors, 1: the plan heeds everything; with what feedback says of its relations, perhaps more."""
        left, again = left_unsaid(self.said, plan), said_again(self.said, plan)
        left += SPOKEN * left_unsaid(self.spoken, plan)
        belief = UNSAID**left * AGAIN**again * GUESSED ** types_guessed(plan, self.links)
        belief *= UNLIKE if self.two.is_against(plan) else 1.0
        belief *= UNRANKED if self.superlative and is_unranked(plan, self.called) else 1.0
        belief *= RANKED if not self.ranked and ranks(plan) else 1.0
        belief *= MISCOUNTED if self.counted and counts_others(plan, self.counted, self.schema) else 1.0
        belief *= MISMEASURED if self.dimensions and is_mismeasured(plan, self.dimensions) else 1.0
        belief *= NO_LENGTH if self.lengths and is_no_length(plan, self.schema) else 1.0
        belief *= NO_TIME if self.times and is_untimed(plan, self.schema) else 1.0
        belief *= NO_AGE if self.births and is_no_age(plan, self.schema) else 1.0
        belief *= MISDIRECTED if any(verb.is_against(plan) for verb in self.verbs) else 1.0
        belief *= MORE if any(verb.is_more(plan) for verb in self.verbs) else 1.0
        belief *= UNSAID_OTHERS if not self.others and leaves_out_itself(plan) else 1.0
        belief *= self.past if self.past < 1 and self._is_past(plan) else 1.0
        belief *= BARE if self.more and is_bare_type(plan) else 1.0
        belief *= UNKNOWN if self.unknown and not names_any(plan) else 1.0
        return float(belief * math.exp(lean_of(relations_of(plan), self.leaning)))

    def _is_past(self, plan: Plan) -> bool:
        """Whether a plan walks a relation that is called one of former times."""
        called = (fold(self.called.get(relation, relation)) for relation, _ in relations_of(plan))
        return any(not PAST.isdisjoint(name.split()) for name in called)


def leaves_out_itself(plan: Plan) -> bool:
    """Whether a plan takes what it comes from away from what it leads to."""
    return any(isinstance(part, Join) and part.other for part in parts_of(plan))


def is_bare_type(plan: Plan) -> bool:
    """Whether a plan gives all things of a type, or their number."""
    return isinstance(plan.source if isinstance(plan, Count) else plan, OfType)


def says_more(text: str, links: Sequence[Link]) -> bool:
    """Whether a question says something of the things that it asks for, but their type: "which books are *overdue*"."""
    typed = [k.mention for k in links if k.mention.kind == "type" and k.mention.start >= 0]
    told = {fold(word) for m in typed for word in m.text.split()} | ANYTHING | COMMANDS | STOP_WORDS
    return any(word[:1].isalpha() and word not in told for word in free_words(text, links))


def _voted_out(said: Said, reading: Reading) -> bool:
    """Whether feedback says that none of the relations is meant that are called so."""
    leans = [min(reading.leaning.get((r, inverse), 0.0) for inverse in (False, True)) for r in said.relations]
    return max(leans) < -VOTED_OUT
