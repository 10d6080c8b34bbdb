"""Every training loop for a few steps on fixed batches: each loss and some final weights."""

import math

import torch
import torch.nn.functional as F
from common import FIXTURES, generator, parse_out, randn, save_golden
from diffusers import AutoencoderKL, DDPMScheduler, UNet2DConditionModel
from safetensors.torch import load_file
from schedulers import SD
from transformers import CLIPModel, ResNetForImageClassification

LOGIT_SCALE = 100.0


def stack(losses):
    return torch.stack([loss.detach() for loss in losses])


def cosine(step, steps, top, bottom=0.0):
    return bottom + (top - bottom) * (1 + math.cos(math.pi * step / steps)) / 2


def order(name, count, batch, steps):
    """Which rows each step sees: shuffled epochs one after another, the last short batch left out."""
    g = generator(name)
    rows = []
    while len(rows) < steps:
        shuffled = torch.randperm(count, generator=g)
        rows.extend(shuffled[i : i + batch] for i in range(0, count - batch + 1, batch))
    return torch.stack(rows[:steps])


def projection(out):
    """f' = normalise(f + ReLU(LayerNorm(W f + b))), cross-entropy over prompts, Adam, cosine per step."""
    width, prompts, count, batch, steps = 24, 11, 40, 8, 10
    text = F.normalize(randn("projection text", prompts, width), dim=1)
    labels = torch.randint(0, prompts, (count,), generator=generator("projection labels"))
    features = 3 * text[labels] + 0.6 * randn("projection features", count, width)
    linear, norm = torch.nn.Linear(width, width), torch.nn.LayerNorm(width)
    with torch.no_grad():
        linear.weight.copy_(randn("projection W", width, width) / width**0.5)
        linear.bias.copy_(0.1 * randn("projection b", width))
        norm.weight.copy_(1 + 0.1 * randn("projection gamma", width))
        norm.bias.copy_(0.1 * randn("projection beta", width))
    named = {
        "linear.weight": linear.weight,
        "linear.bias": linear.bias,
        "norm.weight": norm.weight,
        "norm.bias": norm.bias,
    }
    tensors = {f"initial/{k}": (v.detach().clone(), "before the first step") for k, v in named.items()}

    def project(f):
        return F.normalize(f + F.relu(norm(linear(f))), dim=1)

    optimiser = torch.optim.Adam(named.values(), lr=1e-3, weight_decay=1e-5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=steps, eta_min=1e-5)
    batches, losses, rates = order("projection order", count, batch, steps), [], []
    tensors["projected_before"] = (project(features), "f' of all features, initial weights")
    for step, rows in enumerate(batches):
        rates.append(optimiser.param_groups[0]["lr"])
        assert abs(rates[-1] - cosine(step, steps, 1e-3, 1e-5)) < 1e-12
        loss = F.cross_entropy(LOGIT_SCALE * project(features[rows]) @ text.T, labels[rows])
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            tensors.update(
                {f"first_grad/{k}": (v.grad.clone(), "of the first step") for k, v in named.items()}
            )
        optimiser.step()
        schedule.step()
        losses.append(loss)
    tensors |= {
        "features": (features, "(40, 24), not normalised"),
        "text": (text, "(11, 24), normalised prompts, fixed"),
        "labels": (labels, "(40,)"),
        "batches": (batches, "(10, 8) rows of each step"),
        "rates": (torch.tensor(rates, dtype=torch.float64), "learning rate of each step"),
        "losses": (stack(losses), "before each update, mean over the batch"),
        "projected_after": (project(features), "f' of all features, final weights"),
        **{f"final/{k}": (v, "after ten steps") for k, v in named.items()},
    }
    settings = {
        "optimiser": "torch.optim.Adam: weight decay is added to the gradient (L2), betas .9 .999, eps 1e-8",
        "lr": 1e-3,
        "weight_decay": 1e-5,
        "schedule": "rate(i) = 1e-5 + (1e-3 - 1e-5) (1 + cos(pi i / 10)) / 2, i = 0..9",
        "layer_norm_eps": 1e-5,
        "logit_scale": LOGIT_SCALE,
        "cross_entropy": "logits = 100 f' text^T; the text is normalised beforehand, W acts on raw f",
    }
    save_golden(out / "projection", projection.__doc__, tensors, settings)


