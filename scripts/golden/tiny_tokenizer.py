"""A CLIP tokenizer of 1000 entries: all bytes, 486 merges learnt from the words below, and the two special tokens."""

import json
from collections import Counter

from common import write_json

START, END = "<|startoftext|>", "<|endoftext|>"
MERGES = 1000 - 2 * 256 - 2
WORDS = """
a an the of in on with and only remain remains photo picture image nice this that is are near far over under
panda bear cat dog horse sheep goat bird eagle parrot penguin fish shark whale dolphin turtle snake lizard frog
insect butterfly beetle spider flower rose tulip tree forest leaf grass mountain river lake ocean beach desert
island volcano cloud rain snow storm thunder lightning rainbow sunshine moonlight star planet rocket satellite
city street bridge building castle church tower window door chair table bottle glass plate spoon kitchen
bread cheese apple banana orange lemon cherry strawberry tomato carrot potato mushroom pepper onion coffee
red green blue yellow purple pink brown black white grey golden silver wooden metal plastic stone
airplane bicycle motorcycle automobile train tractor ambulance truck helicopter submarine sailboat ship
guitar violin trumpet drum piano camera telephone television computer keyboard printer lantern hammer
shirt jacket trousers shoe boot glove scarf umbrella backpack ribbon crown ring necklace
small large tiny huge bright dark round square striped spotted background foreground texture pattern weather
negative positive label boundary class score sample latent energy distribution outlier detector context element
running jumping sleeping eating flying swimming walking standing sitting playing watching holding
""".split()


def byte_alphabet():
    """The printable character that stands for each byte, in the order of CLIP's vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    return [chr(b) for b in plain] + [chr(256 + n) for n in range(len(others))]


def learn_merges():
    """Byte-pair encoding: the most frequent pair first; ties go to the pair that sorts first."""
    words = [[*word[:-1], word[-1] + "</w>"] for word in WORDS]
    merges = []
    while len(merges) < MERGES:
        pairs = Counter(pair for word in words for pair in zip(word, word[1:]))
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for word in words:
            i = 0
            while i < len(word) - 1:
                if (word[i], word[i + 1]) == best:
                    word[i : i + 2] = ["".join(best)]
                i += 1
    return merges


def write_files(folder, pad):
    """vocab.json, merges.txt and the two configurations, the files a Stable Diffusion 1 or 2 tokenizer folder has."""
    folder.mkdir(parents=True, exist_ok=True)
    merges = learn_merges()
    alphabet = byte_alphabet()
    tokens = [*alphabet, *(c + "</w>" for c in alphabet), *("".join(m) for m in merges), START, END]
    assert len(tokens) == len(set(tokens)) == 1000
    vocab = {token: n for n, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False) + "\n")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    special = {
        "bos_token": START,
        "eos_token": END,
        "unk_token": END,
        "pad_token": pad,
    }
    write_json(folder / "special_tokens_map.json", special)
    config = dict(special, model_max_length=77, do_lower_case=True, add_prefix_space=False, errors="replace")
    write_json(folder / "tokenizer_config.json", dict(config, tokenizer_class="CLIPTokenizer"))
