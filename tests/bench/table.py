"""The table of the comparison, from raw results."""
from dataclasses import dataclass

import growth
import quick
import servers
from results import (gather, markdown, median, number, peers_of, ratio, spread,
                     times, values)

CPU = "server_cpu_ns_per_delivery"
OURS = list(servers.HISTORY)


@dataclass
class Goal:
    """A line of the table. Limits are ratios to the floor, or absolute."""
    name: str
    case: str
    metric: str
    limit: dict  # by variant
    absolute: bool = False

    def reached(self, group, floor, variant):
        value = (median(group, self.metric) if self.absolute
                 else ratio(group, floor, self.metric))
        if value is None:
            return "-"
        # As it is printed.
        return "yes" if round(value, 2) <= self.limit[variant] else "no"

    def wanted(self):
        unit = "" if self.absolute else " x"
        limits = [f"{self.limit[variant]:g}{unit}" for variant in OURS]
        return "<= " + (limits[0] if len(set(limits)) == 1
                        else " / ".join(limits))


def both(limit):
    return dict.fromkeys(OURS, limit)


def without_and_with(nohist, history):
    return {"chat77-nohist": nohist, "chat77": history}


GOALS = [
    Goal("W1k64 ns", "W1k64", CPU, without_and_with(1.15, 1.3)),
    Goal("W1k1 ns", "W1k1", CPU, without_and_with(1.10, 1.2)),
    Goal("W2 ns", "W2", CPU, without_and_with(1.0, 2.0)),
    Goal("W3 ns", "W3", CPU, both(1.15)),
    Goal("W3 p99 us", "W3", "p99_us", both(1.2)),
    Goal("W4 bytes each", "W4", "rss_per_conn", both(900), True),
    Goal("W4 idle CPU %", "W4", "idle_cpu_pct", both(0), True),
    Goal("W5 ns", "W5", CPU, both(1.2)),
    Goal("login us", "W4", "login_server_cpu_us", both(40), True),
]


def best_peer(groups, goal):
    peers = {peer: median(group, goal.metric)
             for (case, peer), group in groups.items()
             if case == goal.case and not peer.startswith(("floor", "chat77"))}
    peers = {peer: value for peer, value in peers.items() if value is not None}
    return min(peers, key=peers.get) if peers else None


def by_repetition(group, floor, metric):
    """The least and the greatest ratio within one repetition."""
    base = {result["rep"]: result.get(metric) for result in floor}
    found = [result[metric] / base[result["rep"]] for result in group
             if metric in result and base.get(result["rep"])]
    return f" ({min(found):.2f}..{max(found):.2f})" if len(found) > 1 else ""


def ours(goal, groups, variant):
    group, floor = groups[goal.case, variant], groups[goal.case, "floor"]
    cells = [spread(group, goal.metric)]
    if goal.absolute:
        cells.append("-")
    else:
        cells.append(times(ratio(group, floor, goal.metric)) +
                     by_repetition(group, floor, goal.metric))
    uring = groups.get((goal.case, "floor-uring"), [])
    cells.append(times(ratio(group, uring, goal.metric))
                 if goal.case in ("W1k1", "W1k64") else "-")
    cells.append(goal.reached(group, floor, variant))
    return cells


def line_of(goal, groups):
    floor = groups[goal.case, "floor"]
    row = [goal.name, spread(floor, goal.metric),
           spread(groups.get((goal.case, "floor-uring"), []), goal.metric)]
    best = best_peer(groups, goal)
    if best is None:
        row.append("-")
    else:
        group = groups[goal.case, best]
        beside = "" if goal.absolute else \
            f", {times(ratio(group, floor, goal.metric))}"
        row.append(f"{best} {number(median(group, goal.metric))}{beside}")
    for variant in OURS:
        row += ours(goal, groups, variant)
    return row + [goal.wanted()]


def show_goals(found):
    groups = gather(found, "case", "peer")
    measured = {case for case, _ in groups}
    head = ["", "floor", "floor-uring", "best peer"]
    for variant in OURS:
        head += [variant, "to floor", "to uring", "reached"]
    rows = [line_of(goal, groups) for goal in GOALS if goal.case in measured]
    print(markdown(head + ["must reach"], rows))
    print("\nMedians [min..max] of server CPU for each delivery; ratios of "
          "medians to the floor\n(least..greatest within one repetition).")


def show_peers(found):
    """Every peer, median and spread."""
    groups = gather(found, "case", "peer")
    peers = peers_of(found)
    rows = [[goal.name] + [spread(groups.get((goal.case, peer), []), goal.metric)
                           for peer in peers]
            for goal in GOALS
            if any(values(group, goal.metric) for (case, _), group in
                   groups.items() if case == goal.case)]
    print("\n" + markdown([""] + peers, rows))


def show(found):
    """Whatever kinds of results there are."""
    kinds = gather(found, "kind")
    if kinds.get(("quick",)):
        quick.show(kinds["quick",])
    if kinds.get(("table",)):
        show_goals(kinds["table",])
        show_peers(kinds["table",])
    growth.show(found)
