"""
NegMining and grouping in plain NumPy, float32, on features with a common direction as CLIP's text features have.

    python scripts/golden/neg_mining.py                                      the fixture
    python scripts/golden/neg_mining.py --candidates 70000 --classes 1000 --width 512 --out /tmp/neg-mining
    node scripts/golden/neg_mining.mjs /tmp/neg-mining                       our labels beside NumPy's
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from common import FIXTURES, save_golden

QUANTILE, SHARE, GROUPS, SEED = 0.95, 0.15, 7, 3


def unit(x):
    return x / np.sqrt((x * x).sum(1, keepdims=True, dtype=np.float64)).astype(np.float32)


def mine(candidates, classes):
    """The published rule, candidate by candidate."""
    nearness = np.empty(len(candidates), np.float32)
    for begin in range(0, len(candidates), 1000):
        cosines = unit(candidates[begin : begin + 1000]) @ unit(classes).T
        nearness[begin : begin + 1000] = np.quantile(cosines, QUANTILE, axis=1)
    order = np.argsort(nearness, kind="stable")
    return nearness, order[: max(1, int(np.floor(SHARE * len(candidates))))]


def score(features, classes, negatives, permutation):
    """NegLabel's grouped ratio in float64; the last labels that fill no group are left out."""
    cosines = lambda rows: unit(features).astype(np.float64) @ unit(rows).T.astype(np.float64) / 0.01
    size = len(negatives) // GROUPS
    positive, negative = cosines(classes), cosines(negatives[permutation])[:, : size * GROUPS]
    top = np.maximum(positive.max(1), negative.max(1))[:, None]
    inside = np.exp(positive - top).sum(1, keepdims=True)
    outside = np.exp(negative - top).reshape(len(features), GROUPS, size).sum(2)
    return (inside / (inside + outside)).mean(1).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=600)
    parser.add_argument("--classes", type=int, default=40)
    parser.add_argument("--width", type=int, default=24)
    parser.add_argument("--out", type=Path, default=FIXTURES / "neg_mining")
    args = parser.parse_args()
    g = np.random.default_rng(SEED)
    draw = lambda n: (1.5 + g.standard_normal((n, args.width)) * g.uniform(0.5, 4, (n, 1))).astype(np.float32)
    candidates, classes, features = draw(args.candidates), draw(args.classes), draw(12)
    nearness, rows = mine(candidates, classes)
    permutation = g.permutation(len(rows))
    scores = score(features, classes, candidates[rows], permutation)
    t = torch.from_numpy
    save_golden(
        args.out,
        "NegMining and the grouped score by NumPy " + np.__version__,
        {
            "candidates": (t(candidates), "(M, D) not normalised"),
            "classes": (t(classes), "(C, D) not normalised"),
            "features": (t(features), "(12, D) of images, not normalised"),
            "nearness": (t(nearness), "(M) the 0.95 quantile of each candidate's cosines"),
            "rows": (t(rows), "of the lowest 15 %, ascending"),
            "permutation": (t(permutation), "of the rows"),
            "score": (t(scores), "(12), 7 groups, temperature 0.01"),
        },
        {"quantile": QUANTILE, "share": SHARE, "groups": GROUPS},
    )
    gaps = np.diff(np.sort(nearness)[: len(rows) + 1])
    print(f"{len(rows)} of {len(candidates)}; smallest gap between neighbours {gaps.min():.1e}")


if __name__ == "__main__":
    main()
