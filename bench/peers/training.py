"""The loops of bench/rows/training as PyTorch's users write them: eager, torch.optim, a DataLoader."""

import math

import torch
import torch.nn.functional as F
from serve import read, serve
from torch.utils.data import DataLoader, TensorDataset
from transformers import CLIPModel


def labels_of(settings):
    return (torch.arange(settings["samples"]) * 7919) % settings["labels"]


class Projection(torch.nn.Module):
    def __init__(self, weight):
        super().__init__()
        width = weight.shape[0]
        self.linear, self.norm = torch.nn.Linear(width, width), torch.nn.LayerNorm(width)
        with torch.no_grad():
            self.linear.weight.copy_(weight)
            self.linear.bias.zero_()

    def forward(self, f):
        return F.normalize(f + F.relu(self.norm(self.linear(f))), dim=1)


def head_loop(settings, data, encode):
    """One training from a fresh head; `data` are features or pixels, `encode` makes features of a batch."""
    table, weight = read(settings["table"]), read(settings["weight"])
    rows = read(settings["order"]).long().tolist()
    projection = settings["side"] == "projection"
    dataset = TensorDataset(data, labels_of(settings))

    def run():
        losses = []
        if projection:
            model, text = Projection(weight), F.normalize(table, dim=1)
            optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-5)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, len(rows), eta_min=1e-5)
        else:
            tuned = table.clone().requires_grad_(True)
            optimiser = torch.optim.SGD([tuned], lr=2e-2, momentum=0.9, weight_decay=1e-5)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, len(rows))
        # The given order in the place of a shuffle, so that both sides see the same batches.
        for batch, labels in DataLoader(dataset, batch_sampler=rows):
            features = encode(batch)
            if projection:
                logits = 100 * model(features) @ text.T
            else:
                logits = 100 * F.normalize(features, dim=1) @ F.normalize(tuned, dim=1).T
            loss = F.cross_entropy(logits, labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        return torch.tensor(losses)

    return run


def from_features(settings, device, dtype):
    return head_loop(settings, read(settings["features"]), lambda features: features)


def from_images(settings, device, dtype):
    model = CLIPModel.from_pretrained(settings["clip"]).eval().requires_grad_(False)

    def encode(pixels):
        with torch.no_grad():
            return model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output)

    return head_loop(settings, read(settings["features"]), encode)


def contrastive_step(settings, device, dtype):
    model = CLIPModel.from_pretrained(settings["clip"]).train()
    pixels, ids = read(settings["pixels"]), read(settings["ids"]).long()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01)

    def run():
        losses = []
        for _ in range(settings["steps"]):
            loss = model(pixel_values=pixels, input_ids=ids, return_loss=True).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                model.logit_scale.clamp_(0, math.log(100))
            losses.append(loss.item())
        return torch.tensor(losses)

    return run


heads = ["features", "features-custom", "features-published"]
serve(
    {f"{side}-{kind}": from_features for side in ["projection", "labels"] for kind in heads}
    | {f"{side}-images": from_images for side in ["projection", "labels"]}
    | {"contrastive-step": contrastive_step},
    libraries=("torch", "transformers"),
)
