"""Every training loop for twenty steps on a pool of samples in a fixed order, with the mechanics that loops share."""

import copy
import math

import torch
import torch.nn.functional as F
from common import FIXTURES, generator, parse_out, randn, save_golden
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from diffusers.training_utils import EMAModel
from schedulers import SD
from transformers import CLIPModel, ResNetForImageClassification

STEPS = 20


def order(name, count, batch):
    """(20, batch): which rows each step sees."""
    return torch.randint(0, count, (STEPS, batch), generator=generator(f"{name} order"))


def rate(step, top, bottom, warmup):
    if step < warmup:
        return top * (step + 1) / warmup
    return bottom + (top - bottom) * (1 + math.cos(math.pi * (step - warmup) / (STEPS - warmup))) / 2


def sample(tensor):
    """At most 48 numbers of a tensor, evenly spread: what a fixture can afford of every parameter."""
    flat = tensor.detach().flatten()
    return flat[:: max(1, flat.numel() // 48)][:48].clone()


OPTIMISERS = {
    "sgd": lambda groups, o: torch.optim.SGD(groups, lr=o["lr"], momentum=o["momentum"]),
    "adam": lambda groups, o: torch.optim.Adam(groups, lr=o["lr"], betas=o["betas"]),
    "adamw": lambda groups, o: torch.optim.AdamW(groups, lr=o["lr"], betas=o["betas"]),
}
DEFAULTS = {
    "kind": "adamw",
    "lr": 1e-3,
    "final_lr": 1e-5,
    "weight_decay": 1e-2,
    "momentum": 0.9,
    "betas": [0.9, 0.98],
    "warmup": 3,
    "clip": 0.0,
    "accumulation": 1,
    "ema": 0.0,
    "matrices_only": False,
}


def train(parameters, compute, rows, options=None, after=None):
    """
    A PyTorch loop as a user writes it. parameters: name -> tensor; compute(rows of a part, step, place of its
    first row) -> loss. Returns the tensors of a golden file and its settings.
    """
    o = DEFAULTS | (options or {})
    for p in parameters.values():
        p.requires_grad_(True)
    matrices = [p for p in parameters.values() if p.ndim >= 2 or not o["matrices_only"]]
    others = [p for p in parameters.values() if p.ndim < 2 and o["matrices_only"]]
    groups = [{"params": matrices, "weight_decay": o["weight_decay"]}]
    if others:
        groups.append({"params": others, "weight_decay": 0.0})
    optimiser = OPTIMISERS[o["kind"]](groups, o)
    average = EMAModel(parameters.values(), decay=o["ema"]) if o["ema"] else None
    losses, norms = [], []
    for step, batch in enumerate(rows):
        for group in optimiser.param_groups:
            group["lr"] = rate(step, o["lr"], o["final_lr"], o["warmup"])
        optimiser.zero_grad()
        parts, total = batch.chunk(o["accumulation"]), 0.0
        for part, chosen in enumerate(parts):
            loss = compute(chosen, step, part * len(chosen)) / len(parts)
            loss.backward()
            total += loss.item()
        bound = o["clip"] if o["clip"] else float("inf")
        norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), bound).detach())
        optimiser.step()
        if average:
            average.step(parameters.values())
        if after:
            after()
        losses.append(total)
    tensors = {f"final/{k}": (sample(v), "a sample of it after 20 steps") for k, v in parameters.items()}
    if average:
        for k, v in zip(parameters, average.shadow_params):
            tensors[f"ema/{k}"] = (sample(v), "the same of its average, diffusers' EMAModel")
    tensors["losses"] = (torch.tensor(losses, dtype=torch.float64), "before each update")
    tensors["norms"] = (torch.stack(norms), "of all gradients, before clipping")
    tensors["order"] = (rows, "(20, B) rows of the pool")
    return tensors, o


def save(out, name, about, tensors, settings, **more):
    save_golden(out / name, about, tensors, settings | more)


