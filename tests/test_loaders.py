"""Readers: what each format says, what it is recognised by, and what happens to lines that are broken."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Name, Node, Relation
from kg.networkx_store import NetworkXStore
from kg.rdf import ntriples
from loaders.import_graph import ImportReport, import_graph
from loaders.rdf import Value, literal_of
from loaders.recognise import recognise
from loaders.rows import cut_rows
from loaders.tables import detect_delimiter
from loaders.text import open_text

XSD = "http://www.w3.org/2001/XMLSchema#"


class Imported:
    """A source in a store of its own."""

    def __init__(self, source: Any, **options: Any) -> None:
        self.store = NetworkXStore.open()
        self.report: ImportReport = import_graph(source, self.store, **options)
        report = self.report
        counted = report.facts + report.known + report.duplicates + report.described + report.skipped + report.rejected
        assert report.read == counted

    @property
    def facts(self) -> set[tuple[str, str, Node]]:
        return {(fact.head, fact.relation, fact.tail) for fact in self.store.facts()}

    def entity(self, id: str) -> Entity:
        return self.store.entities([id])[id]

    def tails(self, relation: str) -> set[Node]:
        return {tail for _, told, tail in self.facts if told == relation}

    @property
    def reasons(self) -> list[str]:
        return [f"{reject.line}: {reject.reason}" for reject in self.report.first_rejects]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str | bytes, name: str = "kb.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


class TestTriples:
    @pytest.mark.parametrize("delimiter", ["\t", "|", ","])
    def test_three_columns_are_found_by_content(self, write: Any, delimiter: str) -> None:
        lines = [("Kenya", "capital", "Nairobi"), ("Nairobi", "river", "Nairobi River")]
        found = Imported(write("\n".join(delimiter.join(line) for line in lines), "whatever.dat"))
        assert found.facts == set(lines)
        assert {fact.sources for fact in found.store.facts()} == {("whatever.dat",)}

    def test_quoted_commas_belong_to_the_field(self, write: Any) -> None:
        found = Imported(write('a,likes,"b, the ""second"""\na,likes,"two\nlines"\nc,likes,d\n'))
        assert found.tails("likes") == {'b, the "second"', "two\nlines", "d"}

    def test_a_header_is_left_out(self, write: Any) -> None:
        assert Imported(write("subject,predicate,object\na,r,b\n")).facts == {("a", "r", "b")}

    def test_a_first_line_that_only_begins_like_a_header_is_a_fact(self, write: Any) -> None:
        assert len(Imported(write("source,r,b\na,r,b\n")).facts) == 2

    @pytest.mark.parametrize(
        ("tails", "kind"),
        [
            (["5", "-7", "0", "3.25", "118918"], "number"),
            (["1986", "1999"], "number"),
            (["1986-05", "1999-12-31", "-0044-03-15"], "date"),
            (["1986", "1999-12-31"], "date"),
            (["2001-02-03T04:05:06Z"], "date"),
            (["5", "about 7"], "entity"),
            (["00260622", "1"], "entity"),
            (["1,000", "2"], "entity"),
            (["1e5"], "entity"),
            (["1986-13-01"], "entity"),
            (["5 km"], "entity"),
        ],
    )
    def test_tails_are_numbers_or_dates_only_if_all_of_them_are(self, write: Any, tails: list[str], kind: str) -> None:
        found = Imported(write("".join(f"h{n}\tr\t{tail}\n" for n, tail in enumerate(tails))))
        kinds = {tail.kind if isinstance(tail, Literal) else "entity" for tail in found.tails("r")}
        assert kinds == {kind}
        assert {tail if isinstance(tail, str) else tail.text for tail in found.tails("r")} == set(tails)

    def test_a_number_that_is_also_a_head_is_an_entity(self, write: Any) -> None:
        found = Imported(write("a\tr\t5\na\tr\t6\n5\tname\tfive\nb\tsize\t7\n"))
        assert found.tails("r") == {"5", "6"}
        assert found.tails("size") == {Literal(7)}

    @pytest.mark.parametrize("relation", ["type", "instance of", "is a", "rdf:type", "instance_of", "isA"])
    def test_a_relation_that_plainly_is_a_type_becomes_one(self, write: Any, relation: str) -> None:
        found = Imported(write(f"a|{relation}|city\na|{relation}|capital\nb|{relation}|city\nb|near|a\n"))
        assert found.facts == {("b", "near", "a")}
        assert found.entity("a").types == ("capital", "city")
        assert (found.report.facts, found.report.described) == (1, 3)

    def test_classes_with_facts_of_their_own_stay_entities(self, write: Any) -> None:
        found = Imported(write("a|isa|b\nb|isa|c\nc|isa|d\n"))
        assert len(found.facts) == 3

    def test_broken_lines_are_set_aside_with_their_numbers(self, write: Any) -> None:
        text = b"a\tr\tb\na\tr\n\na\t\tb\na\tr\tb\tc\na\tr\t\xff\na\tr\tx\0y\nc\tr\td\r\n"
        text = b"a\tr\tb\n" * 2000 + text
        found = Imported(write(text))
        assert found.facts == {("a", "r", "b"), ("c", "r", "d")}
        assert (found.report.rejected, found.report.duplicates) == (5, 2000)
        assert found.reasons[0].startswith("2002: 2 fields instead of three")
        assert found.reasons[1] == "2004: an empty field"
        assert "2006: not UTF-8" in found.reasons[3]
        assert found.reasons[4] == "2007: a NUL character"

    def test_the_delimiter_that_cuts_most_lines_wins(self) -> None:
        assert detect_delimiter(["a|r|b, c", "d|r|e"]) == "|"
        assert detect_delimiter(["a,b|c", "no"]) == ""


