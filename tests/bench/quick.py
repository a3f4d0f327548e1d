"""compare --quick: our floor and chat77 under our own load client."""
import servers
from results import gather, markdown, ratio, spread, times

CPU = "server_cpu_ns_per_delivery"
# (case, flags of load, the figure); the floor gets --raw as well.
CASES = [
    ("W1k64", ["--readers=1000", "--window=64"], CPU),
    ("W1k1", ["--readers=1000", "--window=1"], CPU),
    ("W2", ["--readers=0", "--talkers=200", "--window=200"], CPU),
    ("W3", ["--readers=1000", "--rate=20"], CPU),
    ("W4", ["--idle=1000"], "rss_per_conn"),
    ("W5", ["--pairs=500"], CPU),
]
PACE = ["--seconds=2", "--warmup=0.5", "--prefix=u"]
ACCOUNTS = 1001
# Further lines of the table: (name, case, figure, of the floor too).
ALSO = [
    ("W3 p99 us", "W3", "p99_us", True),
    ("W4 login us", "W4", "login_server_cpu_us", False),
    ("W4 idle CPU %", "W4", "idle_cpu_pct", False),
    ("W5 p50 us", "W5", "trip_p50_us", True),
]


def run_floor(programs, path, case, flags):
    line = [programs.floor] + (["--pair"] if case == "W5" else [])
    with servers.running(line, path + "/log") as (address, pid):
        return servers.load(programs, address, ["--raw", *flags, *PACE], pid)


def run_chat77(programs, accounts, history, flags):
    with servers.chat77(programs, accounts, history) as (address, pid):
        return servers.load(programs, address, [*flags, *PACE], pid)


def measure(programs, out):
    with servers.folder() as path:
        accounts = servers.make_accounts(programs, path, ACCOUNTS)
        for case, flags, _ in CASES:
            labels = {"kind": "quick", "case": case, "rep": 1}
            out.add(run_floor(programs, path, case, flags), peer="floor",
                    **labels)
            for peer, history in servers.HISTORY.items():
                out.add(run_chat77(programs, accounts, history, flags),
                        peer=peer, **labels)


def show(found):
    groups = gather(found, "case", "peer")
    lines = [(f"{case} ns" if metric == CPU else f"{case} bytes each", case,
              metric, metric == CPU) for case, _, metric in CASES] + ALSO
    rows = []
    for name, case, metric, beside in lines:
        floor = groups[case, "floor"]
        row = [name, spread(floor, metric) if beside else "-"]
        for peer in servers.HISTORY:
            group = groups[case, peer]
            row.append(spread(group, metric))
            row.append(times(ratio(group, floor, metric)) if beside else "-")
        rows.append(row)
    head = ["server CPU per delivery", "floor"]
    for peer in servers.HISTORY:
        head += [peer, "ratio"]
    print(markdown(head, rows))
    print("\nOne run of 2 seconds each; ratios are to tests/bench/floor, which only "
          "moves bytes.\nNothing is judged here: compare without --quick does.")


def run(args, programs, out):
    measure(programs, out)
    show(out.all)
