"""Mention finding and entity linking, without brackets or a given topic.

Every stretch of the text is looked up among the graph's folded names at once; a span's score says how much it looks like a
name (rare words, several words, capitals) and not like the question's own wording (stop words, the graph's relation and type
words); the best set of spans that do not overlap wins, but for whole runs that are like one name
(:mod:`qa_pipeline.long_names`). What looks like a name and is none is searched fuzzily, and is NIL if nothing is like it. Word
rarity: :mod:`qa_pipeline.common_words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spacy.lang.en.stop_words import STOP_WORDS

from encoder.text import DEFAULT_ENCODER
from kg.graph import Literal
from kg.names import as_written, fold, words_of
from kg.question import Candidate, Link, Mention, MentionKind
from kg.store import GraphStore
from qa_pipeline.codes import codes
from qa_pipeline.common_words import CommonWords
from qa_pipeline.demonyms import behind
from qa_pipeline.kinds import kinds_of
from qa_pipeline.literals import find_literals, none_said
from qa_pipeline.long_names import long_names
from qa_pipeline.named_by_facts import bearers, naming_relations
from qa_pipeline.near_names import ASKING, NearNames, Span
from qa_pipeline.prominence import ranked
from qa_pipeline.tokens import (
    UNSPACED,
    Token,
    inflections,
    is_cased,
    is_quoted,
    name_forms,
    spellings,
    tokenize,
)
from qa_pipeline.values_said import values_said

MAX_WORDS = 16
OPENING = 0.25  # of a name with which a question begins, whose capital says little
LEAST = 0.3  # what a span costs: weaker ones are no mentions
STRONG = 1.0
FUNCTIONAL = 1.25  # values of a thing, at most, on average, by a relation to kinds
VALUE = 0.6  # the score of a common word that is a value of what is asked for


class EntityLinker:
    """Links texts to one store's entities and types. Cheap to make; follows the store's changes."""

    def __init__(self, store: GraphStore, encoder: str = DEFAULT_ENCODER) -> None:
        self.store = store
        self.common = CommonWords(encoder)
        self._seen = -1
        self._wording: object = None
        self._words: frozenset[str] = frozenset()
        self._wordings: set[str] = set()  # whole wordings of relations
        self._types: dict[str, list[str]] = {}
        self._kinds: dict[str, tuple[str, ...]] = {}
        self._naming: frozenset[str] = frozenset()

    # what the graph itself says ----------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        revision = self.store.revision
        if revision == self._seen:
            return
        schema = self.store.schema()
        self._seen = revision
        if schema.wording == self._wording:
            return
        self._wording = schema.wording
        self._naming = naming_relations(schema)
        words: set[str] = set()
        self._wordings = set()
        for relation in schema.relations.values():
            for name in (*relation.called, *relation.aliases, words_of(relation.id), relation.unit):
                forms, wordings = name_forms(name)
                words.update(forms)
                self._wordings.update(wordings)
        self._types = {}
        for type in schema.types:
            spoken = words_of(type)
            for form in {*name_forms(spoken)[1], *name_forms(type)[1], *name_forms(as_written(type))[1]}:
                self._types.setdefault(form, []).append(type)
            words.update(name_forms(spoken)[0])
        self._kinds = kinds_of(schema)
        self._words = frozenset(words)

    @property
    def words(self) -> frozenset[str]:
        """The words of the graph's relations and types, in singular and plural."""
        self._refresh()
        return self._words

    # linking -----------------------------------------------------------------------------------------------------------

    def link(self, text: str) -> list[Link]:
        """The mentions of a text in order: entities (with NIL ones), types and literals."""
        self._refresh()
        tokens = tokenize(text)
        literals = list(find_literals(text))
        cased = is_cased(text, tokens)
        known = self._spans(text, tokens, cased)
        spans = self._choose([s for s in known if s.score > LEAST])
        strongest = max((s.score for s in spans), default=0.0)
        if strongest >= STRONG:
            spans = [s for s in spans if s.score >= 0.45 * STRONG]
        long = long_names(self.store, text, tokens, spans) if cased else []
        spans = [s for s in spans if not any(one.start < s.end and s.start < one.end for one, _ in long)]
        links = [*(self._entity_link(s) for s in spans), *(link for _, link in long)]
        spans += [span for span, _ in long]
        near = NearNames(self.store, self.common, self._words, self._wordings)
        links += near.links(text, tokens, spans, known, literals, cased)
        designations = codes(text, links, literals, self.store)
        links = [k for k in links if not any(_overlap(k.mention, c.mention) for c in designations)] + designations
        taken = [(k.mention.start, k.mention.end) for k in links if not k.is_nil]
        types = self._type_links(text, tokens, taken)
        links = self._values(links, types, literals, known)
        links = self._with_their_types(text, links, types)
        links += [Link(m, (), 1.0) for m in literals if not _inside(m, taken) or (m.start, m.end) in taken]
        links += none_said(text, links)
        return sorted(links, key=lambda k: (k.mention.start, k.mention.kind))

    def _values(
        self, links: Sequence[Link], types: Sequence[Link], literals: Sequence[Mention], known: Sequence[Span]
    ) -> list[Link]:
        """The links, with what else is named for what things of the types, or of another name, have, and such as were weak.

        The words of relations and of English grammar are left alone.
        """
        sure = [k for k in links if k.score >= VALUE or k.is_nil]
        taken = [*(k.mention for k in (*sure, *types)), *literals]
        free = [s for s in known if not any(s.start < m.end and m.start < s.end for m in taken)]
        verbs = {
            link.mention.start - 1 for link in sure if link.candidates
        }  # what stands right before a name may be one
        free = [s for s in free if s.end not in verbs or s.text[0].isupper()]
        grammar = STOP_WORDS | ASKING | self._words
        doubtful = [
            s for s in free if not grammar.issuperset(fold(s.text).split()) and fold(s.text) not in self._wordings
        ]
        doubtful = self._choose([replace(s, score=LEAST + s.last - s.first + 1) for s in doubtful])
        named = [k for k in sure if k.candidates]
        values = [replace(self._entity_link(s), score=VALUE) for s in values_said(self.store, doubtful, types, named)]
        return [k for k in links if not any(_overlap(k.mention, v.mention) for v in values)] + values

    def heads(self, text: str) -> list[Link]:
        """Names of which a text says the last word alone, as a common noun."""
        self._refresh()
        return NearNames(self.store, self.common, self._words).heads(text, tokenize(text))

    def resolve(self, topics: Sequence[str]) -> list[Link]:
        """Links of topics given by id, label or literal. They have no place in the text (start −1)."""
        links = []
        known = self.store.entities(topics)
        for topic in topics:
            if topic in known:
                found: tuple[str, ...] = (topic,)
            else:
                found = self.store.lookup([fold(topic)]).get(fold(topic), ())
            if found:
                links.append(Link(Mention(-1, -1, topic, "entity"), ranked(self.store, found, topic), 1.0))
                continue
            literal = _literal_of(topic)
            if literal is not None and len(self.store.frontier([literal])):
                kind: MentionKind = "date" if literal.kind == "date" else "number"
                links.append(Link(Mention(-1, -1, topic, kind, literal), (), 1.0))
            else:
                links.append(Link(Mention(-1, -1, topic, "entity")))
        return links

    def place(self, text: str, links: Sequence[Link]) -> list[Link]:
        """Find where given topics stand in the text (folded, underscores as spaces); those not found stay without a place."""
        tokens = tokenize(text)
        by_fold: dict[str, tuple[int, int]] = {}
        for first in range(len(tokens)):
            for last in range(first, min(first + MAX_WORDS, len(tokens))):
                span = (tokens[first].start, tokens[last].end)
                by_fold.setdefault(fold(text[span[0] : span[1]]), span)
        placed = []
        for link in links:
            names = [link.mention.text, link.mention.text.replace("_", " "), *(c.name for c in link.candidates[:3])]
            span = next((by_fold[fold(n)] for n in names if fold(n) in by_fold), (-1, -1))
            mention = Mention(*span, link.mention.text, link.mention.kind, link.mention.literal, link.mention.unit)
            placed.append(Link(mention, link.candidates, link.score))
        return placed

    def others(self, text: str, links: Sequence[Link]) -> list[Link]:
        """The types and literals of a text, for a question whose topics are given."""
        self._refresh()
        taken = [(k.mention.start, k.mention.end) for k in links if k.mention.start >= 0]
        found = self._type_links(text, tokenize(text), taken)
        found += [Link(m, (), 1.0) for m in find_literals(text) if not _inside(m, taken)]
        return found + none_said(text, [*links, *found])

    def _spans(self, text: str, tokens: list[Token], cased: bool) -> list[Span]:
        """All spans that are names in the graph, scored."""
        places: dict[str, list[tuple[int, int]]] = {}
        for first, token in enumerate(tokens):
            if not token.text[0].isalnum():
                continue
            for last in range(first, min(first + MAX_WORDS, len(tokens))):
                if tokens[last].text in ("'s", "’s", "?"):
                    continue
                for spelling in spellings(text[token.start : tokens[last].end]):
                    places.setdefault(spelling, []).append((first, last))
        found = self.store.lookup(list(places))
        found |= self._derived(places, found)
        spans = []
        for folded, ids in found.items():
            for first, last in places[folded]:
                start, end = tokens[first].start, tokens[last].end
                score = self._score(text, tokens, first, last, cased)
                spans.append(Span(first, last, start, end, text[start:end], score, ids))
        return spans

    def _derived(
        self, places: dict[str, list[tuple[int, int]]], found: dict[str, tuple[str, ...]]
    ) -> dict[str, tuple[str, ...]]:
        """Names behind words that are no names themselves ("African", "goalkeepers"), put into ``places`` as well."""
        stems: dict[str, list[tuple[int, int]]] = {}
        common: dict[str, list[tuple[int, int]]] = {}
        for phrase, where in places.items():
            last = phrase.rsplit(" ", 1)[-1]
            if phrase in found or last in STOP_WORDS or last in self._words:
                continue
            for name in behind(phrase):
                stems.setdefault(name, []).extend(where)
            others = inflections(phrase) - {phrase}
            for name in others:
                common.setdefault(name, []).extend(where)
        known = {stem: ids for stem, ids in self.store.lookup([*stems, *common]).items() if len(stem) > 3}
        for stem, ids in list(known.items()):
            if stem not in stems and not self._is_common_noun(ids) and not self._is_category(stem, ids):
                del known[stem]
            else:
                places.setdefault(stem, []).extend(stems.get(stem) or common[stem])
        return known

    def _is_common_noun(self, ids: Sequence[str]) -> bool:
        """Whether names are written as words for kinds of things are, of which there may be several ("PhD student")."""
        return all((e.label or e.id).rsplit(" ", 1)[-1][:1].islower() for e in self.store.entities(ids).values())

    def _is_category(self, name: str, ids: Sequence[str]) -> bool:
        """Whether a name in the plural is that of a kind, which several things have as a value ("Tents")."""
        steps = self.store.expand([self.store.frontier(ids[:1])])[0] if name.endswith("s") else ()
        relations = self.store.schema().relations
        back = [relations[s.relation] for s in steps if s.inverse and s.edges > 1 and s.relation in relations]
        return any(r.facts <= FUNCTIONAL * r.heads for r in back)

    def _score(self, text: str, tokens: list[Token], first: int, last: int, cased: bool) -> float:
        words = [t for t in tokens[first : last + 1] if t.text[0].isalnum()]
        total = 0.0
        content = False
        for i, token in enumerate(words):
            word = fold(token.text)
            capital = cased and token.text[0].isupper() and token.start > 0 and word != "i"
            if UNSPACED.search(token.text):
                weight, content = 0.5, True
            elif word in STOP_WORDS or word in ASKING:
                weight = 0.3 if capital else 0.02
            else:
                weight = 0.35 + 0.65 * self.common.rarity(word)
                if word in self._words and not capital:
                    weight *= 0.35
                content = True
            total += weight + (0.5 if capital else 0.0) + (0.25 if i else 0.0)
        if cased and not first and self._may_open(words):
            total += OPENING
        capitals = sum(cased and t.text[0].isupper() and t.start > 0 for t in words)
        if not content and not (capitals == len(words) or capitals > 1):
            total *= 0.35 if len(words) > 2 else 0.1
        if is_quoted(text, tokens[first].start, tokens[last].end):
            total += 1.0
        if (
            cased
            and not capitals
            and sum(fold(t.text) not in STOP_WORDS for t in words) <= 1
            and words[0].text[0].islower()
        ):
            total *= 0.7  # capitals mean something here, and this has none
        if fold(text[tokens[first].start : tokens[last].end]) in self._wordings and capitals < len(words):
            total *= 0.4  # a name, but here rather the relation of that name
        return total

    def _may_open(self, words: Sequence[Token]) -> bool:
        """Whether the first word of a question may be a name ("London offices"): no plural ("Rivers in …")."""
        word = fold(words[0].text)
        if not words[0].text[0].isupper() or word in STOP_WORDS or word in ASKING or word in self._words:
            return False
        return not any(self.common.rarity(form) < 1.0 for form in inflections(word) - {word} if len(form) < len(word))

    @staticmethod
    def _choose(spans: list[Span]) -> list[Span]:
        """The set of spans that do not overlap with the greatest sum of scores (weighted interval scheduling)."""
        spans = sorted(spans, key=lambda s: (s.last, s.first))
        best: list[tuple[float, list[Span]]] = [(0.0, [])]
        for i, span in enumerate(spans):
            before = next((j + 1 for j in range(i - 1, -1, -1) if spans[j].last < span.first), 0)
            value = best[before][0] + span.score - LEAST
            best.append((value, [*best[before][1], span]) if value > best[i][0] else best[i])
        return best[-1][1]

    def _entity_link(self, span: Span) -> Link:
        return Link(
            Mention(span.start, span.end, span.text, "entity"),
            ranked(self.store, self._bearers(span.ids), span.text),
            min(1.0, span.score),
        )

    def _bearers(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        return bearers(self.store, ids, self._naming) if self._naming else ids

    def _type_links(self, text: str, tokens: list[Token], taken: Sequence[tuple[int, int]]) -> list[Link]:
        """Words that name a type of the graph, longest first."""
        links: list[Link] = []
        covered: list[tuple[int, int]] = list(taken)
        for width in (4, 3, 2, 1):
            for first in range(len(tokens) - width + 1):
                start, end = tokens[first].start, tokens[first + width - 1].end
                if not (text[start].isalnum() and text[end - 1].isalnum()):
                    continue
                said = fold(text[start:end])
                types, kind = self._types.get(said) or self._types.get(said.replace(" ", "")), self._kinds.get(said)
                if (types or kind) and not any(start < b and a < end for a, b in covered):
                    covered.append((start, end))
                    candidates = tuple(Candidate(t, words_of(t), 1.0) for t in types or ())
                    candidates = candidates or tuple(Candidate(t, min(inflections(said)), 1.0) for t in kind or ())
                    links.append(Link(Mention(start, end, text[start:end], "type"), candidates, 1.0))
        return links

    def _with_their_types(self, text: str, links: list[Link], types: list[Link]) -> list[Link]:
        """Names that are followed by a word for their type ("the Colorado river"): that word is theirs, and tells them apart."""
        for type in types[:]:
            named = {c.id for c in type.candidates if fold(words_of(c.id)) == fold(type.mention.text)}  # no plural
            for i, link in enumerate(links):
                if not named or not link.candidates or text[link.mention.end : type.mention.start] != " ":
                    continue
                known = self.store.entities([c.id for c in link.candidates])
                kept = tuple(c for c in link.candidates if named.intersection(known[c.id].types))
                if kept:
                    start, end = link.mention.start, type.mention.end
                    first = replace(kept[0], score=link.candidates[0].score)  # no surer than the name itself
                    links[i] = Link(Mention(start, end, text[start:end], "entity"), (first, *kept[1:]), first.score)
                    types = [t for t in types if t is not type]
        return links + types


def _overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def _inside(mention: Mention, spans: Sequence[tuple[int, int]]) -> bool:
    return any(mention.start < end and start < mention.end for start, end in spans)


def _literal_of(text: str) -> Literal | None:
    found = find_literals(text)
    return found[0].literal if len(found) == 1 and found[0].text == text.strip() else None
