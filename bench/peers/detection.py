"""Scores and metrics as public code computes them, for synood's rows of bench/rows/detection."""

import numpy as np
import sklearn.metrics
import torch
from serve import read, serve


def neglabel(settings, device, dtype):
    """All logits at once, then a softmax over the classes and each group of negative labels in turn."""
    features, classes, negatives = (
        read(settings[name]).to(device, getattr(torch, dtype)) for name in ("features", "classes", "negatives")
    )
    groups, temperature = settings["groups"], settings["temperature"]

    def run():
        with torch.inference_mode():
            unit = lambda x: x / x.norm(dim=-1, keepdim=True)
            logits = unit(features) @ torch.cat([unit(classes), unit(negatives)]).t() / temperature
            positive, negative = logits[:, : len(classes)], logits[:, len(classes) :]
            kept = negative.shape[1] - negative.shape[1] % groups
            negative = negative[:, :kept].reshape(len(logits), groups, -1)
            scores = []
            for group in range(groups):
                joined = torch.cat([positive, negative[:, group]], dim=-1).softmax(dim=-1)
                scores.append(joined[:, : len(classes)].sum(dim=-1))
            return torch.stack(scores, dim=-1).mean(dim=-1).float().cpu()

    return run


def auroc_fpr95(settings, device, dtype):
    """scikit-learn's AUROC, and the threshold of all distinct ones whose recall is closest to 95 %."""
    ins = np.float32(read(settings["ins"]).double().numpy() + 1)
    outs = read(settings["outs"]).numpy()

    def run():
        truth = np.r_[np.ones(len(ins), bool), np.zeros(len(outs), bool)]
        scores = np.r_[ins, outs]
        area = sklearn.metrics.roc_auc_score(truth, scores)
        false, true, _ = sklearn.metrics.roc_curve(truth, scores, drop_intermediate=False)
        gaps = np.abs(true - 0.95)[: np.argmax(true == 1) + 1]
        nearest = len(gaps) - 1 - np.argmin(gaps[::-1])
        return np.array([area, false[nearest]], dtype=np.float32)

    return run


serve({"neglabel": neglabel, "auroc-fpr95": auroc_fpr95}, libraries=("torch", "sklearn"))
