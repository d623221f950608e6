"""The format of a file: recognised by content, and by the file's name where the content leaves it open."""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path

from kg.errors import LoadError
from loaders.conceptnet import ASSERTION
from loaders.neo4j_csv import columns_of
from loaders.nodes import KNOWN, header_of
from loaders.packed import bare_name, open_bytes
from loaders.tables import SAMPLE, detect_delimiter
from loaders.text import PARQUET, open_text

DIRECTIVE = re.compile(r"\s*(?:@prefix|@base|PREFIX|BASE)\s", re.IGNORECASE)
NTRIPLE = re.compile(r'\s*(?:<[^>]*>|_:\S+)\s*<[^>]*>\s*(?:<[^>]*>|_:\S+|".*)\s*\.\s*(?:#.*)?')
NQUAD = re.compile(
    r"\s*(?:<[^>]*>|_:\S+)\s*<[^>]*>\s*"
    r'(?:<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^>]*>)?)\s*(?:<[^>]*>|_:\S+)\s*\.\s*(?:#.*)?'
)
GRAPH_BLOCK = re.compile(r"^\s*(?:GRAPH\s+)?(?:<[^>]*>|[\w.-]*:[\w.-]*)?\s*\{", re.MULTILINE | re.IGNORECASE)
TURTLE_ENDINGS = {".ttl": "turtle", ".turtle": "turtle", ".trig": "trig"}
XML_ROOTS = (("graphml", "graphml"), ("gexf", "gexf"), ("rdf:RDF", "rdfxml"))
XML_ENDINGS = {".rdf": "rdfxml", ".owl": "rdfxml", ".graphml": "graphml", ".gexf": "gexf"}
JSON_ENDINGS = {".jsonld": "jsonld"}
JSON_KEYS = re.compile(r'"(@context|@graph|@id|@type|nodes|links|edges)"\s*:')
HEAD = 1 << 16
WHAT = (
    "triples in three columns, N-Triples, N-Quads, Turtle, TriG, RDF/XML, JSON-LD, Neo4j's CSV and JSON, node tables,"
    " GraphML, GEXF, node-link JSON, Parquet, Wikidata's JSON, ConceptNet"
)


def recognise(path: Path) -> str:
    """The format of a file, one of :data:`loaders.formats.FORMATS`.

    :raises LoadError: it is none of them
    """
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
    if head.startswith(PARQUET):
        return "parquet"
    text = head.decode("utf-8-sig", "replace").lstrip()
    sample = sample_of(path)
    found = _marked_up(text, path) if text.startswith(("<", "{", "[")) else ""
    found = found or _table(sample) or _rdf_lines(sample, text, path)
    if found:
        return found
    first = next(iter(sample), "")
    raise LoadError(
        f"unknown format. Read are: {WHAT}. Insist with --format. The first line is: {first[:80]}", str(path)
    )


def recognise_nodes(path: Path) -> str:
    """A node table's format: Parquet, typed headers or plain ones."""
    with open_bytes(path) as stream:
        if stream.read(len(PARQUET)) == PARQUET:
            return "parquet"
    return "neo4j" if columns_of(next(iter(sample_of(path)), ""))[0] else "nodes"


def sample_of(path: Path) -> list[str]:
    """The first lines with something on them."""
    with open_text(path, mark_bad=True) as lines:
        return [line.rstrip("\r\n") for line in islice(lines, SAMPLE) if line.strip()]


def _marked_up(text: str, path: Path) -> str:
    """The format of XML or JSON; "": it is neither, or unknown."""
    if text.startswith("<"):
        root = re.search(r"<(?![?!])([\w:.-]+)", re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
        for name, format in XML_ROOTS:
            if root and root[1] == name:
                return format
        is_xml = text.startswith(("<?xml", "<!DOCTYPE", "<!--"))
        return XML_ENDINGS.get(_ending(path), "rdfxml" if "rdf-syntax-ns#" in text else "") if is_xml else ""
    keys = set(JSON_KEYS.findall(text))
    return _json_line(text) or _json(keys, path)


def _json_line(text: str) -> str:
    """The format of JSON with an object on each line."""
    lines = [line.strip().removeprefix("[").rstrip(",]").strip() for line in text.splitlines()[:3]]
    for line in filter(None, lines):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            told = None
        kind = told.get("type") if isinstance(told, dict) else None
        if kind in ("node", "relationship"):
            return "neo4j-json"
        if kind in ("item", "property", "lexeme") and ("claims" in told or "labels" in told or "lemmas" in told):
            return "wikidata"
    start = text[:2000]  # the line of an item is often longer than what is looked at
    if re.match(r'\[?\s*\{\s*"(?:type"\s*:\s*"(?:item|property)"|(?:pageid|id)"\s*:)', start) and '"labels"' in text:
        return "wikidata"
    return ""


def _json(keys: set[str], path: Path) -> str:
    if "nodes" in keys:
        return "node-link"
    if any(key.startswith("@") for key in keys):
        return "jsonld"
    return JSON_ENDINGS.get(_ending(path), "")


def _table(sample: list[str]) -> str:
    """The format of a table with a header that says it, or of ConceptNet's; "": it is none."""
    first = next(iter(sample), "")
    if columns_of(first)[0]:
        return "neo4j"
    if len(set(header_of(first)[0]) & KNOWN) > 1:
        return "nodes"
    return "conceptnet" if ASSERTION.fullmatch(first) else ""


def _rdf_lines(sample: list[str], text: str, path: Path) -> str:
    """The format of RDF that is no markup, or of plain triples; "": it is unknown."""
    first, ending = next(iter(sample), ""), _ending(path)
    lines = [line for line in sample if not line.lstrip().startswith("#")]
    if any(DIRECTIVE.match(line) for line in lines):
        return "trig" if ending == ".trig" or GRAPH_BLOCK.search(text) else "turtle"
    if sum(bool(NTRIPLE.fullmatch(line) or NQUAD.fullmatch(line)) for line in lines) * 2 > len(lines):
        if ending in TURTLE_ENDINGS:
            return TURTLE_ENDINGS[ending]
        return "nquads" if ending == ".nq" or any(NQUAD.fullmatch(line) for line in lines) else "ntriples"
    if ending in (".nt", ".nq") and any(line.lstrip().startswith(("<", "_:")) for line in lines):
        return "nquads" if ending == ".nq" else "ntriples"
    if not first.startswith(("{", "[{", "<?xml", "<rdf:RDF")):
        if ending == ".trig" and GRAPH_BLOCK.search(text):
            return "trig"
        if detect_delimiter(sample):
            return "triples"
        if ending in TURTLE_ENDINGS:
            return TURTLE_ENDINGS[ending]
    return ""


def _ending(path: Path) -> str:
    return bare_name(path).suffix.casefold()