def head(name):
    width, classes, negatives, count = 24, 5, 9, 60
    table = F.normalize(randn(f"{name} table", classes + negatives, width), dim=1) * 1.7
    labels = torch.randint(0, classes + negatives, (count,), generator=generator(f"{name} labels"))
    features = 2 * table[labels] + 2.5 * randn(f"{name} features", count, width)
    data = {
        "table": (table, "(14, 24): five classes, nine negative labels"),
        "labels": (labels, "(60,)"),
        "features": (features, "(60, 24)"),
    }
    return table, labels, features, data, classes


def layer(name, width):
    initial = {
        "weight": randn(f"{name} W", width, width) / width**0.5,
        "bias": 0.1 * randn(f"{name} b", width),
        "norm_weight": 1 + 0.1 * randn(f"{name} gamma", width),
        "norm_bias": 0.1 * randn(f"{name} beta", width),
    }
    return initial, {f"initial/{k}": (v.clone(), "before the first step") for k, v in initial.items()}


def project(p, f):
    hidden = F.layer_norm(F.linear(f, p["weight"], p["bias"]), f.shape[-1:], p["norm_weight"], p["norm_bias"])
    return F.normalize(f + F.relu(hidden), dim=1)


def projection(out):
    """f' = normalise(f + ReLU(LayerNorm(W f + b))), cross-entropy over label features, Adam."""
    table, labels, features, data, _ = head("loops projection")
    p, initial = layer("loops projection", 24)
    text = F.normalize(table, dim=1)
    compute = lambda rows, *_: F.cross_entropy(100 * project(p, features[rows]) @ text.T, labels[rows])
    tensors, o = train(
        p, compute, order("projection", 60, 12), {"kind": "adam", "ema": 0.9, "accumulation": 3, "clip": 5.0}
    )
    save(out, "projection", projection.__doc__, tensors | data | initial, o)


def labels_loop(out):
    """Negative label features as parameters, SGD with momentum."""
    table, targets, features, data, _ = head("loops labels")
    p = {"label_features": table.clone()}
    compute = lambda rows, *_: F.cross_entropy(
        100 * F.normalize(features[rows], dim=1) @ F.normalize(p["label_features"], dim=1).T, targets[rows]
    )
    tensors, o = train(p, compute, order("labels", 60, 12), {"kind": "sgd", "lr": 2e-2, "weight_decay": 1e-5})
    save(out, "labels", labels_loop.__doc__, tensors | data, o)


def joint(out):
    """Projection and negative label features at once: the sum of both losses, Adam."""
    table, targets, features, data, classes = head("loops joint")
    p, initial = layer("loops joint", 24)
    p["label_features"] = table[classes:].clone()

    def compute(rows, *_):
        f, y = features[rows], targets[rows]
        negatives = F.normalize(p["label_features"], dim=1)
        everything = torch.cat([F.normalize(table[:classes], dim=1), negatives])
        loss = F.cross_entropy(100 * project(p, f) @ everything.T, y)
        synthetic = y >= classes
        logits = 100 * F.normalize(f[synthetic], dim=1) @ negatives.T
        return loss + 0.5 * F.cross_entropy(logits, y[synthetic] - classes)

    tensors, o = train(p, compute, order("joint", 60, 12), {"kind": "adam", "weight_decay": 1e-5})
    save(out, "joint", joint.__doc__, tensors | data | initial, o, classes=classes, label_weight=0.5)


def linear(out):
    """A linear classifier on frozen features, begun at zero, label smoothing 0.1, AdamW that spares vectors."""
    table, targets, features, data, _ = head("loops linear")
    p = {"weight": torch.zeros(14, 24), "bias": torch.zeros(14)}
    compute = lambda rows, *_: F.cross_entropy(
        F.linear(features[rows], p["weight"], p["bias"]), targets[rows], label_smoothing=0.1
    )
    tensors, o = train(
        p, compute, order("linear", 60, 12), {"matrices_only": True, "weight_decay": 0.2, "lr": 2e-2}
    )
    save(out, "linear", linear.__doc__, tensors | data, o)


