"""A mean of two runs' weights (Wortsman et al. 2022, "Model soups"); no run of its own, so nothing is learned.

python training/average.py runs/d runs/f --out runs/mean
python training/average.py runs/d runs/f --share 0.3 --out runs/mean    # 0.7 of d, 0.3 of f
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from encoder.model import AskModel


def average(first: Path, second: Path, share: float = 0.5) -> AskModel:
    """A model whose weights are the mean of both; not calibrated.

    :param share: of the second, 0 … 1
    """
    model, other = AskModel.from_pretrained(first), AskModel.from_pretrained(second)
    theirs = dict(other.named_parameters())
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.lerp_(theirs[name], share)
    model.config.calibration = []
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs=2, type=Path)
    parser.add_argument("--out", required=True)
    parser.add_argument("--share", type=float, default=0.5, help="of the second (0.5)")
    arguments = parser.parse_args()
    average(*arguments.models, arguments.share).save_pretrained(arguments.out)


if __name__ == "__main__":
    main()
