#!/usr/bin/env python3
"""Rules of the tree that a compiler does not check: who may include whom, which folders may know a foreign library,
no braced or capturing temporary in a statement with co_await (g++ 12.2 frees it twice), every cited RFC is listed.
Run by ctest; prints each violation as file:line and exits 1."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CODE = ("base", "mime", "store", "indexer", "policy", "smtp", "imap", "tools")
# A place may include itself, what stands here, and nothing else. Longest matching prefix counts.
MAY = {
    "base": [], "base/sasl": ["base"], "base/net": ["base"],
    "mime": ["base"], "store": ["mime", "base"], "indexer": ["store", "mime", "base"],
    "policy": ["mime", "base", "base/net"],
    "smtp/proto": ["mime", "base"], "imap/proto": ["mime", "base"],
    "smtp": ["smtp/proto", "policy", "store", "mime", "base", "base/net", "base/sasl"],
    "imap": ["imap/proto", "indexer", "store", "mime", "base", "base/net", "base/sasl"],
    "tools": ["base", "base/net", "base/sasl", "mime", "store", "indexer", "policy", "smtp", "smtp/proto", "imap", "imap/proto"],
}
STORE_VALUES = ()  # headers of mime that store may see are value types only; kept by review
FOREIGN = {  # include prefix -> places that may use it at all, and in headers
    "boost/asio": ["base/net", "smtp", "imap", "tools"], "boost/beast": ["base/net"],
    "gmime": ["mime"], "lmdb.h": ["store"], "xapian": ["indexer"], "poppler": ["tools/inspect", "policy/document"],
    "spdlog": ["base"], "toml++": ["base"], "unicode/": ["base"], "unbound.h": ["base/net"], "seccomp.h": ["tools/inspect"],
    "openssl": ["base", "base/net", "policy", "store"],
}
BRACE = re.compile(r"co_await[^;]*\(([^;]*[{]|[^;]*\[(=|[a-z_]+)[],])")
# Boost 1.81's result::error() gives a copy: a range-for over pieces of its text, or over items() of what a call returned, dangles.
DANGLING = re.compile(r"for \(.*: .*(error\(\)\.detail\(\)|\w\(.*\)\.items\(\)|\w\(.*\)\.at\()")
ASIO_LIMIT = 40  # files outside base/net that include Asio, directly or by the net headers that bring it


def place(path, table):
    best = max((p for p in table if path == p or path.startswith(p + "/")), key=len, default=None)
    return best


def sources(*folders):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted({f for f in out.stdout.split("\n") if f.endswith((".cpp", ".hpp")) and (ROOT / f).exists()})


def check_includes(file, number, name, wrong):
    here = place(file, MAY)
    there = place(name, MAY) if name.split("/")[0] in CODE else None
    if there and there != here and there not in MAY[here]:
        wrong.append(f"{file}:{number}: {here} may not include {name}")
    for prefix, places in FOREIGN.items():
        if name.startswith(prefix) and not any(file.startswith(p + "/") for p in places):
            wrong.append(f"{file}:{number}: {name} is not used outside {', '.join(places)}")


def main():
    wrong, asio, cited = [], 0, set()
    listed = set(re.findall(r"^(\d+)\s", (ROOT / "etc/rfc.txt").read_text(), re.M))
    for file in sources(*CODE):
        text = (ROOT / file).read_text()
        asio += "boost/asio" in text and not file.startswith("base/net/")
        for number, line in enumerate(text.split("\n"), 1):
            include = re.match(r'\s*#include ["<]([^">]+)[">]', line)
            if include:
                check_includes(file, number, include[1], wrong)
            if BRACE.search(line):
                wrong.append(f"{file}:{number}: co_await with a braced or capturing temporary: name the argument on the line above")
            if DANGLING.search(line):
                wrong.append(f"{file}:{number}: a range-for over a view of a temporary: name the owner on the line above")
            if "std::views" in line:
                wrong.append(f"{file}:{number}: std::views does not compile with clang 14 and libstdc++ 12")
            for rfc in re.findall(r"RFC ?(\d{3,5})", line):
                if rfc not in listed:
                    wrong.append(f"{file}:{number}: RFC {rfc} is not in etc/rfc.txt")
                cited.add(rfc)
    for file in sources("tests"):
        for number, line in enumerate((ROOT / file).read_text().split("\n"), 1):
            if DANGLING.search(line) and "emplace_back" not in line:
                wrong.append(f"{file}:{number}: a range-for over a view of a temporary: name the owner on the line above")
    if asio > ASIO_LIMIT:
        wrong.append(f"{asio} files outside base/net include Asio; {ASIO_LIMIT} is the limit")
    print("\n".join(wrong) or f"{len(sources(*CODE))} files hold the rules; {len(cited)} RFCs cited")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
