"""Every detector's published formula on fixed features and logits, in NumPy; ODIN's perturbation by autograd."""

import numpy as np
import torch
import torch.nn.functional as F
from common import FIXTURES, generator, parse_out, randn, save_golden
from scipy.linalg import pinvh
from scipy.special import logsumexp, softmax
from torch import from_numpy
from transformers import ResNetForImageClassification

CLASSES, WIDTH, TRAIN, TEST = 7, 24, 210, 41
EMBEDDING, NEGATIVES = 16, 3


def features():
    """Penultimate features as a ReLU leaves them, around a centre for each class; some test rows lie nowhere."""
    centres = 2 * randn("detectors centres", CLASSES, WIDTH).abs()
    labels = torch.randint(0, CLASSES, (TRAIN,), generator=generator("detectors labels"))
    labels[:CLASSES] = torch.arange(CLASSES)
    train = (centres[labels] + randn("detectors train", TRAIN, WIDTH)).clamp_min(0)
    test = (centres[torch.arange(TEST) % CLASSES] + randn("detectors test", TEST, WIDTH)).clamp_min(0)
    test[::4] = 3 * randn("detectors far", len(test[::4]), WIDTH).abs()
    weight = 0.4 * randn("detectors weight", CLASSES, WIDTH)
    bias = 0.3 * randn("detectors bias", CLASSES)
    return train, labels, test, weight, bias


def post_hoc(train, labels, test, weight, bias):
    z, x, w, b = (t.double().numpy() for t in (train, test, weight, bias))
    y = labels.numpy()
    logits = x @ w.T + b
    unit = lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True)
    scores = {
        "msp": softmax(logits, axis=1).max(1),
        "max_logit": logits.max(1),
        "energy": logsumexp(logits, axis=1),
        "energy_T5": 5 * logsumexp(logits / 5, axis=1),
    }
    limit = np.percentile(z.flatten(), 90)
    scores["react"] = logsumexp(np.clip(x, None, limit) @ w.T + b, axis=1)
    squared = ((unit(x)[:, None] - unit(z)[None]) ** 2).sum(2)
    scores["knn_5"], scores["knn_50"] = (-np.sort(squared, axis=1)[:, k - 1] for k in (5, 50))
    means = np.stack([z[y == c].mean(0) for c in range(CLASSES)])
    rest = z - means[y]
    precision = pinvh(rest.T @ rest / len(z))
    to = x[:, None] - means[None]
    scores["mahalanobis"] = (-np.einsum("ncf,fg,ncg->nc", to, precision, to)).max(1)
    dimension = 9
    origin = -np.linalg.pinv(w) @ b
    values, vectors = np.linalg.eigh((z - origin).T @ (z - origin) / len(z))
    residual = vectors[:, np.argsort(values * -1)[dimension:]]
    norm = lambda rows: np.linalg.norm((rows - origin) @ residual, axis=1)
    alpha = (z @ w.T + b).max(1).mean() / norm(z).mean()
    scores["vim"] = scores["energy"] - alpha * norm(x)
    return scores, {"react_limit": float(limit), "vim_dimension": dimension, "vim_alpha": float(alpha)}, logits


def clip_side(out):
    """MCM, CLIPN and LSN on unscaled cosines."""
    images = randn("detectors images", TEST, EMBEDDING)
    concepts = randn("detectors concepts", CLASSES, EMBEDDING)
    negated = concepts + randn("detectors negated", CLASSES, EMBEDDING)
    learned = randn("detectors learned", NEGATIVES, CLASSES, EMBEDDING)
    images[::3] = images[::3] + 2 * concepts[torch.arange(len(images[::3])) % CLASSES]
    unit = lambda t: F.normalize(t.double(), dim=-1).numpy()
    f, c, n, k = unit(images), unit(concepts), unit(negated), unit(learned)
    cosines = f @ c.T
    scores = {"mcm": softmax(cosines, axis=1).max(1), "mcm_T01": softmax(cosines / 0.1, axis=1).max(1)}
    scale = 10.0
    pair = softmax(np.stack([scale * cosines, scale * f @ n.T]), axis=0)[0]
    scores["clipn_ctw"] = pair[np.arange(TEST), (scale * cosines).argmax(1)]
    scores["clipn_atd"] = (softmax(scale * cosines, axis=1) * pair).sum(1)
    negative = np.stack([softmax((1 - f @ k[i].T) / 5, axis=1).max(1) for i in range(NEGATIVES)]).mean(0)
    scores["lsn"] = scores["mcm"] + negative
    tensors = {
        "images": (images, "(41, 16) image features, not normalised"),
        "concepts": (concepts, "(7, 16)"),
        "negated": (negated, "(7, 16), the same behind CLIPN's no prompts"),
        "learned_negatives": (learned.reshape(-1, EMBEDDING), "(3 * 7, 16), LSN's negative prompts"),
    }
    return tensors, scores, {"clipn_scale": scale, "lsn_temperatures": [1.0, 5.0]}


