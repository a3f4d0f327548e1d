"""Starts servers for a measurement and stops them by pid, whatever happens."""
import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile

from builds import BENCH, Trouble

HISTORY = {"chat77-nohist": "off", "chat77": "on"}  # by variant
START_SECONDS = 30
STOP_SECONDS = 20
LOAD_SECONDS = 900
PR_SET_PDEATHSIG = 1


def die_with_us():
    """For the child: no server outlives a compare that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(process):
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def address_of(process, log):
    """From the line a server prints when it is ready."""
    if select.select([process.stdout], [], [], START_SECONDS)[0]:
        for word in process.stdout.readline().split():
            if word.startswith("native="):
                return word.removeprefix("native=")
    with open(log, encoding="utf-8", errors="replace") as text:
        said = text.read().strip().splitlines() or ["it said nothing"]
    raise Trouble(f"{process.args[0]} did not start: {said[-1]}")


@contextlib.contextmanager
def running(command, log):
    """(address, pid) of a server while it runs."""
    with open(log, "a", encoding="utf-8") as err:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err,
                                   text=True, preexec_fn=die_with_us)
    try:
        yield address_of(process, log), process.pid
    finally:
        stop(process)
        process.stdout.close()


@contextlib.contextmanager
def folder():
    """For stores; on the disk that build/ is on, so that fsync is real."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=BENCH) as path:
        yield path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(programs, store, history, port=0, extra=()):
    return [programs.chat77d, f"--listen=127.0.0.1:{port}", "--compat_listen=",
            "--password_cost=min", f"--store={store}", "--log_level=warn",
            f"--history={history}", "--memory_budget=4096",
            "--send_megabytes=256", *extra]


def make_accounts(programs, path, count):
    """A store with the accounts u000000, u000001, ... in it."""
    store = os.path.join(path, "accounts.db")
    with running(command(programs, store, "off"), path + "/log") as (at, _):
        load(programs, at, ["--prefix=u", f"--register-only={count}"])
    return store


def copy_store(accounts, path):
    """A fresh copy of it, under one name: the last one is gone."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{path}/chat77.db{suffix}")
    return shutil.copy(accounts, os.path.join(path, "chat77.db"))


@contextlib.contextmanager
def chat77(programs, accounts, history, extra=()):
    """(address, pid) of a server on a copy of the accounts."""
    path = os.path.dirname(accounts)
    line = command(programs, copy_store(accounts, path), history, 0, extra)
    with running(line, path + "/log") as server:
        yield server


def load(programs, address, flags, pid=0):
    """What our load client found."""
    line = [programs.load, f"--server={address}", f"--pid={pid}", "--json",
            *flags]
    try:
        done = subprocess.run(line, capture_output=True, text=True,
                              timeout=LOAD_SECONDS, preexec_fn=die_with_us)
    except subprocess.TimeoutExpired as late:
        raise Trouble(f"{' '.join(flags)}: not done after {LOAD_SECONDS} "
                      "seconds.") from late
    if done.returncode:
        raise Trouble(f"{' '.join(flags)}: {done.stderr.strip()}")
    return json.loads(done.stdout)
