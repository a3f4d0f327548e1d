#!/usr/bin/env python3
"""Checks what no compiler checks: who may include whom, and how long files are.

    tests/lint/layers.py              all tracked sources; 1 and a list if wrong
    tests/lint/layers.py --self-test  the rules against made-up files

The table is the picture in ARCHITECTURE.md: a file may include what the first
matching row names, by prefix. A new folder needs a row; a new arrow needs a
reason in ARCHITECTURE.md.
"""
import os
import re
import subprocess
import sys

# (files, what of ours they may include), the first match counts.
ALLOWED = [
    ("proto/", ["proto/"]),
    ("store/tool/", ["store/", "proto/alias.h", "proto/command_line.h",
                     "proto/ids.h", "proto/limits.h"]),
    ("store/", ["store/", "proto/alias.h", "proto/ids.h", "proto/limits.h"]),
    ("client/", ["client/", "proto/"]),
    ("compat/", ["compat/", "client/", "proto/"]),
    ("server/limits/", ["server/limits/", "proto/"]),
    ("server/core/", ["server/core/", "server/limits/", "proto/"]),
    ("server/fanout/", ["server/fanout/", "proto/"]),
    ("server/storage/", ["server/storage/", "server/core/",
                        "server/limits/moment.h", "server/thread_name.h",
                        "store/", "proto/"]),
    ("server/net/tls/", ["server/net/tls/", "server/net/descriptor.h"]),
    ("server/net/", ["server/", "store/", "proto/"]),
    ("server/", ["server/", "compat/", "client/", "store/", "proto/"]),
    ("tests/", ["tests/", "server/", "compat/", "client/", "store/", "proto/"]),
]
# The same, narrower, for parts of the folders above.
NEVER = [
    ("server/net/", "server/main"),
    ("client/core/", "client/terminal/"),
    ("compat/legacy/", "client/"),
]
# Pure: no sockets, and time comes in as an argument.
NO_SOCKETS = ["proto/", "store/", "server/limits/", "server/core/",
              "server/fanout/", "client/core/", "compat/legacy/",
              "server/net/tls/"]
NO_CLOCK = ["proto/", "server/limits/", "server/core/", "server/fanout/",
            "client/core/", "compat/legacy/", "server/net/tls/"]
SOCKETS = re.compile(r'^\s*#\s*include\s*[<"](boost/asio|sys/socket|netinet/|'
                     r'sys/epoll|poll\.h)')
CLOCK = re.compile(r"absl/time/clock\.h|absl::(Now|SleepFor)\b|GetCurrentTime|"
                   r"(system|steady|high_resolution)_clock|\bgettimeofday\b|"
                   r"\bclock_gettime\b|std::this_thread|"
                   r"(?<![\w.>])(?:std::)?time\((?:nullptr|NULL|0)\)")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
OURS = ("proto/", "store/", "client/", "compat/", "server/", "tests/")
# Paths that exist on one machine only.
MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w|"
                     r"(?<![\w.])/tmp/(?!\$|X|[\"'`])\w+/\w")
CODE = (".h", ".cc")
LINES, LINES_IN_TESTS = 600, 800


def allowed_for(path):
    for prefix, names in ALLOWED:
        if path.startswith(prefix):
            return names
    return None


def without_comment(line):
    return line.split("//", 1)[0]


def check_include(path, name):
    if not name.startswith(OURS):
        return None  # generated, or a library's
    names = allowed_for(path)
    if names is None:
        return "lies in a folder that has no row in tests/lint/layers.py"
    if not name.startswith(tuple(names)):
        return f"may not include {name}: only {', '.join(names)}"
    for prefix, never in NEVER:
        if path.startswith(prefix) and name.startswith(never):
            return f"may not include {name}"
    return None


def check_code(path, lines):
    most = LINES_IN_TESTS if path.startswith("tests/") else LINES
    if len(lines) > most:
        yield 1, f"has {len(lines)} lines; at most {most}, so split it"
    if path.endswith(".h") and not any(l.startswith("#pragma once")
                                       for l in lines):
        yield 1, "is a header without #pragma once"
    sockets = path.startswith(tuple(NO_SOCKETS))
    clock = path.startswith(tuple(NO_CLOCK))
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        wrong = include and check_include(path, include.group(1))
        if wrong:
            yield number, wrong
        if sockets and SOCKETS.match(line):
            yield number, "is pure and may not include sockets"
        if clock and CLOCK.search(without_comment(line)):
            yield number, "is pure: time comes in as an argument"


