"""Draw the log of a run: the loss, and the held-out measures of some sets.

    python training/plot.py RUN --out docs/images/reader-training.png [--sets all,squad2]

Needs matplotlib (``pip install --constraint constraints.txt -e ".[bench]"``).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

_MEASURES = {"sentence": "right sentence first", "exact": "exact words", "auroc": "AUROC"}


def main() -> None:
    """Read, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", default="all")
    options = parser.parse_args()
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    lines = (options.run / "log.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), dpi=100, layout="constrained")
    losses = [(row["step"], row["loss"]) for row in rows if "loss" in row]
    left.plot(*zip(*losses, strict=True), linewidth=0.8)
    left.set(title="loss, mean of 50 batches", xlabel="batches", xlim=0)
    measured = [row for row in rows if "all" in row]
    for name in options.sets.split(","):
        for key, words in _MEASURES.items():
            points = [
                (row["step"], row[name][key])
                for row in measured
                if name in row and row[name][key] is not None
            ]
            if points:
                right.plot(*zip(*points, strict=True), "o-", label=f"{name}: {words}")
    right.set(title="held out", xlabel="batches", xlim=0, ylim=(0, 1))
    right.legend(frameon=False, fontsize=8)
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