def captions(name, count, length):
    """Start 998, words, end 999 (the largest id), padding 999."""
    ids = torch.randint(10, 900, (count, length), generator=generator(f"{name} ids"))
    ids[:, 0] = 998
    for row in range(count):
        ids[row, 4 + row % (length - 4) :] = 999
    return ids


def clip_model():
    return CLIPModel.from_pretrained(FIXTURES / "clip" / "quick_gelu").train()


def contrastive(out):
    """Symmetric InfoNCE on clip/quick_gelu, all parameters, clipped gradients, the scale kept below ln 100."""
    model = clip_model()
    pixels, ids = randn("loops contrastive pixels", 10, 3, 56, 56), captions("loops contrastive", 10, 12)
    compute = lambda rows, *_: model(pixel_values=pixels[rows], input_ids=ids[rows], return_loss=True).loss
    clamp = lambda: model.logit_scale.data.clamp_(0, math.log(100))
    tensors, o = train(
        dict(model.named_parameters()),
        compute,
        order("contrastive", 10, 6),
        {"clip": 1.0, "matrices_only": True, "ema": 0.99},
        clamp,
    )
    tensors |= {"pixels": (pixels, "(10, 3, 56, 56)"), "ids": (ids, "(10, 12)")}
    save(out, "contrastive", contrastive.__doc__, tensors, o, model="clip/quick_gelu")


def last_blocks(out):
    """The same with the last two blocks of each tower, its final norm and projection trained; all else frozen."""
    model = clip_model()
    pixels, ids = randn("loops contrastive pixels", 10, 3, 56, 56), captions("loops contrastive", 10, 12)
    trained = [
        "vision_model.encoder.layers.3.",
        "vision_model.encoder.layers.4.",
        "vision_model.post_layernorm.",
        "visual_projection.",
        "text_model.encoder.layers.3.",
        "text_model.encoder.layers.4.",
        "text_model.final_layer_norm.",
        "text_projection.",
    ]
    model.requires_grad_(False)
    chosen = {k: v for k, v in model.named_parameters() if any(k.startswith(t) for t in trained)}
    compute = lambda rows, *_: model(pixel_values=pixels[rows], input_ids=ids[rows], return_loss=True).loss
    tensors, o = train(chosen, compute, order("contrastive", 10, 6))
    tensors |= {"pixels": (pixels, "(10, 3, 56, 56)"), "ids": (ids, "(10, 12)")}
    save(out, "last-blocks", last_blocks.__doc__, tensors, o, model="clip/quick_gelu", trained=trained)


def text_features(tower, projection, ids, change):
    """The tower on embeddings that `change` has changed."""
    hook = tower.embeddings.register_forward_hook(lambda module, inputs, embedded: change(embedded))
    try:
        return F.normalize(projection(tower(input_ids=ids).pooler_output), dim=1)
    finally:
        hook.remove()


def clipn(out):
    """CLIPN's "no" branch: a copy of the text tower with 16 prompts, or their mean, added to the embeddings."""
    model = clip_model().requires_grad_(False)
    tower, projection_ = copy.deepcopy(model.text_model), copy.deepcopy(model.text_projection)
    width = model.config.text_config.hidden_size
    prompts = torch.zeros(16, 77, width)
    p = {f"text_model.{k}": v for k, v in tower.named_parameters()}
    p |= {"text_projection.weight": projection_.weight, "prompts": prompts}
    pixels, ids = randn("loops clipn pixels", 10, 3, 56, 56), captions("loops clipn", 10, 12)
    drawn = torch.randint(0, 17, (STEPS, 6), generator=generator("loops clipn drawn"))
    with torch.no_grad():
        images = F.normalize(model.visual_projection(model.vision_model(pixels).pooler_output), dim=1)
        yes_texts = F.normalize(model.text_projection(model.text_model(ids).pooler_output), dim=1)
        scale = model.logit_scale.exp()

    def compute(rows, step, first):
        choices = torch.cat([prompts, prompts.mean(0, keepdim=True)])[drawn[step, first : first + len(rows)]]
        no_texts = text_features(tower, projection_, ids[rows], lambda x: x + choices[:, : x.shape[1]])
        yes, no = (scale * images[rows] @ t.T for t in (yes_texts[rows], no_texts))
        shares = torch.stack([yes, no], dim=-1).softmax(dim=-1)
        same = torch.eye(len(rows))
        n = len(rows)
        loss_yes = -(same * shares[..., 0].log()).sum() / n
        loss_no = -((1 - same) * shares[..., 1].log()).sum() / (n * n - n)
        apart = (2 - torch.sqrt(2 - 2 * (yes_texts[rows] * no_texts).sum(1) + 1e-4)).mean()
        return 0.5 * (loss_yes + loss_no + apart)

    tensors, o = train(p, compute, order("clipn", 10, 6), {"lr": 3e-4, "weight_decay": 0.2})
    with torch.no_grad():
        mean = text_features(tower, projection_, ids, lambda x: x + prompts.mean(0)[: x.shape[1]])
    tensors |= {
        "pixels": (pixels, "(10, 3, 56, 56)"),
        "ids": (ids, "(10, 12)"),
        "prompts": (drawn, "(20, 6): 16 stands for the mean"),
        "no_features": (mean, "(10, 24): of the captions, by the trained branch with the mean prompt"),
    }
    save(out, "clipn", clipn.__doc__, tensors, o, model="clip/quick_gelu")