def labels(out):
    """Negative label features are the parameters: cross-entropy of images over them, SGD, cosine per step."""
    width, count_labels, count, batch, steps = 24, 7, 40, 8, 10
    initial = randn("labels w", count_labels, width) * 2
    targets = torch.randint(0, count_labels, (count,), generator=generator("labels targets"))
    features = initial[targets] + 4 * randn("labels features", count, width)
    w = initial.clone().requires_grad_(True)
    optimiser = torch.optim.SGD([w], lr=2e-2, momentum=0.9, weight_decay=1e-5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=steps)
    batches, losses, rates = order("labels order", count, batch, steps), [], []
    for step, rows in enumerate(batches):
        rates.append(optimiser.param_groups[0]["lr"])
        assert abs(rates[-1] - cosine(step, steps, 2e-2)) < 1e-12
        logits = LOGIT_SCALE * F.normalize(features[rows], dim=1) @ F.normalize(w, dim=1).T
        loss = F.cross_entropy(logits, targets[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss)
    tensors = {
        "features": (features, "(40, 24), not normalised"),
        "initial": (initial, "(7, 24), not normalised"),
        "targets": (targets, "(40,)"),
        "batches": (batches, "(10, 8) rows of each step"),
        "rates": (torch.tensor(rates, dtype=torch.float64), "learning rate of each step"),
        "losses": (stack(losses), "before each update, mean over the batch"),
        "final": (w, "(7, 24), as the optimiser leaves it: not normalised again"),
    }
    settings = {
        "optimiser": "torch.optim.SGD, dampening 0, no Nesterov, weight decay added to the gradient",
        "lr": 2e-2,
        "momentum": 0.9,
        "weight_decay": 1e-5,
        "schedule": "rate(i) = 2e-2 (1 + cos(pi i / 10)) / 2, i = 0..9",
        "logits": "100 normalise(f) normalise(w)^T; both normalised inside the loss, so gradients pass through",
    }
    save_golden(out / "labels", labels.__doc__, tensors, settings)


def neglabel(out):
    """NegMining, then the grouped NegLabel score with a fixed permutation."""
    width, positives, negatives, images, groups, share = 24, 9, 50, 12, 4, 0.15
    unit = lambda name, n: F.normalize(randn(f"neglabel {name}", n, width), dim=1)
    pos, neg, features = unit("pos", positives), unit("neg", negatives), unit("features", images)
    features[::2] = F.normalize(features[::2] + 1.5 * pos[:6], dim=1)
    # The quantile as the authors take it, on each candidate's cosines to all InD labels.
    nearness = torch.quantile(neg @ pos.T, 0.95, dim=1)
    ranked = torch.argsort(nearness)
    mined = ranked[: int(negatives * share)]
    cosines = torch.cat([features @ pos.T, features @ neg.T], dim=1)
    permutation = torch.randperm(negatives, generator=generator("neglabel permutation"))
    kept = negatives - negatives % groups

    def grouped(temperature, chosen):
        logits = cosines / temperature
        top = logits[:, :positives].double().logsumexp(1, keepdim=True)
        side = logits[:, positives + chosen].double().reshape(images, groups, -1).logsumexp(2)
        return (1 / (1 + torch.exp(side - top))).mean(1).float()

    # The trailing labels go first, then those that stay are permuted among themselves.
    inner = permutation[permutation < kept]
    tensors = {
        "positives": (pos, "(9, 24) normalised InD labels"),
        "negatives": (neg, "(50, 24) normalised candidates"),
        "features": (features, "(12, 24) normalised images; even rows lie near a positive"),
        "nearness": (
            nearness,
            "quantile .95 (linear interpolation) of a candidate's cosines to the positives",
        ),
        "ranked": (ranked, "candidates by nearness, ascending"),
        "mined": (mined, "the lowest 15 %: trunc(50 * .15) = 7"),
        "permutation": (inner, "of the 48 negatives that stay once the last 50 mod 4 are dropped"),
        "score": (grouped(0.01, inner), "grouped, temperature .01"),
        "score_T1": (grouped(1.0, inner), "grouped, temperature 1"),
        "score_identity": (grouped(0.01, torch.arange(kept)), "grouped, no permutation, temperature .01"),
    }
    plain = torch.softmax(cosines.double() / 0.01, dim=1)[:, :positives].sum(1).float()
    tensors["score_ungrouped"] = (plain, "one group of all 50 negatives, temperature .01")
    settings = {"groups": groups, "share": share, "quantile": 0.95}
    settings["rule"] = "negatives[permutation] in groups of 12 consecutive; S = mean_g P / (P + N_g)"
    save_golden(out / "neglabel", neglabel.__doc__, tensors, settings)


def run_steps(model, optimiser, compute, steps, watch, batches):
    """Trains; returns losses, the first gradients of the watched parameters, and their final values."""
    losses, tensors = [], {}
    named = dict(model.named_parameters())
    for step in range(steps):
        loss = compute(*(b[step] for b in batches))
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            tensors |= {f"first_grad/{k}": (named[k].grad.clone(), "of the first step") for k in watch}
        optimiser.step()
        losses.append(loss)
        if step == 0:
            tensors |= {f"after_1/{k}": (named[k].detach().clone(), "after one step") for k in watch}
    tensors |= {f"final/{k}": (named[k], f"after {steps} steps") for k in watch}
    tensors["losses"] = (stack(losses), "before each update")
    return tensors


ADAMW = {"optimiser": "torch.optim.AdamW: decoupled weight decay, betas .9 .999, eps 1e-8", "steps": 3}


def contrastive(out):
    """CLIP's symmetric contrastive loss on clip/quick_gelu, AdamW, all parameters and logit_scale."""
    model = CLIPModel.from_pretrained(FIXTURES / "clip" / "quick_gelu").train()
    g = generator("contrastive ids")
    ids = torch.randint(10, 900, (3, 4, 77), generator=g)
    for step in range(3):
        for row in range(4):
            ids[step, row, 0] = 998
            ids[step, row, 5 + 3 * row + step :] = 999
    pixels = randn("contrastive pixels", 3, 4, 3, 56, 56)
    rate, decay = 1e-3, 0.05
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    compute = lambda p, i: model(pixel_values=p, input_ids=i, return_loss=True).loss
    watch = [
        "logit_scale",
        "visual_projection.weight",
        "text_projection.weight",
        "vision_model.embeddings.patch_embedding.weight",
        "vision_model.embeddings.class_embedding",
        "vision_model.pre_layrnorm.bias",
        "vision_model.encoder.layers.0.self_attn.q_proj.weight",
        "text_model.encoder.layers.4.mlp.fc1.bias",
        "text_model.embeddings.position_embedding.weight",
    ]
    tensors = run_steps(model, optimiser, compute, 3, watch, [pixels, ids])
    tensors["pixel_values"] = (pixels, "(3 steps, 4, 3, 56, 56)")
    tensors["input_ids"] = (ids, "(3 steps, 4, 77), end and padding 999")
    settings = dict(ADAMW, model="clip/quick_gelu", lr=rate, weight_decay=decay)
    settings["loss"] = (
        "(CE over rows + CE over columns) / 2 of exp(logit_scale) cosines; weight decay on every parameter"
    )
    save_golden(out / "contrastive", contrastive.__doc__, tensors, settings)


def denoiser(out):
    """The epsilon mean squared error of DDPM on unet/sd1-9ch and unet/sd2-4ch, AdamW."""
    for name in ["sd1-9ch", "sd2-4ch"]:
        model = UNet2DConditionModel.from_pretrained(FIXTURES / "unet" / name).train()
        scheduler = DDPMScheduler.from_config(SD)
        noise, clean = (randn(f"denoiser {name} {x}", 3, 2, 4, 16, 16) for x in ["noise", "clean"])
        text = randn(f"denoiser {name} text", 3, 2, 77, 32)
        extra = randn(f"denoiser {name} extra", 3, 2, model.config.in_channels - 4, 16, 16)
        timesteps = torch.tensor([[10, 900], [400, 601], [0, 999]])
        rate, decay = 1e-3, 1e-2
        optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)

        def compute(x, e, t, c, more):
            noisy = torch.cat([scheduler.add_noise(x, e, t), more], dim=1)
            return F.mse_loss(model(noisy, t, c).sample, e)

        watch = [
            "conv_in.weight",
            "time_embedding.linear_1.weight",
            "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight",
            "mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj.weight",
            "up_blocks.0.resnets.0.conv_shortcut.weight",
            "conv_norm_out.weight",
            "conv_out.bias",
        ]
        tensors = run_steps(model, optimiser, compute, 3, watch, [clean, noise, timesteps, text, extra])
        tensors |= {
            "clean": (clean, "(3 steps, 2, 4, 16, 16) latents"),
            "noise": (noise, "the target"),
            "timesteps": (timesteps, "(3 steps, 2)"),
            "encoder_hidden_states": (text, "(3 steps, 2, 77, 32)"),
        }
        if extra.numel():
            tensors["extra_channels"] = (
                extra,
                "concatenated behind the noisy latent: mask and masked latent",
            )
        settings = dict(ADAMW, model=f"unet/{name}", lr=rate, weight_decay=decay, scheduler=SD)
        settings["loss"] = "mean over all elements of (unet(add_noise(clean, noise, t)) - noise)^2"
        save_golden(out / f"denoiser-{name}", denoiser.__doc__, tensors, settings)