def odin(tensors, settings):
    """ODIN as published, each image alone, through autograd."""
    model = ResNetForImageClassification.from_pretrained(FIXTURES / "resnet" / "basic").eval()
    deviations = torch.tensor([0.229, 0.224, 0.225])
    pixels = randn("detectors pixels", 5, 3, 48, 48)
    tensors["pixels"] = (pixels, "(5, 3, 48, 48), normalised")
    for temperature, epsilon in [(1000.0, 0.0014), (10.0, 0.0028)]:
        moved, logits = [], []
        for image in pixels:
            x = image[None].clone().requires_grad_()
            g = model(x).logits
            F.cross_entropy(g / temperature, g.argmax(1)).backward()
            sign = (torch.ge(x.grad, 0).float() - 0.5) * 2
            moved.append((x - epsilon * sign / deviations[:, None, None]).detach())
            logits.append(model(moved[-1]).logits.detach())
        name = f"odin_T{temperature:g}_e{epsilon:g}"
        tensors[f"{name}/pixels"] = (torch.cat(moved), "perturbed")
        tensors[f"{name}/logits"] = (torch.cat(logits), "of the perturbed pixels")
        top = F.softmax(torch.cat(logits).double() / temperature, dim=1).amax(1)
        tensors[f"{name}/score"] = (top.float(), "largest softmax probability")
    settings["odin"] = "sign(0) = +1; epsilon over the channel's standard deviation"


def heads(tensors, settings):
    """Twelve steps of the two training losses with outliers, and their parameters after them."""
    width, classes, count, batch, steps = 12, 4, 60, 10, 12
    z = randn("heads features", count, width)
    y = torch.randint(0, classes + 1, (count,), generator=generator("heads labels"))
    order = torch.stack(
        [torch.randperm(count, generator=generator(f"heads order {i}"))[:batch] for i in range(steps)]
    )
    tensors |= {
        "heads/features": (z, "(60, 12)"),
        "heads/labels": (y, "(60,), 4 marks an outlier"),
        "heads/order": (order, "(12, 10)"),
    }

    def run(name, parameters, loss):
        for key, value in parameters.items():
            tensors[f"{name}/initial/{key}"] = (value.clone(), "")
            value.requires_grad_(True)
        optimiser = torch.optim.SGD(list(parameters.values()), lr=0.1, momentum=0.9)
        losses = []
        for step in range(steps):
            value = loss(z[order[step]], y[order[step]], step)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            losses.append(value.detach())
        tensors[f"{name}/losses"] = (torch.stack(losses), "before each update")
        for key, value in parameters.items():
            tensors[f"{name}/final/{key}"] = (value, "after twelve steps")

    start, share = 5, 0.1
    head = {
        "weight": 0.3 * randn("heads weight", classes, width),
        "bias": 0.1 * randn("heads bias", classes),
        "energy_weight": randn("heads energy", classes).abs(),
        "boundary_weight": randn("heads boundary", 2, 1),
        "boundary_bias": randn("heads boundary bias", 2),
    }

    def outlier_head(rows, labels, step):
        logits = rows @ head["weight"].T + head["bias"]
        inside = labels < classes
        total = F.cross_entropy(logits[inside], labels[inside])
        if step < start:
            return total
        m = logits.amax(1, keepdim=True)
        energy = m + torch.log((F.relu(head["energy_weight"]) * torch.exp(logits - m)).sum(1, keepdim=True))
        sides = energy @ head["boundary_weight"].T + head["boundary_bias"]
        return total + share * F.cross_entropy(sides, inside.long())

    run("outlier-head", head, outlier_head)

    texts = randn("heads texts", classes, width)
    tensors["feature-map/texts"] = (texts, "(4, 12)")
    layer = {
        "weight": torch.eye(width),
        "hidden_weight": 0.3 * randn("heads hidden", 32, width),
        "hidden_bias": 0.1 * randn("heads hidden bias", 32),
        "out_weight": 0.2 * randn("heads out", 1, 32),
        "out_bias": 0.1 * randn("heads out bias", 1),
    }
    scale = 25.0

    def feature_map(rows, labels, step):
        mapped = F.normalize(rows @ layer["weight"].T, dim=1)
        logits = scale * F.normalize(mapped @ F.normalize(texts, dim=1).T, dim=1)
        inside = labels < classes
        total = F.cross_entropy(logits[inside], labels[inside])
        if step < start:
            return total
        hidden = F.relu(mapped @ layer["hidden_weight"].T + layer["hidden_bias"])
        side = (hidden @ layer["out_weight"].T + layer["out_bias"]).squeeze(1)
        return total + share * F.binary_cross_entropy_with_logits(side, inside.float())

    run("feature-map", layer, feature_map)
    settings["heads"] = {"lr": 0.1, "momentum": 0.9, "outlier_start": start, "outlier_weight": share}
    settings["feature-map"] = {"logit_scale": scale, "logit_norm": True}


def main():
    out = parse_out("detectors", __doc__)
    train, labels, test, weight, bias = features()
    scores, settings, logits = post_hoc(train, labels, test, weight, bias)
    tensors, more, clip_settings = clip_side(out)
    settings |= clip_settings
    tensors |= {
        "train": (train, "(210, 24) penultimate features"),
        "labels": (labels, "(210,)"),
        "test": (test, "(41, 24)"),
        "weight": (weight, "(7, 24) of the last layer"),
        "bias": (bias, "(7,)"),
        "logits": (from_numpy(logits).float(), "(41, 7) of the test features"),
    }
    tensors |= {f"score/{k}": (from_numpy(v).float(), "(41,)") for k, v in (scores | more).items()}
    odin(tensors, settings)
    heads(tensors, settings)
    save_golden(out, __doc__, tensors, settings)


if __name__ == "__main__":
    main()
