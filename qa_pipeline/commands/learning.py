"""Commands about how well questions are answered, and how to do better: eval, synth, train."""

from __future__ import annotations

import itertools
import json
import shlex
from argparse import ArgumentParser, Namespace
from dataclasses import fields

from tqdm import tqdm

from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.commands.shared import (
    ANSWERED,
    Command,
    bars,
    count,
    graph_option,
    model_options,
    opened,
    part_of,
    positive,
    share,
)  # fmt: skip
from qa_pipeline.evaluate import evaluate, read_files
from qa_pipeline.fine_tune import fine_tune
from qa_pipeline.model_card import Settings
from qa_pipeline.synth.on_graph import QuestionFactory


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
        print(evaluate(ag, questions, topic=options.topic, out=options.out, progress=bars()))
    return ANSWERED


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
    with opened(options.graph) as store, part_of(options.out) as file:
        factory = QuestionFactory(store, options.seed, options.unanswerable)
        wanted = itertools.islice(factory.questions(), options.count)
        for i, question in enumerate(tqdm(wanted, "questions", options.count, disable=not bars()), 1):
            file.write(json.dumps({"id": str(i)} | question.to_json(), ensure_ascii=False) + "\n")
    print(f"{options.count:,} questions in {options.out}")
    return ANSWERED


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
            progress=bars(), command=shlex.join(["askgraph", *options.typed]),
        )  # fmt: skip
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(f"stopped; the same command goes on from what is in {options.out}") from stop
    print(trained)
    return ANSWERED


COMMANDS: tuple[Command, ...] = (
    ("eval", "measure answers against a file of questions", _fill_eval),
    ("synth", "invent questions over a graph, with their answers", _fill_synth),
    ("train", "adapt the model to a graph with questions and their answers", _fill_train),
)
