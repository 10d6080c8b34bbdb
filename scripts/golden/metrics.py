"""AUROC, AUPR and the four public definitions of FPR at 95 % TPR on score lists with ties, small counts and extremes."""

import numpy as np
from common import generator, parse_out, write_json
from scipy.interpolate import interp1d
from sklearn import metrics
from torch import randn

LEVEL = 0.95


def id_positive(inside, outside):
    """Outlier Exposure's: in-distribution positive, the distinct threshold whose recall is closest to .95."""
    y_true = np.r_[np.ones(len(inside), bool), np.zeros(len(outside), bool)]
    y_score = np.r_[inside, outside]
    descending = np.argsort(y_score, kind="mergesort")[::-1]
    y_score, y_true = y_score[descending], y_true[descending]
    distinct = np.r_[np.where(np.diff(y_score))[0], y_true.size - 1]
    tps = np.cumsum(y_true)[distinct]
    fps = 1 + distinct - tps
    recall = tps / tps[-1]
    back = slice(tps.searchsorted(tps[-1]), None, -1)  # from full recall down, so that ties go to the higher
    recall, fps = recall[back], fps[back]
    return fps[np.argmin(np.abs(recall - LEVEL))] / len(outside)


def ood_positive(inside, outside, drop_intermediate):
    """OpenOOD's and pytorch-ood's: out-of-distribution positive, the first TPR >= .95."""
    y_true = np.r_[np.zeros(len(inside)), np.ones(len(outside))]
    fpr, tpr, _ = metrics.roc_curve(y_true, -np.r_[inside, outside], drop_intermediate=drop_intermediate)
    return fpr[np.argmax(tpr >= LEVEL)]


def threshold(inside, outside):
    """KNN's and SynOOD's: the threshold is the in-distribution score at place round(.05 N), half to even."""
    cut = np.sort(inside)[round(0.05 * len(inside))]
    return np.mean(outside > cut)


def interpolated(inside, outside):
    """CLIPN's: the ROC curve (in-distribution positive) as straight lines, read at .95."""
    y_true = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
    fpr, tpr, _ = metrics.roc_curve(y_true, np.r_[inside, outside], drop_intermediate=False)
    return interp1d(tpr, fpr)(LEVEL)


def trapezoid(y_true, y_score):
    precision, recall, _ = metrics.precision_recall_curve(y_true, y_score)
    return metrics.auc(recall, precision)


def evaluate(inside, outside):
    inside, outside = np.array(inside, float), np.array(outside, float)
    scores = np.r_[inside, outside]
    is_in = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
    return {
        "auroc": metrics.roc_auc_score(is_in, scores),
        "auprIn": metrics.average_precision_score(is_in, scores),
        "auprOut": metrics.average_precision_score(1 - is_in, -scores),
        "auprInTrapezoid": trapezoid(is_in, scores),
        "auprOutTrapezoid": trapezoid(1 - is_in, -scores),
        "fpr95": {
            "id-positive": id_positive(inside, outside),
            "ood-positive": ood_positive(inside, outside, False),
            "ood-positive-dropped": ood_positive(inside, outside, True),
            "threshold": threshold(inside, outside),
            "interpolated": interpolated(inside, outside),
        },
    }


def draw(name, count, shift=0.0, digits=6):
    values = randn(count, generator=generator(f"metrics {name}")).double().numpy() + shift
    return [round(float(v), digits) + 0.0 for v in values]


def list_cases():
    yield "normal", draw("a", 200, 1.5), draw("b", 300)
    yield "weak", draw("c", 101, 0.2), draw("d", 97)
    yield "inverted", draw("e", 60), draw("f", 80, 1.0)
    yield "few distinct values", draw("g", 150, 1.0, 0), draw("h", 120, 0.0, 0)
    yield "many ties", draw("i", 240, 1.0, 1), draw("j", 160, 0.0, 1)
    yield "all equal", [0.5] * 12, [0.5] * 9
    yield "a diagonal of ties", [n / 8 for n in range(40)], [n / 8 for n in range(40)]
    yield "perfect separation", [3.0, 4.0, 5.0, 6.0], [-1.0, 0.0, 1.0]
    yield "perfectly wrong", [-1.0, 0.0, 1.0], [3.0, 4.0, 5.0, 6.0]
    yield "one and one", [1.0], [0.0]
    yield "one and one, equal", [0.0], [0.0]
    yield "one inside", [0.3], [0.1, 0.5, 0.3, 0.2]
    yield "one outside", [0.1, 0.5, 0.3, 0.2], [0.3]
    yield "exactly .95 is a threshold", draw("k", 20, 1.0), draw("l", 33)
    yield ".95 lies midway between two recalls", draw("m", 10, 1.0), draw("n", 14)
    yield "round(1.5)", draw("o", 30, 1.0), draw("p", 25)
    yield "round(2.5)", draw("q", 50, 1.0), draw("r", 40)
    yield "far more outside", draw("s", 40, 1.0, 2), draw("t", 1200, 0.0, 2)
    yield "far more inside", draw("u", 1200, 1.0, 2), draw("v", 40, 0.0, 2)
    yield "tiny and huge magnitudes", [1e-12, 3e-12, 2e300, 5.0], [0.0, 2e-12, -1e300]


def main():
    out = parse_out("metrics", __doc__)
    cases = []
    for name, inside, outside in list_cases():
        found = evaluate(inside, outside)
        found["fpr95"] = {k: float(v) for k, v in found["fpr95"].items()}
        found = {k: v if k == "fpr95" else float(v) for k, v in found.items()}
        cases.append({"name": name, "in": inside, "out": outside, "expected": found})
    definitions = {
        "auroc": "in-distribution positive, ties count half",
        "auprIn, auprOut": "average precision, sum of (R_n - R_n-1) P_n; out uses the negated score",
        "auprInTrapezoid, auprOutTrapezoid": "trapezoidal area of the precision-recall curve, as OpenOOD",
        "id-positive": "recall of distinct thresholds closest to .95 in double arithmetic, equal: the higher recall",
        "ood-positive": "first TPR >= .95 over all distinct thresholds; share of in-distribution flagged",
        "ood-positive-dropped": "the same on scikit-learn's curve without collinear points, as OpenOOD runs it",
        "threshold": "sorted(in)[round(.05 N)], half to even; mean(out > threshold)",
        "interpolated": "linear interpolation of the ROC at TPR .95; on a level stretch the lowest FPR",
    }
    write_json(out / "golden.json", {"about": __doc__, "definitions": definitions, "cases": cases})


if __name__ == "__main__":
    main()
