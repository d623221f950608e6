"""What several commands share: exit codes, options, the values that they accept, graphs and files that are opened."""

from __future__ import annotations

import argparse
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from kg.opening import open_store
from kg.store import GraphStore

Command: TypeAlias = tuple[str, str, Callable[[ArgumentParser], Any]]  # name, what it does, what gives it its options

ANSWERED, FAILED, UNANSWERED, INTERRUPTED = 0, 2, 3, 130
GRAPH = "world.kg"


def graph_option(command: ArgumentParser, required: bool = False) -> None:
    default = None if required else os.environ.get("NEO4J_URI") or GRAPH
    told = "path or address of the graph" + ("" if required else f" (NEO4J_URI, or else {GRAPH})")
    command.add_argument("--graph", metavar="GRAPH", default=default, required=required, help=told)


def model_options(command: ArgumentParser) -> None:
    command.add_argument("--model", metavar="MODEL", help="a folder that `askgraph train` wrote (the shipped weights)")
    command.add_argument(
        "--threshold", metavar="P", type=share, help="least confidence, 0 to 1, with which to answer (the model's own)"
    )


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def count_or_share(text: str) -> int | float:
    """``100`` or ``1%``."""
    value = share(str(float(text[:-1]) / 100)) if text.endswith("%") else int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is not at least 0")
    return value


@contextmanager
def opened(location: str) -> Iterator[GraphStore]:
    """A graph that is there."""
    store = open_store(location, create=False)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def part_of(path: str) -> Iterator[TextIO]:
    """A file that is there as a whole or, on any error, not at all."""
    part = Path(f"{path}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def bars() -> bool:
    """Progress bars are for people."""
    return sys.stderr.isatty()
