"""Which of the plans that a question may mean is believed: each is executed, and what it gives speaks for or against it.

A plan loses where other relations agree better with the words of the question (docs/decisions/0009), and where it gives nothing,
leaves out what the question names, has nothing to choose from, or gives what is not of the type that is asked for. Those that
leave a name out or give several types are also tried mended: with the name as a further condition
(:mod:`qa_pipeline.constrain`), with the type alone (:mod:`qa_pipeline.answer_type`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeGuard

from kg.names import fold
from kg.plan import (
    Count,
    Entities,
    Exists,
    Join,
    Plan,
    Result,
    Union,
    kind_of,
)
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.as_asked import AsAsked
from qa_pipeline.as_said import AsSaid
from qa_pipeline.between import between
from qa_pipeline.bridge import another, apart, bridged, onward, through
from qa_pipeline.classes import is_bare_class
from qa_pipeline.confidence import features
from qa_pipeline.constrain import among, constrained
from qa_pipeline.decode import Hypothesis
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.heeded import Heeded
from qa_pipeline.lacking import lacking
from qa_pipeline.link_signs import link_signs
from qa_pipeline.names_meant import narrowed
from qa_pipeline.opinions import lean_of
from qa_pipeline.outcome import Outcome
from qa_pipeline.periods import in_periods, relations_to_dates
from qa_pipeline.ranked import widened
from qa_pipeline.reading import Reading
from qa_pipeline.record_types import tied
from qa_pipeline.said import belongs, relations_of
from qa_pipeline.said_of_two import alike, either, to_each_other
from qa_pipeline.sorts import into
from qa_pipeline.times import time_meant
from qa_pipeline.vacuity import is_plain_nothing, vacuity

# The weights below were set by hand, rule by rule, and then fitted together on development questions (docs/decisions/0022).
ENOUGH = 0.98  # of the plans' probability: of the rest only those are executed that could still be the best
EMPTY = 0.03  # how much less an empty set, or its count, is believed than its plan
EMPTY_SEEN = 0.5  # the same where the memory showed that there is nothing
EMPTY_PLAIN = 0.15  # the same where what it is of has others of what is asked for
EMPTY_MET = 0.15  # the same where none of several things has what is named
OBSCURE = 0.05  # the same where only readings of a name that are not the prominent ones give anything
BRIDGED = 0.6  # how much a longer walk is believed that was put in for one that gives nothing
IGNORED = 0.05  # the same for each clear mention that a plan leaves out
MENDED = 0.5  # the same for each that was put in afterwards as a condition
TEMPER = 0.5  # exponent of a plan's probability: what else is known counts for more
SUPPORT, FAINT = 0.45, 1e-3  # exponent of the support of its relations, and the least that counts
GOAL, LEFT, ORDER = 2.0, 3.0, 1.2  # weights of its agreement with the question's words, as logarithms
NOTHING = 0.12  # how much less it is believed that there is no answer: what is said against plans cannot be said of it
OFFERED = 0.2  # the same where the question lets choose between two things that are there
CLEAR = 0.6  # least score of the link of a mention that is clearly meant
HALF_CLEAR, IGNORED_HALF = 0.4, 0.23  # a weaker link, and how much less a plan is believed that leaves it out
WORTH_BRIDGING = 0.06  # least probability of a plan that is given a longer walk
WORTH_GOING_ON = 0.05  # the same of one that is taken a step further
WORTH_MENDING, MENDABLE = 0.05, 2  # least probability of a plan that is mended, and how many are
TOGETHER = frozenset("both common each same share shared".split())  # who says so wants what is in two sets at once


def weigh(store: GraphStore, reading: Reading, enough: float = ENOUGH) -> list[Outcome]:
    """Execute the plans, as they are and mended, and unite those that give the same; best first.

    :param enough: when plans of that probability have been executed, those are not that are believed less than the best
        even before anything can be said against what they give; above 1: all are
    """
    judge = _Judge(store, reading)
    found: dict[object, Outcome] = {}
    heaviest: dict[object, float] = {}  # what the plan that stands for an answer weighs alone
    seen = 0.0
    for hypothesis in reading.hypotheses:
        sure = seen > enough and any(o.plan is not None and not o.is_empty for o in found.values())
        if sure and judge.at_most(hypothesis) <= max(o.weight for o in found.values()):
            continue
        for outcome in judge.outcomes(hypothesis):
            outcome.held = min(1.0, outcome.weight / max(_belief(hypothesis), 1e-12))
            alone, known = outcome.weight, found.setdefault(outcome.result, outcome)
            if known is outcome:
                heaviest[outcome.result] = alone
            else:
                if (outcome.ignored, -alone) < (known.ignored, -heaviest[outcome.result]):
                    known.stand_for(outcome)
                    heaviest[outcome.result] = alone
                known.probability += outcome.probability
                known.weight += outcome.weight
        seen += hypothesis.probability
    for further in (judge.unheeded(found.values()), judge.lacking(), judge.between(found.values())):
        if further is not None and (known := found.setdefault(further.result, further)) is not further:
            if further.weight > heaviest.get(further.result, known.weight):
                heaviest[further.result] = further.weight
                known.stand_for(further)
            known.weight += further.weight
    return sorted(found.values(), key=lambda o: -o.weight)


class _Judge:
    """Says of one question's plans how much they are believed once executed."""

    def __init__(self, store: GraphStore, reading: Reading) -> None:
        self.store, self.reading = store, reading
        schema = store.schema()
        self.as_asked = AsAsked(store, reading, self._at)
        self.asked, self.types = self.as_asked.asked, self.as_asked.types
        self.unasked = reading.topics if reading.question.exclude_topics else ()
        self.heeded = Heeded(schema, reading, self.asked)
        self.two = self.heeded.two
        self.together = not TOGETHER.isdisjoint(self.two.words)
        self.called = self.heeded.called
        self.as_said = AsSaid(store, reading, self.heeded, self.asked.whether)
        self.mendings = 0

    def at_most(self, hypothesis: Hypothesis) -> float:
        """How much a plan can be believed: before anything is said against it, with what feedback says for it."""
        lean = lean_of(relations_of(hypothesis.plan), self.reading.leaning) if hypothesis.plan is not None else 0.0
        return _belief(hypothesis) * math.exp(lean)

    def outcomes(self, hypothesis: Hypothesis) -> Iterator[Outcome]:
        """What a hypothesis comes to, as it is and, where it leaves out what the question names, with that as a condition."""
        p = hypothesis.probability
        if hypothesis.plan is None:
            yield Outcome(None, None, p, NOTHING * p * (OFFERED if self.two.choice else 1.0))
            return
        written = hypothesis.plan.source if self._only_asks_whether(hypothesis.plan) else hypothesis.plan
        corrected, written = self._put_right(written)
        if is_bare_class(written):
            return  # all that has some relation is no answer to anything
        belief = _belief(hypothesis) * corrected * self.heeded.belief(written)
        plan, result, passed = narrowed(self.store, self._said_of_two(written), self.reading.links)
        left_out = _left_out(self.reading, hypothesis.actions, self.two.ends_in(written))
        left_out = [i for i in left_out if not self._is_in_a_name(self.reading.links[i], written)]
        as_of = None
        if (time := time_meant(self.store, self.reading, left_out, plan, result)) is not None:
            as_of, at = time
            left_out = [i for i in left_out if i != at]
            result = self._at(as_of).execute(plan)
        belief *= OBSCURE if passed else 1.0
        believed = belief * self._penalty(left_out)
        outcome = Outcome(plan, result, p, believed, self._clear(left_out), hypothesis.agreement, as_of)
        yield from self._widened(outcome, believed)
        void = outcome.is_empty or (isinstance(plan, Count) and not result.value)
        if void:
            is_no = self.asked.whether and outcome.is_empty
            empty = EMPTY_PLAIN if is_plain_nothing(self._at(as_of), plan) else _empty(self.reading, hypothesis.actions)
            outcome.weight *= EMPTY_SEEN if is_no else empty
            yield from self._either(outcome, believed)
            yield from self._bridged(outcome, believed)
        else:
            outcome.weight *= vacuity(self._at(as_of), plan, self.unasked)
            yield from self._onward(outcome, believed)
        names = [i for i in left_out if self.reading.links[i].candidates]
        if (
            as_of is None
            and names
            and self.mendings < MENDABLE
            and outcome.probability > WORTH_MENDING
            and (self.asked.whether or not void)
        ):
            self.mendings += 1
            mended = self._mended(outcome, plan, names, left_out, belief)
            if mended is not None:
                yield from self.as_asked.outcomes(mended)
                outcome.probability -= mended.probability
        yield from self.as_asked.outcomes(outcome)

    def _put_right(self, plan: Plan) -> tuple[float, Plan]:
        """How much a plan is believed that had to be put right, and the plan as the question says it."""
        said = self.as_said.put_right(plan)
        return (1.0 if said == plan else MENDED), said

    def unheeded(self, found: Collection[Outcome]) -> Outcome | None:
        """Where a question is for one relation of one name, and no plan that gives anything has both: what the name has of it, or
        what it belongs to ("the agent of X", of X's agency)."""
        named = [k for k in self.reading.links if k.mention.kind == "entity" and k.score >= CLEAR]
        said = self.heeded.said
        if len(said) != 1 or said[0].weight < 1 or len(named) != 1 or len(named[0].candidates) != 1:
            return None
        if self.asked.whether or not belongs(self.reading.question.text, said[0].phrase, named[0].mention):
            return None
        given = [o.plan for o in found if o.plan is not None and not o.is_empty and not o.ignored]
        if any(not said[0].relations.isdisjoint(r for r, _ in relations_of(plan)) for plan in given):
            return None
        start = Entities((named[0].candidates[0].id,))
        for relation in sorted(said[0].relations & self.store.schema().relations.keys()):
            plan: Plan = Join(start, relation)
            own = self.store.execute(plan)
            known = (plan, own) if own.nodes else through(self.store, plan, self.reading.subgraph)
            if known is not None:
                belief = max((_belief(h) for h in self.reading.hypotheses), default=0.0) * MENDED
                weight = belief * self.heeded.belief(known[0])
                return Outcome(*known, 0.0, weight, held=MENDED)
        return None

    def between(self, found: Collection[Outcome]) -> Outcome | None:
        """Where no plan that is believed has to do with both of two names: what is asked for of the records between them."""
        none = sum(o.weight for o in found if o.plan is None)
        if self.asked.whether or self.unasked or any(o.weight > none and _heeds_all(o) for o in found):
            return None
        known = between(self.store, self.reading, self.asked, self.as_asked.somebody)
        if known is None:
            return None
        belief = max((_belief(h) for h in self.reading.hypotheses if h.plan is not None), default=0.0) * MENDED
        return Outcome(*known, 0.0, belief * self.heeded.belief(known[0]), held=MENDED)

    def lacking(self) -> Outcome | None:
        """What of the things that are asked for has nothing to do with others, where the question says so."""
        schema, reading = self.store.schema(), self.reading
        plan = lacking(schema, reading.question.text, reading.links, self.asked, reading.said, self.as_asked.sort)
        if plan is None:
            return None
        belief = max((_belief(h) for h in reading.hypotheses), default=0.0) * MENDED
        weight, result = belief * self.heeded.belief(plan), self.store.execute(plan)
        weight *= vacuity(self.store, plan, self.unasked) if result.nodes or result.value else EMPTY
        return Outcome(plan, result, 0.0, weight, held=MENDED)

    def _only_asks_whether(self, plan: Plan) -> TypeGuard[Exists]:
        """Whether a plan is a yes or no where the things themselves are asked for as well: "is there any, and which?"."""
        return self.asked.which and isinstance(plan, Exists)

    def _said_of_two(self, plan: Plan) -> Plan:
        """The plan with both ends of a range or of a year, and with what two names have alike."""
        schema = self.store.schema()
        plan = in_periods(self.two.ranged(plan, frozenset(relations_to_dates(schema))), schema)
        if self.asked.whether and self.two.mutual:
            return to_each_other(plan, self.two.mutual)
        return alike(plan) if self.asked.whether and self.together else plan

    def _at(self, as_of: str | None) -> GraphStore:
        """The graph at the time at which an outcome was executed."""
        return self.store if as_of is None else self.store.view(as_of=as_of)

    def _either(self, outcome: Outcome, believed: float) -> Iterator[Outcome]:
        """Where nothing is in two sets of the same kind, what is in either: "the currencies of X and Y"."""
        found = either(outcome.plan) if not self.together else None
        if found is not None and ((result := self.store.execute(found)).nodes or result.value):
            yield from self._instead(outcome, found, result, believed * MENDED)

    def _bridged(self, outcome: Outcome, believed: float) -> Iterator[Outcome]:
        """Where a walk gives nothing of what is asked for, a longer one that does."""
        if outcome.plan is None or self.unasked or outcome.probability < WORTH_BRIDGING:
            return
        somebody = self.types or self.as_asked.somebody
        found = apart(self.store, outcome.plan, self.reading.subgraph, somebody)
        found = found or bridged(self.store, outcome.plan, self.reading.subgraph, self.types)
        found = found or through(self.store, outcome.plan, self.reading.subgraph)
        found = found or onward(self._at(outcome.as_of), outcome.plan, ())
        if found is not None:
            yield from self._instead(outcome, *found, believed * BRIDGED)

    def _onward(self, outcome: Outcome, believed: float) -> Iterator[Outcome]:
        """Where a walk gives nothing of what is asked for, but something from which one step leads there, that step as well; or
        another step in place of the last."""
        if outcome.plan is None or outcome.probability < WORTH_GOING_ON:
            return
        store, types = self._at(outcome.as_of), self.asked.types
        if self.as_asked.is_of_records(outcome):
            found = tied(store, self.reading, outcome.plan)
            if found is not None:
                said = vacuity(store, found[0], self.unasked)
                yield from self._instead(outcome, *found, believed * BRIDGED * said)
        if not self.as_asked.is_mistyped(outcome):
            return
        sort = self.as_asked.sort
        found = into(store, outcome.plan, sort) if sort is not None else onward(store, outcome.plan, types)
        if found is None and sort is None:
            found = another(store, outcome.plan, types)
        if found is None:
            return
        said = vacuity(self._at(outcome.as_of), found[0], self.unasked)
        yield from self._instead(outcome, *found, believed * BRIDGED * said)

    def _widened(self, outcome: Outcome, believed: float) -> Iterator[Outcome]:
        """Where a superlative has nothing to choose from, what else of the kind belongs to the name."""
        if outcome.plan is None or outcome.probability < WORTH_MENDING:
            return
        if (found := widened(self._at(outcome.as_of), outcome.plan, self.reading.subgraph, self.types)) is not None:
            said = vacuity(self._at(outcome.as_of), found[0], self.unasked)
            yield from self._instead(outcome, *found, believed * BRIDGED * said)

    def _instead(self, outcome: Outcome, plan: Plan, result: Result, weight: float) -> Iterator[Outcome]:
        """A plan that was put in for another, with a part of its probability."""
        share = outcome.probability * MENDED
        outcome.probability -= share
        yield from self.as_asked.outcomes(replace(outcome, plan=plan, result=result, probability=share, weight=weight))

    def _clear(self, left_out: Sequence[int]) -> int:
        return sum(self.reading.links[i].score >= CLEAR for i in left_out)

    def _penalty(self, left_out: Sequence[int]) -> float:
        clear = self._clear(left_out)
        return IGNORED**clear * IGNORED_HALF ** (len(left_out) - clear)

    def _mended(
        self, outcome: Outcome, plan: Plan, names: Sequence[int], left_out: Sequence[int], belief: float
    ) -> Outcome | None:
        """A plan with names that it leaves out; of a yes or no, whether the one name is among what it gives."""
        if self.asked.whether:
            if len(names) > 1 or (not isinstance(plan, Exists) and kind_of(plan) != "set"):
                return None
            found = self._said_of_two(among(plan, self.reading.links[names[0]]))
            result, put_in = self.store.execute(found), tuple(names)
        else:
            mended = constrained(self.store, plan, self.reading.subgraph, names)
            if mended is None:
                return None
            found, result, put_in = mended
        rest = [i for i in left_out if i not in put_in]
        share = MENDED ** len(put_in)
        weight = belief * share * self._penalty(rest)
        weight *= vacuity(self.store, found, self.unasked) if result.nodes or result.value else EMPTY_MET
        return Outcome(found, result, outcome.probability * share, weight, self._clear(rest), outcome.agreement)

    def _is_in_a_name(self, link: Link, plan: Plan) -> bool:
        """Whether a number or a name with digits stands in what one of the plan's relations is called ("population 2020")."""
        text = fold(link.mention.text)
        names = (f" {fold(self.called.get(relation, relation))} " for relation, _ in relations_of(plan))
        return any(map(str.isdigit, text)) and any(f" {text} " in name for name in names)


