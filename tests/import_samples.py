"""A small file of each format, as its usual writer makes it, and what must come of it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from kg.graph import Entity, Literal, Name, Node

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
X = "http://x/"


@dataclass(frozen=True)
class Sample:
    """A file.

    :param facts: (head, relation, tail) of every fact in it
    :param entities: some of its entities
    :param text: whether it is text of which every prefix and mutation is worth trying
    """

    format: str
    name: str
    content: bytes
    facts: frozenset[tuple[str, str, Node]]
    entities: tuple[Entity, ...] = ()
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)


KENYA = Entity(X + "Kenya", "Kenya", (Name("Kenia", "de"), Name("肯尼亚", "zh")), (X + "Country",))
RDF_FACTS = frozenset(
    {
        (X + "Kenya", X + "capital", X + "Nairobi"),
        (X + "Kenya", X + "population", Literal(54_000_000)),
        (X + "Kenya", X + "motto", Literal("Harambee", "string", "sw")),
        (X + "Kenya", X + "since", Literal("1963-12-12", "date")),
    }
)
LINES = [
    f"<{X}Kenya> <{RDF}type> <{X}Country>",
    f'<{X}Kenya> <{RDFS}label> "Kenya"@en',
    f'<{X}Kenya> <{RDFS}label> "Kenia"@de',
    f'<{X}Kenya> <{SKOS}altLabel> "肯尼亚"@zh',
    f"<{X}Kenya> <{X}capital> <{X}Nairobi>",
    f'<{X}Kenya> <{X}population> "54000000"^^<{XSD}integer>',
    f'<{X}Kenya> <{X}motto> "Harambee"@sw',
    f'<{X}Kenya> <{X}since> "1963-12-12"^^<{XSD}date>',
]
TURTLE = f"""\
@prefix x: <{X}> . @prefix rdfs: <{RDFS}> . @prefix skos: <{SKOS}> . @prefix xsd: <{XSD}> .
x:Kenya a x:Country ; rdfs:label "Kenya"@en , "Kenia"@de ; skos:altLabel "肯尼亚"@zh ;
    x:capital x:Nairobi ; x:population 54000000 ; x:motto "Harambee"@sw ; x:since "1963-12-12"^^xsd:date .
