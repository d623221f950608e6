"""What a Neo4j database that we did not import shows of itself: its labels, relationship types and properties, and which
properties are names and ids (docs/neo4j.md, docs/decisions/0012-foreign-neo4j.md).

Up to :data:`AT_HAND` nodes everything is looked at; of a larger database, :data:`SAMPLE` nodes of each label.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.cypher_fragments import fill, quoted
from kg.errors import StoreError
from kg.names import fold, words_of
from kg.neo4j_connection import Connection

AT_HAND = 2_000_000  # nodes whose names are kept in memory
SAMPLE = 100_000
LONGEST_TEXT = 1_900  # characters; longer texts are documents, no values to compare
LONGEST_LIST = 100  # numbers; longer lists are vectors
WORTH_AN_INDEX = 1_000  # nodes of a label; fewer are read as fast as an index
SCALARS = frozenset({"INTEGER", "FLOAT", "STRING"})
TEMPORAL = frozenset({"DATE", "LOCAL DATETIME", "ZONED DATETIME"})
READABLE = SCALARS | TEMPORAL | {"BOOLEAN"}
NAMES = "name title label preflabel displayname fullname caption headline".split()
FURTHER = frozenset(
    "alias aliases altname altnames alternatename alternatenames altlabel alsoknownas aka nickname nicknames shortname"
    " synonym synonyms originaltitle originalname".split()
)
IN_LANGUAGE = re.compile(r"(?:name|title|label)[_@-]([a-z]{2,3})|([a-z]{2,3})[_-](?:name|title|label)")
MAP = "NEO4J_MAP"  # the variable that names the mapping file

LABELS = "CALL db.labels() YIELD label RETURN label ORDER BY label"
RELATIONSHIPS = "CALL db.relationshipTypes() YIELD relationshipType RETURN relationshipType ORDER BY relationshipType"
NODES = "RETURN COUNT { () }"
UNLABELLED = "MATCH (n) WHERE size(labels(n)) = 0 RETURN count(n)"
INDEXES = (
    "SHOW INDEXES YIELD name, type, entityType, state, labelsOrTypes, properties"
    " WHERE entityType = 'NODE' AND state = 'ONLINE' RETURN name, type, labelsOrTypes, properties"
)
CONSTRAINTS = (
    "SHOW CONSTRAINTS YIELD type, entityType, labelsOrTypes, properties"
    " WHERE entityType = 'NODE' AND (type CONTAINS 'UNIQUENESS' OR type CONTAINS 'KEY') AND size(properties) = 1"
    " RETURN labelsOrTypes[0], properties[0] ORDER BY labelsOrTypes[0], properties[0]"
)
INDEX = "CREATE INDEX FOR (n:<l>) ON (n<k>)"
OF_LABEL = "MATCH (n:<l>) WITH n LIMIT $sample "
OF_NO_LABEL = "MATCH (n) WHERE size(labels(n)) = 0 WITH n LIMIT $sample "
PROPERTIES = (
    "UNWIND keys(n) AS key WITH key, n[key] AS value WITH key, value, [] + value AS values,"
    " CASE WHEN value IS :: STRING NOT NULL THEN left(value, 200) END AS text"
    " RETURN key, collect(DISTINCT valueType(value)), count(*), max(size(values)),"
    " max(reduce(most = 0, one IN values | CASE WHEN one IS :: STRING NOT NULL"
    "   THEN CASE WHEN size(one) > most THEN size(one) ELSE most END ELSE most END)),"
    " avg(size(text)), count(DISTINCT text), min(text), max(text)"
)


@dataclass(frozen=True, slots=True)
class Held:
    """A property of the nodes of a label, as far as they were looked at.

    :param types: of its values, the members of lists among them, in Cypher's words
    :param lists: some values are lists
    :param share: of the nodes, those that have it
    :param distinct: different texts over texts; 0: it has none
    """

    types: frozenset[str]
    lists: bool
    longest: int
    characters: int
    share: float
    mean: float
    distinct: float
    lettered: bool

    @property
    def plain(self) -> bool:
        """Its values are compared as they stand, by an index where there is one."""
        return not self.lists and self.types <= SCALARS

    @property
    def days(self) -> bool:
        """All its values are days."""
        return not self.lists and self.types == {"DATE"}


@dataclass(frozen=True)
class Profile:
    """What is in the database. The label "" stands for nodes without one.

    :param labels: with the number of their nodes
    :param names: of each label, the properties that are names; the first gives the label
    :param ids: of each label, the property that identifies
    :param literals: the properties that are relations, and of which labels
    :param indexed: (label, property) pairs with an index
    :param fulltext: full-text indexes over names
    :param notes: what is left out, and what would help, a sentence each
    """

    nodes: int
    labels: Mapping[str, int]
    relationships: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    ids: Mapping[str, str]
    literals: Mapping[str, Mapping[str, Held]]
    indexed: frozenset[tuple[str, str]]
    fulltext: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def at_hand(self) -> bool:
        """All nodes are looked at, and their names kept in memory."""
        return self.nodes <= AT_HAND

    @property
    def told(self) -> list[str]:
        """The properties that describe nodes: ids and names."""
        return sorted({*self.ids.values(), *(key for keys in self.names.values() for key in keys)})


@dataclass(frozen=True)
class Wishes:
    """What the mapping file says."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    skip: frozenset[str] = frozenset()


