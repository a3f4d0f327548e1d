"""Raw results: one JSON object a line, and medians of them.

Every result has `kind` (table, quick, readers, threads, ...), `case` (W1k64,
...), `peer` and `rep` beside what was measured.
"""
import json
import statistics
from collections import defaultdict


# In tables and pictures: whoever is not here comes between.
FIRST = ["floor", "floor-uring"]
LAST = ["chat77-nohist", "chat77"]


class Writer:
    def __init__(self, path):
        self.path = path
        self.all = []

    def add(self, result, **labels):
        result = {**result, **labels}
        self.all.append(result)
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        return result


def load(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def gather(found, *keys):
    """{(value of each key): [results]}, in order of first sight."""
    groups = defaultdict(list)
    for result in found:
        groups[tuple(result.get(key) for key in keys)].append(result)
    return groups


def peers_of(found):
    """Who was measured, the floor first and ours last."""
    def place(peer):
        if peer in FIRST:
            return FIRST.index(peer)
        return 10 + LAST.index(peer) if peer in LAST else 5

    return sorted((peer for (peer,) in gather(found, "peer")), key=place)


def values(group, metric):
    return [result[metric] for result in group if metric in result]


def median(group, metric):
    """None where nothing was measured."""
    found = values(group, metric)
    return statistics.median(found) if found else None


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"


def spread(group, metric):
    """median [min..max]"""
    found = values(group, metric)
    if not found:
        return "-"
    text = number(statistics.median(found))
    if min(found) != max(found):
        text += f" [{number(min(found))}..{number(max(found))}]"
    return text


def ratio(group, base, metric):
    """Of the medians; None where there is no sense in it."""
    above, below = median(group, metric), median(base, metric)
    return above / below if above is not None and below else None


def times(value):
    return "-" if value is None else f"{value:.2f} x"


def markdown(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
