"""A mean of several runs' weights (Wortsman et al. 2022, "Model soups"); no run of its own, so nothing is learned.

python training/average.py runs/a runs/b runs/c --out runs/mean
python training/average.py runs/d runs/f --shares 0.7 0.3 --out runs/mean

Only runs that began alike (``pretrain.py --first``) have a mean that is worth anything.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from encoder.model import AskModel


def average(folders: Sequence[Path], shares: Sequence[float] = ()) -> AskModel:
    """A model whose weights are the mean of all; not calibrated.

    :param shares: of each, in any unit; none: all alike
    """
    models = [AskModel.from_pretrained(folder) for folder in folders]
    each = torch.tensor(shares or [1.0] * len(models))
    others = [dict(m.named_parameters()) for m in models]
    with torch.no_grad():
        for name, weight in models[0].named_parameters():
            weight.copy_(sum(share * other[name] for share, other in zip(each / each.sum(), others, strict=True)))
    models[0].config.calibration = []
    return models[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--out", required=True)
    parser.add_argument("--shares", type=float, nargs="+", default=(), help="of each (all alike)")
    arguments = parser.parse_args()
    if arguments.shares and len(arguments.shares) != len(arguments.models):
        parser.error(f"{len(arguments.models)} models need as many shares, not {len(arguments.shares)}")
    average(arguments.models, arguments.shares).save_pretrained(arguments.out)


if __name__ == "__main__":
    main()