def autoencoder(out):
    """L1 reconstruction + kl_weight * KL on vae/two-block, posterior noise given, AdamW."""
    model = AutoencoderKL.from_pretrained(FIXTURES / "vae" / "two-block").train()
    pixels = randn("autoencoder pixels", 3, 2, 3, 32, 32).clamp(-2, 2) / 2
    noise = randn("autoencoder noise", 3, 2, 4, 16, 16)
    rate, decay, weight = 1e-3, 1e-2, 1e-3
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    parts = []

    def compute(x, e):
        posterior = model.encode(x).latent_dist
        reconstruction = model.decode(posterior.mean + posterior.std * e).sample
        l1, kl = F.l1_loss(reconstruction, x), posterior.kl().mean()
        parts.append(torch.stack([l1, kl]).detach())
        return l1 + weight * kl

    watch = [
        "encoder.conv_in.weight",
        "encoder.mid_block.attentions.0.to_q.weight",
        "quant_conv.weight",
        "post_quant_conv.bias",
        "decoder.up_blocks.0.resnets.0.norm1.weight",
        "decoder.conv_out.weight",
    ]
    tensors = run_steps(model, optimiser, compute, 3, watch, [pixels, noise])
    tensors["pixels"] = (pixels, "(3 steps, 2, 3, 32, 32) in [-1, 1]")
    tensors["posterior_noise"] = (noise, "(3 steps, 2, 4, 16, 16)")
    tensors["parts"] = (torch.stack(parts), "(3, 2): L1, KL")
    settings = dict(ADAMW, model="vae/two-block", lr=rate, weight_decay=decay, kl_weight=weight)
    settings["loss"] = (
        "mean |decode(mean + exp(logvar / 2) e) - x| + kl_weight * mean over samples of "
        "sum over latent elements of (mean^2 + exp(logvar) - 1 - logvar) / 2"
    )
    save_golden(out / "autoencoder", autoencoder.__doc__, tensors, settings)


