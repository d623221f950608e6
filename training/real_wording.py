"""Real questions for training: SimpleQuestions (human wording of Freebase relations) and relation labels of Wikidata (CoDEx).

Film, television and music are left out: they are the domains of benchmarks that must stay unseen.
"""

from __future__ import annotations

import collections
import json
import math
import random
import re
from dataclasses import dataclass
from pathlib import Path

from kg.names import words_of
from qa_pipeline.synth.example import Example, build
from qa_pipeline.synth.invent import InventedSchema, SchemaRelation, invent_schema
from qa_pipeline.synth.nodes import Impossible
from qa_pipeline.synth.sample import Drawn, Move, SetSampler
from qa_pipeline.synth.words import Bank, RelationWords, read_bank

LEFT_OUT = ("film", "tv", "music", "media_common", "broadcast", "theater")
OWNED = re.compile(r"\{\} ?['’]?s\b")  # "{}'s gender" is not asked of "the keeper of X", as X has one, too
TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class RealQuestion:
    """A question with its mention cut out (``{}``) and its relation."""

    text: str
    domain: str
    relation: str


def read_simple_questions(folder: Path) -> list[RealQuestion]:
    """The questions whose mention can be told: the run of words that are rare over all questions."""
    rows = []
    for name in ("annotated_fb_data_test.txt", "annotated_fb_data_valid.txt"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            _, relation, _, text = line.split("\t")
            parts = relation.removeprefix("www.freebase.com/").split("/")
            if parts[0] not in LEFT_OUT and len(parts) >= 3:
                rows.append((parts[-2].replace("_", " "), parts[-1], text.strip()))
    frequency = collections.Counter(w for *_, text in rows for w in {t.lower() for t in TOKEN.findall(text)})
    out = []
    for domain, relation, text in rows:
        span = _rare_run(text, frequency, len(rows), set(words_of(relation).split()) | set(domain.split()))
        if span:
            out.append(RealQuestion(text[: span[0]] + "{}" + text[span[1] :], domain, words_of(relation)))
    return out


def _rare_run(text: str, frequency: collections.Counter[str], total: int, never: set[str]) -> tuple[int, int] | None:
    tokens = list(TOKEN.finditer(text))
    scores = []
    for token in tokens:
        word = token.group().lower()
        rare = math.log(total / (1 + frequency[word]))
        scores.append(-3.0 if word in never else rare - 5.2 if word.isalnum() else -0.2)
    best, span = 0.0, None
    for i in range(len(tokens)):
        value = 0.0
        for j in range(i, min(i + 8, len(tokens))):
            value += scores[j]
            if value > best:
                best, span = value, (tokens[i].start(), tokens[j].end())
    return span if best > 1.0 else None


def read_labels(path: Path) -> list[str]:
    """Relation labels of CoDEx (Wikidata)."""
    return [row["label"] for row in json.loads(path.read_text(encoding="utf-8")).values()]


class RealWording:
    """Draws examples with real wording over schemas of real relations."""

    def __init__(self, data: Path) -> None:
        self.questions = read_simple_questions(data / "simplequestions")
        self.by_domain: dict[str, list[str]] = {}
        for q in self.questions:
            names = self.by_domain.setdefault(q.domain, [])
            if q.relation not in names:
                names.append(q.relation)
        self.everywhere = sorted({q.relation for q in self.questions})
        weights = collections.Counter(q.relation for q in self.questions)
        self.weights = [1 / math.sqrt(weights[q.relation]) for q in self.questions]
        self.labels = read_labels(data / "graphs/codex/relations.en.json")
        self.bank: Bank = read_bank()

    def invent(self, rng: random.Random) -> InventedSchema:
        """An invented schema with a few of Wikidata's relations in it."""
        if rng.random() > 0.3:
            return invent_schema(rng)
        types = list(self.bank.types)
        extra = []
        for label in rng.sample(self.labels, rng.randint(1, 4)):
            by = label.endswith((" by", " in", " on", " at", " from", " to", " of", " for", " with"))
            nouns, adjectives = ((), (label,)) if by else ((label,), ())
            head, tail = (rng.choice(types),), (rng.choice(types),)
            extra.append(RelationWords(head, tail, (label,), nouns=nouns, adjectives=adjectives))
        return invent_schema(rng, tuple(extra))

    def draw(self, rng: random.Random) -> Example:
        """One real question; in half of the cases its mention is replaced by a synthetic phrase of one or two hops."""
        while True:
            question = rng.choices(self.questions, self.weights)[0]
            domain = question.domain
            schema = invent_schema(rng)
            home = rng.choice(schema.types)
            names = [n for n in self.by_domain[domain] if n != question.relation]
            rng.shuffle(names)
            names = [question.relation, *names[: rng.randint(3, 14)], *rng.sample(self.everywhere, rng.randint(1, 6))]
            tails = [f"{home} {i}" for i in range(3)]
            words = RelationWords((home,), ("thing",), ())
            taken = {r.name for r in schema.relations}
            facts = [
                SchemaRelation(n, words, False, frozenset((home,)), frozenset((rng.choice(tails),)))
                for n in dict.fromkeys(names) if n not in taken or n == question.relation
            ]  # fmt: skip
            kept = tuple(r for r in schema.relations if r.name != question.relation)
            inner = InventedSchema(schema.types, kept, schema.attributes, False, schema.words)
            whole = InventedSchema(
                schema.types, (*kept[: rng.randint(0, len(kept))], *facts), schema.attributes, False, schema.words
            )
            sampler = SetSampler(inner, rng)
            try:
                if rng.random() < 0.45:
                    drawn = self._reach(sampler, home, rng)
                    whole = InventedSchema(schema.types, (*kept, *facts), schema.attributes, False, schema.words)
                else:
                    drawn = sampler.seed(home)
                phraser = sampler.phraser
                said = phraser.owner(drawn.node) if OWNED.search(question.text) else phraser.np(drawn.node)
                if not said:
                    continue
                moves: list[Move] = [*drawn.moves, ("step", facts[0], False)]
                return build(whole, sampler, question.text.format(said), moves, "real", rng)
            except (Impossible, IndexError, KeyError, ValueError):
                continue

    @staticmethod
    def _reach(sampler: SetSampler, home: str, rng: random.Random) -> Drawn:
        """A phrase of one or two hops that ends at the type."""
        ways = [(r, i) for r in sampler.schema.relations for i in (False, True) if home in (r.head if i else r.tail)]
        if not ways:
            raise Impossible
        relation, inverse = rng.choice(ways)
        drawn = sampler.seed(rng.choice(sorted(relation.tail if inverse else relation.head)))
        if rng.random() < 0.3:
            return sampler.there_and_back(sampler.seed(home))
        return sampler.walk(drawn, (relation, inverse))
