"""Tiny CLIP models (both activations, both ways of finding the end of text) with image and text features."""

import torch
from common import generator, parse_out, randn, randomise, save_golden, save_model, write_json
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPConfig,
    CLIPModel,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
)

VOCAB, POSITIONS = 1000, 77


def make_config(activation, eos):
    shared = dict(hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=5)
    return CLIPConfig(
        text_config=dict(
            shared,
            vocab_size=VOCAB,
            max_position_embeddings=POSITIONS,
            hidden_act=activation,
            bos_token_id=0,
            pad_token_id=1,
            eos_token_id=eos,
        ),
        vision_config=dict(shared, image_size=56, patch_size=14, hidden_act=activation),
        projection_dim=24,
    )


def make_ids(eos):
    """Four rows whose end lies elsewhere each; the last one is padded with the end token itself."""
    g = generator(f"clip ids {eos}")
    ids = torch.randint(10, 900, (4, POSITIONS), generator=g)
    end = 999 if eos == 2 else eos  # eos_token_id 2 means: pool at the largest id
    ids[:, 0] = 0
    for row, length in enumerate([1, 7, POSITIONS - 2, 20]):
        ids[row, length + 1] = end
        ids[row, length + 2 :] = end if row == 3 else 1
    return ids


def pooled(output):
    return output if torch.is_tensor(output) else output.pooler_output


def open_clip_state(state):
    """The same weights under OpenAI's and OpenCLIP's names: fused q|k|v, and projections transposed."""
    result = {"logit_scale": state["logit_scale"]}
    for source, target in [("text_model.", ""), ("vision_model.", "visual.")]:
        part = {k.removeprefix(source): v for k, v in state.items() if k.startswith(source)}
        for n in range(1 + max(int(k.split(".")[2]) for k in part if k.startswith("encoder.layers."))):
            layer, block = f"encoder.layers.{n}.", f"{target}transformer.resblocks.{n}."
            for kind in ["weight", "bias"]:
                thirds = [part[f"{layer}self_attn.{x}_proj.{kind}"] for x in "qkv"]
                result[f"{block}attn.in_proj_{kind}"] = torch.cat(thirds)
                for ours, theirs in [
                    ("self_attn.out_proj", "attn.out_proj"),
                    ("layer_norm1", "ln_1"),
                    ("layer_norm2", "ln_2"),
                    ("mlp.fc1", "mlp.c_fc"),
                    ("mlp.fc2", "mlp.c_proj"),
                ]:
                    result[f"{block}{theirs}.{kind}"] = part[f"{layer}{ours}.{kind}"]
        norms = [("final_layer_norm", "ln_final")]
        if target:
            norms = [("pre_layrnorm", "ln_pre"), ("post_layernorm", "ln_post")]
        for ours, theirs in norms:
            for kind in ["weight", "bias"]:
                result[f"{target}{theirs}.{kind}"] = part[f"{ours}.{kind}"]
    text, visual = "text_model.embeddings.", "vision_model.embeddings."
    result["token_embedding.weight"] = state[text + "token_embedding.weight"]
    result["positional_embedding"] = state[text + "position_embedding.weight"]
    result["text_projection"] = state["text_projection.weight"].T
    result["visual.conv1.weight"] = state[visual + "patch_embedding.weight"]
    result["visual.class_embedding"] = state[visual + "class_embedding"]
    result["visual.positional_embedding"] = state[visual + "position_embedding.weight"]
    result["visual.proj"] = state["visual_projection.weight"].T
    return {k: v.contiguous() for k, v in result.items()}


def save_open_clip(model, folder):
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "embed_dim": 24,
        "quick_gelu": True,
        "vision_cfg": {
            "image_size": 56,
            "patch_size": 14,
            "layers": 5,
            "width": 32,
            "head_width": 8,
            "mlp_ratio": 37 / 32,
        },
        "text_cfg": {
            "context_length": POSITIONS,
            "vocab_size": VOCAB,
            "width": 32,
            "heads": 4,
            "layers": 5,
            "mlp_ratio": 37 / 32,
        },
    }
    write_json(folder / "open_clip_config.json", {"model_cfg": config})
    save_file(open_clip_state(model.state_dict()), folder / "open_clip_model.safetensors")


@torch.no_grad()
def main():
    out = parse_out("clip", __doc__)
    for activation, eos in [("quick_gelu", 2), ("gelu", 7)]:
        folder = out / activation
        model = randomise(CLIPModel(make_config(activation, eos)), f"clip {activation}", gain=1.5)
        save_model(model, folder)
        pixels, ids = randn("clip pixels", 3, 3, 56, 56), make_ids(eos)
        text = model.text_model(ids, output_hidden_states=True)
        vision = model.vision_model(pixels, output_hidden_states=True)
        both = model(input_ids=ids, pixel_values=pixels)
        save_golden(
            folder,
            f"CLIPModel, {activation}, eos_token_id {eos}. No attention mask is given: only the causal one.",
            {
                "pixel_values": (pixels, "(N, 3, 56, 56) normalised pixels"),
                "image_embeds": (pooled(model.get_image_features(pixels)), "projected, not normalised"),
                "vision_pooler_output": (vision.pooler_output, "class token after post_layernorm"),
                "vision_last_hidden_state": (vision.last_hidden_state, "before post_layernorm"),
                "input_ids": (ids, "(N, 77)"),
                "text_embeds": (pooled(model.get_text_features(ids)), "projected, not normalised"),
                "last_hidden_state": (text.last_hidden_state, "after final_layer_norm"),
                "pooler_output": (text.pooler_output, "last_hidden_state at the end token"),
                "hidden_states_-2": (text.hidden_states[-2], "input of the last layer, no final_layer_norm"),
                "logits_per_image": (both.logits_per_image, "exp(logit_scale) * cosines"),
            },
            {"activation": activation, "eos_token_id": eos, "projection_dim": 24},
        )

        text_only = CLIPTextModel(model.config.text_config).eval()
        text_only.load_state_dict(model.text_model.state_dict(), strict=False)
        five = out / f"{activation}-text"
        save_model(text_only, five)
        assert torch.equal(CLIPTextModel.from_pretrained(five)(ids).last_hidden_state, text.last_hidden_state)
        keys = load_file(five / "model.safetensors")
        assert not any(k.startswith("text_model.") for k in keys)

        four = out / f"{activation}-text-prefixed"
        save_model(text_only, four)
        prefixed = {f"text_model.{k}": v for k, v in keys.items()}
        prefixed["text_model.embeddings.position_ids"] = torch.arange(POSITIONS)[None]
        save_file(prefixed, four / "model.safetensors", metadata={"format": "pt"})

        if activation == "gelu":
            continue
        save_open_clip(model, out / "open_clip")
        for kind, cls in [("text", CLIPTextModelWithProjection), ("vision", CLIPVisionModelWithProjection)]:
            part = getattr(model.config, f"{kind}_config")
            part.projection_dim = model.config.projection_dim
            alone = cls(part).eval()
            missing = alone.load_state_dict(model.state_dict(), strict=False).missing_keys
            assert not missing, missing
            save_model(alone, out / f"{activation}-{kind}-projection")


if __name__ == "__main__":
    main()