def lsn(out):
    """LSN's contexts: one positive one, three negative ones for each of four classes."""
    classes, length, context = 4, 14, 6
    names = captions("loops lsn", classes, length)
    names[:, context + 1 :] = 999
    for c in range(classes):
        names[c, context + 1 : context + 2 + c % 3] = 20 + c
    labels = torch.randint(0, classes, (40,), generator=generator("loops lsn labels"))
    for side, sets, settings in [
        ("positive", 1, {"kind": "sgd", "lr": 1e-3, "weight_decay": 5e-4}),
        ("negative", 3, {"kind": "adam", "lr": 2e-3, "weight_decay": 0.0}),
    ]:
        for double in [False, True]:
            model = clip_model().requires_grad_(False)
            width = model.config.text_config.hidden_size
            contexts = 0.02 * randn(f"loops lsn {side}", sets, classes if sets > 1 else 1, context, width)
            start = contexts.clone()
            positions = model.text_model.embeddings.position_embedding.weight
            features = 2 * randn("loops lsn features", 40, 24)

            def texts(m):
                own = contexts[m].expand(classes, -1, -1) + positions[1 : 1 + context]
                change = lambda x: torch.cat([x[:, :1], own, x[:, 1 + context :]], dim=1)
                return text_features(model.text_model, model.text_projection, names, change)

            def entropy(logits, y):
                return F.cross_entropy(logits.softmax(1) if double else logits, y)

            def compute(rows, *_):
                z, y = F.normalize(features[rows], dim=1), labels[rows]
                t = [texts(m) for m in range(sets)]
                if sets == 1:
                    return entropy(100 * z @ t[0].T, y)
                loss = 0
                for m in range(sets):
                    others = [F.cosine_similarity(t[m], t[k].detach(), dim=-1) for k in range(sets) if k != m]
                    loss = loss + entropy(20 * (1 - z @ t[m].T), y) + (sum(others) / (sets - 1)).mean()
                return loss

            tensors, o = train({"contexts": contexts}, compute, order(f"lsn {side}", 40, 8), settings)
            tensors |= {
                "initial": (start, "(contexts, classes or 1, length, hidden)"),
                "ids": (names, "(4, 14): start, six places, the class's tokens, end"),
                "labels": (labels, "(40,)"),
                "features": (features, "(40, 24) of images"),
                "texts": (torch.stack([texts(m) for m in range(sets)]), "of the trained contexts"),
            }
            name = f"lsn-{side}-reference" if double else f"lsn-{side}"
            save(
                out, name, lsn.__doc__, tensors, o, model="clip/quick_gelu", side=side, contexts=sets,
                length=context, double_softmax=double,
            )


