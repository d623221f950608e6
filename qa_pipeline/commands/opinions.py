"""The command about feedback: give it, list it, take it back."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from kg.errors import FeedbackError
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.commands.shared import ANSWERED, Command, graph_option, model_options
from qa_pipeline.show import vote_lines


def _fill_feedback(command: ArgumentParser) -> None:
    command.add_argument(
        "question", metavar="QUESTION", nargs="?", help="it is asked anew; without one: all votes are listed"
    )
    graph_option(command)
    model_options(command)
    word = command.add_mutually_exclusive_group()
    word.add_argument("--right", action="store_true", help="its answer is right")
    word.add_argument("--wrong", action="store_true", help="its answer is wrong")
    word.add_argument("--revoke", metavar="VOTE", help="take a vote back, by its id")
    command.add_argument("--expected", metavar="X", nargs="+", help="what the right answers are")
    command.add_argument("--user", metavar="NAME", default="", help="whose word it is; each user has one")
    command.set_defaults(run=_feedback)


def _feedback(options: Namespace) -> int:
    with AskGraph.open(options.graph, model=options.model, threshold=options.threshold) as ag:
        if options.revoke:
            if not ag.revoke(options.revoke):
                raise FeedbackError(f"{options.graph} has no vote {options.revoke}; `askgraph feedback` lists them")
            print("taken back")
        elif options.question is None:
            electorate = ag.reader.electorate
            for line in vote_lines(ag.votes(), electorate.opinions(), electorate.clock(), ag.store.schema()):
                print(line)
        else:
            answer = ag.ask(options.question)
            correct = True if options.right else False if options.wrong else None
            vote = ag.feedback(answer, correct, expected=options.expected, user=options.user)
            print(answer.text or answer.reason)
            print(f"kept as {vote.id}; now: {ag.ask(options.question).text or 'no answer'}")
    return ANSWERED


COMMANDS: tuple[Command, ...] = (
    ("feedback", "say whether an answer is right; list and take back what was said", _fill_feedback),
)