class TestRows:
    def test_an_open_quote_spoils_its_own_line_only(self) -> None:
        rows = list(cut_rows(iter(['a,"b,c\n', "d,e,f\n", 'g,"h\n', 'i",j\n', 'k,"l"m,n\n']), ","))
        assert [(row.number, row.fields, bool(row.reason)) for row in rows] == [
            (1, (), True),
            (2, ("d", "e", "f"), False),
            (3, ("g", "h\ni", "j"), False),
            (5, (), True),
        ]

    def test_quotes_in_tab_separated_lines_are_letters(self) -> None:
        assert next(cut_rows(iter(['5"\tis\t"x\n']), "\t")).fields == ('5"', "is", '"x')


class TestMapping:
    def test_a_mapping_file_says_what_relations_are(self, write: Any) -> None:
        table = write(
            "h;r;t\na;name;Anna\na;aka;Ann\na;kind;person\na;code;007\na;born;1986\na;note;hi\na;x;y\na;of;12\n"
        )
        told = write(
            'delimiter = ";"\nheader = true\n[relations]\nname = "label"\naka = "alias"\nkind = "type"\ncode = "number"\n'
            'born = "date"\nnote = "string"\nx = "skip"\nof = "entity"\n',
            "map.toml",
        )
        found = Imported(table, map=told)
        assert found.entity("a") == Entity("a", "Anna", (Name("Ann"),), ("person",))
        assert found.facts == {
            ("a", "code", Literal(7)),
            ("a", "born", Literal("1986", "date")),
            ("a", "note", Literal("hi", "string")),
            ("a", "of", "12"),
        }
        assert (found.report.described, found.report.skipped, found.report.read) == (3, 1, 8)

    def test_what_does_not_fit_the_mapping_is_set_aside(self, write: Any) -> None:
        table, told = (
            write("a|size|big\na|size|7\na|day|soon\n"),
            write('[relations]\nsize="number"\nday="date"\n', "m"),
        )
        found = Imported(table, map=told)
        assert found.facts == {("a", "size", Literal(7))}
        assert found.reasons == ["1: 'big' is no number", "3: 'soon' is no ISO 8601 date"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("relations = 5", "is a table of lines"),
            ("[relations]\nx = 'numbr'", "'x' = 'numbr': give one of type"),
            ("delimeter = ','", "unknown key 'delimeter'"),
            ("delimiter = 'ab'", "one character"),
            ("header = 'yes'", "true or false"),
            ("= 5", "no TOML"),
        ],
    )
    def test_a_mapping_file_that_means_nothing_is_refused(self, write: Any, text: str, message: str) -> None:
        with pytest.raises(LoadError, match=message):
            Imported(write("a|r|b\n"), map=write(text, "map.toml"))

    def test_it_holds_for_rdf_too(self, write: Any) -> None:
        table = write('<e:a> <e:called> "Anna" .\n<e:a> <e:code> "007" .\n<e:a> <e:no> <e:b> .\n', "a.nt")
        found = Imported(table, map=write('[relations]\n"e:called"="label"\n"e:code"="number"\n"e:no"="skip"\n', "m"))
        assert (found.entity("e:a").label, found.facts) == ("Anna", {("e:a", "e:code", Literal(7))})