def denoiser(out):
    """v-prediction on unet/sd2-4ch with clipped gradients and an average of the parameters."""
    model = UNet2DConditionModel.from_pretrained(FIXTURES / "unet" / "sd2-4ch").train()
    scheduler = DDPMScheduler.from_config(SD | {"prediction_type": "v_prediction"})
    clean, text = randn("loops denoiser clean", 6, 4, 8, 8), randn("loops denoiser text", 6, 8, 32)
    noise = randn("loops denoiser noise", STEPS, 2, 4, 8, 8)
    times = torch.randint(0, 1000, (STEPS, 2), generator=generator("loops denoiser times"))

    def compute(rows, step, first):
        e, t = noise[step, first : first + len(rows)], times[step, first : first + len(rows)]
        noisy = scheduler.add_noise(clean[rows], e, t)
        target = scheduler.get_velocity(clean[rows], e, t)
        return F.mse_loss(model(noisy, t, text[rows]).sample, target)

    tensors, o = train(
        dict(model.named_parameters()),
        compute,
        order("denoiser", 6, 2),
        {"clip": 1.0, "ema": 0.999, "accumulation": 2, "lr": 5e-4},
    )
    tensors |= {
        "clean": (clean, "(6, 4, 8, 8) latents"),
        "context": (text, "(6, 8, 32)"),
        "noise": (noise, "(20, 2, 4, 8, 8)"),
        "timesteps": (times, "(20, 2)"),
    }
    save(out, "denoiser", denoiser.__doc__, tensors, o, model="unet/sd2-4ch", scheduler=SD)


def autoencoder(out):
    """L1 + squared error + KL on vae/two-block, posterior noise given."""
    model = AutoencoderKL.from_pretrained(FIXTURES / "vae" / "two-block").train()
    pixels = randn("loops autoencoder pixels", 4, 3, 16, 16).clamp(-2, 2) / 2
    noise = randn("loops autoencoder noise", STEPS, 2, 4, 8, 8)

    def compute(rows, step, first):
        x = pixels[rows]
        posterior = model.encode(x).latent_dist
        y = model.decode(posterior.mean + posterior.std * noise[step, first : first + len(rows)]).sample
        return F.l1_loss(y, x) + 0.5 * F.mse_loss(y, x) + 1e-3 * posterior.kl().mean()

    tensors, o = train(
        dict(model.named_parameters()), compute, order("autoencoder", 4, 2), {"clip": 1.0, "lr": 5e-4}
    )
    tensors |= {"pixels": (pixels, "(4, 3, 16, 16)"), "noise": (noise, "(20, 2, 4, 8, 8)")}
    save(out, "autoencoder", autoencoder.__doc__, tensors, o, model="vae/two-block", kl_weight=1e-3, mse_weight=0.5)


def classifier(out):
    """ResNet cross-entropy in train mode, SGD with momentum, label smoothing 0.1."""
    model = ResNetForImageClassification.from_pretrained(FIXTURES / "resnet" / "basic").train()
    pixels = randn("loops classifier pixels", 12, 3, 32, 32)
    targets = torch.randint(0, 10, (12,), generator=generator("loops classifier targets"))
    compute = lambda rows, *_: F.cross_entropy(model(pixels[rows]).logits, targets[rows], label_smoothing=0.1)
    tensors, o = train(
        dict(model.named_parameters()),
        compute,
        order("classifier", 12, 6),
        {"kind": "sgd", "lr": 1e-3, "weight_decay": 1e-4, "clip": 2.0},
    )
    tensors |= {
        "pixels": (pixels, "(12, 3, 32, 32)"),
        "labels": (targets, "(12,)"),
        "running_mean": (
            dict(model.named_buffers())["resnet.embedder.embedder.normalization.running_mean"],
            "of resnet.embedder.embedder.normalization after 20 steps",
        ),
    }
    save(out, "classifier", classifier.__doc__, tensors, o, model="resnet/basic")


def main():
    out = parse_out("training_loops", __doc__)
    for loop in [
        projection, labels_loop, joint, linear, contrastive, last_blocks, clipn, lsn, denoiser, autoencoder,
        classifier,
    ]:
        loop(out)


if __name__ == "__main__":
    main()
