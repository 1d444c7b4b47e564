#!/usr/bin/env python3
"""Checks the sources: lint.py format|width|layers|banned|tasks|tree|robust|potfiles ROOT. Prints each finding as path:line: what; 1 if any."""
import os, re, shutil, subprocess, sys

LAYERS = ["nn", "graph", "formats", "text", "image", "plot", "analysis", "model", "pretrained", "data", "store", "caption", "jobs",
          "train", "search", "project"]
BANNED = {  # call -> what to use
    "strcpy": "g_strlcpy or memcpy", "strcat": "g_string_append", "sprintf": "g_snprintf", "vsprintf": "g_vsnprintf",
    "gets": "fgets", "strtok": "strsep", "atoi": "g_ascii_string_to_signed", "atof": "g_ascii_strtod",
    "system": "GSubprocess", "popen": "GSubprocess", "tmpnam": "g_file_open_tmp", "localtime": "GDateTime",
    "gmtime": "GDateTime", "rand": "nn_random_bits", "srand": "nn_random_bits", "random": "nn_random_bits",
    "strncpy": "g_strlcpy or memcpy", "stpcpy": "g_string_append", "strncat": "g_string_append", "asctime": "GDateTime",
    "sscanf": "a parser that checks the whole text", "fscanf": "a parser that checks the whole text", "atol": "g_ascii_string_to_signed",
    "strtod": "g_ascii_strtod", "alloca": "g_malloc", "g_alloca": "g_malloc", "g_newa": "g_new", "mktemp": "g_mkdtemp",
    "fork": "GSubprocess", "vfork": "GSubprocess", "g_spawn_command_line_sync": "GSubprocess",
    "g_spawn_command_line_async": "GSubprocess", "setenv": "GSubprocessLauncher: other threads read the environment",
    # Unbounded, or waiting for a FIFO's other end.
    "g_file_get_contents": "guise_read_file", "g_file_load_contents": "guise_read_file", "fopen": "guise_open_file",
    "g_mapped_file_new": "guise_open_file and g_mapped_file_new_from_fd", "json_load_file": "guise_json_load",
    "json_loadf": "guise_json_load", "json_loadfd": "guise_json_load", "json_load_callback": "guise_json_load",
    "g_key_file_load_from_file": "guise_read_file",
    "gdk_pixbuf_new_from_file": "guise_decoder_decode", "gdk_texture_new_from_filename": "guise_decoder_decode",
    "gdk_texture_new_from_file": "guise_decoder_decode", "gtk_picture_set_filename": "guise_decoder_decode", "gtk_label_set_markup": "gtk_label_set_text",
    "adw_status_page_set_description": "guise_status_set_description", "adw_status_page_set_title": "a title in the .ui file",
}
WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not implemented|coming soon", re.I)


def sources(root, folders=("app", "core", "ui", "tests"), ends=(".c", ".h")):
    for folder in folders:
        for path, _, files in os.walk(os.path.join(root, folder)):
            for name in sorted(files):
                if name.endswith(ends):
                    yield os.path.relpath(os.path.join(path, name), root)


