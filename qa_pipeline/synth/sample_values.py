"""Sampling questions about numbers and dates: superlatives, bounds, comparisons, totals."""

from __future__ import annotations

from kg.graph import Literal
from qa_pipeline.synth import measures, sentence
from qa_pipeline.synth.invent import SchemaAttribute, SchemaRelation
from qa_pipeline.synth.nodes import Impossible, Parts, SaidNode, SeedNode, StepNode
from qa_pipeline.synth.sample import GENERIC, Drawn, Move, SetSampler, best_move, impossible

ORDINALS = ("first", "second", "third", "fourth", "fifth", "2nd", "3rd", "4th")
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
BETWEEN = 0.1  # of the conditions on an attribute have two bounds
NONE = 0.4  # of the conditions on a number are that there are none


class Sampler(SetSampler):
    """Draws one question of any kind over a schema. Not reusable."""

    def best(self) -> tuple[str, list[Move]]:
        drawn = self.group()
        attribute = self.sayable_attribute(drawn.types)
        self.measured(drawn, attribute, False)
        most, rank, extra = self.rng.random() < 0.65, ("", ""), []
        if self.rng.random() < 0.2:
            ordinal = self.rng.choice(ORDINALS[1:])
            index = self.mention("ordinal", ordinal, literal=Literal(ORDINALS.index(ordinal) % 4 + 1))
            rank, extra = ("ordinal", f"⟦{index}⟧"), [("seed", index, False)]
        elif self.rng.random() < 0.15:
            text = self.rng.choice((*NUMBERS, "3", "5", "10"))
            index = self.mention("number", text, literal=Literal(NUMBERS.get(text) or int(text)))
            rank, extra = ("number", f"⟦{index}⟧"), [("seed", index, False)]
        text = measures.ask_best(self.phraser, drawn.node, attribute.words, attribute.name, most, rank)
        return text, [*drawn.moves, best_move(most), ("step", attribute, False), *extra]

    def counted_step(self, drawn: Drawn) -> tuple[SchemaRelation, bool, StepNode]:
        relation, inverse = self.rng.choice(self.walks(drawn.types) or [impossible()])
        reached = sorted(relation.head if inverse else relation.tail)
        if len(reached) > 1 and self.schema.typed:
            raise Impossible
        alone = not (relation.head & relation.tail or self.schema.siblings(relation))
        kind, forward = self.words(reached[0]), inverse == relation.turned
        return relation, inverse, StepNode(drawn.node, relation.words, forward, kind, GENERIC, alone=alone)

    def most(self) -> tuple[str, list[Move]]:
        drawn = self.group()
        relation, inverse, step = self.counted_step(drawn)
        self.measured(drawn, relation, inverse)
        most = self.rng.random() < 0.7
        text = measures.ask_most(self.phraser, drawn.node, step, most)
        return text, [*drawn.moves, ("op", "MOST" if most else "FEWEST", False), ("step", relation, inverse)]

    def _finish_filter(self, parts: Parts, drawn: Drawn, moves: list[Move]) -> tuple[str, list[Move]]:
        if self.rng.random() < 0.2:
            return sentence.count_parts(self.phraser, parts), [*moves, ("op", "COUNT", False)]
        return sentence.ask_or_command(self.phraser, parts, sentence.asked_of(drawn.node)), moves

    def filtered(self) -> tuple[str, list[Move]]:
        drawn = self.group()
        attribute = self.sayable_attribute(drawn.types)
        self.measured(drawn, attribute, False)
        operator = self.rng.choice(("GT", "GT", "LT", "LT", "GE", "LE"))
        if self.rng.random() < BETWEEN:
            return self._between(drawn, attribute)
        entity = self.rng.random() < 0.3
        if entity:
            operator = self.rng.choice(("GT", "LT"))
            index = self.mention("entity", "@@@@", min(attribute.of))
            bound = f"⟦{index}⟧"
        else:
            index, _ = self.value(attribute)
            bound = f"⟦{index}⟧"
        words, name = attribute.words, attribute.name
        parts = measures.filter_parts(self.phraser, drawn.node, words, name, operator, bound, entity)
        bounded: list[Move] = [("op", operator, False), ("step", attribute, False), ("seed", index, False)]
        return self._finish_filter(parts, drawn, [*drawn.moves, *bounded])

    def _between(self, drawn: Drawn, attribute: SchemaAttribute) -> tuple[str, list[Move]]:
        """Two bounds on one attribute."""
        low, high = sorted((self.value(attribute) for _ in range(2)), key=lambda v: int(v[1].replace(",", "")))
        bounds, words, name = f"⟦{low[0]}⟧ and ⟦{high[0]}⟧", attribute.words, attribute.name
        parts = measures.filter_parts(self.phraser, drawn.node, words, name, "between", bounds, False)
        moves = list(drawn.moves)
        for operator, index in (("GE", low[0]), ("LE", high[0])):
            moves += [("op", operator, False), ("step", attribute, False), ("seed", index, False)]
        return self._finish_filter(parts, drawn, moves)

    def count_filtered(self) -> tuple[str, list[Move]]:
        drawn = self.group()
        relation, inverse, step = self.counted_step(drawn)
        operator = self.rng.choice(("COUNT_GT", "COUNT_GT", "COUNT_GE", "COUNT_LT", "COUNT_EQ"))
        text = self.rng.choice((*NUMBERS, "1", "2", "3", "5", "10"))
        if none := self.rng.random() < NONE:
            operator, text = "COUNT_EQ", self.rng.choice(measures.NONE)
        else:
            self.measured(drawn, relation, inverse)
        index = self.mention("number", text, literal=Literal(0 if none else NUMBERS.get(text) or int(text)))
        bound = f"⟦{index}⟧"
        parts = (
            measures.none_parts(self.phraser, drawn.node, step, text, bound)
            if none
            else measures.count_filter_parts(self.phraser, drawn.node, step, operator, bound)
        )
        bounded: list[Move] = [("op", operator, False), ("step", relation, inverse), ("seed", index, False)]
        return self._finish_filter(parts, drawn, [*drawn.moves, *bounded])

    def compared(self) -> tuple[str, list[Move]]:
        attribute = self.sayable_attribute(frozenset(self.schema.types))
        kind = self.rng.choice(sorted(attribute.of))
        first, second = self.seed(kind), self.seed(kind)
        a, b = self.phraser.np(first.node), self.phraser.np(second.node)
        most = self.rng.random() < 0.6
        if self.rng.random() < 0.6:
            text = measures.ask_compare(self.phraser, a, b, self.words(kind), attribute.words, attribute.name, most)
            return text, [*first.moves, *second.moves, ("op", "OR", False), best_move(most), ("step", attribute, False)]
        text = measures.ask_is_more(self.phraser, a, b, attribute.words, attribute.name, most)
        more: list[Move] = [("op", "GT" if most else "LT", False), ("step", attribute, False)]
        return text, [*first.moves, *more, *second.moves, ("op", "EXISTS", False)]

    def total(self) -> tuple[str, list[Move]]:
        drawn = self.group()
        attribute = self.sayable_attribute(drawn.types, numeric=True)
        self.measured(drawn, attribute, False)
        function = self.rng.choice(("SUM", "MEAN"))
        text = measures.ask_total(self.phraser, drawn.node, attribute.words, attribute.name, function)
        return text, [*drawn.moves, ("op", function, False), ("step", attribute, False)]

    def of_value(self) -> tuple[str, list[Move]]:
        """ "books from 1986": a literal is where the walk starts."""
        attribute = self.sayable_attribute(frozenset(self.schema.types))
        index, _ = self.value(attribute)
        kind = self.rng.choice(sorted(attribute.of))
        moves: list[Move] = [("seed", index, False), ("step", attribute, True)]
        if len(attribute.of) > 1 and self.schema.typed:
            moves += [("seed", self.mention("type", kind, kind), False), ("op", "AND", False)]
        parts = measures.value_parts(self.phraser, self.words(kind), attribute.words, attribute.name, f"⟦{index}⟧")
        if self.rng.random() < 0.25:
            node = SaidNode(f"{parts.plural} {parts.post}", self.words(kind))
            return self.set_question(self.walk(Drawn(node, frozenset((kind,)), moves)))
        return self._finish_filter(parts, Drawn(SeedNode(index, self.words(kind)), frozenset((kind,)), moves), moves)
