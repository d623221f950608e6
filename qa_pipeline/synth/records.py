"""Questions over a record that goes without saying: "who bought X" of the customers of X's orders (docs/decisions/0030)."""

from __future__ import annotations

from qa_pipeline.synth import sentence
from qa_pipeline.synth.invent import SchemaRecord
from qa_pipeline.synth.nodes import Impossible, StepNode
from qa_pipeline.synth.phrase import Phraser
from qa_pipeline.synth.sample import Move, SetSampler, impossible


def over_record(sampler: SetSampler) -> tuple[str, list[Move]]:
    """A walk over a record, alone or in a chain: "what did X buy", "the makers of what X bought"."""
    rng, record = sampler.rng, _one_of(sampler)
    from_done = rng.random() < 0.5
    start = record.done if from_done else record.doer
    end = rng.choice(sorted(start.reaches))
    if rng.random() < 0.25:
        ways = [w for w in sampler.walks(frozenset(sampler.schema.types)) if end in (w[0].head if w[1] else w[0].tail)]
        ways = [w for w in ways if w[0] not in (record.doer, record.done)]
        relation, inverse = rng.choice(ways or [impossible()])
        before = sampler.seed(rng.choice(sorted(relation.tail if inverse else relation.head)))
        drawn = sampler.walk(before, (relation, inverse), want=end)
    else:
        drawn = sampler.seed(end)
    drawn = sampler.over(drawn, record, from_done)
    if rng.random() < 0.25:
        drawn = sampler.walk(drawn)
    luck = rng.random()
    if luck < 0.15:
        return sentence.ask_count(sampler.phraser, drawn.node), [*drawn.moves, ("op", "COUNT", False)]
    if luck < 0.22:
        assert isinstance(drawn.node, StepNode)
        return sentence.ask_any(sampler.phraser, drawn.node), [*drawn.moves, ("op", "EXISTS", False)]
    return sampler.set_question(drawn)


def of_two(sampler: SetSampler) -> tuple[str, list[Move]]:
    """A record by both of its ends: "when did X buy Y", "did X buy Y"."""
    rng, record = sampler.rng, _one_of(sampler)
    doer, done = (sampler.seed(rng.choice(sorted(end.reaches))) for end in (record.doer, record.done))
    a, b = (sampler.phraser.np(drawn.node) for drawn in (doer, done))
    dated = record.date is not None and rng.random() < 0.7
    text = ask_when(sampler.phraser, record, a, b) if dated else ask_whether(sampler.phraser, record, a, b)
    ends = [(doer, record.doer), (done, record.done)]
    if text.find(b) < text.find(a):  # the plan starts at what is read first
        ends.reverse()
    moves: list[Move] = []
    for drawn, relation in ends:
        moves += [*drawn.moves, ("step", relation, not relation.turned)]
    asked: Move = ("step", record.date, False) if dated else ("op", "EXISTS", False)
    return text, [*moves, ("op", "AND", False), asked]


def ask_when(p: Phraser, record: SchemaRecord, doer: str, done: str) -> str:
    """When it was done by whom to what."""
    verb = p.rng.choice(record.said.tail_verbs)
    when = p.pick("when", "when", "when", "on what date", "on which day", "in what year", "what day")
    said = p.pick("when", "the date when", "the day", "tell me when", "what was the date when", "the year")
    ways = [f"{when} did {doer} {verb.base} {done}"] * 3
    ways += [f"{said} {doer} {verb.finite} {done}", f"{done} was {verb.participle} {doer} {when}"]
    ways += [f"{when} was {done} {verb.participle} {doer}"] * 2
    return p.rng.choice(ways)


def ask_whether(p: Phraser, record: SchemaRecord, doer: str, done: str) -> str:
    """Whether it was done by whom to what."""
    verb = p.rng.choice(record.said.tail_verbs)
    ways = [f"did {doer} {p.pick('', '', 'ever ')}{verb.base} {done}"] * 2
    ways += [f"{p.pick('was', 'is')} {done} {verb.participle} {doer}"]
    if verb.participle.split()[1:-1] == verb.base.split()[1:]:  # "gone to by", but not "visited by" of "go to"
        ways += [f"has {doer} {verb.participle.rsplit(' ', 1)[0]} {done}"]
    ways += [f"is {doer} {p.pick('the', 'a')} {noun} of {done}" for noun in record.said.nouns]
    return p.rng.choice(ways)


def _one_of(sampler: SetSampler) -> SchemaRecord:
    if not sampler.schema.records:
        raise Impossible
    return sampler.rng.choice(sampler.schema.records)