def lines(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return list(enumerate(f.read().split("\n"), 1))


def check_format(root):
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if tool is None:
        yield "clang-format is missing: apt-get install clang-format"
        return
    version = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
    if not re.search(r"version 14\.", version):
        print("clang-format is not version 14, which decides about the format: not checked:", version.strip())
        return
    files = list(sources(root))
    run = subprocess.run([tool, "--dry-run", "--style=file"] + files, cwd=root, capture_output=True, text=True)
    yield from sorted({m.group(1) + ": not formatted; run clang-format -i" for m in
                       re.finditer(r"^([^:\n]+:\d+):\d+: (?:warning|error): code should be", run.stderr, re.M)})
    if run.returncode != 0 and "code should be" not in run.stderr:
        yield run.stderr.strip()


def check_width(root):
    for path in sources(root):
        for n, line in lines(root, path):
            if len(line) > 100:
                yield f"{path}:{n}: {len(line)} columns, 100 are allowed"
        if len(lines(root, path)) > 1001:
            yield f"{path}: more than 1000 lines: split it by concern"


def check_layers(root):
    """Each layer sees only the layers above it in core/meson.build, and core never sees GTK."""
    order = re.findall(r"^subdir\('(\w+)'\)", open(os.path.join(root, "core/meson.build")).read(), re.M)
    if order != LAYERS:
        yield f"core/meson.build: layers are {order}, expected {LAYERS}"
    home = {os.path.basename(p): p.split("/")[1] for p in sources(root, ("core",), (".h",))}
    for path in sources(root):
        parts = path.split("/")
        for n, line in lines(root, path):
            m = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
            if not m:
                continue
            name = m.group(1)
            if parts[0] == "core":
                if re.match(r"(gtk|gdk|adwaita|gsk)(/|\.h)", name):
                    yield f"{path}:{n}: core must not include {name}"
                if name in home and parts[1] in LAYERS and LAYERS.index(home[name]) > LAYERS.index(parts[1]):
                    yield f"{path}:{n}: layer {parts[1]} must not see {name} of layer {home[name]}"
                if parts[1] in ("nn", "graph") and re.match(r"(glib|gio|gobject)", name):
                    yield f"{path}:{n}: {parts[1]} works without GLib"
            if path.startswith("app/cli/") and re.match(r"(gtk|gdk|adwaita|gsk)(/|\.h)", name):
                yield f"{path}:{n}: guisectl must not include {name}"


def check_banned(root):
    call = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r") ?\(")
    for path in sources(root, ("app", "core", "ui")):
        for n, line in lines(root, path):
            code = re.sub(r'"(\\.|[^"\\])*"', '""', line.split("//")[0])
            if code.lstrip().startswith(("*", "/*")):
                code = ""
            for m in call.finditer(code):
                if m.group(1) == "g_file_get_contents" and re.search(r'\("/(proc|sys)/', line):
                    continue  # the kernel's own, which have no size to ask for
                yield f"{path}:{n}: {m.group(1)} is banned: use {BANNED[m.group(1)]}"
            if WORDS.search(line):
                yield f"{path}:{n}: unfinished work: {line.strip()}"


def check_tasks(root):
    """GTask drops its source object on the worker, after the callback may have dropped every other reference."""
    for path in sources(root, ("app", "ui")):
        numbered = lines(root, path)
        if not any("g_task_run_in_thread" in line for _, line in numbered):
            continue
        for n, line in numbered:
            if re.search(r"g_task_new \((?!NULL,)", line):
                yield f"{path}:{n}: a task that runs in a thread has no source object; give the callback a reference"


def check_tree(root):
    """Every source is built, every document that is named exists."""
    builds = ""
    for path, _, files in os.walk(root):
        if "/build" not in path and "/.git" not in path and "meson.build" in files:
            builds += open(os.path.join(path, "meson.build"), encoding="utf-8").read()
    for path in sources(root, ends=(".c",)):
        name = os.path.basename(path)
        stem = re.sub(r"^((test|nn|graph|guise|fuzz)-)+|\.c$", "", name)
        if not re.search(rf"['/]{re.escape(name)}'", builds) and f"'{stem}'" not in builds:
            yield f"{path}: no meson.build names it"
    docs = [d for d in sorted(os.listdir(root)) if d.endswith(".md")]
    for path, _, files in os.walk(os.path.join(root, "docs")):
        docs += [os.path.relpath(os.path.join(path, d), root) for d in sorted(files) if d.endswith(".md")]
    for doc in docs:
        for n, line in lines(root, doc):
            for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", line):
                if not os.path.exists(os.path.join(root, os.path.dirname(doc), target)):
                    yield f"{doc}:{n}: points to {target}, which does not exist"


def literals(text):
    """The strings of a C or Python file; neighbours that the compiler joins are joined, and stand alone too."""
    piece = r'"((?:\\.|[^"\\\n])*)"'
    found = set()
    for run in re.finditer(piece + r"(?:\s*" + piece + ")*", text):
        parts = re.findall(piece, run.group(0))
        found.update(parts + ["".join(parts)])
    return found


def plays(path, texts):
    """Whether one of the strings is this case's path, or makes it: by printf, or as what follows a prefix "/suite/"."""
    for text in texts:
        if text == path:
            return True
        if text.startswith("/") and "%" in text:
            pattern = re.sub(r"%(?:[-+ #0]*[\d.*]*(?:hh|h|ll|l|z|j|t)?[diuxX])", r"\\d+", re.escape(text).replace(r"\%", "%"))
            if re.fullmatch(re.sub(r"%(?:\\\.\\\*)?s", ".+", pattern), path):
                return True
        if text.startswith("/") and text.endswith("/") and path.startswith(text) and path[len(text):] in texts:
            return True
    return False