def _heeds_all(outcome: Outcome) -> bool:
    """Whether an answer comes of a plan in which all names have a part, but not each for itself."""
    plan = outcome.plan.source if isinstance(outcome.plan, Count) else outcome.plan
    return plan is not None and not outcome.is_empty and not outcome.ignored and not isinstance(plan, Union)


def _belief(hypothesis: Hypothesis) -> float:
    """How much a plan is believed before it is executed: its probability, and how its relations agree with the question."""
    words = hypothesis.agreement
    agreement = GOAL * words.goal - LEFT * words.left + ORDER * words.order
    agreement += SUPPORT * math.log(max(words.support, FAINT))
    return float(hypothesis.probability**TEMPER * math.exp(agreement))


def _empty(reading: Reading, actions: Sequence[int]) -> float:
    """How much less an empty set is believed: little, where the memory showed that the thing that is asked about has none."""
    slots, offset = reading.subgraph.slots, len(OPERATORS)
    walked = [a - offset for a in actions if a >= offset]
    seen = any(not slots[s].nodes and slots[s].parent == before for before, s in pairwise(walked))
    return EMPTY_SEEN if seen else EMPTY


def _left_out(reading: Reading, actions: Sequence[int], also: Sequence[int] = ()) -> list[int]:
    """Which names, numbers and dates that seem to be meant have no part in a plan, as indices of links."""
    slots, offset = reading.subgraph.slots, len(OPERATORS)
    used = {slots[a - offset].seed for a in actions if a >= offset and not slots[a - offset].path} | set(also)
    return [
        i
        for i, k in enumerate(reading.links)
        if i not in used and not k.is_nil and k.mention.kind != "type" and k.score >= HALF_CLEAR
    ]


def features_of(outcomes: Sequence[Outcome], at: int, reading: Reading) -> tuple[float, ...]:
    """What the confidence in one of the outcomes rests on; see :mod:`qa_pipeline.confidence`."""
    chosen = outcomes[at]
    total = sum(o.weight for o in outcomes) or 1.0
    rival = max((o.weight for i, o in enumerate(outcomes) if i != at), default=0.0) / total
    no_answer = sum(o.probability for o in outcomes if o.plan is None)
    steps = len(reading.hypotheses[0].actions) if reading.hypotheses else 0
    return features(
        chosen.weight / total,
        rival,
        no_answer,
        link_signs(reading.question.text, reading.links),
        chosen.is_empty,
        chosen.ignored,
        chosen.agreement,
        steps,
        chosen.held,
    )
