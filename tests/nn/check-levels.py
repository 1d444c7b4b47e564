#!/usr/bin/env python3
"""Fails where a program has instructions of AVX or AVX-512 outside of the functions that are chosen at run time.

  check-levels.py PROGRAM SOURCE…

Allowed are the versions that the loader chooses (NAME.arch_x86_64_v3, …) and what the sources mark with NN_TILES,
NN_AVX512 or NN_AVX2, which runs only after the processor was asked. Everything else must run on the oldest x86-64.
"""
import re, subprocess, sys


def main():
    program, sources = sys.argv[1], sys.argv[2:]
    mark = re.compile(r"^NN_(?:TILES|AVX512|AVX2) static [^\n]*\n(\w+) \(", re.M)
    allowed = {name for source in sources for name in mark.findall(open(source, encoding="utf-8").read())}
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], capture_output=True, text=True, check=True).stdout
    function, seen, bad = "", {"clones": 0, "tiles": 0}, {}
    for line in listing.splitlines():
        head = re.match(r"[0-9a-f]+ <(.+)>:$", line)
        if head:
            function = head.group(1)
            continue
        code = re.match(r"\s+[0-9a-f]+:\s+(v[a-z0-9]+|\{[^}]+\} v[a-z0-9]+)\b", line)
        if code is None or code.group(1) in ("verr", "verw"):
            continue
        if re.search(r"\.arch_x86_64_v[34]\b", function):
            seen["clones"] += 1
        elif function.split(".")[0] in allowed:
            seen["tiles"] += 1
        else:
            bad.setdefault(function, line.strip())
    for function, line in sorted(bad.items()):
        print("AVX in a function that runs everywhere: %s: %s" % (function, line))
    if min(seen.values()) == 0:
        print("no vector code found where it should be: %s" % seen)
    return bool(bad) or min(seen.values()) == 0


if __name__ == "__main__":
    sys.exit(main())
