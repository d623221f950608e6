"""Options that several commands take, and the values that they accept."""

from __future__ import annotations

import argparse
import os
from argparse import ArgumentParser

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
