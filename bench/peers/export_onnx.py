"""python export_onnx.py FOLDER FILE: a CLIP vision tower of transformers as an ONNX graph, for onnxruntime-node. Needs the package onnx."""

import os
import sys

import torch
from transformers import CLIPVisionModelWithProjection


class Features(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        return self.model(pixels).image_embeds


def main(folder, path):
    model = CLIPVisionModelWithProjection.from_pretrained(folder, attn_implementation="eager").eval()
    side = model.config.image_size
    names = {"pixels": {0: "images"}, "features": {0: "images"}}
    beside = f"{path}.part"
    # The exporter that unrolls the graph by tracing: ONNX Runtime's own optimisations find its patterns.
    torch.onnx.export(
        Features(model),
        (torch.zeros(2, 3, side, side),),
        beside,
        dynamo=False,
        opset_version=17,
        input_names=["pixels"],
        output_names=["features"],
        dynamic_axes=names,
    )
    os.replace(beside, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
