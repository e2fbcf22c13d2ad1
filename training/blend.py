"""Write a reader whose weights lie between those that a run began with and those it ended with.

    python training/blend.py START.npz RUN --share 0.5 --out rag/models/reader.npz

What was learned before is forgotten less so, on questions of other kinds than the run's, than in
the run's own weights (Wortsman et al. 2022, robust fine-tuning by weight-space ensembles).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from train import SPLIT, ReaderModel

from index.embedding.packaged import packaged_weights
from rag.reader import READER_MODEL


def main() -> None:
    """Parse, blend, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("start", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--share", type=float, required=True, help="of the run's own weights")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    model = ReaderModel(packaged_weights(READER_MODEL).tensors(), SPLIT)
    with np.load(options.start, allow_pickle=False) as stored:
        model.go_on_from(dict(stored))
    before = model.state_dict()
    after = torch.load(options.run / "checkpoint.pt", weights_only=True)["mean"]
    model.load_state_dict({name: before[name].lerp(after[name], options.share) for name in before})
    np.savez_compressed(options.out, **model.stored())  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
