"""Our nouns as RDF terms, one mapping for the SPARQL printed, the N-Triples exported and the RDF read.

An id that is an absolute IRI stays as it is; any other is percent-encoded under ``urn:askgraph:``. Relations and types
likewise, so nothing is lost. Names and types are ``rdfs:label``, ``skos:altLabel`` and ``rdf:type``; what RDF triples have
no place for (weight, sources, batch, validity) is left out.

>>> iri_of("Kenya"), iri_of("New York"), iri_of("http://dbpedia.org/resource/Kenya")
('urn:askgraph:Kenya', 'urn:askgraph:New%20York', 'http://dbpedia.org/resource/Kenya')
>>> id_of("urn:askgraph:New%20York")
'New York'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TypeAlias
from urllib.parse import quote, unquote

from kg.graph import Entity, Literal, Node
from kg.names import words_of
from kg.store import GraphStore

Triple: TypeAlias = tuple[str, str, str | Literal]  # IRIs, and an IRI or a literal

OURS = "urn:askgraph:"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
TYPE, LABEL, ALIAS = RDF + "type", RDFS + "label", SKOS + "altLabel"
PROPERTY = RDF + "Property"
RESOURCE = RDFS + "Resource"
OTHER_DATE = OURS + "date"  # ISO dates that are none of XML Schema's: the year 987, a time without seconds
RESERVED = frozenset((TYPE, LABEL, ALIAS))

_IRI = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.\-]*://|urn:[A-Za-z0-9\-]+:|mailto:|tag:|doi:)"
    r"(?:%[0-9A-Fa-f]{2}|[^\s%<>\"{}|\\^`\[\]\x00-\x20\x7f-\x9f\ud800-\uf8ff\ufff0-\uffff])+"
)
_SAFE = frozenset("-._~")
_DATES = (
    (re.compile(r"-?\d{4,}"), XSD + "gYear"),
    (re.compile(r"-?\d{4,}-\d{2}"), XSD + "gYearMonth"),
    (re.compile(r"-?\d{4,}-\d{2}-\d{2}"), XSD + "date"),
    (re.compile(r"-?\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?"), XSD + "dateTime"),
)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LANGUAGE = re.compile(r"[A-Za-z]+(?:-[A-Za-z0-9]+)*")


def iri_of(id: str) -> str:
    """The IRI of an entity, relation or type."""
    if _IRI.fullmatch(id) and id.count("#") <= 1 and not id.startswith(OURS) and id not in RESERVED:
        return id
    return OURS + "".join(c if _is_plain(c) else quote(c, safe="") for c in id)


def id_of(iri: str) -> str:
    """The id that :func:`iri_of` has made an IRI of; any other IRI is its own id."""
    return unquote(iri.removeprefix(OURS)) if iri.startswith(OURS) else iri


def datatype_of(literal: Literal) -> str:
    """The IRI of the literal's datatype."""
    if literal.kind == "string":
        return XSD + "string"
    if literal.kind == "date":
        return next((datatype for shape, datatype in _DATES if shape.fullmatch(literal.text)), OTHER_DATE)
    if isinstance(literal.value, int):
        return XSD + "integer"
    return XSD + ("double" if "e" in literal.text else "decimal")


def language_of(literal: Literal) -> str:
    """The language tag, where it is one."""
    tag = literal.language.replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def term(node: Node) -> str:
    """A node as N-Triples (and SPARQL) write it: an IRI in angle brackets, or a typed or tagged literal."""
    if isinstance(node, str):
        return f"<{iri_of(node)}>"
    if node.kind == "string":
        language = language_of(node)
        return '"' + "".join(_ESCAPES.get(c, c) for c in node.text) + '"' + (f"@{language}" if language else "")
    return f'"{node.text}"^^<{datatype_of(node)}>'


def triples(store: GraphStore) -> Iterator[Triple]:
    """The whole store: entities, relations that are worded, then facts. An object that is text is an IRI.

    An entity without a name and a type is said to be an ``rdfs:Resource``, so that one without facts is there too.
    """
    for entity in store.all_entities():
        yield from _described(entity)
    for relation in store.schema().relations.values():
        if relation.aliases or relation.name not in ("", words_of(relation.id)):
            subject = iri_of(relation.id)
            yield subject, TYPE, PROPERTY
            yield subject, LABEL, Literal(relation.name, "string")
            for alias in relation.aliases:
                yield subject, ALIAS, Literal(alias, "string")
    last = None
    for fact in store.facts():
        triple = (
            iri_of(fact.head),
            iri_of(fact.relation),
            iri_of(fact.tail) if isinstance(fact.tail, str) else fact.tail,
        )
        if triple != last:  # the same fact at another time is the same triple
            yield triple
        last = triple


def ntriples(store: GraphStore) -> Iterator[str]:
    """The lines of an N-Triples file of the whole store (see :func:`triples`)."""
    for subject, predicate, value in triples(store):
        told = f"<{value}>" if isinstance(value, str) else term(value)
        yield f"<{subject}> <{predicate}> {told} ."


def _described(entity: Entity) -> Iterator[Triple]:
    subject = iri_of(entity.id)
    if entity.label:
        yield subject, LABEL, Literal(entity.label, "string")
    for name in entity.aliases:
        yield subject, ALIAS, Literal(name.text, "string", name.language)
    for type in entity.types:
        yield subject, TYPE, iri_of(type)
    if not (entity.label or entity.aliases or entity.types):
        yield subject, TYPE, RESOURCE


def _is_plain(character: str) -> bool:
    """Whether the character may stand in an IRI as it is; letters of any script may."""
    if character.isascii():
        return character.isalnum() or character in _SAFE
    return character.isalnum() or unicodedata.category(character).startswith("M")
