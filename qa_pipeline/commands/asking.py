"""The command that answers questions."""

from __future__ import annotations

import io
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import suppress

with suppress(ImportError):  # there are Pythons without it
    import readline  # noqa: F401  # line editing at the prompt

from qa_pipeline.answer import Answer
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.commands.shared import ANSWERED, UNANSWERED, Command, graph_option, model_options
from qa_pipeline.show import explanation

PROMPT = "? "


def _fill_ask(command: ArgumentParser) -> None:
    command.add_argument("question", nargs="*", help="without any: a prompt, or each line of the standard input")
    graph_option(command)
    model_options(command)
    command.add_argument(
        "--as-of", metavar="DATE", help="answer from the facts that hold then (2015, 2015-06, 2015-06-01)"
    )
    shown = command.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="the whole answer as JSON, one object a line")
    shown.add_argument("--explain", action="store_true", help="show how the answer came about")
    command.set_defaults(run=_ask)


def _ask(options: Namespace) -> int:
    show = _json if options.json else _explained if options.explain else _plain
    prompting = not options.question and sys.stdin.isatty()
    code = ANSWERED
    with AskGraph.open(options.graph, model=options.model, threshold=options.threshold) as opened:
        ag = opened if options.as_of is None else opened.at(options.as_of)
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


COMMANDS: tuple[Command, ...] = (("ask", "answer questions", _fill_ask),)