def check_robust(root):
    """Every row of docs/ROBUSTNESS.md names cases that exist: | X03 | what | `/store/x03-disk-full` (test-store-faults) |."""
    files = {}
    for path, _, names in os.walk(os.path.join(root, "tests")):
        for name in names:
            stem = name.rsplit(".", 1)[0]
            if name.endswith((".c", ".h", ".py")) or "." not in name:
                with open(os.path.join(path, name), encoding="utf-8", errors="replace") as f:
                    found = literals(f.read())
                if path.endswith("/ui"):  # its programs are called so
                    stem = re.sub("^test-", "test-ui-", stem)
                files.setdefault(stem, set()).update(found)
    doc, heading = "docs/ROBUSTNESS.md", ""
    for n, line in lines(root, doc):
        heading = line[3:] if line.startswith("## ") else heading
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not line.startswith("|") or not cells or cells[0] in ("row", "---"):
            continue
        if heading == "Coverage":
            if re.match(r"[A-Z]\d\d\b", cells[0]):
                yield f"{doc}:{n}: {cells[0]} stands among the coverage"
            continue
        if len(cells) != 3 or not all(cells) or not re.fullmatch(r"[A-Z]\d\d( [A-Z]\d\d)*|–", cells[0]):
            yield f"{doc}:{n}: not of the form | X03 | what | test or reason |"
            continue
        if heading.startswith("Not tested"):
            continue
        named = re.findall(r"`([^`]+)`", cells[2])
        tests = re.findall(r"\b(test-[\w-]+)", re.sub(r"`[^`]*`", "", cells[2]))
        if not named:
            yield f"{doc}:{n}: {cells[0]} names no test"
        for row in re.findall(r"\w+", cells[0].lower()) if named and all(p.startswith("/") for p in named) else []:
            if not any(row in path for path in named):
                yield f"{doc}:{n}: no path carries {row}"
        for test in tests:
            if test not in files:
                yield f"{doc}:{n}: there is no {test}"
        for path in named:
            if path.startswith("/fuzz/"):  # /fuzz/TARGET/corpus replays tests/fuzz/corpus/TARGET
                known = os.path.isdir(os.path.join(root, "tests/fuzz", *reversed(path.split("/")[2:])))
            elif path.startswith("/"):
                known = any(plays(path, files[test]) for test in (tests or files) if test in files)
            else:
                known = path in files
            if not known:
                yield f"{doc}:{n}: no test {path}" + (f" in {', '.join(tests)}" if tests else "")


def check_potfiles(root):
    """po/POTFILES names every file that has texts for people, and no other, in the order of bytes."""
    listed = [line for _, line in lines(root, "po/POTFILES") if line and not line.startswith("#")]
    says = {".ui": 'translatable="yes"', ".c": r'(^|[^A-Za-z0-9_])(N?C?_|n?gettext|Q_) ?\("'}
    wanted = [path for path in sources(root, ("data",), (".desktop.in", ".metainfo.xml.in", ".gschema.xml"))]
    for path in sources(root, ("app", "core", "resources", "ui"), tuple(says)):
        pattern = says[os.path.splitext(path)[1]]
        if not path.startswith("app/cli/") and any(re.search(pattern, line) for _, line in lines(root, path)):
            wanted.append(path)
    yield from (f"po/POTFILES: {path} has texts for people and is missing" for path in sorted(set(wanted) - set(listed)))
    yield from (f"po/POTFILES: {path} has no texts for people" for path in sorted(set(listed) - set(wanted)))
    if listed != sorted(set(listed)):
        yield "po/POTFILES: not sorted; LC_ALL=C sort -u does it"


def check_reasons(root):
    """Each form of core/caption/guise-reasons.c is a sentence that something below the window really makes."""
    table, made = "core/caption/guise-reasons.c", set()
    for path in sources(root, ("app/cli", "core"), (".c",)):
        with open(os.path.join(root, path), encoding="utf-8") as f:
            text = f.read() if path != table else ""
        text = re.sub(r'" G_GINT64_FORMAT\b', 'd"', re.sub(r'" G_GINT64_FORMAT\s*"', 'd', text))
        made.update(re.sub(r"(%s)+", "%s", re.sub(r"%(?:\.\*|\.\d+)?z?[sucdf]", "%s", t)) for t in literals(text))
    with open(os.path.join(root, table), encoding="utf-8") as f:
        forms = f.read().split("forms[] = {")[1].split("};")[0]
    for form in re.findall(r'N_ \(((?:\s*"(?:\\.|[^"\\])*")+)\)', forms):
        text = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', form))
        if text not in made and text.removesuffix("%s") not in made:  # a prefix of errors, or a text's beginning
            yield f"{table}: nobody says so any more: {text}"


def main():
    what, root = sys.argv[1:3]
    found = list(globals()["check_" + what](root))
    print("\n".join(found) if found else f"{what}: fine")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
