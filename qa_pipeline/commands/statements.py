"""The command that tells a graph something in plain language."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.commands.shared import ANSWERED, UNANSWERED, Command, graph_option, model_options
from qa_pipeline.statement import Statement


def _fill_tell(command: ArgumentParser) -> None:
    command.add_argument("sentence", metavar="SENTENCE", nargs="+", help="a statement of one fact, or of a few")
    graph_option(command)
    model_options(command)
    command.add_argument("--dry-run", action="store_true", help="show what is understood, and write nothing")
    command.add_argument("--source", metavar="S", default="", help="who says so; kept with the facts")
    command.add_argument("--batch", metavar="NAME", default="", help="its name, for undo (a new one)")
    command.set_defaults(run=_tell)


def _tell(options: Namespace) -> int:
    code = ANSWERED
    with AskGraph.open(options.graph, model=options.model) as ag:
        for sentence in options.sentence:
            told = ag.tell_sentence(
                sentence,
                dry_run=options.dry_run,
                source=options.source,
                batch=options.batch,
                threshold=options.threshold,
            )
            print(_shown(told, options.graph, options.dry_run), flush=True)
            if not told.is_told:
                code = UNANSWERED
    return code


def _shown(told: Statement, graph: str, dry_run: bool) -> str:
    if not told.is_told:
        return f"nothing written: {told.reason}"
    if dry_run:
        return f"would be written ({told.confidence:.0%} sure): {told.reason}"
    return f'written ({told.confidence:.0%} sure): {told.reason}\nto take it back: askgraph undo "{told.batch}" --graph {graph}'


COMMANDS: tuple[Command, ...] = (("tell", "tell a graph something in plain language", _fill_tell),)
