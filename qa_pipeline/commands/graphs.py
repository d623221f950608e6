"""Commands about a graph as a whole: demo, import, undo, schema, export."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from kg.errors import LoadError, StoreError
from kg.neo4j_foreign import ForeignStore
from kg.opening import open_store
from kg.rdf import ntriples
from loaders.export import FORMATS as EXPORTS
from loaders.export import export_graph
from loaders.formats import FORMATS
from loaders.import_graph import import_into, leaving_nothing
from loaders.profile import profile_source
from loaders.world import build_world
from qa_pipeline.commands.shared import ANSWERED, Command, bars, count_or_share, graph_option, opened
from qa_pipeline.show_schema import counts, schema_lines

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
    command.add_argument("source", metavar="SOURCE", nargs="+", help="files, of whatever format docs/import.md lists")
    target = command.add_mutually_exclusive_group(required=True)
    target.add_argument("--to", metavar="GRAPH", help="the graph, made if it is not there")
    target.add_argument("--dry-run", action="store_true", help="write nothing; show what is in the files")
    command.add_argument(
        "--nodes", metavar="FILE", action="append", help="a table of nodes; may be given several times"
    )
    command.add_argument("--format", metavar="F", help=f"of the files, instead of by content: {', '.join(FORMATS)}")
    command.add_argument("--map", metavar="FILE", help="a mapping file (TOML), see docs/import.md")
    command.add_argument("--batch", metavar="NAME", help="the import's name, for undo (a new one)")
    command.add_argument("--rejects", metavar="FILE", help="where what cannot be read goes (beside the graph)")
    command.add_argument(
        "--max-bad", metavar="N", type=count_or_share, help="fail if more is rejected than N, or than a share (1%%)"
    )
    command.add_argument("--resume", action="store_true", help="go on with an import into Neo4j that was broken off")
    command.set_defaults(run=_import)


def _import(options: Namespace) -> int:
    if options.dry_run:
        return _dry_run(options)
    report = import_into(
        options.source, options.to, options.nodes, options.format,
        map=options.map, batch=options.batch, rejects=options.rejects, max_bad=options.max_bad, progress=bars(),
        resume=options.resume,
    )  # fmt: skip
    print(report)
    return ANSWERED


def _dry_run(options: Namespace) -> int:
    profile = profile_source(
        options.source, nodes=options.nodes, format=options.format, map=options.map, progress=bars()
    )
    print(profile)
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
        for note in store.notes if isinstance(store, ForeignStore) else ():
            print(f"note: {note}")
    return ANSWERED


def _fill_export(command: ArgumentParser) -> None:
    graph_option(command)
    command.add_argument("--out", metavar="PATH", help="the file or folder to write (N-Triples on the standard output)")
    known = ", ".join(EXPORTS)
    command.add_argument("--format", metavar="F", choices=EXPORTS, help=f"instead of by the ending of PATH: {known}")
    command.set_defaults(run=_export)


def _export(options: Namespace) -> int:
    with opened(options.graph) as store:
        if options.out is not None:
            print(export_graph(store, options.out, options.format))
            return ANSWERED
        if options.format not in (None, "ntriples"):
            raise LoadError(f"{options.format} is written to files; give --out PATH")
        for line in ntriples(store):
            print(line)
    return ANSWERED


COMMANDS: tuple[Command, ...] = (
    ("demo", "build the demo graph, the world's countries and cities", _fill_demo),
    ("import", "add files to a graph, all of them or, on any error, nothing", _fill_import),
    ("schema", "count a graph's types and relations", _fill_schema),
    ("export", "write a graph to files: N-Triples, Neo4j's tables, GraphML, Parquet", _fill_export),
    ("undo", "take an import or another write back", _fill_undo),
)
