"""Commands about a graph as a whole: demo, import, undo, schema, export."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from kg.errors import StoreError
from kg.opening import open_store
from kg.rdf import ntriples
from loaders.formats import FORMATS
from loaders.import_graph import leaving_nothing
from loaders.world import build_world
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.commands.shared import ANSWERED, Command, bars, graph_option, opened, part_of
from qa_pipeline.show import counts, schema_lines

TO_TRY = (
    "What is the capital of Kenya?",
    "Which countries border both France and Germany?",
    "What is the largest city in Iceland by population?",
)


def _fill_demo(command: ArgumentParser) -> None:
    command.add_argument("graph", metavar="GRAPH", help="where to build it")
    command.set_defaults(run=_demo)


def _demo(options: Namespace) -> int:
    with leaving_nothing(options.graph):
        store = open_store(options.graph)
        try:
            build_world(store, progress=bars())
            size = counts(store.schema())
        finally:
            store.close()
    print(f"{options.graph}: {size}\n\nto try:")
    for question in TO_TRY:
        print(f'  askgraph ask --graph {options.graph} "{question}"')
    return ANSWERED


def _fill_import(command: ArgumentParser) -> None:
    command.add_argument("source", metavar="SOURCE", nargs="+", help="files of triples, N-Triples, Turtle, Neo4j's CSV")
    command.add_argument("--to", metavar="GRAPH", required=True, help="the graph, made if it is not there")
    command.add_argument(
        "--nodes", metavar="FILE", action="append", help="a table of nodes; may be given several times"
    )
    command.add_argument("--format", metavar="F", help=f"of the files, instead of by content: {', '.join(FORMATS)}")
    command.add_argument("--map", metavar="FILE", help="a mapping file (TOML), see docs/import.md")
    command.add_argument("--batch", metavar="NAME", help="the import's name, for undo (a new one)")
    command.add_argument("--rejects", metavar="FILE", help="where what cannot be read goes (beside the graph)")
    command.set_defaults(run=_import)


def _import(options: Namespace) -> int:
    report = AskGraph.import_graph(
        options.source, options.to, options.nodes, options.format,
        map=options.map, batch=options.batch, rejects=options.rejects, progress=bars(),
    )  # fmt: skip
    print(report)
    return ANSWERED


def _fill_undo(command: ArgumentParser) -> None:
    command.add_argument("batch", metavar="BATCH", help="the name of the write, as its report says")
    graph_option(command, required=True)
    command.set_defaults(run=_undo)


def _undo(options: Namespace) -> int:
    with opened(options.graph) as store:
        before = store.revision
        removed = store.undo(options.batch)
        if store.revision == before:
            raise StoreError(f"{options.graph} has no batch {options.batch!r}; the report of a write names its batch")
    print(f"{removed:,} facts taken back")
    return ANSWERED


def _fill_schema(command: ArgumentParser) -> None:
    graph_option(command)
    command.set_defaults(run=_schema)


def _schema(options: Namespace) -> int:
    with opened(options.graph) as store:
        for line in schema_lines(store.schema(), options.graph):
            print(line)
    return ANSWERED


def _fill_export(command: ArgumentParser) -> None:
    graph_option(command)
    command.add_argument("--out", metavar="FILE", help="the N-Triples file to write (the standard output)")
    command.set_defaults(run=_export)


def _export(options: Namespace) -> int:
    with opened(options.graph) as store:
        if options.out is None:
            for line in ntriples(store):
                print(line)
            return ANSWERED
        with part_of(options.out) as file:
            written = sum(bool(file.write(line + "\n")) for line in ntriples(store))
    print(f"{written:,} triples in {options.out}")
    return ANSWERED


COMMANDS: tuple[Command, ...] = (
    ("demo", "build the demo graph, the world's countries and cities", _fill_demo),
    ("import", "add files to a graph, all of them or, on any error, nothing", _fill_import),
    ("schema", "count a graph's types and relations", _fill_schema),
    ("export", "write a graph as N-Triples", _fill_export),
    ("undo", "take an import or another write back", _fill_undo),
)