KENYA = """\
<http://x/Kenya> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://x/Country> .
# a comment
<http://x/Kenya> <http://www.w3.org/2000/01/rdf-schema#label> "Kenia"@de .
<http://x/Kenya> <http://www.w3.org/2000/01/rdf-schema#label> "Kenya"@en .
<http://x/Kenya> <http://www.w3.org/2004/02/skos/core#altLabel> "\\u80af\\u5c3c\\u4e9a"@zh .

<http://x/Kenya> <http://x/capital> _:n .
_:n <http://xmlns.com/foaf/0.1/name> "Nairobi" .
<http://x/Kenya> <http://x/population> "54000000"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://x/Kenya> <http://x/motto> "Harambee"@sw .
"""


class TestNTriples:
    def test_statements_become_entities_and_facts(self, write: Any) -> None:
        found = Imported(write(KENYA, "kenya.nt"))
        assert found.entity("http://x/Kenya") == Entity(
            "http://x/Kenya", "Kenya", (Name("Kenia", "de"), Name("肯尼亚", "zh")), ("http://x/Country",)
        )
        assert found.facts == {
            ("http://x/Kenya", "http://x/capital", "_:kenya.nt#n"),
            ("http://x/Kenya", "http://x/population", Literal(54_000_000)),
            ("http://x/Kenya", "http://x/motto", Literal("Harambee", "string", "sw")),
        }
        assert found.entity("_:kenya.nt#n").label == "Nairobi"
        assert (found.report.read, found.report.facts, found.report.described) == (8, 3, 5)

    def test_a_bad_line_spoils_no_other(self, write: Any) -> None:
        bad = ['<a:s> <a:p> "open .', "<a:s> <a:p> .", '<a:s> <a:p> "x"^^<' + XSD + 'integer> .', "junk",
               '<a:s> <a:p> "\\u0000" .', "<urn:askgraph:> <a:p> <a:o> ."]  # fmt: skip
        lines = [f"<a:s{n}> <a:p> <a:o{n}> ." for n in range(5000)]
        for n, line in enumerate(bad):
            lines.insert(700 * n + 100, line)
        found = Imported(write("\n".join(lines), "a.nt"))
        assert (found.report.facts, found.report.rejected, found.report.read) == (5000, 6, 5006)
        assert [reject.line for reject in found.report.first_rejects] == [101, 801, 1501, 2201, 2901]
        assert [reject.text for reject in found.report.first_rejects] == bad[:5]
        assert "no xsd:integer" in found.reasons[2]

    def test_names_are_found_beside_broken_lines_and_behind_escapes(self, write: Any) -> None:
        label = "http://www.w3.org/2000/01/rdf-schema#l\\u0061bel"
        found = Imported(write(f'<a:b> <{label}> "one" .\n<a:b> <{label}> "broken\n<a:b> <a:c> <a:d> .\n', "a.nt"))
        assert found.entity("a:b").label == "one"
        assert found.report.rejected == 1

    def test_a_line_that_is_not_utf8_is_set_aside(self, write: Any) -> None:
        found = Imported(write(b'\xef\xbb\xbf<a:b> <a:c> <a:d> .\n<a:b> <a:c> "\xff" .\n', "a.nt"))
        assert len(found.facts) == 1
        assert found.reasons[0].startswith("2: Invalid UTF-8")

    def test_the_blank_nodes_of_two_files_stay_apart(self, write: Any) -> None:
        one, two = write("_:x <a:p> <a:o> .\n", "one.nt"), write("_:x <a:q> <a:o> .\n", "two.nt")
        found = Imported([one, two])
        assert {head for head, _, _ in found.facts} == {"_:one.nt#x", "_:two.nt#x"}
        assert import_graph(one, found.store).known == 1

    def test_an_exported_graph_comes_back_the_same(self, write: Any) -> None:
        store = NetworkXStore.open()
        store.add(
            [
                Fact("New York", "located in", "USA"),
                Fact("New York", "founded", Literal("1624", "date")),
                Fact("New York", "population", Literal(8_804_190)),
                Fact("New York", "density", Literal(11.5)),
                Fact("New York", "motto", Literal('Ex"cel\nsior', "string", "la")),
                Fact("http://x/y", "year", Literal("987", "date")),
                Fact("_:kb.nt#b0", "located in", "100%"),
            ],
            [
                Entity("New York", "New York City", (Name("纽约", "zh"), Name("NYC")), ("big city",)),
                Entity("lonely"),
            ],
            [Relation("located in", "lies in", ("is in",))],
            batch="a",
        )
        found = Imported(write("\n".join(ntriples(store)), "out.nt"))
        assert found.facts == {(fact.head, fact.relation, fact.tail) for fact in store.facts()}
        assert list(found.store.all_entities()) == list(store.all_entities())
        assert found.store.schema() == store.schema()


