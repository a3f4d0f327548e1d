"""compare --growth: how cost grows with readers, threads and connections."""
import sys

import harness
import servers
from builds import Trouble
from results import (gather, markdown, median, number, peers_of, ratio, spread,
                     times)

CPU = "server_cpu_ns_per_delivery"
PARTS = "readers threads memory join stalled"
READERS = [10, 100, 1000, 10000]
# An IRC server tells everybody of every join: 10,000 are 50 million notices.
IRC, IRC_READERS = ("ngircd", "inspircd"), 1000
THREADS = [1, 2, 4]
CONNECTIONS = [1000, 10000, 19000]
JOINING = 10000
PRESENCES = ["notices", "batched", "none"]
ROOM = 1000
NO_HISTORY = "chat77-nohist"


def say(*what):
    print(*what, file=sys.stderr)


# ---- measuring ---------------------------------------------------------------

def run_readers(args, programs, accounts, out, rep):
    for case in ("W1k64", "W1k1"):
        for readers in READERS:
            say("readers", case, readers, "repetition", rep)
            peers = [peer for peer in args.peers
                     if peer not in IRC or readers <= IRC_READERS]
            for found in harness.everyone(args, programs, accounts, case, peers,
                                          f"--subs {readers}"):
                out.add(found, kind="readers", case=case, rep=rep,
                        readers=readers)


def run_threads(args, programs, accounts, out, rep):
    for case in ("W1k64", "W2"):
        for threads in THREADS:
            for variant in servers.HISTORY:
                say("threads", case, threads, variant, "repetition", rep)
                for found in harness.case_run(
                        args, programs, accounts, case, [], variant,
                        server_flags=[f"--io_threads={threads}"]):
                    out.add(found, kind="threads", case=case, rep=rep,
                            threads=threads)


def run_load(programs, accounts, out, flags, **labels):
    say(*labels.values())
    try:
        with servers.chat77(programs, accounts, "off") as (address, pid):
            found = servers.load(programs, address,
                                 ["--prefix=u", "--timeout=600", *flags], pid)
    except Trouble as trouble:  # no reason to lose the rest
        return say("left out:", trouble)
    out.add(found, peer=NO_HISTORY, **labels)


def run_memory(_, programs, accounts, out, rep):
    for connections in CONNECTIONS:
        run_load(programs, accounts, out,
                 [f"--idle={connections}", "--seconds=3"], kind="memory",
                 case="idle", rep=rep)


def run_join(_, programs, accounts, out, rep):
    for presence in PRESENCES:
        run_load(programs, accounts, out,
                 [f"--join={JOINING}", f"--presence={presence}"], kind="join",
                 case=presence, rep=rep)


def run_stalled(args, programs, accounts, out, rep):
    for case, pace in (("W1k64", "--window=64"), ("W3", "--rate=20")):
        for stalled in (0, 1):
            say(stalled, "stalled")
            run_load(programs, accounts, out,
                     [f"--readers={ROOM}", f"--stalled={stalled}", pace,
                      f"--seconds={2 * args.seconds}"], kind="stalled",
                     case=case, rep=rep)


def run(args, programs, out):
    with servers.folder() as path:
        accounts = servers.make_accounts(programs, path, max(CONNECTIONS))
        parts = {"readers": run_readers, "threads": run_threads,
                 "memory": run_memory, "join": run_join,
                 "stalled": run_stalled}
        for rep in range(1, args.reps + 1):
            for part in args.parts.split():
                parts[part](args, programs, accounts, out, rep)
    show(out.all)


# ---- showing -----------------------------------------------------------------

def heading(text):
    print(f"\n### {text}\n")


def show_readers(found):
    for (case,), runs in gather(found, "case").items():
        heading(f"{case}: server CPU ns per delivery by readers (to the floor)")
        groups = gather(runs, "peer", "readers")
        sizes = sorted({readers for _, readers in groups})
        rows = []
        for peer in peers_of(runs):
            row = [peer]
            for readers in sizes:
                group = groups.get((peer, readers), [])
                beside = times(ratio(group, groups.get(("floor", readers), []),
                                     CPU))
                row.append(f"{number(median(group, CPU))} ({beside})"
                           if group else "-")
            rows.append(row)
        print(markdown(["readers"] + [number(size) for size in sizes], rows))


def show_threads(found):
    heading("I/O threads: CPU ns per delivery, to one thread, deliveries/s")
    rows = []
    groups = gather(found, "case", "peer", "threads")
    for (case, peer, threads), group in sorted(groups.items()):
        one = groups.get((case, peer, 1), [])
        rows.append([case, peer, threads, spread(group, CPU),
                     times(ratio(group, one, CPU)),
                     spread(group, "deliveries_per_s"),
                     times(ratio(group, one, "deliveries_per_s"))])
    print(markdown(["", "", "threads", "ns", "to one", "deliveries/s",
                    "to one"], rows))


def show_memory(found):
    heading("Memory of idle, logged-in connections (--history=off)")
    rows, last = [], None
    for (connections,), group in sorted(gather(found, "connections").items()):
        after = median(group, "rss_kb_after")
        slope = "-"
        if last:
            slope = number((after - last[1]) * 1024 / (connections - last[0]))
        rows.append([number(connections), spread(group, "rss_per_conn"),
                     number(median(group, "rss_kb_before")), number(after),
                     slope, spread(group, "idle_cpu_pct"),
                     spread(group, "login_server_cpu_us")])
        last = connections, after
    print(markdown(["connections", "bytes each", "kB before", "kB after",
                    "bytes each since the line above", "idle CPU %",
                    "login us"], rows))


def show_join(found):
    heading("Joining at once, by what clients ask to hear of the others")
    rows = []
    for (case,), group in gather(found, "case").items():
        rows.append([case] + [spread(group, metric) for metric in (
            "clients", "bytes_received", "notices", "batches", "names_heard",
            "missed", "server_cpu_s", "login_seconds", "quiet_after_s")])
    print(markdown(["presence", "clients", "bytes received", "notices",
                    "batches", "names heard", "missed", "server CPU s",
                    "all in after s", "quiet after s"], rows))


def show_stalled(found):
    heading(f"A reader that never reads, in a room of {ROOM}")
    groups = gather(found, "case", "stalled")
    rows = []
    for (case, stalled), group in groups.items():
        base = groups.get((case, 0), [])
        rows.append([case, stalled, spread(group, CPU),
                     times(ratio(group, base, CPU)), spread(group, "p99_us"),
                     times(ratio(group, base, "p99_us")),
                     spread(group, "server_rss_kb")])
    print(markdown(["", "stalled", "ns per delivery", "to none", "p99 us",
                    "to none", "server kB"], rows))


def show(found):
    kinds = gather(found, "kind")
    for part, show_part in (
            ("readers", show_readers), ("threads", show_threads),
            ("memory", show_memory), ("join", show_join),
            ("stalled", show_stalled)):
        if kinds.get((part,)):
            show_part(kinds[part,])