def check(path, text):
    """The (line, what) that are wrong with one file."""
    lines = text.splitlines()
    if path.endswith(CODE):
        yield from check_code(path, lines)
    if path == "tests/lint/layers.py":
        return
    for number, line in enumerate(lines, 1):
        if MACHINE.search(line):
            yield number, "names a path of one machine"


def tracked(root):
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True)
    if listed.returncode == 0:
        return listed.stdout.splitlines()
    # No git, as in an unpacked archive: everything but what is built.
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", ".git")]
        found += [os.path.relpath(os.path.join(folder, f), root) for f in files]
    return found


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    count, bad = 0, 0
    for path in sorted(tracked(root)):
        full = os.path.join(root, path)
        if not os.path.isfile(full):
            continue  # deleted, not yet committed
        with open(full, "rb") as file:
            data = file.read()
        if b"\0" in data:
            continue
        count += 1
        for number, what in check(path, data.decode("utf-8", "replace")):
            print(f"{path}:{number}: {what}")
            bad += 1
    print(f"layers: {count} files, {bad} wrong")
    return 1 if bad else 0


def self_test():
    once = "#pragma once\n"
    asio = "#include <boost/asio/ip/tcp.hpp>\n"
    home = "/ho" "me/ann/chat77"
    cases = [  # (path, text, how many are wrong)
        ("proto/a.cc", '#include "proto/b.h"\n', 0),
        ("proto/a.cc", '#include "chat77/v1/envelope.pb.h"\n', 0),
        ("proto/a.cc", '#include "store/store.h"\n', 1),
        ("store/a.cc", '#include "proto/alias.h"\n', 0),
        ("store/a.cc", '#include "proto/connection.h"\n', 1),
        ("client/a.cc", '#include "store/store.h"\n', 1),
        ("client/a.cc", '#include "server/core/event.h"\n', 1),
        ("compat/gateway.cc", '#include "client/link.h"\n', 0),
        ("compat/legacy/a.cc", '#include "client/link.h"\n', 1),
        ("compat/a.cc", '#include "server/net/server.h"\n', 1),
        ("server/core/a.cc", '#include "server/net/session.h"\n', 1),
        ("server/core/a.cc", '#include "store/model.h"\n', 1),
        ("server/core/a.cc", '#include "server/limits/rate_table.h"\n', 0),
        ("server/limits/a.cc", '#include "server/core/event.h"\n', 1),
        ("server/fanout/a.cc", '#include "server/core/event.h"\n', 1),
        ("server/storage/a.cc", '#include "store/store.h"\n', 0),
        ("server/net/a.cc", '#include "server/storage/worker.h"\n', 0),
        ("server/net/a.cc", '#include "client/link.h"\n', 1),
        ("server/main.cc", '#include "compat/gateway.h"\n', 0),
        ("server/main.cc", '#include "tests/support/pipe.h"\n', 1),
        ("tests/unit/a_test.cc", '#include "server/main.h"\n', 0),
        ("extra/a.cc", '#include "proto/alias.h"\n', 1),
        ("server/core/a.cc", asio, 1),
        ("server/net/a.cc", asio, 0),
        ("server/net/tls/a.cc", asio, 1),
        ("server/net/tls/a.cc", '#include "server/net/shard.h"\n', 1),
        ("server/core/a.cc", "auto now = absl::Now();\n", 1),
        ("server/core/a.cc", "// not absl::Now()\n", 0),
        ("server/core/a.cc", "state.time(0);\n", 0),
        ("client/core/a.cc", "std::chrono::steady_clock::now();\n", 1),
        ("server/net/a.cc", "auto now = absl::Now();\n", 0),
        ("proto/a.h", once, 0),
        ("proto/a.h", "int x;\n", 1),
        ("proto/a.cc", "\n" * LINES, 0),
        ("proto/a.cc", "\n" * (LINES + 1), 1),
        ("tests/unit/a_test.cc", "\n" * LINES_IN_TESTS, 0),
        ("tests/unit/a_test.cc", "\n" * (LINES_IN_TESTS + 1), 1),
        ("README.md", f"see {home}\n", 1),
        ("README.md", "see https://example.org/home/page\n", 0),
    ]
    bad = 0
    for path, text, expected in cases:
        found = list(check(path, text))
        if len(found) != expected:
            print(f"self-test: {path} {text[:50]!r}: {found}, not {expected}")
            bad += 1
    print(f"layers: self-test of {len(cases)} cases, {bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(self_test() if "--self-test" in sys.argv[1:] else main())
