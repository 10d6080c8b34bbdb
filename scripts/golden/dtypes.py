"""Writes test/fixtures/weights/dtypes.safetensors with the reference library (numpy, safetensors)."""

import pathlib

import numpy as np
from safetensors.numpy import save_file

folder = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "weights"
folder.mkdir(parents=True, exist_ok=True)
save_file(
    {
        "f32": np.arange(6, dtype="f4").reshape(2, 3),
        "f16": np.array([0.5, -2, 65504], dtype="f2"),
        "f64": np.array([0.1]),
        "i64": np.array([-1, 1 << 40]),
        "i32": np.array(-7, dtype="i4"),
        "u8": np.array([255], dtype="u1"),
        "empty": np.zeros((0, 4), dtype="f4"),
    },
    folder / "dtypes.safetensors",
    {"format": "np"},
)
