"""Questions over a record that goes without saying: "who bought X" of the customers of X's orders (docs/decisions/0030)."""

from __future__ import annotations

from qa_pipeline.synth import sentence
from qa_pipeline.synth.invent import SchemaAttribute, SchemaRecord
from qa_pipeline.synth.nodes import Impossible, StepNode
from qa_pipeline.synth.phrase import Phraser
from qa_pipeline.synth.sample import Move, SetSampler, best_move, impossible

BOUNDS = {
    "GT": ("after", "after", "later than"),
    "LT": ("before", "before", "earlier than"),
    "GE": ("since", "from", "in or after"),
    "LE": ("until", "up to", "by"),
}


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
    """A record by both of its ends: "when did X buy Y", "at what price did X buy Y", "did X buy Y"."""
    rng, record = sampler.rng, _one_of(sampler)
    doer, done = (sampler.seed(rng.choice(sorted(end.reaches))) for end in (record.doer, record.done))
    a, b = (sampler.phraser.np(drawn.node) for drawn in (doer, done))
    others = [x for x in sampler.schema.attributes if record.doer.leaves <= x.of and x is not record.date]
    luck, asked = rng.random(), None
    if record.date is not None and luck < 0.6:
        text, asked = ask_when(sampler.phraser, record, a, b), record.date
    elif others and luck < 0.8:
        asked = rng.choice(others)
        text = ask_with_what(sampler.phraser, record, a, b, asked)
    else:
        text = ask_whether(sampler.phraser, record, a, b)
    ends = [(doer, record.doer), (done, record.done)]
    if text.find(b) < text.find(a):  # the plan starts at what is read first
        ends.reverse()
    moves: list[Move] = []
    for drawn, relation in ends:
        moves += [*drawn.moves, ("step", relation, not relation.turned)]
    last: Move = ("step", asked, False) if asked is not None else ("op", "EXISTS", False)
    return text, [*moves, ("op", "AND", False), last]


def in_time(sampler: SetSampler) -> tuple[str, list[Move]]:
    """Records by their date, from one end to the other: "what did X buy after 2019", "who bought X first"."""
    rng, record = sampler.rng, _one_of(sampler)
    if record.date is None:
        raise Impossible
    from_done = rng.random() < 0.5
    first, second = (record.done, record.doer) if from_done else (record.doer, record.done)
    drawn = sampler.seed(rng.choice(sorted(first.reaches)))
    node = sampler.over(drawn, record, from_done).node
    assert isinstance(node, StepNode)
    moves: list[Move] = [*drawn.moves, ("step", first, not first.turned)]
    if rng.random() < 0.6:
        operator = rng.choice(tuple(BOUNDS))
        index, _ = sampler.value(record.date)
        moves += [("op", operator, False), ("step", record.date, False), ("seed", index, False)]
        text = f"{sentence.ask_step(sampler.phraser, node)} {rng.choice(BOUNDS[operator])} ⟦{index}⟧"
    else:
        latest = rng.random() < 0.5
        moves += [best_move(latest), ("step", record.date, False)]
        text = ask_first(sampler.phraser, record, node, sampler.phraser.np(drawn.node), latest)
    return text, [*moves, ("step", second, second.turned)]


def ask_first(p: Phraser, record: SchemaRecord, node: StepNode, source: str, latest: bool) -> str:
    """What the first or the last record of something leads to."""
    verb, kind = p.rng.choice(record.said.tail_verbs), node.answer.singular
    end = (
        p.pick("last", "most recently", "latest", "last of all")
        if latest
        else p.pick("first", "first", "first of all", "earliest")
    )
    the = p.pick("last", "latest", "most recent") if latest else p.pick("first", "earliest")
    who = "who" if node.answer.asked == "who" else f"which {kind}"
    if node.forward:  # from what it is done to
        ways = [f"{p.pick(who, 'which ' + kind)} {verb.finite} {source} {end}"] * 2
        ways += [
            f"{who} was the {p.pick('last', 'most recent') if latest else 'first'} {p.pick(kind, '')} to {verb.base} {source}"
        ]
        ways += [f"the {the} {noun} of {source}" for noun in record.said.nouns]
    else:
        ways = [f"{p.pick('what', 'which ' + kind)} did {source} {verb.base} {end}"] * 2
        ways += [f"what was the {the} {kind} {p.pick('', 'that ')}{source} {verb.finite}"]
        ways += [f"{source} 's {the} {back}" for back in record.said.backs]
    return p.rng.choice(ways)


def ask_with_what(p: Phraser, record: SchemaRecord, doer: str, done: str, attribute: SchemaAttribute) -> str:
    """A number or date of the record of both."""
    verb, name = p.rng.choice(record.said.tail_verbs), p.rng.choice((attribute.name, *attribute.words.names))
    asked = p.pick(f"{p.pick('at', 'for', 'with')} what {name}", f"with {p.pick('which', 'what')} {name}")
    ways = [f"{asked} did {doer} {verb.base} {done}"] * 2
    ways += [
        f"what was the {name} when {doer} {verb.finite} {done}",
        f"{name} when {done} was {verb.participle} {doer}",
    ]
    ways += [f"what {name} was there when {doer} {verb.finite} {done}"]
    return p.rng.choice(ways)


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
