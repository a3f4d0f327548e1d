#!/usr/bin/env python3
"""The terminal client behind a link that loses every packet for a minute.

Two network namespaces with a cable between them: the server and Bob in one, Ann
in the other. The link is made to lose everything, silently and in both
directions, as a firewall that drops does; Bob goes on talking, Ann goes on
typing. Afterwards nothing may be missing, nothing twice, and Bob must not have
been told that Ann left. Needs root, for the namespaces, and `ip`.

    tests/crash/cut_off.py build/test/bin [--seconds=60]
"""

import argparse
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
NOWHERE = "02:00:00:00:00:77"  # nobody's address on the cable
WORDS = [f"word-{100 + i}" for i in range(40)]
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b.|\r")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Namespaces:
    """Two ends of a cable, gone at the end of the `with`."""

    def __init__(self):
        self.server = f"chat77-s{os.getpid()}"
        self.client = f"chat77-c{os.getpid()}"

    def __enter__(self):
        ip("netns", "add", self.server)
        ip("netns", "add", self.client)
        ip("link", "add", "cable", "netns", self.server, "type", "veth",
           "peer", "name", "cable", "netns", self.client)
        for space, address in ((self.server, SERVER), (self.client, CLIENT)):
            ip("-n", space, "address", "add", f"{address}/24", "dev", "cable")
            ip("-n", space, "link", "set", "lo", "up")
            ip("-n", space, "link", "set", "cable", "up")
        return self

    def __exit__(self, *_):
        ip("netns", "delete", self.server)
        ip("netns", "delete", self.client)

    def lose(self, everything):
        for space, peer in ((self.server, CLIENT), (self.client, SERVER)):
            if everything:
                ip("-n", space, "neighbour", "replace", peer, "lladdr",
                   NOWHERE, "dev", "cable", "nud", "permanent")
            else:
                ip("-n", space, "neighbour", "delete", peer, "dev", "cable")


class Person:
    """chat77 on a pseudo-terminal in a namespace. It knows no server from
    before: this one has a new key each time."""

    def __init__(self, space, program, name, folder):
        self.master, slave = pty.openpty()
        self.seen = b""
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", space, program, f"--server={SERVER}:7700",
             f"--alias={name}", "--register", f"--password_file={folder / 'pw'}"],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "200",
                 "CHAT77_KNOWN_HOSTS": str(folder / "known_hosts")})
        os.close(slave)

    def type(self, line):
        os.write(self.master, line.encode() + b"\r")

    def look(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                return
            try:
                self.seen += os.read(self.master, 65536)
            except OSError:  # the program has ended
                sys.exit(f"chat77 ended:\n{self.text()}")

    def text(self):
        seen = COLOUR.sub(b"", self.seen)
        return CONTROL.sub(b"\n", seen).decode(errors="replace")

    def wait_for(self, text, seconds):
        end = time.monotonic() + seconds
        while text not in self.text():
            if time.monotonic() > end:
                sys.exit(f"{text!r} did not come:\n{self.text()}")
            self.look(0.1)

    def end(self):
        self.process.kill()
        self.process.wait()


def check(ann, bob):
    wrong = []
    places = [ann.find(f"bob: {word}") for word in WORDS]
    wrong += [f"{w} is missing" for w, p in zip(WORDS, places) if p < 0]
    wrong += [f"{w} came twice" for w in WORDS if ann.count(f"bob: {w}") > 1]
    if places != sorted(places):
        wrong.append("the order is wrong")
    if bob.count("Ann: typed meanwhile") != 1:
        wrong.append("what Ann typed did not come once")
    if "Ann left" in bob or "Ann joined" in bob:
        wrong.append("Bob was told that Ann left")
    return wrong


def run(spaces, options, folder):
    (folder / "pw").write_text("secret\n")
    server = subprocess.Popen(
        ["ip", "netns", "exec", spaces.server, options.programs / "chat77d",
         f"--listen={SERVER}:7700", "--compat_listen=", "--log_level=error",
         f"--grace_seconds={options.seconds + 900}",
         f"--store={folder / 'chat77.db'}"], stdout=subprocess.PIPE)
    server.stdout.readline()
    people = []
    try:
        ann = Person(spaces.client, options.programs / "chat77", "Ann", folder)
        people.append(ann)
        ann.wait_for("Welcome, Ann", 60)
        bob = Person(spaces.server, options.programs / "chat77", "bob", folder)
        people.append(bob)
        bob.wait_for("Welcome, bob", 60)
        bob.look(1)
        spaces.lose(True)
        start = time.monotonic()
        ann.type("typed meanwhile")
        for word in WORDS:
            bob.type(word)
            bob.look(options.seconds / len(WORDS))
        if WORDS[0] in ann.text():
            sys.exit("the link lost nothing")
        spaces.lose(False)
        lost = time.monotonic() - start
        bob.type("the last")
        ann.wait_for("bob: the last", 300)
        back = time.monotonic() - start
        bob.wait_for("Ann: typed meanwhile", 300)
        ann.look(2)
        bob.look(2)
        told = re.findall(r"reconnected[^\n]*", ann.text())
        print(f"nothing passed for {lost:.0f} s, Ann had everything after "
              f"{back:.0f} s: {', '.join(told) or 'on the same connection'}")
        return check(ann.text(), bob.text())
    finally:
        for person in people:
            person.end()
        server.kill()
        server.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    with Namespaces() as spaces, tempfile.TemporaryDirectory() as folder:
        wrong = run(spaces, options, pathlib.Path(folder))
    for what in wrong:
        print(f"WRONG: {what}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