class TestTurtle:
    TEXT = """\
@prefix x: <http://x/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
x:Kenya a x:Country ; skos:prefLabel "Kenya"@en-GB , "Kenia"@de ;
    x:capital [ x:name "Nairobi" ; x:mayor [ x:age 50 ] ] ; x:area 580367.5 ; x:free true ; x:since "1963-12-12Z"^^<XSD#date> .
""".replace("XSD#", XSD)

    def test_statements_become_entities_and_facts(self, write: Any) -> None:
        found = Imported(write(self.TEXT, "kenya.ttl"))
        assert found.entity("http://x/Kenya") == Entity(
            "http://x/Kenya", "Kenya", (Name("Kenia", "de"),), ("http://x/Country",)
        )
        (capital,) = found.tails("http://x/capital")
        assert (capital, "http://x/name", Literal("Nairobi", "string")) in found.facts
        assert found.tails("http://x/area") == {Literal(580367.5)}
        assert found.tails("http://x/free") == {Literal("yes", "string")}
        assert found.tails("http://x/since") == {Literal("1963-12-12", "date")}

    def test_blank_nodes_have_the_same_ids_again(self, write: Any) -> None:
        path = write(self.TEXT + "x:a x:b [ x:c 1 ] , _:own .\n" * 500, "kenya.ttl")
        found = Imported(path)
        again = import_graph(path, found.store)
        assert (again.facts, again.known) == (0, found.report.facts)
        assert found.tails("http://x/b") == {"_:kenya.ttl#own", *(f"_:kenya.ttl#{n}" for n in range(3, 503))}

    def test_an_error_fails_with_its_line(self, write: Any) -> None:
        with pytest.raises(LoadError, match=r"bad\.ttl:5: no Turtle"):
            Imported(write(self.TEXT + "\n" * 0 + "x:a x:b .\n", "bad.ttl"))

    def test_a_literal_that_is_not_what_it_says_is_set_aside(self, write: Any) -> None:
        found = Imported(write('@prefix x: <http://x/> .\nx:a x:b "5x"^^<XSD#int> , 7 .'.replace("XSD#", XSD), "a.ttl"))
        assert found.facts == {("http://x/a", "http://x/b", Literal(7))}
        assert "no xsd:int" in found.reasons[0]


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [
        ("007", "integer", Literal(7)), ("+100", "decimal", Literal(100)), (".5", "decimal", Literal(0.5)),
        ("1.5E3", "double", Literal(1500)), ("12", "nonNegativeInteger", Literal(12)), ("-3", "long", Literal(-3)),
        ("1986", "gYear", Literal("1986", "date")), ("1986Z", "gYear", Literal("1986", "date")),
        ("1986-05+02:00", "gYearMonth", Literal("1986-05", "date")), ("-0044-03-15", "date", Literal("-0044-03-15", "date")),
        ("2001-02-03T04:05:06.7+01:00", "dateTime", Literal("2001-02-03T04:05:06.7+01:00", "date")),
        ("0", "boolean", Literal("no", "string")), ("P1D", "duration", Literal("P1D", "string")),
        ("x", "string", Literal("x", "string")),
    ],
)  # fmt: skip
def test_typed_literals(text: str, datatype: str, value: Literal) -> None:
    assert literal_of(Value(text, XSD + datatype)) == value