"""
TRIG = TURTLE.replace("x:Kenya a", "GRAPH x:atlas { x:Kenya a").rstrip(".\n") + " }\n"
RDFXML = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE rdf:RDF [ <!ENTITY x "{X}"> <!ENTITY xsd "{XSD}"> ]>
<rdf:RDF xmlns:rdf="{RDF}" xmlns:rdfs="{RDFS}" xmlns:skos="{SKOS}" xmlns:x="{X}">
  <x:Country rdf:about="&x;Kenya">
    <rdfs:label xml:lang="en">Kenya</rdfs:label><rdfs:label xml:lang="de">Kenia</rdfs:label>
    <skos:altLabel xml:lang="zh">肯尼亚</skos:altLabel>
    <x:capital rdf:resource="&x;Nairobi"/>
    <x:population rdf:datatype="&xsd;integer">54000000</x:population>
    <x:motto xml:lang="sw">Harambee</x:motto>
    <x:since rdf:datatype="&xsd;date">1963-12-12</x:since>
  </x:Country>
</rdf:RDF>
"""
JSONLD = {
    "@context": {"@vocab": X, "label": RDFS + "label", "alt": SKOS + "altLabel", "xsd": XSD, "capital": {"@type": "@id"}},
    "@id": X + "Kenya", "@type": "Country", "capital": X + "Nairobi", "population": 54_000_000,
    "label": [{"@value": "Kenya", "@language": "en"}, {"@value": "Kenia", "@language": "de"}],
    "alt": {"@value": "肯尼亚", "@language": "zh"}, "motto": {"@value": "Harambee", "@language": "sw"},
    "since": {"@value": "1963-12-12", "@type": "xsd:date"},
}  # fmt: skip
APOC = [
    {"type": "node", "id": "0", "labels": ["Person", "Actor"],
     "properties": {"name": "Keanu Reeves", "born": 1964, "aliases": ["Neo"], "since": "1999-03-31", "alive": True,
                    "home": {"crs": "wgs-84", "latitude": 34.0, "longitude": -118.2, "height": None}}},
    {"type": "node", "id": "1", "labels": ["Movie"], "properties": {"title": "The Matrix", "tags": ["action", "sf"]}},
    {"id": "7", "type": "relationship", "label": "ACTED_IN", "properties": {"roles": ["Neo"], "weight": 0.5, "start": "1998"},
     "start": {"id": "0", "labels": ["Person", "Actor"]}, "end": {"id": "1", "labels": ["Movie"]}},
]  # fmt: skip
APOC_FACTS = frozenset(
    {
        ("0", "born", Literal(1964)), ("0", "since", Literal("1999-03-31", "date")), ("0", "alive", Literal("yes", "string")),
        ("0", "home", Literal("34.0,-118.2", "string")), ("1", "tags", Literal("action", "string")),
        ("1", "tags", Literal("sf", "string")), ("0", "ACTED_IN", "1"),
    }
)  # fmt: skip
GRAPHML = """\
<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="labels" for="node" attr.name="labels" attr.type="string"/><key id="name" for="node" attr.name="name" attr.type="string"/>
<key id="born" for="node" attr.name="born" attr.type="long"/><key id="label" for="edge" attr.name="label" attr.type="string"/>
<key id="w" for="edge" attr.name="weight" attr.type="double"/>
<graph id="G" edgedefault="undirected">
<node id="n1" labels=":Movie"><data key="labels">:Movie</data><data key="name">The Matrix</data></node>
<node id="n0" labels=":Person:Actor"><data key="labels">:Person:Actor</data><data key="name">Keanu Reeves</data><data key="born">1964</data></node>
<edge id="e0" source="n0" target="n1" label="ACTED_IN"><data key="label">ACTED_IN</data><data key="w">0.5</data></edge>
<edge id="e1" source="n0" target="n1" label="LIKES"><data key="label">LIKES</data></edge>
</graph></graphml>
"""
GEXF = """\
<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2" xmlns:viz="http://www.gexf.net/1.2draft/viz">
<graph defaultedgetype="undirected" mode="static">
<attributes class="node" mode="static"><attribute id="0" title="born" type="integer"/><attribute id="1" title="type" type="string"/></attributes>
<nodes>
<node id="n1" label="The Matrix"><attvalues><attvalue for="1" value="Movie"/></attvalues><viz:size value="4.0"/></node>
<node id="n0" label="Keanu Reeves"><attvalues><attvalue for="0" value="1964"/><attvalue for="1" value="Person"/></attvalues></node>
</nodes>
<edges><edge id="0" source="n0" target="n1" label="ACTED_IN" weight="0.5"/><edge id="1" source="n0" target="n1" label="LIKES"/></edges>
</graph></gexf>
"""
NODE_LINK = {
    "directed": False, "multigraph": False, "graph": {},
    "nodes": [{"id": "n1", "label": "The Matrix", "type": "Movie"},
              {"id": "n0", "label": "Keanu Reeves", "type": "Person", "born": 1964}],
    "links": [{"source": "n0", "target": "n1", "relation": "ACTED_IN", "weight": 0.5},
              {"source": "n0", "target": "n1", "relation": "LIKES"}],
}  # fmt: skip
FILM_FACTS = frozenset({("n0", "born", Literal(1964)), ("n0", "ACTED_IN", "n1"), ("n0", "LIKES", "n1")})


def snak(property: str, kind: str, value: object) -> dict[str, object]:
    return {"snaktype": "value", "property": property, "datavalue": {"type": kind, "value": value}}


def claim(property: str, kind: str, value: object, rank: str = "normal", **qualifiers: object) -> dict[str, object]:
    told: dict[str, object] = {"type": "statement", "rank": rank, "mainsnak": snak(property, kind, value)}
    return told | ({"qualifiers": {p: [snak(p, "time", v)] for p, v in qualifiers.items()}} if qualifiers else {})


