#!/usr/bin/env python3
"""Times the executable specification in PyTorch on the batch that `guisectl bench NAME --save DIR` wrote.

  bench-reference.py REFERENCE.py DIR [--what step|vision|text|gemm] [--threads N] [--steps N] [--trim] [--sdpa] [--bf16]

step is the same update as the program's: losses, GradNorm past its warm-up, backward, Adam; what config.json freezes needs
no gradient. vision and text are the encoders forward, text over the identity texts. --trim cuts each text batch to its
longest text and --sdpa attends with PyTorch's fused kernel; the specification itself does neither. --bf16 runs under
autocast. Prints the median in milliseconds (of gemm, which needs no DIR's content: GFLOP/s at 768). The thread setting is the
caller's: OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and OMP_WAIT_POLICY count too.
"""
import argparse, contextlib, importlib.util, statistics, time


def fused(r):
    def attend(q, k, v, heads, key_mask=None):
        B, L, D = q.shape; M, d = k.shape[1], D // heads
        q, k, v = (x.view(B, n, heads, d).transpose(1, 2) for x, n in ((q, L), (k, M), (v, M)))
        o = r.nnf.scaled_dot_product_attention(q, k, v, attn_mask=None if key_mask is None else key_mask[:, None, None, :])
        return o.transpose(1, 2).reshape(B, L, D)
    r.attend = attend


def freeze(m):
    t, n = m.c["train"], m.c["vision"]["layers"]
    if t["vision_blocks"] >= 0:
        for name, p in m.vision.named_parameters():
            part = name.split("."); block = int(part[2]) if part[:2] == ["encoder", "layer"] else n if name.startswith("layernorm") else -1
            p.requires_grad = block >= n - t["vision_blocks"] and t["vision_blocks"] > 0
    if not t["train_text"]:
        for p in m.text.parameters(): p.requires_grad = False


def step(r, m, b):
    c = m.c; m.train(); freeze(m); person, outfit = (b[k][:, None] == b[k][None] for k in ("person_ids", "clothing_ids"))
    opt, gn = r.adam_groups(m), r.GradNorm(dict(c["gradnorm"], warmup=0), r.active(c))
    bound = dict(info=r.bounds(person), caption=r.bounds(person & outfit), cloth=r.bounds(outfit))
    def run():
        L, F = r.losses(m, b)
        gn.update(L, [F["I"]["pooled_identity"], F["I"]["pooled_clothing"]], bound)
        z = r.total(m, L, r.task_weights(c, 10000, gn)); opt.zero_grad(); z.backward(); opt.step()
    return run


def main():
    p = argparse.ArgumentParser(); p.add_argument("reference"); p.add_argument("folder"); p.add_argument("--threads", type=int, default=1)
    p.add_argument("--what", choices=("step", "vision", "text", "gemm"), default="step"); p.add_argument("--bf16", action="store_true"); p.add_argument("--sdpa", action="store_true")
    p.add_argument("--steps", type=int, default=15); p.add_argument("--trim", action="store_true"); a = p.parse_args()
    spec = importlib.util.spec_from_file_location("reference", a.reference); r = importlib.util.module_from_spec(spec); spec.loader.exec_module(r)
    torch = r.torch; torch.set_num_threads(a.threads); times = []
    if a.sdpa: fused(r)
    if a.what == "gemm":
        x, y = torch.rand(768, 768), torch.rand(768, 768); run = lambda: x @ y.t()
    else:
        m = r.load(a.folder); b = r.tensors(a.folder + "/batch.safetensors")
        if a.trim:
            for k in ("identity_tokens", "clothing_tokens", "caption_tokens"): b[k] = b[k][:, :int((b[k] != 0).sum(1).max())]
        m.eval(); whole = step(r, m, b) if a.what == "step" else None
        run = whole or (lambda: m.vision(b["images"], m.drop)) if a.what != "text" else (lambda: m.text(b["identity_tokens"], m.drop))
    with (contextlib.nullcontext() if a.what == "step" else torch.no_grad()), (torch.autocast("cpu", torch.bfloat16) if a.bf16 else contextlib.nullcontext()):
        for _ in range(a.steps + 1):
            start = time.perf_counter(); run(); times.append(time.perf_counter() - start)
    t = statistics.median(times[1:])
    print("%.1f" % (2e-9 * 768 ** 3 / t if a.what == "gemm" else 1e3 * t))


if __name__ == "__main__": main()
