"""Writes test/fixtures/tokenizer/golden.json: ids by transformers for the tokenizers of the inpaint fixtures."""

import json
import pathlib

from transformers import CLIPTokenizer

fixtures = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures"
TEXTS = [
    "",
    "a photo of a panda",
    "A Photo only remain   green\tgrass,\n2 birds and the MOUNTAIN's lake!",
    "don't we'll they've I'm he'd you're it's",
    "caf\u00e9 cafe\u0301 na\u00efve \u4e2d\u6587 \U0001f43c\u2764\ufe0f \u00bd \u0663 \u01c5",
    "<|startoftext|> inside <|endoftext|> tail",
    "wow!!! a!b ! end!",
    "\u201ccurly\u201d &amp; \ufb01ne x_y-z 3.14159",
    "tree " * 100,
    "\u0130stanbul STRASSE \u1e9e",
]


def ids(folder, **options):
    tokenizer = CLIPTokenizer.from_pretrained(fixtures / "inpaint" / folder / "tokenizer")
    return tokenizer(TEXTS, truncation=True, **options).input_ids


golden = {
    "texts": TEXTS,
    "cases": [
        {
            "folder": folder,
            "maxLength": length,
            "pad": True,
            "ids": ids(folder, padding="max_length", max_length=length),
        }
        for folder in ("pipeline-9ch", "pipeline-4ch")
        for length in (77, 12)
    ]
    + [
        {
            "folder": "pipeline-9ch",
            "maxLength": 40,
            "pad": False,
            "ids": ids("pipeline-9ch", padding=True, max_length=40),
        }
    ],
}
out = fixtures / "tokenizer"
out.mkdir(parents=True, exist_ok=True)
(out / "golden.json").write_text(json.dumps(golden) + "\n")
