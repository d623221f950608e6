"""The mean of two runs' weights (Wortsman et al. 2022, "Model soups"); no run of its own, so nothing is learned.

    python training/average.py runs/d runs/f --out runs/mean --goal 18

``--goal`` sets how much STOP heeds that the last relation is not what is asked for last (encoder/model.py, ``goal_operator``):
practice questions teach too little of it, and development sets were used to set it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from encoder.model import AskModel
from qa_pipeline.grammar import INDEX


def average(first: Path, second: Path, goal: float | None) -> AskModel:
    """A model whose weights are the mean of both; not calibrated."""
    model, other = AskModel.from_pretrained(first), AskModel.from_pretrained(second)
    theirs = dict(other.named_parameters())
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.add_(theirs[name]).mul_(0.5)
        if goal is not None:
            model.goal_operator[INDEX["STOP"]] = goal
    model.config.calibration = []
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs=2, type=Path)
    parser.add_argument("--out", required=True)
    parser.add_argument("--goal", type=float, help="the weight of the goal in STOP (as it is)")
    arguments = parser.parse_args()
    average(*arguments.models, arguments.goal).save_pretrained(arguments.out)


if __name__ == "__main__":
    main()