@pytest.mark.parametrize(
    ("text", "datatype"), [("INF", "double"), ("NaN", "float"), ("1_0", "integer"), ("soon", "date")]
)
def test_typed_literals_that_are_not_what_they_say(text: str, datatype: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        literal_of(Value(text, XSD + datatype))


class TestNeo4j:
    NODES = (
        "personId:ID,name,born:int,:LABEL,aliases:string[],score:float,active:boolean,since:date,code,x:IGNORE\n"
        'keanu,"Reeves, Keanu",1964,Person;Actor,Neo;The One,1.5,true,1999-03-31,007,x\n'
        "laur,Laurence,,Person,,,false,,,\n"
        "bad,Bad,young,Person,,,,,,\n"
        ",Nobody,1,Person,,,,,,\n"
    )
    LINKS = ":START_ID,roles:string[],:END_ID,:TYPE,weight:float,start\nkeanu,Neo,laur,KNOWS,0.5,1999\nlaur,,keanu,KNOWS,,\nx,y\n"

    def test_nodes_and_relationships_come_together(self, write: Any) -> None:
        found = Imported([write(self.NODES, "n.csv"), write(self.LINKS, "r.csv")])
        assert found.entity("keanu") == Entity(
            "keanu", "Reeves, Keanu", (Name("Neo"), Name("The One")), ("Actor", "Person")
        )
        assert found.facts == {
            ("keanu", "born", Literal(1964)),
            ("keanu", "score", Literal(1.5)),
            ("keanu", "active", Literal("yes", "string")),
            ("keanu", "since", Literal("1999-03-31", "date")),
            ("keanu", "code", Literal("007", "string")),
            ("laur", "active", Literal("no", "string")),
            ("keanu", "KNOWS", "laur"),
            ("laur", "KNOWS", "keanu"),
        }
        (fact, *_) = found.store.facts(heads=["keanu"], relation="KNOWS")
        assert (fact.weight, fact.start, fact.sources) == (0.5, "1999", ("r.csv",))
        assert sorted(found.reasons) == [
            "4: 2 fields for 6 columns",
            "4: column born: 'young' is no number",
            "5: no :ID",
        ]
        assert "left out the columns roles" in found.report.notes[0]

    def test_ids_of_two_groups_that_clash_get_their_group(self, write: Any) -> None:
        people = write("id:ID(Person);name\n1;Ann\n2;Bob\n", "p.csv")
        films = write(":ID(Film){label:Film};title\n1;Up\nf2;Out\n", "f.csv")
        seen = write(":START_ID(Person);:END_ID(Film);:TYPE\n1;1;SAW\n2;f2;SAW\n", "s.csv")
        found = Imported([people, films, seen])
        assert found.facts == {("1 (Person)", "SAW", "1 (Film)"), ("2", "SAW", "f2")}
        assert found.entity("1 (Film)") == Entity("1 (Film)", "Up", (), ("Film",))

    def test_a_header_may_be_a_file_of_its_own(self, write: Any) -> None:
        nodes, links = self.NODES.partition("\n"), self.LINKS.partition("\n")
        rows = nodes[2].splitlines(keepends=True)
        people = [write("".join(rows[:1]), "n1.csv"), write("".join(rows[1:]), "n2.csv")]
        heads = write(nodes[0], "n-header.csv"), write(links[0] + "\n", "r-header.csv")
        found = Imported([heads[0], *people, heads[1], write(links[2], "r.csv")])
        whole = Imported([write(self.NODES, "n.csv"), write(self.LINKS, "r.csv")])
        assert found.facts == whole.facts
        assert found.entity("keanu") == whole.entity("keanu")
        assert found.report.rejected == whole.report.rejected
        with pytest.raises(LoadError, match=r"n-header\.csv: there is only a header in it; give the files"):
            Imported([write("a|r|b\n"), heads[0]])

    def test_arrays_of_every_type(self, write: Any) -> None:
        table = (
            ':ID,n:int[],d:date[],b:boolean[],f:double[],p:point\na,1;2,1999-01-02;2000,true;false,0.5,"{x:1, y:2}"\n'
        )
        assert Imported(write(table, "n.csv")).facts == {
            ("a", "n", Literal(1)), ("a", "n", Literal(2)), ("a", "d", Literal("1999-01-02", "date")),
            ("a", "d", Literal("2000", "date")), ("a", "b", Literal("yes", "string")), ("a", "b", Literal("no", "string")),
            ("a", "f", Literal(0.5)), ("a", "p", Literal("{x:1, y:2}", "string")),
        }  # fmt: skip

    def test_relationships_without_a_type_are_refused(self, write: Any) -> None:
        with pytest.raises(LoadError, match=r"r\.csv:1: relationships need a column :TYPE"):
            Imported(write(":START_ID,:END_ID\na,b\n", "r.csv"))


class TestNodeTables:
    def test_a_node_table_names_and_types_entities(self, write: Any) -> None:
        nodes = write(
            'id,name,type,aliases,zh_labels,size,note\na,"Anna, A.",person|actor,Ann|Annie,安娜,5,x\nb,,,,,,\n,,,,,,\n',
            "n.csv",
        )
        found = Imported(write("a|knows|b\n"), nodes=nodes, map=write('[relations]\nsize="number"\n', "m"))
        assert found.entity("a") == Entity(
            "a", "Anna, A.", (Name("Ann"), Name("Annie"), Name("安娜", "zh")), ("actor", "person")
        )
        assert found.facts == {("a", "knows", "b"), ("a", "size", Literal(5))}
        assert found.reasons == ["4: no id"]
        assert "left out the columns note" in found.report.notes[0]

    def test_it_is_recognised_as_a_source_too(self, write: Any) -> None:
        found = Imported([write("id\tlabel\na\tAnna\n", "n"), write("a|knows|b\n")])
        assert found.entity("a").label == "Anna"

    def test_without_an_id_it_is_refused(self, write: Any) -> None:
        with pytest.raises(LoadError, match=r"n\.csv:1: a node table needs a header with a column id"):
            Imported(write("a|r|b\n"), nodes=write("name,type\na,b\n", "n.csv"))


class TestObjects:
    def test_a_networkx_graph(self) -> None:
        graph = nx.MultiDiGraph()
        graph.add_node("ke", label="Kenya", type="country", population=54)
        graph.add_edge("ke", "nbi", key="capital")
        found = Imported(graph)
        assert found.facts == {("ke", "capital", "nbi"), ("ke", "population", Literal(54))}
        assert found.entity("ke").label == "Kenya"
        assert (found.report.read, found.report.described) == (3, 1)

    def test_an_rdflib_graph(self) -> None:
        rdflib = pytest.importorskip("rdflib")
        graph = rdflib.Graph()
        graph.parse(data=TestTurtle.TEXT, format="turtle")
        found = Imported(graph)
        assert found.entity("http://x/Kenya").label == "Kenya"
        assert found.tails("http://x/area") == {Literal(580367.5)}
        (capital,) = found.tails("http://x/capital")
        assert (capital, "http://x/name", Literal("Nairobi", "string")) in found.facts

    def test_facts_and_tuples(self, tmp_path: Path) -> None:
        told = [Fact("a", "r", "b", 0.5, ("me",)), ("a", "s", 5), ("a", "t", dt.date(1999, 1, 2)), ("a", "u", Literal(1.5)),
                ("a", "v"), ("a", "", "b"), ("a", "w", None), 7, ("a", "x", float("nan"))]  # fmt: skip
        found = Imported(iter(told), rejects=tmp_path / "rejects.tsv")
        assert found.facts == {
            ("a", "r", "b"), ("a", "s", Literal(5)), ("a", "t", Literal("1999-01-02", "date")), ("a", "u", Literal(1.5)),
        }  # fmt: skip
        assert found.report.rejected == 5
        assert str(found.report.first_rejects[0]) == "facts:5: neither a Fact nor (head, relation, tail)"

    def test_what_is_no_source_is_named(self) -> None:
        with pytest.raises(LoadError, match="a int is no source; give a path"):
            Imported(5)


class TestFiles:
    @pytest.mark.parametrize(("pack", "ending"), [(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (gzip.compress, "")])
    def test_packed_files_are_read(self, write: Any, pack: Any, ending: str) -> None:
        assert Imported(write(pack(b"a|r|b\n"), f"kb.txt{ending}")).facts == {("a", "r", "b")}
        found = Imported(write(pack(KENYA.encode()), f"kb.nt{ending}"))
        assert found.entity("_:kb.nt#n").label == "Nairobi"

    def test_a_cut_off_packed_file_is_one_clear_error(self, write: Any) -> None:
        content = gzip.compress(b"".join(b"a%d|r|b\n" % n for n in range(50_000)))
        with pytest.raises(LoadError, match="cannot be read"):
            Imported(write(content[: len(content) // 2], "kb.txt.gz"))

    @pytest.mark.parametrize(
        ("name", "text", "format"),
        [
            ("a.nt", "<a:b> <a:c> <a:d> .", "ntriples"),
            ("a", '_:b <a:c> "x"@en .', "ntriples"),
            ("a.txt", "<a:b>\t<a:c>\t<a:d> .", "ntriples"),
            ("a.nt", "a\tb\tc", "triples"),
            ("a.ttl", "a\tb\tc", "triples"),
            ("a.ttl", "<a:b> <a:c> <a:d> .", "turtle"),
            ("a.txt", "PREFIX x: <http://x/>\nx:a x:b x:c .", "turtle"),
            ("a.ttl", "# hi\n<a:b> <a:c> <a:d>, <a:e> .", "turtle"),
            ("a.csv", ":ID,name\n1,x", "neo4j"),
            ("a.tsv", ":START_ID(P)\t:END_ID(P)\t:TYPE\n1\t2\tX", "neo4j"),
            ("a.csv", "id,name,type\n1,x,y", "nodes"),
            ("a.csv", "a,b,c\n1,x,y", "triples"),
            ("a.nt.gz", "<a:b> <a:c> <a:d> .", "ntriples"),
        ],
    )
    def test_the_format_is_recognised(self, write: Any, name: str, text: str, format: str) -> None:
        assert recognise(write(text, name)) == format

    def test_a_format_can_be_insisted_on(self, write: Any) -> None:
        path = write("<a:b>\t<a:c>\t<a:d>\n", "a.nt")
        assert Imported(path, format="tsv").facts == {("<a:b>", "<a:c>", "<a:d>")}
        with pytest.raises(LoadError, match="none of its 1 lines can be read"):
            Imported(path, format="nt")
        with pytest.raises(LoadError, match="unknown format 'xls'; known: triples, tsv"):
            Imported(path, format="xls")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "the file is empty"),
            (b"\n \n", "the file is empty"),
            (b"\x89PNG\0\0\0", "is a binary file"),
            ("a|r|b".encode("utf-16"), "is UTF-16"),
            (b'{"nodes": []}', "there is nothing to import"),
            (b'{"a": 1}', "unknown format"),
            (b"once upon a time\nthere was", "unknown format"),
            (b"<?xml version='1.0'?>", "unknown format"),
            (b"# only\n# comments\n", "unknown format"),
            (b"id,name\n", "there is nothing to import"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, write: Any, content: bytes, message: str) -> None:
        with pytest.raises(LoadError, match=rf"kb\.txt(:\d+)?: {message}"):
            Imported(write(content))

    def test_missing_files_and_folders_are_named(self, tmp_path: Path) -> None:
        with pytest.raises(LoadError, match="none: no such file"):
            Imported(tmp_path / "none")
        with pytest.raises(LoadError, match="is a folder"):
            Imported(str(tmp_path))

    def test_text_can_be_read_strictly(self, write: Any) -> None:
        with open_text(write(b"\xef\xbb\xbfa\n\xff\n")) as lines:
            assert next(lines) == "a\n"
            with pytest.raises(LoadError, match=r"kb\.txt:2: not UTF-8"):
                next(lines)
