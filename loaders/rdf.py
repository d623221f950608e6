"""What RDF says in our nouns, whatever syntax it comes in.

``rdf:type`` gives types; ``rdfs:label``, ``skos:prefLabel``, ``schema:name`` and ``foaf:name`` give labels; ``skos:altLabel``
and its like give aliases; everything else is a fact. An entity's id is its IRI as it stands. A blank node gets an id from
the name of its file, so that it stays connected within the file and apart from those of other files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

from kg.graph import Fact, Literal, Node
from kg.rdf import OTHER_DATE, OURS, RDFS, SKOS, XSD, id_of, iri_of
from kg.rdf import TYPE as RDF_TYPE
from kg.triples import Triples
from loaders.descriptions import ALIAS, LABEL, TYPE, Descriptions
from loaders.mapping import Mapping, node_as

LABELS = (  # of two labels in the same language, the one of the earlier relation is taken
    RDFS + "label",
    SKOS + "prefLabel",
    "http://schema.org/name",
    "https://schema.org/name",
    "http://xmlns.com/foaf/0.1/name",
)
ALIASES = (
    SKOS + "altLabel",
    SKOS + "hiddenLabel",
    "http://schema.org/alternateName",
    "https://schema.org/alternateName",
    "http://xmlns.com/foaf/0.1/nick",
)
INTEGERS = frozenset(
    XSD + name
    for name in "integer int long short byte nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger"
    " unsignedInt unsignedLong unsignedShort unsignedByte".split()
)
FRACTIONS = frozenset(XSD + name for name in ("decimal", "double", "float"))
DATES = frozenset(XSD + name for name in ("date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth")) | {OTHER_DATE}
BOOLEAN = XSD + "boolean"
ZONE = re.compile(r"(?<=\d)(?:Z|[+-]\d\d:\d\d)$")
DESCRIBING = {"type": TYPE, "label": LABEL, "alias": ALIAS}


class Value(NamedTuple):
    """A literal as RDF has it."""

    text: str
    datatype: str = ""
    language: str = ""


Statement: TypeAlias = tuple[str, str, str | Value]


class Meanings:
    """What statements say: by the well-known vocabularies, or by the mapping file where it names the relation."""

    def __init__(self, mapping: Mapping, source: str) -> None:
        self.sources = (source,) if source else ()
        self.given = mapping.relations
        known: dict[str, tuple[str, int]] = {RDF_TYPE: ("type", 0)}
        known |= {relation: ("label", rank) for rank, relation in enumerate(LABELS)}
        known |= {relation: ("alias", rank) for rank, relation in enumerate(ALIASES)}
        known |= {relation: (meaning, 0) for relation, meaning in mapping.relations.items()}
        self.known = known

    def describing(self, meanings: Set[str] = DESCRIBING.keys()) -> set[str]:
        """The IRIs of relations that tell names and types, or only some of these."""
        ids = {relation for relation, (meaning, _) in self.known.items() if meaning in meanings}
        return ids | {iri_of(relation) for relation in ids & self.given.keys()}

    def describe(self, statements: Iterable[Statement], told: Descriptions) -> None:
        """Hand over what the statements tell of names and types."""
        for head, relation, tail in statements:
            meaning, rank = self.known.get(relation, ("", 0))
            if self.is_description(meaning, tail):
                text, language = (tail.text, tail.language) if isinstance(tail, Value) else (tail, "")
                told.tell(head, DESCRIBING[meaning], text, language, rank)

    @staticmethod
    def is_description(meaning: str, tail: str | Value) -> bool:
        """Whether the statement names or types its head: a type is an IRI, a name is a text."""
        if meaning == "type":
            return isinstance(tail, Value) or not tail.startswith("_:")
        return meaning in DESCRIBING and isinstance(tail, Value)

    def fact(self, statement: Statement) -> Fact | str:
        """The statement's fact, or why it has none: ``"described"`` or ``"skipped"``.

        :raises ValueError: its literal is not what its datatype says
        """
        head, relation, tail = statement
        if relation in self.known:
            meaning = self.known[relation][0]
            if meaning == "skip":
                return "skipped"
            if self.is_description(meaning, tail):
                return "described"
            return Fact(head, relation, self._mapped(meaning, tail), sources=self.sources)
        node = tail if isinstance(tail, str) else literal_of(tail)
        return Fact(head, relation, node, sources=self.sources)

    def columns(self, statements: Iterable[Statement]) -> tuple[Triples, int, int]:
        """The facts of statements, and how many of them describe, and how many are to be skipped.

        :raises ValueError: a literal is not what its datatype says
        """
        heads: list[str] = []
        relations: list[str] = []
        tails: list[Node] = []
        known, counts = self.known, {"described": 0, "skipped": 0}
        for statement in statements:
            head, relation, tail = statement
            if relation not in known:  # most are so
                heads.append(head)
                relations.append(relation)
                tails.append(tail if isinstance(tail, str) else literal_of(tail))
            elif isinstance(told := self.fact(statement), str):
                counts[told] += 1
            else:
                heads.append(told.head)
                relations.append(told.relation)
                tails.append(told.tail)
        return Triples.of(heads, relations, tails, self.sources), counts["described"], counts["skipped"]

    def sorted_out(self, triples: Triples) -> tuple[list[Triples], int, int]:
        """The same for columns without literals."""
        known = [code for code, relation in enumerate(triples.relations) if relation in self.known]
        if not known:
            return [triples], 0, 0
        meant = np.isin(triples.codes[1], known)
        statements = ((fact.head, fact.relation, str(fact.tail)) for fact in triples.where(meant))
        told, described, skipped = self.columns(statements)
        return [triples.where(~meant), told], described, skipped

    @staticmethod
    def _mapped(meaning: str, tail: str | Value) -> Node:
        if isinstance(tail, str):
            return node_as(meaning, tail) if meaning in ("number", "date", "string") else tail
        if meaning in ("number", "date", "string"):
            return node_as(meaning, tail.text, tail.language)
        return tail.text if meaning == "entity" else literal_of(tail)


def literal_of(value: Value) -> Literal:
    """A typed literal: XML Schema's numbers and dates, yes and no, everything else a string.

    :raises ValueError: the text is not what the datatype says
    """
    text, datatype = value.text, value.datatype
    if "\0" in text:
        raise ValueError("a NUL character")
    if datatype in INTEGERS:
        return Literal(int(_checked(text, r"[-+]?\d+", datatype)))
    if datatype in FRACTIONS:
        return Literal(float(_checked(text, r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", datatype)))
    if datatype in DATES:
        return Literal(text.strip() if "T" in text else ZONE.sub("", text.strip()), "date")
    if datatype == BOOLEAN:
        return Literal("yes" if _checked(text, "true|false|1|0", datatype) in ("true", "1") else "no", "string")
    return Literal(text, "string", value.language)


def _checked(text: str, pattern: str, datatype: str) -> str:
    if not re.fullmatch(pattern, text.strip()):
        raise ValueError(f"{text[:80]!r} is no xsd:{datatype.removeprefix(XSD)}")
    return text.strip()


@lru_cache(maxsize=1 << 16)  # the lines about a thing stand together
def id_from(iri: str) -> str:
    """The id of an IRI (see :func:`kg.rdf.id_of`).

    :raises ValueError: there is nothing in it, or a NUL character
    """
    if not iri.startswith(OURS):
        return iri
    id = id_of(iri)
    if not id or "\0" in id:
        raise ValueError(f"{iri} is the IRI of no id")
    return id


class BlankNodes:
    """Ids of the blank nodes of a file, the same whenever the file is read. Generated labels are numbered."""

    GENERATED = re.compile(r"[0-9a-f]{20,32}")  # 128 bits, without zeros in front

    def __init__(self, file: str) -> None:
        self.prefix = f"_:{file}#"
        self._numbers: dict[str, int] = {}

    def id(self, label: str) -> str:
        if self.GENERATED.fullmatch(label):
            return f"{self.prefix}{self._numbers.setdefault(label, len(self._numbers) + 1)}"
        return self.prefix + label


def text_of(statement: Statement) -> str:
    """A statement as one line for people."""
    head, relation, tail = statement
    return f"{head} {relation} {tail if isinstance(tail, str) else tail.text}"