def read_wishes(path: str | None = None) -> Wishes:
    """The mapping file that NEO4J_MAP names, if it does.

    :raises StoreError: it cannot be read, or says something that means nothing
    """
    path = path or os.environ.get(MAP)
    if not path:
        return Wishes()
    try:
        told = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise StoreError(f"{path}, which {MAP} names, cannot be read: {error}") from error
    names, ids, skip = told.pop("names", {}), told.pop("ids", {}), told.pop("skip", [])
    if told or not (isinstance(names, dict) and isinstance(ids, dict) and _texts(skip)):
        raise StoreError(
            f"{path}: known are [names], [ids] (label = property) and skip = [properties, relationship types]"
        )
    listed = {label: [keys] if isinstance(keys, str) else keys for label, keys in names.items()}
    if not all(map(_texts, (*listed.values(), list(ids.values())))):
        raise StoreError(f'{path}: give a property as a text, names also as a list of texts: Movie = ["title", "aka"]')
    return Wishes({label: tuple(keys) for label, keys in listed.items()}, ids, frozenset(skip))


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def read_profile(connection: Connection, wishes: Wishes) -> Profile:
    """Look at the database. Nothing is written."""
    (((nodes,),), labels, relationships, indexes, unique) = connection.read_all(
        NODES, LABELS, RELATIONSHIPS, INDEXES, CONSTRAINTS
    )
    sample = {"sample": nodes if nodes <= AT_HAND else SAMPLE}
    counted = {label: _count(connection, label) for (label,) in labels}
    if nodes <= AT_HAND:
        counted[""] = connection.read(UNLABELLED)[0][0]
    counted = {label: count for label, count in counted.items() if count}
    held = {
        label: _held(connection.read(start_of(label) + PROPERTIES, sample), min(count, sample["sample"]))
        for label, count in counted.items()
    }
    names = {label: wishes.names[label] if label in wishes.names else names_among(held[label]) for label in counted}
    ids = _ids(unique, held) | {label: key for label, key in wishes.ids.items() if label in counted}
    told = {key for keys in names.values() for key in keys}
    literals, notes = _literals(held, told | wishes.skip)
    indexed = frozenset(
        (label, keys[0]) for _, kind, on, keys in indexes if kind == "RANGE" and keys and len(keys) == 1 for label in on
    )
    fulltext = tuple(name for name, kind, _, keys in indexes if kind == "FULLTEXT" and told & {*keys})
    return Profile(
        nodes, counted, tuple(type for (type,) in relationships if type not in wishes.skip), names, ids, literals,
        indexed, fulltext, (*notes, *_nameless(counted, names, wishes.names), *_lacking(literals, counted, indexed)),
    )  # fmt: skip


def start_of(label: str) -> str:
    """The beginning of a statement that looks at ``$sample`` nodes ``n`` of a label."""
    name = quoted(label)
    return fill(OF_LABEL, l=name) if name else OF_NO_LABEL


def _count(connection: Connection, label: str) -> int:
    name = quoted(label)
    return int(connection.read(fill("RETURN COUNT { (:<l>) }", l=name))[0][0]) if name else 0


def _held(rows: Iterable[Sequence[Any]], nodes: int) -> dict[str, Held]:
    found = {}
    for key, types, count, longest, characters, mean, distinct, least, most in rows:
        members = {one.strip() for type in types for one in re.sub(r"LIST<|>| NOT NULL", "", type).split("|")}
        lettered = any(c.isalpha() for text in (least, most) if text for c in text)
        found[key] = Held(
            frozenset(members - {"NOTHING", "NULL"}), any(type.startswith("LIST") for type in types), longest,
            characters, count / nodes, mean or 0.0, (distinct / count) if mean is not None else 0.0, lettered,
        )  # fmt: skip
    return found


