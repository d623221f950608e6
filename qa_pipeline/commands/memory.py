"""Commands that change a graph fact by fact: tell, retract, replace, history."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Any, get_args

from kg.errors import LoadError
from kg.graph import Fact
from kg.history import Change
from kg.triples import each_fact
from loaders.formats import open_readers
from loaders.mapping import Mapping
from loaders.records import Tally
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.commands.shared import ANSWERED, UNANSWERED, Command, graph_option, model_options, opened
from qa_pipeline.statement import Statement
from qa_pipeline.tell import OnConflict, Teller


def _fill_tell(command: ArgumentParser) -> None:
    about = "a statement in one word (quoted), or a head, a relation and a tail (several facts: three words each)"
    _facts_options(command, about)
    model_options(command)
    command.add_argument("--dry-run", action="store_true", help="show how a statement is understood, and write nothing")
    _telling_options(command)
    command.add_argument(
        "--on-conflict", choices=get_args(OnConflict), default="report",
        help="of a second value where the graph has one per entity: say so and do not tell it (report), replace the first,"
        " keep the first, have both",
    )  # fmt: skip
    command.set_defaults(run=_tell)


def _tell(options: Namespace) -> int:
    if len(options.fact) == 1 and not options.file:
        return _tell_sentence(options)
    if options.dry_run:
        raise LoadError("--dry-run shows how a statement is understood; facts are taken as they are")
    with opened(options.graph) as store:
        report = Teller(store).tell(
            _facts(options), source=options.source, batch=options.batch, start=options.start, end=options.end,
            on_conflict=options.on_conflict,
        )  # fmt: skip
    print(report)
    return UNANSWERED if report.undecided else ANSWERED


def _tell_sentence(options: Namespace) -> int:
    with AskGraph.open(options.graph, model=options.model) as ag:
        told = ag.tell(
            str(options.fact[0]), dry_run=options.dry_run, source=options.source, batch=options.batch,
            threshold=options.threshold, on_conflict=options.on_conflict,
        )  # fmt: skip
    print(statement_line(told, options.graph, options.dry_run))
    return ANSWERED if told.is_told else UNANSWERED


def statement_line(told: Statement, graph: str, dry_run: bool) -> str:
    """What became of a statement."""
    if not told.is_told:
        return f"nothing written: {told.reason}"
    if dry_run:
        return f"would be written ({told.confidence:.0%} sure): {told.reason}"
    back = f'to take it back: askgraph undo "{told.batch}" --graph {graph}'
    return f"written ({told.confidence:.0%} sure): {told.reason}\n{back}"


def _fill_retract(command: ArgumentParser) -> None:
    _facts_options(command, "what to take away: a head, a relation and a tail; as a tail, * stands for every value")
    command.add_argument("--batch", metavar="NAME", help="the write's name, for undo (a new one)")
    command.set_defaults(run=_retract)


def _retract(options: Namespace) -> int:
    with opened(options.graph) as store:
        facts = [(f[0], f[1], None if f[2] == "*" else f[2]) if isinstance(f, tuple) else f for f in _facts(options)]
        report = Teller(store).retract(facts, batch=options.batch)
    if not report.retracted:
        raise LoadError("the graph has no such fact; `askgraph history` shows an entity's", options.graph)
    print(f"{len(report.retracted):,} facts taken away\nbatch {report.batch}")
    return ANSWERED


def _fill_replace(command: ArgumentParser) -> None:
    _facts_options(command, "what to tell instead of the values that the graph has: a head, a relation and a tail")
    _telling_options(command)
    command.set_defaults(run=_replace)


def _replace(options: Namespace) -> int:
    with opened(options.graph) as store:
        print(
            Teller(store).replace(
                _facts(options), source=options.source, batch=options.batch, start=options.start, end=options.end
            )
        )
    return ANSWERED


def _fill_history(command: ArgumentParser) -> None:
    command.add_argument("entity", metavar="ENTITY", help="its id or name")
    graph_option(command)
    command.set_defaults(run=_history)


def _history(options: Namespace) -> int:
    with opened(options.graph) as store:
        for change in store.history(Teller(store).entity(options.entity)):
            print(change_line(change))
    return ANSWERED


def change_line(change: Change) -> str:
    """A change as one line: when, what, which fact, its validity, its source, the batch."""
    fact = change.fact
    tail = fact.tail if isinstance(fact.tail, str) else fact.tail.text
    valid = f" ({fact.start or '…'} to {fact.end or '…'})" if fact.start or fact.end else ""
    source = f", source {', '.join(fact.sources)}" if fact.sources else ""
    return f"{change.time}  {change.action:<9}  {fact.head} | {fact.relation} | {tail}{valid}{source}, batch {change.batch}"


def _facts_options(command: ArgumentParser, about: str) -> None:
    command.add_argument("fact", metavar="WORD", nargs="*", help=about)
    command.add_argument(
        "--file", metavar="FILE", action="append", default=[], help="a file of facts, as import reads them"
    )
    graph_option(command)


def _telling_options(command: ArgumentParser) -> None:
    command.add_argument("--source", metavar="S", help="who says so")
    command.add_argument("--batch", metavar="NAME", help="the write's name, for undo (a new one)")
    command.add_argument("--start", metavar="DATE", help="since when it holds (ISO 8601)")
    command.add_argument("--end", metavar="DATE", help="until when (excluded)")


def _facts(options: Namespace) -> list[Any]:
    """The facts on the command line, and those of files.

    :raises LoadError: the words are no facts, there are none, or a file cannot be read
    """
    words: list[str] = options.fact
    if len(words) % 3 or not (words or options.file):
        raise LoadError(
            f"a fact is a head, a relation and a tail; these are {len(words)} words (quote names with spaces)"
        )
    facts: list[Any] = [tuple(words[n : n + 3]) for n in range(0, len(words), 3)]
    for path in options.file:
        facts += _of_file(path)
    return facts


def _of_file(path: str) -> list[Fact]:
    (reader,) = open_readers(path, nodes=None, format=None, mapping=Mapping())
    tally = Tally()
    facts = list(each_fact(reader.facts(tally)))
    if tally.rejected:
        raise LoadError(f"{tally.rejected} lines cannot be read: {tally.first}", path)
    return facts


COMMANDS: tuple[Command, ...] = (
    ("tell", "tell a graph facts, or a statement in plain language", _fill_tell),
    ("retract", "take facts away", _fill_retract),
    ("replace", "tell facts instead of those that are there", _fill_replace),
    ("history", "show who told and took away an entity's facts, newest first", _fill_history),
)
