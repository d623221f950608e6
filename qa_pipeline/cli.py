"""The command line: it parses, calls the library and prints."""

from __future__ import annotations

import argparse
import io
import itertools
import json
import logging
import os
import shlex
import sys
import warnings
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, TextIO

with suppress(ImportError):  # there are Pythons without it
    import readline  # noqa: F401  # line editing at the prompt

from tqdm import tqdm
from transformers.utils import logging as transformers_logging

from kg.errors import AskGraphError, StoreError
from kg.opening import open_store
from kg.rdf import ntriples
from kg.store import GraphStore
from loaders.formats import FORMATS
from loaders.import_graph import leaving_nothing
from loaders.world import build_world
from qa_pipeline.answer import Answer
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.cli_options import count, graph_option, model_options, positive, share
from qa_pipeline.evaluate import evaluate, read_files
from qa_pipeline.fine_tune import fine_tune
from qa_pipeline.model_card import Settings
from qa_pipeline.show import counts, explanation, schema_lines
from qa_pipeline.synth.on_graph import QuestionFactory

ANSWERED, FAILED, UNANSWERED, INTERRUPTED = 0, 2, 3, 130
PROMPT = "? "
TO_TRY = (
    "What is the capital of Kenya?",
    "Which countries border both France and Germany?",
    "What is the largest city in Iceland by population?",
)
EXIT_CODES = """exit codes:
  0    done; ask: every question is answered
  2    an error, in one line on stderr
  3    ask: a question has no answer (abstained, not linked, or an error of that question)
  130  interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    options = make_parser().parse_args(argv)
    options.typed = sys.argv[1:] if argv is None else argv
    _set_logging(options.verbose)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ANSWERED
    except (AskGraphError, OSError) as error:
        print("askgraph:", " ".join(str(error).split()), file=sys.stderr)
        return FAILED
    return code


def make_parser() -> ArgumentParser:
    """All commands with their options."""
    parser = ArgumentParser(
        prog="askgraph",
        description="Questions in plain language over your own knowledge graph.",
        epilog=EXIT_CODES + "\nGRAPH is a path or a neo4j:// or bolt:// address. The manual: docs/cli.md",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar=f"{{{','.join(name for name, _, _ in COMMANDS)}}}", required=True)
    for name, about, fill in COMMANDS:
        command = commands.add_parser(
            name, help=about, description=about[0].upper() + about[1:] + ".", epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        command.add_argument("-v", "--verbose", action="store_true", help="show what the library logs")
        fill(command)
    return parser


def _set_logging(verbose: bool) -> None:
    """Quiet unless asked: no log, no warnings, no bars of the libraries underneath."""
    level = logging.INFO if verbose else logging.CRITICAL
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    transformers_logging.disable_progress_bar()
    if not verbose:
        transformers_logging.set_verbosity_error()
        warnings.simplefilter("ignore")


# graphs ---------------------------------------------------------------------------------------------------------------


@contextmanager
def _opened(location: str) -> Iterator[GraphStore]:
    """A graph that is there."""
    store = open_store(location, create=False)
    try:
        yield store
    finally:
        store.close()


def _bars() -> bool:
    """Progress bars are for people."""
    return sys.stderr.isatty()


# demo, import, undo ---------------------------------------------------------------------------------------------------


def _fill_demo(command: ArgumentParser) -> None:
    command.add_argument("graph", metavar="GRAPH", help="where to build it")
    command.set_defaults(run=_demo)


def _demo(options: Namespace) -> int:
    with leaving_nothing(options.graph):
        store = open_store(options.graph)
        try:
            build_world(store, progress=_bars())
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
        map=options.map, batch=options.batch, rejects=options.rejects, progress=_bars(),
    )  # fmt: skip
    print(report)
    return ANSWERED


def _fill_undo(command: ArgumentParser) -> None:
    command.add_argument("batch", metavar="BATCH", help="the import's name, as its report says")
    graph_option(command, required=True)
    command.set_defaults(run=_undo)


def _undo(options: Namespace) -> int:
    with _opened(options.graph) as store:
        before = store.revision
        removed = store.undo(options.batch)
        if store.revision == before:
            raise StoreError(f"{options.graph} has no batch {options.batch!r}; the report of an import names its batch")
    print(f"{removed:,} facts taken back")
    return ANSWERED


# ask ------------------------------------------------------------------------------------------------------------------


def _fill_ask(command: ArgumentParser) -> None:
    command.add_argument("question", nargs="*", help="without any: a prompt, or each line of the standard input")
    graph_option(command)
    model_options(command)
    shown = command.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="the whole answer as JSON, one object a line")
    shown.add_argument("--explain", action="store_true", help="show how the answer came about")
    command.set_defaults(run=_ask)


def _ask(options: Namespace) -> int:
    show = _json if options.json else _explained if options.explain else _plain
    prompting = not options.question and sys.stdin.isatty()
    code = ANSWERED
    with AskGraph.open(options.graph, model=options.model, threshold=options.threshold) as ag:
        for question in options.question or (_prompted() if prompting else _piped()):
            answer = ag.batch([_readable(question)])[0]
            print(show(answer, ag), flush=True)
            if answer.status != "answered" and not prompting:
                code = UNANSWERED
    return code


def _prompted() -> Iterator[str]:
    """Questions typed at the prompt, until an empty line or Ctrl-D."""
    with suppress(EOFError):
        while question := input(PROMPT).strip():
            yield question


def _piped() -> Iterator[str]:
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    return (line.strip() for line in sys.stdin if line.strip())


def _readable(question: str) -> str:
    """The question with marks for bytes that are no UTF-8."""
    return question.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _plain(answer: Answer, ag: AskGraph) -> str:
    return answer.text if answer.status == "answered" else answer.reason


def _json(answer: Answer, ag: AskGraph) -> str:
    return json.dumps(answer.to_json(), ensure_ascii=False, allow_nan=False)


def _explained(answer: Answer, ag: AskGraph) -> str:
    return "\n".join([answer.question, answer.text or "no answer", "", *explanation(answer, ag.store), ""])


# schema, export -------------------------------------------------------------------------------------------------------


def _fill_schema(command: ArgumentParser) -> None:
    graph_option(command)
    command.set_defaults(run=_schema)


def _schema(options: Namespace) -> int:
    with _opened(options.graph) as store:
        for line in schema_lines(store.schema(), options.graph):
            print(line)
    return ANSWERED


def _fill_export(command: ArgumentParser) -> None:
    graph_option(command)
    command.add_argument("--out", metavar="FILE", help="the N-Triples file to write (the standard output)")
    command.set_defaults(run=_export)


def _export(options: Namespace) -> int:
    with _opened(options.graph) as store:
        if options.out is None:
            for line in ntriples(store):
                print(line)
            return ANSWERED
        with _part(options.out) as file:
            written = sum(bool(file.write(line + "\n")) for line in ntriples(store))
    print(f"{written:,} triples in {options.out}")
    return ANSWERED


# eval -----------------------------------------------------------------------------------------------------------------


def _fill_eval(command: ArgumentParser) -> None:
    graph_option(command)
    command.add_argument("--questions", metavar="FILE", nargs="+", required=True, help="questions with gold answers")
    command.add_argument(
        "--topic", choices=("given", "linked"), default="given",
        help="given: the topics of the file are handed over; linked: they are found (given)",
    )  # fmt: skip
    command.add_argument(
        "--out", metavar="DIR", help="a folder for predictions.jsonl, metrics.json and reliability.svg"
    )
    command.add_argument(
        "--question-format", metavar="F", help="instead of by content: jsonl, metaqa, qald, pathquestion"
    )
    command.add_argument("--language", metavar="L", default="en", help="which wording of several to take (en)")
    model_options(command)
    command.set_defaults(run=_eval)


def _eval(options: Namespace) -> int:
    questions = read_files(options.questions, options.question_format, options.language)
    with AskGraph.open(options.graph, model=options.model, threshold=options.threshold) as ag:
        print(evaluate(ag, questions, topic=options.topic, out=options.out, progress=_bars()))
    return ANSWERED


# synth ----------------------------------------------------------------------------------------------------------------


def _fill_synth(command: ArgumentParser) -> None:
    graph_option(command)
    command.add_argument("--out", metavar="FILE", required=True, help="the file of questions (JSONL) to write")
    command.add_argument("--count", metavar="N", type=count, default=1000, help="how many (1000)")
    command.add_argument("--seed", metavar="N", type=int, default=7, help="(7)")
    command.add_argument(
        "--unanswerable",
        metavar="P",
        type=share,
        default=0.1,
        help="share of those that the graph has no answer to (0.1)",
    )
    command.set_defaults(run=_synth)


def _synth(options: Namespace) -> int:
    with _opened(options.graph) as store, _part(options.out) as file:
        factory = QuestionFactory(store, options.seed, options.unanswerable)
        wanted = itertools.islice(factory.questions(), options.count)
        for i, question in enumerate(tqdm(wanted, "questions", options.count, disable=not _bars()), 1):
            file.write(json.dumps({"id": str(i)} | question.to_json(), ensure_ascii=False) + "\n")
    print(f"{options.count:,} questions in {options.out}")
    return ANSWERED


@contextmanager
def _part(path: str) -> Iterator[TextIO]:
    """A file that is there as a whole or, on any error, not at all."""
    part = Path(f"{path}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


# train ----------------------------------------------------------------------------------------------------------------


def _fill_train(command: ArgumentParser) -> None:
    usual = Settings()
    graph_option(command)
    command.add_argument("--questions", metavar="FILE", nargs="+", required=True, help="questions with gold answers")
    command.add_argument(
        "--out", metavar="MODEL", required=True, help="the folder for the model; a stopped run goes on"
    )
    command.add_argument("--model", metavar="START", help="what to start from (the shipped weights)")
    command.add_argument(
        "--dev", metavar="FILE", nargs="+", default=[], help="questions to judge by (a twentieth of the questions)"
    )
    command.add_argument("--topic", choices=("given", "linked"), default=usual.topic, help="as with eval (given)")
    command.add_argument("--limit", metavar="N", type=count, help="most questions of each file, drawn at random (all)")
    length = command.add_mutually_exclusive_group()
    length.add_argument("--epochs", metavar="N", type=count, default=usual.epochs, help=f"({usual.epochs})")
    length.add_argument("--minutes", metavar="M", type=positive, help="of training, after the search for plans")
    command.add_argument("--batch", metavar="N", type=count, default=usual.batch, help=f"({usual.batch})")
    command.add_argument("--rate", metavar="R", type=positive, default=usual.rate, help=f"of learning ({usual.rate:g})")
    command.add_argument("--seed", metavar="N", type=int, default=usual.seed, help=f"({usual.seed})")
    command.set_defaults(run=_train)


def _train(options: Namespace) -> int:
    names = [field.name for field in fields(Settings)]
    settings = Settings(**{name: getattr(options, name) for name in names})
    try:
        trained = fine_tune(
            options.graph, options.questions, options.out, model=options.model, dev=options.dev, settings=settings,
            progress=_bars(), command=shlex.join(["askgraph", *options.typed]),
        )  # fmt: skip
    except KeyboardInterrupt:
        print(f"askgraph: stopped; the same command goes on from what is in {options.out}", file=sys.stderr)
        raise
    print(trained)
    return ANSWERED


COMMANDS: tuple[tuple[str, str, Callable[[ArgumentParser], Any]], ...] = (
    ("demo", "build the demo graph, the world's countries and cities", _fill_demo),
    ("import", "add files to a graph, all of them or, on any error, nothing", _fill_import),
    ("ask", "answer questions", _fill_ask),
    ("schema", "count a graph's types and relations", _fill_schema),
    ("export", "write a graph as N-Triples", _fill_export),
    ("eval", "measure answers against a file of questions", _fill_eval),
    ("synth", "invent questions over a graph, with their answers", _fill_synth),
    ("train", "adapt the model to a graph with questions and their answers", _fill_train),
    ("undo", "take an import back", _fill_undo),
)
