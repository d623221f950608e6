"""Sampling: a plan over a schema, the question that asks for it, and the memory that a retrieval would have shown."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from kg.graph import Literal
from kg.plan import Side
from kg.question import MentionKind
from qa_pipeline.synth import sentence, shortcuts
from qa_pipeline.synth.invent import InventedSchema, SchemaAttribute, SchemaRecord, SchemaRelation
from qa_pipeline.synth.nodes import Impossible, Node, PairNode, SaidNode, SeedNode, StepNode
from qa_pipeline.synth.phrase import Phraser
from qa_pipeline.synth.words import TypeWords, stems

GENERIC = TypeWords("thing", "things", "what", ("one", "item", "entity"))
MATES = 0.4  # of the walks there and back are to teammates, siblings and the like, where there are such
OF_SORT = 0.3  # of the sets and pairs are of what a schema sorts, where it does
LONGEST = 4  # what a chain has been drawn of when it may still go over a record
OVER = 0.2  # of the steps that could go over a record do so
PLAIN = 0.5  # of the walks there and back leave nothing out
AGAIN = 0.3  # of the steps that could follow the same relation once more do ("her mother's mother")

Edge = SchemaRelation | SchemaAttribute
ClassSeed = tuple[Edge, Side]
Move = tuple[str, object, bool]  # ("seed", mention index, –), ("step", relation or attribute, inverse), ("op", name, –)


@dataclass
class Drawn:
    """A set that has been drawn: its wording, its types, and the moves that write its plan."""

    node: Node
    types: frozenset[str]
    moves: list[Move]


def classes_of(schema: InventedSchema, type: str) -> list[ClassSeed]:
    """The ends of relations at which only things of a type stand."""
    alone = frozenset((type,))
    found: list[ClassSeed] = [(a, "head") for a in schema.attributes if a.of == alone]
    found += [(r, "head") for r in schema.relations if r.head == alone]
    return found + [(r, "tail") for r in schema.relations if r.tail == alone]


class SetSampler:
    """Draws one question over a schema, for a set, a yes or no or a count. Not reusable."""

    def __init__(self, schema: InventedSchema, rng: random.Random) -> None:
        self.schema, self.rng = schema, rng
        self.phraser = Phraser(rng)
        self.mentions: list[tuple[MentionKind, str, str, Literal | None]] = []  # kind, text, type, literal
        self.classes: dict[int, ClassSeed] = {}  # mentions of classes that are no types, by their number
        self.unanswerable = False  # the graph has no answer, though the moves can be walked

    # drawing ---------------------------------------------------------------------------------------------------------

    def words(self, type: str) -> TypeWords:
        return self.schema.words.get(type, GENERIC)

    def mention(self, kind: MentionKind, text: str, type: str = "", literal: Literal | None = None) -> int:
        self.mentions.append((kind, text, type, literal))
        return len(self.mentions) - 1

    def seed(self, type: str) -> Drawn:
        index = self.mention("entity", "@" * self.rng.randint(3, 9), type)
        return Drawn(SeedNode(index, self.words(type)), frozenset((type,)), [("seed", index, False)])

    def everything(self, type: str) -> Drawn:
        index = self.mention("type", type, type)
        if not self.schema.typed:
            self.classes[index] = self._class(type)
        return Drawn(SeedNode(index, self.words(type), whole=True), frozenset((type,)), [("seed", index, False)])

    def _class(self, type: str) -> ClassSeed:
        """The end of a relation at which all of a type stand, where entities carry no types; one that is called so, if there is.

        :raises Impossible: there is no such end
        """
        ends = classes_of(self.schema, type)
        called = [(edge, side) for edge, side in ends if side == "tail" and stems(edge.name) & stems(type)]
        if not ends:
            raise Impossible
        return self.rng.choice(called or ends)

    def measured(self, drawn: Drawn, edge: Edge, inverse: bool) -> None:
        """Where what is ranked or bounded is a class: it is that of all that have what they are ranked by, if these are the same."""
        index = drawn.moves[0][1]
        if isinstance(index, int) and index in self.classes and len(drawn.moves) == 1:
            side: Side = "tail" if inverse else "head"
            if (edge, side) in classes_of(self.schema, min(drawn.types)):
                self.classes[index] = (edge, side)

    def walks(self, types: frozenset[str]) -> list[tuple[SchemaRelation, bool]]:
        """(relation, inverse as stored) of every walk that leaves the types."""
        out = [(r, False) for r in self.schema.relations if r.head & types and r.words.sayable]
        return out + [(r, True) for r in self.schema.relations if r.tail & types and r.words.sayable]

    def walk(self, drawn: Drawn, pick: tuple[SchemaRelation, bool] | None = None, want: str = "") -> Drawn:
        """One more walk; ``want``: a type that it must reach."""
        ways = [w for w in self.walks(drawn.types) if not want or want in (w[0].head if w[1] else w[0].tail)]
        last = drawn.moves[-1]
        ways = [w for w in ways if not (last[0] == "step" and last[1] is w[0] and last[2] != w[1])]
        if pick is None and not ways:
            raise Impossible
        again = [w for w in ways if last[0] == "step" and last[1] is w[0]]
        relation, inverse = pick or self.rng.choice(again if again and self.rng.random() < AGAIN else ways)
        reached = relation.head if inverse else relation.tail
        forward = inverse == relation.turned
        moves: list[Move] = [*drawn.moves, ("step", relation, inverse)]
        words, types = relation.words, reached
        answer = want or self.rng.choice(sorted(reached))
        said = self.words(answer)
        if len(reached) > 1 and self.schema.typed:
            sayable = words.tail_verbs or words.head_verbs or words.adjectives
            if sayable and (want or self.rng.random() < 0.6):
                words, types = replace(words, nouns=() if forward else words.nouns, backs=()), frozenset((answer,))
                index = self.mention("type", answer, answer)
                moves += [("seed", index, False), ("op", "AND", False)]
            elif want:
                raise Impossible
            else:
                said = GENERIC
                if (words.nouns if forward else words.backs) and self.rng.random() < 0.8:
                    words = replace(words, tail_verbs=(), head_verbs=(), adjectives=()) if forward else words
        elif len(reached) > 1:
            types = frozenset((answer,))
        came = self.words(min(drawn.types))
        one = isinstance(drawn.node, SeedNode) and not drawn.node.whole
        many = relation.reach(inverse) > 1 or not one
        alone = said is not GENERIC and not (relation.head & relation.tail or self.schema.siblings(relation))
        return Drawn(StepNode(drawn.node, words, forward, said, came, many=many, alone=alone), types, moves)

    def over(self, drawn: Drawn, record: SchemaRecord, from_done: bool) -> Drawn:
        """From either end of a record to the other, as one step: "what X bought".

        :raises Impossible: things of several types stand there, which its words do not tell
        """
        first, second = (record.done, record.doer) if from_done else (record.doer, record.done)
        if len(second.reaches) > 1 and self.schema.typed:
            raise Impossible
        answer, came = self.rng.choice(sorted(second.reaches)), self.words(min(first.reaches))
        node = StepNode(drawn.node, record.said, from_done, self.words(answer), came, many=True)
        walked: list[Move] = [("step", first, not first.turned), ("step", second, second.turned)]
        return Drawn(node, frozenset((answer,)), [*drawn.moves, *walked])

    def chain(self, hops: int, over: float = OVER) -> Drawn:
        drawn = self.seed(self.rng.choice(self.schema.types))
        for _ in range(hops):
            ways = self.schema.records_of(drawn.types) if len(drawn.moves) + hops <= LONGEST else []
            go_over = ways and self.rng.random() < over
            drawn = self.over(drawn, *self.rng.choice(ways)) if go_over else self.walk(drawn)
        return drawn

    def there_and_back(self, drawn: Drawn) -> Drawn:
        """Share compositions: over a relation and back over it, without what the walk came from.

        Some are plain walks, "books by the author of X", which do not say that X is none of them.
        """
        ways = self.walks(drawn.types) or [impossible()]
        mates = [(r, i) for r, i in ways if r.words.fellows and i == r.turned]
        relation, inverse = self.rng.choice(mates if mates and self.rng.random() < MATES else ways)
        if self.rng.random() < PLAIN:
            return self.walk(self.walk(drawn, (relation, inverse)), (relation, not inverse))
        back = min(drawn.types)
        reached = relation.head if inverse else relation.tail
        forward = inverse == relation.turned
        middle = GENERIC if len(reached) > 1 and self.schema.typed else self.words(min(reached))
        inner = StepNode(drawn.node, relation.words, forward, middle, self.words(back))
        node = StepNode(inner, relation.words, not forward, self.words(back), inner.answer, other=True)
        walked: list[Move] = [("step", relation, inverse), ("step", relation, not inverse), ("op", "OTHER", False)]
        if self.schema.typed and len(relation.tail if inverse else relation.head) > 1:
            walked += [("seed", self.mention("type", back, back), False), ("op", "AND", False)]
        return Drawn(node, drawn.types, [*drawn.moves, *walked])

    def sayable_attribute(self, types: frozenset[str], numeric: bool = False) -> SchemaAttribute:
        fitting = [a for a in self.schema.attributes if a.of & types and not (numeric and a.words.is_date)]
        if not fitting:
            raise Impossible
        return self.rng.choice(fitting)

    def group(self) -> Drawn:
        """A set worth ranking or filtering: all of a type, or what a walk or two reach."""
        if self.rng.random() < (0.45 if self.schema.typed else 0.3):
            return self.everything(self.rng.choice(self.schema.types))
        if (sorts := self.sorts()) and self.rng.random() < OF_SORT:
            return sorts
        if self.rng.random() < 0.12:
            some = self.rng.random() < 0.5
            some_or_all = self.chain(1) if some else self.everything(self.rng.choice(self.schema.types))
            return self.walk(self.ranked(some_or_all))
        return self.chain(self.rng.choice((1, 1, 1, 2)))

    def sorts(self) -> Drawn | None:
        """All that is of a sort, where the schema sorts things: "goalkeepers"."""
        ways = [r for r in self.schema.relations if shortcuts.sorting(r) and r.words.sayable]
        if not ways:
            return None
        relation = self.rng.choice(ways)
        seed = self.seed(self.rng.choice(sorted(relation.head if relation.turned else relation.tail)))
        return self.walk(seed, (relation, not relation.turned))

    def value(self, attribute: SchemaAttribute) -> tuple[int, str]:
        """A mention of a number or date that could bound the attribute."""
        if attribute.words.is_date:
            return self.mention("number", str(year := self.rng.randint(1700, 2024)), literal=Literal(year)), str(year)
        number = self.rng.choice((5, 10, 20, 50, 100, 500, 1000, 2500, 10000, 100000, 1000000)) * self.rng.randint(1, 9)
        text = self.rng.choice((str(number), f"{number:,}"))
        return self.mention("number", text, literal=Literal(number)), text

    # kinds of questions: each returns the text and the moves ---------------------------------------------------------

    def set_question(self, drawn: Drawn) -> tuple[str, list[Move]]:
        return sentence.ask_set(self.phraser, drawn.node), drawn.moves

    def chained(self, hops: int) -> tuple[str, list[Move]]:
        return self.set_question(self.chain(hops, over=0))

    def shared(self, before: int, after: int) -> tuple[str, list[Move]]:
        drawn = self.there_and_back(self.chain(before))
        for _ in range(after):
            drawn = self.walk(drawn)
        return self.set_question(drawn)

    def elided(self) -> tuple[str, list[Move]]:
        """Over a place that goes without saying: "people born in X" of X's villages, "which kingdom was X born in"."""
        relations = self.schema.relations
        places = {t for t in self.schema.types if self.words(t).asked == "where"}
        wholes = [r for r in relations if shortcuts.is_inside(r.words) and r.head | r.tail <= places]
        ways = [(r, w) for w in wholes for r in relations if r is not w and shortcuts.is_inside(r.words, verbs=True)]
        ways = [(r, w) for r, w in ways if (r.head if r.turned else r.tail) & (w.tail if w.turned else w.head)]
        thing, whole = self.rng.choice(ways or [(impossible()[0],) * 2])
        between = (thing.head if thing.turned else thing.tail) & (whole.tail if whole.turned else whole.head)
        place = self.rng.choice(sorted(between))
        self.phraser.eliding = 0.85
        if self.rng.random() < 0.4:
            seed = self.seed(self.rng.choice(sorted(thing.tail if thing.turned else thing.head)))
            return self.set_question(self.walk(self.walk(seed, (thing, thing.turned), place), (whole, whole.turned)))
        seed = self.seed(self.rng.choice(sorted(whole.head if whole.turned else whole.tail)))
        drawn = self.walk(self.walk(seed, (whole, not whole.turned), place), (thing, not thing.turned))
        if self.rng.random() < 0.2:
            return sentence.ask_count(self.phraser, drawn.node), [*drawn.moves, ("op", "COUNT", False)]
        return self.set_question(drawn)

    def attribute(self) -> tuple[str, list[Move]]:
        drawn = self.chain(self.rng.choice((0, 0, 0, 1, 1, 2)))
        if self.rng.random() < 0.2:
            drawn = self.ranked(drawn if drawn.moves[-1][0] != "seed" else self.group())
        attribute = self.sayable_attribute(drawn.types)
        text = sentence.ask_attribute(self.phraser, drawn.node, attribute.words, attribute.name)
        return text, [*drawn.moves, ("step", attribute, False)]

    def ranked(self, drawn: Drawn) -> Drawn:
        """A superlative that is walked on from: "the longest stream in X" becomes a mention-like phrase."""
        attribute = self.sayable_attribute(drawn.types)
        most = self.rng.random() < 0.65
        parts = self.phraser.parts(drawn.node)
        adjective = self.rng.choice(attribute.words.most if most else attribute.words.least)
        degree = self.rng.choice(("highest", "largest", "greatest") if most else ("lowest", "smallest"))
        post = parts.post if self.rng.random() < 0.7 else f"{parts.post} with the {degree} {attribute.name}"
        adjective = adjective if post == parts.post else ""
        said = " ".join(f"{adjective} {parts.singular} {post}".split())
        node = SaidNode(said, self.words(min(drawn.types)))
        return Drawn(node, drawn.types, [*drawn.moves, best_move(most), ("step", attribute, False)])

    def ranked_walk(self) -> tuple[str, list[Move]]:
        drawn = self.walk(self.ranked(self.group()))
        return self.set_question(drawn)

    def pair(self) -> tuple[str, list[Move]]:
        sort = self.sorts() if self.rng.random() < OF_SORT else None
        how = self.rng.choice(("and", "and", "and", "or", "not"))
        first = sort or self.chain(1 if how == "not" else self.rng.choice((1, 1, 1, 2)))
        step = first.node
        assert isinstance(step, StepNode)
        relation, inverse = next((m[1], m[2]) for m in reversed(first.moves) if m[0] == "step")
        assert isinstance(relation, SchemaRelation)
        alike = self.rng.random() < 0.5 and sum(m[0] == "step" for m in first.moves) == 1
        if alike and first.moves[-1][0] == "step":
            source = self.seed(self.rng.choice(sorted(relation.tail if inverse else relation.head)))
            second = Drawn(replace(step, source=source.node), first.types, [*source.moves, ("step", relation, inverse)])
        else:
            ways = [(r, i) for r in self.schema.relations for i in (False, True) if r is not relation]
            ways = [(r, i) for r, i in ways if (r.head if i else r.tail) & first.types]
            other, turned = self.rng.choice(ways or [impossible()])
            start = self.seed(self.rng.choice(sorted(other.tail if turned else other.head)))
            common = first.types & (other.head if turned else other.tail)
            second = self.walk(start, (other, turned), want=self.rng.choice(sorted(common)))
        each = how == "or" and relation.reach(not inverse) == 1
        if (
            how != "not" and sum(m[0] == "step" for m in first.moves) > 1
        ):  # else the other condition is taken to be of what it ends with
            first, second = second, first
        assert isinstance(first.node, StepNode) and isinstance(second.node, StepNode)
        node = PairNode(first.node, second.node, how, each)
        operator = {"and": "AND", "or": "OR", "not": "MINUS"}[how]
        moves: list[Move] = [*first.moves, *second.moves, ("op", operator, False)]
        drawn = Drawn(node, first.types, moves)
        luck = self.rng.random()
        if luck < 0.15:
            return sentence.ask_count(self.phraser, node), [*moves, ("op", "COUNT", False)]
        if luck < 0.25:
            return sentence.ask_any(self.phraser, node), [*moves, ("op", "EXISTS", False)]
        return self.set_question(drawn)

    def excepted(self) -> tuple[str, list[Move]]:
        """A set but one or two that are named: "everyone in X except Y"."""
        drawn = self.chain(self.rng.choice((1, 1, 1, 2)))
        type = min(drawn.types)
        one = self.seed(type)
        moves: list[Move] = [*drawn.moves, *one.moves]
        assert isinstance(one.node, SeedNode)
        names = [one.node.index]
        if self.rng.random() < 0.15:
            other = self.seed(type)
            assert isinstance(other.node, SeedNode)
            moves += [("op", "MINUS", False), *other.moves]
            names.append(other.node.index)
        text = sentence.ask_except(self.phraser, drawn.node, names)
        return text, [*moves, ("op", "MINUS", False)]

    def whether_any(self) -> tuple[str, list[Move]]:
        """Whether a walk reaches anything: "are there villages in X"."""
        drawn = self.chain(self.rng.choice((1, 1, 2)))
        assert isinstance(drawn.node, StepNode)
        return sentence.ask_any(self.phraser, drawn.node), [*drawn.moves, ("op", "EXISTS", False)]

    def without(self) -> tuple[str, list[Move]]:
        """All of a type but what a walk from a mention reaches."""
        ways = [(r, i) for r in self.schema.relations for i in (False, True)]
        relation, inverse = self.rng.choice(ways)
        kind = self.rng.choice(sorted(relation.head if inverse else relation.tail))
        whole = self.everything(kind)
        source = self.seed(self.rng.choice(sorted(relation.tail if inverse else relation.head)))
        node = StepNode(source.node, relation.words, inverse == relation.turned, self.words(kind), GENERIC)
        moves: list[Move] = [*whole.moves, *source.moves, ("step", relation, inverse), ("op", "MINUS", False)]
        text = sentence.ask_without(self.phraser, self.words(kind), node)
        if self.rng.random() < 0.2:
            said = self.words(kind).plural
            for start in (f"which {said} ", f"what {said} "):
                if text.startswith(start):
                    return f"how many {said} {text[len(start) :]}", [*moves, ("op", "COUNT", False)]
        return text, moves

    def unknown_type(self) -> tuple[str, list[Move]]:
        """What the graph has none of is asked for by its type: "which harbours are in X", of a graph without harbours."""
        drawn = self.chain(self.rng.choice((1, 1, 2)))
        node = drawn.node
        assert isinstance(node, StepNode)
        words = node.words
        foreign = [t for t in self.schema.words if t not in {*self.schema.types, *words.head, *words.tail}]
        here = frozenset().union(*(self.schema.words[t].forms for t in self.schema.types if t in self.schema.words))
        foreign = [
            t for t in foreign if self.schema.words[t].asked != "who" and here.isdisjoint(self.schema.words[t].forms)
        ]
        sayable = words.tail_verbs or words.head_verbs or words.adjectives
        if not (self.schema.typed and foreign and sayable and drawn.moves[-1][0] == "step"):
            raise Impossible
        words = replace(words, nouns=() if node.forward else words.nouns, backs=())
        answer = self.schema.words[self.rng.choice(foreign)]
        ask = sentence.ask_count if self.rng.random() < 0.2 else sentence.ask_set
        text = ask(self.phraser, replace(node, words=words, answer=answer))
        if not any(word in text for word in answer.forms):
            raise Impossible
        self.unanswerable = True
        return text, drawn.moves

    def count(self) -> tuple[str, list[Move]]:
        drawn = self.group()
        return sentence.ask_count(self.phraser, drawn.node), [*drawn.moves, ("op", "COUNT", False)]

    def whether(self) -> tuple[str, list[Move]]:
        drawn = self.chain(1)
        if drawn.moves[-1][0] != "step" or not isinstance(drawn.node, StepNode):
            raise Impossible
        member = self.mention("entity", "@" * self.rng.randint(3, 9), min(drawn.types))
        text = sentence.ask_whether(self.phraser, drawn.node, member)
        if text.find(f"⟦{member}⟧") < text.find("⟦0⟧"):  # the plan starts at the mention that is read first
            back: list[Move] = [(m[0], m[1], not m[2]) for m in reversed(drawn.moves) if m[0] == "step"]
            moves: list[Move] = [("seed", member, False), *back, ("seed", 0, False)]
        else:
            moves = [*drawn.moves, ("seed", member, False)]
        return text, [*moves, ("op", "AND", False), ("op", "EXISTS", False)]

    def listed(self) -> tuple[str, list[Move]]:
        if not self.schema.typed:
            raise Impossible
        drawn = self.everything(self.rng.choice(self.schema.types))
        if self.rng.random() < 0.4:
            drawn = self.walk(drawn)
        return self.set_question(drawn)


def best_move(most: bool) -> Move:
    return ("op", "BEST_MAX" if most else "BEST_MIN", False)


def impossible() -> tuple[SchemaRelation, bool]:
    raise Impossible
