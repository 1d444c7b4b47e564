#!/usr/bin/env python3
"""Times the executable specification's training step on the batch that `guisectl bench tiny --save DIR` wrote.

  bench-reference.py REFERENCE.py DIR [--threads N] [--steps N] [--trim]

The same update as the program's: losses, GradNorm past its warm-up, backward, Adam. --trim cuts each text batch to its
longest text, which the specification itself does not do. Prints the median in milliseconds. The thread setting is the
caller's: OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and OMP_WAIT_POLICY count too.
"""
import argparse, importlib.util, statistics, time


def main():
    p = argparse.ArgumentParser(); p.add_argument("reference"); p.add_argument("folder"); p.add_argument("--threads", type=int, default=1)
    p.add_argument("--steps", type=int, default=15); p.add_argument("--trim", action="store_true"); a = p.parse_args()
    spec = importlib.util.spec_from_file_location("reference", a.reference); r = importlib.util.module_from_spec(spec); spec.loader.exec_module(r)
    r.torch.set_num_threads(a.threads); m = r.load(a.folder); m.train(); b = r.tensors(a.folder + "/batch.safetensors"); c = m.c
    if a.trim:
        for k in ("identity_tokens", "clothing_tokens", "caption_tokens"): b[k] = b[k][:, :int((b[k] != 0).sum(1).max())]
    opt, gn, times = r.adam_groups(m), r.GradNorm(dict(c["gradnorm"], warmup=0), r.active(c)), []
    pid, cid = b["person_ids"], b["clothing_ids"]; person, outfit = pid[:, None] == pid[None], cid[:, None] == cid[None]
    bound = dict(info=r.bounds(person), caption=r.bounds(person & outfit), cloth=r.bounds(outfit))
    for _ in range(a.steps + 3):
        start = time.perf_counter(); L, F = r.losses(m, b)
        gn.update(L, [F["I"]["pooled_identity"], F["I"]["pooled_clothing"]], bound)
        z = r.total(m, L, r.task_weights(c, 10000, gn)); opt.zero_grad(); z.backward(); opt.step(); times.append(time.perf_counter() - start)
    print("%.1f" % (1e3 * statistics.median(times[3:])))


if __name__ == "__main__": main()
