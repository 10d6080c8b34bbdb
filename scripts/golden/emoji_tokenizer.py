"""Token ids of Emoji World's tokenizer, as the `tokenizers` library (in Rust) gives them."""

import argparse
import json
from pathlib import Path

from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "a photo of a red apple",
    "A photo only remain bank and anchor.",
    "the  nice Chili pepper with t-shirt",
    "a nice snail with mushroom on an orange background",
    "caf\u0065\u0301 12 zyx, isn't it?",
    "\u5b57 \U0001f98a!?",
    "",
]

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, default=ROOT / "test" / "fixtures" / "emoji_tokenizer")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)
tokenizer = Tokenizer.from_file(str(ROOT / "assets" / "emoji-world" / "tokenizer" / "tokenizer.json"))
rows = [{"text": text, "ids": tokenizer.encode(text).ids} for text in TEXTS]
lines = ",\n".join("  " + json.dumps(row) for row in rows)
(out / "ids.json").write_text(f"[\n{lines}\n]\n")
