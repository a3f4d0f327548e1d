"""The peers' harness: drives chat77 and the peers alike, and the whole table.

One run of it drives one workload once with some peers and one server of ours,
so each repetition goes through the workloads, and through all servers in each:
what drifts on the machine falls on all of them.
"""
import os
import shutil
import signal
import subprocess
import sys
import time

import results
import servers
import table
from builds import BENCH, HOOK, ROOT, Trouble

PEERS = "floor floor-uring nats redis mosquitto ngircd inspircd"
PROGRAMS = {"nats": "nats-server", "redis": "redis-server"}
# The harness's names: u000000 to u010000.
ACCOUNTS = 10001
RUN_SECONDS = 1800
RETRY_SECONDS = 15
# What the harness's own io_uring floor does not do.
NO_URING = ("W4", "W5")


def find():
    path = os.environ.get("CHAT77_HARNESS") or os.path.join(
        os.path.dirname(ROOT), "shared", "bench")
    if not os.path.exists(os.path.join(path, "run_peers.sh")):
        raise Trouble(f"there is no run_peers.sh in {path}; set CHAT77_HARNESS "
                      "to the harness's folder, or use --quick, which needs "
                      "none.")
    return os.path.abspath(path)


def installed(args):
    """The peers that are there, and those that are to be installed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    wanted, missing = args.peers.split(), []
    for peer in wanted:
        program = PROGRAMS.get(peer, peer)
        ours = peer.startswith("floor") or peer == "legacy"
        if not ours and not shutil.which(program, path=path):
            missing.append(peer)
    if args.install:
        call(args, "/dev/null", ["--peers", "", "--workloads", "", "--install"])
        return wanted
    if missing:
        print(f"compare: not installed, left out: {' '.join(missing)} "
              "(compare --install brings them)", file=sys.stderr)
    return [peer for peer in wanted if peer not in missing]


def call(args, out, flags):
    """run_peers.sh; it stops what it started when it is told to stop."""
    environment = dict(os.environ, CHAT77_WIRE=HOOK,
                       BENCH_BUILD=os.path.join(BENCH, "harness"))
    process = subprocess.Popen(
        ["bash", os.path.join(args.harness, "run_peers.sh"), out, *flags],
        env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(RUN_SECONDS)
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)  # its own group
        process.wait()
        raise


def case_run(args, programs, accounts, case, peers, variant=None,
             server_flags=(), fanout=""):
    """The results of `peers`, and of chat77 as `variant`, under one workload.

    Who brings none (its port is taken by somebody, say) is tried once more.
    """
    found = drive(args, programs, accounts, case, peers, variant, server_flags,
                  fanout)
    there = {result["peer"] for result in found}
    again = [peer for peer in peers if peer not in there and
             not (peer == "floor-uring" and case in NO_URING)]
    lost = variant if variant not in there else None
    if again or lost:
        time.sleep(RETRY_SECONDS)
        found += drive(args, programs, accounts, case, again, lost,
                       server_flags, fanout)
    return found


def drive(args, programs, accounts, case, peers, variant, server_flags, fanout):
    path = os.path.dirname(accounts)
    out = os.path.join(path, "raw.jsonl")
    open(out, "w").close()
    flags = ["--peers", " ".join(peers), "--workloads", case, "--reps", "1",
             "--seconds", str(args.seconds)]
    if fanout:
        flags += ["--fanout", fanout]
    if variant:
        port = servers.free_port()
        store = servers.copy_store(accounts, path)
        line = servers.command(programs, store, servers.HISTORY[variant], port,
                               server_flags)
        flags += ["--server-cmd", " ".join(line), "--server-port", str(port),
                  "--server-name", variant]
    call(args, out, flags)
    return results.load(out)


def everyone(args, programs, accounts, case, peers, fanout=""):
    """The same for both variants of chat77 beside the peers."""
    found = []
    for variant in servers.HISTORY:
        found += case_run(args, programs, accounts, case, peers, variant,
                          fanout=fanout)
        peers = []
    return found


def run(args, programs, out):
    with servers.folder() as path:
        accounts = servers.make_accounts(programs, path, ACCOUNTS)
        for rep in range(1, args.reps + 1):
            for case in args.workloads.split():
                print(f"{case}, repetition {rep} of {args.reps}",
                      file=sys.stderr)
                for found in everyone(args, programs, accounts, case,
                                      args.peers):
                    out.add(found, kind="table", case=case, rep=rep)
    table.show(out.all)