def time(text: str, precision: int) -> dict[str, object]:
    return {
        "time": text,
        "precision": precision,
        "timezone": 0,
        "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
    }


def entity(id: str, **of: object) -> dict[str, object]:
    return {"entity-type": "item", "numeric-id": int(id[1:]), "id": id} | of


WIKIDATA = [
    {"type": "item", "id": "Q64", "labels": {"de": {"language": "de", "value": "Berlin"}, "en": {"language": "en", "value": "Berlin"},
                                             "zh": {"language": "zh", "value": "柏林"}},
     "aliases": {"en": [{"language": "en", "value": "Berlin, Germany"}]}, "descriptions": {},
     "claims": {
         "P31": [claim("P31", "wikibase-entityid", entity("Q515")), claim("P31", "wikibase-entityid", entity("Q5"), "deprecated")],
         "P6": [claim("P6", "wikibase-entityid", entity("Q1"), P580=time("+2014-12-11T00:00:00Z", 11), P582=time("+2021-00-00T00:00:00Z", 9))],
         "P1082": [claim("P1082", "quantity", {"amount": "+3644826", "unit": "1"}, P585=time("+2018-12-31T00:00:00Z", 11))],
         "P2046": [claim("P2046", "quantity", {"amount": "+891.3", "unit": "http://www.wikidata.org/entity/Q712226"})],
         "P571": [claim("P571", "time", time("+1237-00-00T00:00:00Z", 9)), claim("P571", "time", time("+1200-00-00T00:00:00Z", 7))],
         "P625": [claim("P625", "globecoordinate", {"latitude": 52.5, "longitude": 13.4, "precision": 0.01})],
         "P1448": [claim("P1448", "monolingualtext", {"text": "Berlin", "language": "de"})],
         "P227": [claim("P227", "string", "4005728-8")],
         "P138": [{"rank": "normal", "mainsnak": {"snaktype": "somevalue", "property": "P138"}}],
     }, "sitelinks": {}},
    {"type": "item", "id": "Q515", "labels": {"en": {"language": "en", "value": "city"}}, "aliases": [], "claims": []},
    {"type": "item", "id": "Q712226", "labels": {"en": {"language": "en", "value": "square kilometre"}}, "claims": {}},
    {"type": "property", "id": "P6", "datatype": "wikibase-item", "labels": {"en": {"language": "en", "value": "head of government"}},
     "aliases": {"en": [{"language": "en", "value": "mayor"}]}, "claims": {}},
]  # fmt: skip
WIKIDATA_FACTS = frozenset(
    {
        ("Q64", "P6", "Q1"), ("Q64", "P1082", Literal(3_644_826)), ("Q64", "P2046", Literal(891.3)),
        ("Q64", "P571", Literal("1237", "date")), ("Q64", "P625", Literal("52.5,13.4", "string")),
        ("Q64", "P1448", Literal("Berlin", "string", "de")), ("Q64", "P227", Literal("4005728-8", "string")),
    }
)  # fmt: skip
CONCEPTNET = """\
/a/[/r/IsA/,/c/en/hot_dog/n/,/c/en/sausage/]\t/r/IsA\t/c/en/hot_dog/n\t/c/en/sausage\t{"dataset": "/d/wordnet/3.1", "license": "cc:by/4.0", "sources": [{"contributor": "/s/resource/wordnet/rdf/3.1"}], "weight": 2.0}
/a/[/r/Synonym/,/c/zh/热狗/,/c/en/hot_dog/]\t/r/Synonym\t/c/zh/热狗\t/c/en/hot_dog\t{"dataset": "/d/wiktionary/en", "license": "cc:by-sa/4.0", "weight": 1.0}
"""