def classifier(out):
    """ResNet cross-entropy in train mode (batch statistics; running ones updated), SGD."""
    for name in ["basic", "bottleneck"]:
        model = ResNetForImageClassification.from_pretrained(FIXTURES / "resnet" / name).train()
        pixels = randn(f"classifier {name} pixels", 3, 6, 3, 48, 48)
        targets = torch.randint(0, 10, (3, 6), generator=generator(f"classifier {name} targets"))
        settings = {"lr": 1e-2, "momentum": 0.9, "weight_decay": 1e-4}
        optimiser = torch.optim.SGD(model.parameters(), **settings)
        compute = lambda p, t: F.cross_entropy(model(p).logits, t)
        watch = [
            "resnet.embedder.embedder.convolution.weight",
            "resnet.embedder.embedder.normalization.weight",
            "resnet.encoder.stages.1.layers.0.shortcut.convolution.weight",
            "resnet.encoder.stages.2.layers.0.layer.1.convolution.weight",
            "classifier.1.weight",
        ]
        tensors = run_steps(model, optimiser, compute, 3, watch, [pixels, targets])
        buffers = dict(model.named_buffers())
        for part in ["embedder.embedder", "encoder.stages.2.layers.0.shortcut"]:
            for kind in ["running_mean", "running_var", "num_batches_tracked"]:
                key = f"resnet.{part}.normalization.{kind}"
                tensors[f"final/{key}"] = (buffers[key], "after 3 steps")
        tensors["pixel_values"] = (pixels, "(3 steps, 6, 3, 48, 48)")
        tensors["targets"] = (targets, "(3 steps, 6)")
        model.eval()
        with torch.no_grad():
            tensors["final_logits"] = (
                model(pixels[0]).logits,
                "of the first batch, eval mode, final weights",
            )
        settings |= {
            "model": f"resnet/{name}",
            "optimiser": "torch.optim.SGD, dampening 0, no Nesterov, weight decay added to the gradient",
            "batch_norm": "momentum .1, eps 1e-5, unbiased variance in the running statistics",
            "steps": 3,
        }
        save_golden(out / f"classifier-{name}", classifier.__doc__, tensors, settings)


def main():
    out = parse_out("training", __doc__)
    for topic in [projection, labels, neglabel, contrastive, denoiser, autoencoder, classifier]:
        topic(out)


if __name__ == "__main__":
    main()
