#!/usr/bin/env python3
"""Writes tests/golden/pretrained/: small models with random weights as Hugging Face's transformers saves them, and what
they compute.

  make-pretrained.py      (made with transformers 5.24.0, torch 2.15.0)

NAME/ is a folder as save_pretrained writes it; NAME.safetensors beside it holds what went in and what came out, F32 and
I64: images or ids with lengths, tokens (the last hidden state) and pooled (what guisectl encode calls so). Weights are
spread wider than at an initialisation, so that a wrong layer cannot hide behind its residual.
"""
import json, os, shutil
import torch, transformers as t
from safetensors.torch import save_file

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pretrained")
VIT = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, image_size=24, patch_size=8)
BERT = dict(vocab_size=40, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, max_position_embeddings=16)
TEXT = dict(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, max_position_embeddings=12,
            bos_token_id=38, eos_token_id=39, pad_token_id=1)
VISION = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=20, image_size=24, patch_size=8)
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] a man woman in the red coat with bag ##s blue".split()


def make(name, cls, config, seed, **how):
    """The model, saved. dtype: what it is saved as; it computes in F32 with the rounded weights."""
    torch.manual_seed(seed)
    model = cls(config).eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            x = torch.randn(p.shape)
            p.copy_(x * 0.5 if "embedd" in key else 1 + 0.2 * x if p.ndim == 1 and "norm" in key.lower() and key.endswith("weight")
                    else 0.2 * x if p.ndim < 2 else x * p[0].numel() ** -0.5)
    model = model.to(how.pop("dtype", torch.float32))
    folder = os.path.join(OUT, name); shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, **how)
    if os.path.exists(folder + "/generation_config.json"): os.remove(folder + "/generation_config.json")
    return model.float()


def keep(name, **arrays):
    save_file({k: v.detach().contiguous() for k, v in arrays.items()}, os.path.join(OUT, name + ".safetensors"))


def images(*shape):
    return 2 * torch.rand(shape) - 1


def texts(first, last, vocab, lengths, longest):
    """Ragged ids: one after the other, and how long each is."""
    rows = [[first] + torch.randint(4, min(vocab, 38), (n - 2,)).tolist() + [last] for n in lengths]
    padded = torch.zeros(len(rows), longest, dtype=torch.long)
    for i, row in enumerate(rows): padded[i, :len(row)] = torch.tensor(row)
    return torch.tensor(sum(rows, [])), torch.tensor([len(r) for r in rows]), padded


def vit(name, cls=t.ViTModel, seed=0, size=None, **how):
    base = make(name, cls, t.ViTConfig(**VIT), seed, **how)
    model = base if cls is t.ViTModel else base.vit
    torch.manual_seed(seed + 100)
    x = images(3, 3, *(size or (24, 24)))
    tokens = model(x, interpolate_pos_encoding=size is not None).last_hidden_state[:, 1:]
    keep(name, images=x, tokens=tokens, pooled=tokens.mean(1))


def bert(name, cls=t.BertModel, seed=0, **how):
    base = make(name, cls, t.BertConfig(**BERT), seed, **how)
    model = base if cls is t.BertModel else base.bert
    torch.manual_seed(seed + 100)
    ids, lengths, padded = texts(2, 3, 40, [16, 2, 7, 5], 16)
    mask = torch.arange(16)[None] < lengths[:, None]
    x = model(padded, attention_mask=mask.long()).last_hidden_state
    tokens = torch.cat([x[i, :n] for i, n in enumerate(lengths)])
    keep(name, ids=ids, lengths=lengths, tokens=tokens, pooled=torch.stack([x[i, :n].mean(0) for i, n in enumerate(lengths)]))
    with open(os.path.join(OUT, name, "vocab.txt"), "w") as f: f.write("\n".join(WORDS) + "\n")


def clip_texts(model, last):
    ids, lengths, padded = texts(38, last, 38, [12, 3, 8, 5], 12)
    for i, n in enumerate(lengths): padded[i, n:] = last if last == 39 else 1
    return ids, lengths, padded


def clip_text(name, cls=t.CLIPTextModelWithProjection, seed=0, **change):
    config = t.CLIPTextConfig(**dict(TEXT, projection_dim=10, **change))
    model = make(name, cls, config, seed)
    torch.manual_seed(seed + 100)
    ids, lengths, padded = clip_texts(model, 39)
    out = model(padded)
    pooled = out.text_embeds if cls is t.CLIPTextModelWithProjection else out.pooler_output
    keep(name, ids=ids, lengths=lengths, tokens=torch.cat([out.last_hidden_state[i, :n] for i, n in enumerate(lengths)]), pooled=pooled)


def clip(name, seed=0, **how):
    model = make(name, t.CLIPModel, t.CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=10), seed, **how)
    torch.manual_seed(seed + 100)
    ids, lengths, padded = clip_texts(model, 39)
    x = images(3, 3, 24, 24)
    text, vision = model.text_model(padded), model.vision_model(x)
    keep((name if "-" in name else name + "-of") + "-text", ids=ids, lengths=lengths, tokens=torch.cat([text.last_hidden_state[i, :n] for i, n in enumerate(lengths)]),
         pooled=model.text_projection(text.pooler_output))
    keep((name if "-" in name else name + "-of") + "-vision", images=x, tokens=vision.last_hidden_state, pooled=model.visual_projection(vision.pooler_output))


def clip_vision(name, seed=0):
    model = make(name, t.CLIPVisionModel, t.CLIPVisionConfig(**VISION), seed)
    torch.manual_seed(seed + 100)
    x = images(3, 3, 24, 24); out = model(x)
    keep(name, images=x, tokens=out.last_hidden_state, pooled=out.pooler_output)


def main():
    shutil.rmtree(OUT, ignore_errors=True); os.makedirs(OUT)
    with torch.no_grad():
        vit("vit"); vit("vit-classifier", t.ViTForImageClassification, 1); vit("vit-wide", seed=2, size=(48, 16))
        vit("vit-half", seed=3, dtype=torch.float16); vit("vit-bfloat16", seed=4, dtype=torch.bfloat16)
        vit("vit-shards", seed=5, max_shard_size="8KB")
        bert("bert"); bert("bert-masked", t.BertForMaskedLM, 6); bert("bert-pretraining", t.BertForPreTraining, 7)
        bert("bert-shards-bfloat16", seed=8, dtype=torch.bfloat16, max_shard_size="6KB")
        clip("clip"); clip("clip-shards", 9, max_shard_size="12KB")
        clip_text("clip-text-projected", seed=10)
        clip_text("clip-text", t.CLIPTextModel, 11)
        clip_text("clip-text-old", seed=12, eos_token_id=2)      # the largest id is the end
        clip_text("clip-text-gelu", seed=13, hidden_act="gelu")
        clip_vision("clip-vision", 14)


if __name__ == "__main__": main()