def parquet(columns: dict[str, list[object]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def lines_of(objects: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(told, ensure_ascii=False) + "\n" for told in objects).encode()


def in_a_list(objects: list[dict[str, object]]) -> bytes:
    return ("[\n" + ",\n".join(json.dumps(told, ensure_ascii=False) for told in objects) + "\n]\n").encode()


FILM_ENTITIES = (Entity("n0", "Keanu Reeves", (), ("Person",)), Entity("n1", "The Matrix", (), ("Movie",)))
PLAIN = frozenset({("a", "knows", "b"), ("b", "age", Literal(5)), ("c", "age", Literal(7))})
SAMPLES = [
    Sample("triples", "kb.txt", b"a|knows|b\nb|age|5\nc|age|7\nc|type|cat\n", PLAIN, (Entity("c", types=("cat",)),)),
    Sample("ntriples", "k.nt", "".join(f"{line} .\n" for line in LINES).encode(), RDF_FACTS, (KENYA,)),
    Sample("nquads", "k.nq", "".join(f"{line} <{X}atlas> .\n" for line in LINES).encode(), RDF_FACTS, (KENYA,),
           {X + "capital": ("k.nq", X + "atlas")}),
    Sample("turtle", "k.ttl", TURTLE.encode(), RDF_FACTS, (KENYA,)),
    Sample("trig", "k.trig", TRIG.encode(), RDF_FACTS, (KENYA,), {X + "capital": ("k.trig", X + "atlas")}),
    Sample("rdfxml", "k.rdf", RDFXML.encode(), RDF_FACTS, (KENYA,)),
    Sample("jsonld", "k.jsonld", json.dumps(JSONLD, ensure_ascii=False).encode(), RDF_FACTS, (KENYA,)),
    Sample("neo4j", "n.csv", b"id:ID,name,born:int,:LABEL,seen:date[]\na,Anna,1964,Person,1999-01-02;2000-01-02\nb,Bob,,Person,\n",
           frozenset({("a", "born", Literal(1964)), ("a", "seen", Literal("1999-01-02", "date")),
                      ("a", "seen", Literal("2000-01-02", "date"))}), (Entity("a", "Anna", (), ("Person",)),)),
    Sample("neo4j-json", "all.json", lines_of(APOC), APOC_FACTS,
           (Entity("0", "Keanu Reeves", (Name("Neo"),), ("Actor", "Person")), Entity("1", "The Matrix", (), ("Movie",)))),
    Sample("nodes", "nodes.csv", "id,label,type,zh_labels\na,Anna,person,安娜\n".encode(), frozenset(),
           (Entity("a", "Anna", (Name("安娜", "zh"),), ("person",)),)),
    Sample("graphml", "g.graphml", GRAPHML.encode(), FILM_FACTS,
           (Entity("n0", "Keanu Reeves", (), ("Actor", "Person")), FILM_ENTITIES[1])),
    Sample("gexf", "g.gexf", GEXF.encode(), FILM_FACTS, FILM_ENTITIES),
    Sample("node-link", "g.json", json.dumps(NODE_LINK).encode(), FILM_FACTS, FILM_ENTITIES),
    Sample("parquet", "f.parquet", parquet({"subject": ["a", "a"], "predicate": ["knows", "likes"], "object": ["b", "c"]}),
           frozenset({("a", "knows", "b"), ("a", "likes", "c")})),
    Sample("wikidata", "wd.json", in_a_list(WIKIDATA), WIKIDATA_FACTS,
           (Entity("Q64", "Berlin", (Name("Berlin", "de"), Name("柏林", "zh"), Name("Berlin, Germany", "en")), ("city",)),)),
    Sample("conceptnet", "assertions.csv", CONCEPTNET.encode(),
           frozenset({("/c/en/hot_dog/n", "/r/IsA", "/c/en/sausage"), ("/c/zh/热狗", "/r/Synonym", "/c/en/hot_dog")}),
           (Entity("/c/en/hot_dog/n", "hot dog"), Entity("/c/zh/热狗", "热狗")),
           {"/r/IsA": ("assertions.csv", "/d/wordnet/3.1")}),
]  # fmt: skip