def names_among(held: Mapping[str, Held]) -> tuple[str, ...]:
    """Which properties of a label are names: first what its nodes are called, then what else they are called.

    A property that is called like a name is one where a third of the nodes have it; else one called ``…name`` or ``…title``,
    else any short text, if half of the nodes have it and half of its values are different.
    """
    texts = {key: h for key, h in held.items() if "STRING" in h.types and h.characters <= LONGEST_TEXT}
    single = {key: h for key, h in texts.items() if not h.lists}
    called = sorted(
        (NAMES.index(_plain(key)), key) for key, h in single.items() if _plain(key) in NAMES and h.share >= 1 / 3
    )
    first = [key for _, key in called]
    if not first:
        likely = {
            k: h for k, h in single.items() if h.share >= 0.5 and h.distinct >= 0.5 and h.lettered and h.mean <= 60
        }
        ending = [key for key in likely if _plain(key).endswith(("name", "title", "label"))]
        first = sorted(
            ending or likely, key=lambda key: (-likely[key].share * likely[key].distinct, likely[key].mean, key)
        )[:1]
    also = [key for key in sorted(texts) if _plain(key) in FURTHER or IN_LANGUAGE.fullmatch(key.lower())]
    return tuple(dict.fromkeys([*first, *also]))


def language_of(key: str) -> str:
    """The language in which a name is that a property holds (``name_zh``), where the property says it."""
    found = IN_LANGUAGE.fullmatch(key.lower())
    return (found[1] or found[2]) if found else ""


def _plain(key: str) -> str:
    return fold(words_of(key)).replace(" ", "")


def _ids(unique: Iterable[Sequence[str]], held: Mapping[str, Mapping[str, Held]]) -> dict[str, str]:
    """Of each label the property that a constraint says is unique, rather one that is called an id."""
    found: dict[str, list[str]] = defaultdict(list)
    for label, key in unique:
        if key in held.get(label, {}) and held[label][key].types <= {"STRING", "INTEGER"}:
            found[label].append(key)
    return {label: min(keys, key=lambda key: (not key.lower().endswith("id"), key)) for label, keys in found.items()}


def _literals(
    held: Mapping[str, Mapping[str, Held]], without: Iterable[str]
) -> tuple[dict[str, dict[str, Held]], list[str]]:
    """The properties that are relations, with their labels, and why others are none."""
    by_key: dict[str, dict[str, Held]] = defaultdict(dict)
    for label, properties in held.items():
        for key, one in properties.items():
            if key not in set(without):
                by_key[key][label] = one
    notes = []
    for key in sorted(by_key):
        everywhere = list(by_key[key].values())
        types = {type for one in everywhere for type in one.types}
        why = ""
        if not types & READABLE:
            why = f"its values are of type {', '.join(sorted(types)) or 'NULL'}"
        elif "FLOAT" in types and max(one.longest for one in everywhere) > LONGEST_LIST:
            why = f"lists of over {LONGEST_LIST} numbers look like vectors"
        elif max(one.characters for one in everywhere) > LONGEST_TEXT:
            why = f"some of its texts have over {LONGEST_TEXT:,} characters"
        if why:
            notes.append(f"the property {key} is left out: {why}")
            del by_key[key]
        elif types - READABLE:
            notes.append(f"of the property {key}, values of type {', '.join(sorted(types - READABLE))} are left out")
    return dict(by_key), notes


def _nameless(
    counted: Mapping[str, int], names: Mapping[str, tuple[str, ...]], wished: Mapping[str, tuple[str, ...]]
) -> list[str]:
    return [
        f"no property of {label or 'nodes without a label'} looks like a name; say which is in a mapping file ({MAP})"
        for label in counted
        if not names[label] and label not in wished
    ]


def _lacking(
    literals: Mapping[str, Mapping[str, Held]], counted: Mapping[str, int], indexed: frozenset[tuple[str, str]]
) -> list[str]:
    return [
        f"questions that start from a value of {key} read all {counted[label]:,} nodes; "
        + fill(INDEX, l=quoted(label), k="." + quoted(key))
        + " would help"
        for key, held in sorted(literals.items())
        for label, one in held.items()
        if quoted(label)
        and quoted(key)
        and counted[label] >= WORTH_AN_INDEX
        and (one.plain or one.days)
        and (label, key) not in indexed
    ]
