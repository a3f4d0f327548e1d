#!/usr/bin/env python3
"""Draws nanoseconds per delivery against readers, as an SVG.

    tests/bench/plot.py RAW.jsonl PICTURE.svg     RAW from compare --growth

Both axes are logarithmic, one panel for each workload, one line for each
server: medians, with a bar from the least to the greatest repetition.
"""
import math
import sys
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True
from results import gather, load, median, number, peers_of, values

CPU = "server_cpu_ns_per_delivery"
TITLES = {"W1k64": "64 messages on their way", "W1k1": "one message at a time"}
# Colours that the colour-blind can tell apart, by server; ours are thick.
STYLES = {
    "chat77": ("#0072b2", 3, ""), "chat77-nohist": ("#56b4e9", 3, ""),
    "floor": ("#222222", 2, "6 4"), "floor-uring": ("#888888", 2, "2 4"),
    "redis": ("#d55e00", 1.6, ""), "nats": ("#009e73", 1.6, ""),
    "mosquitto": ("#cc79a7", 1.6, ""), "inspircd": ("#b8860b", 1.6, ""),
    "ngircd": ("#7f5539", 1.6, ""),
}
OTHER = ("#999999", 1.6, "")
NAMES = {"chat77": "chat77, history on", "chat77-nohist": "chat77, history off"}

PANEL_WIDTH, PANEL_HEIGHT = 400, 320
LEFT, TOP, GAP, BOTTOM = 70, 64, 64, 96
FONT = "font-family='Helvetica, Arial, sans-serif'"


class Axis:
    """A logarithmic scale from the lowest to the highest value."""

    def __init__(self, found, begin, end, margin):
        self.low = math.log10(min(found)) - margin
        self.high = math.log10(max(found)) + margin
        self.begin, self.end = begin, end

    def at(self, value):
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return self.begin + part * (self.end - self.begin)

    def marks(self, *choices):
        """By the first steps that give three marks, or else the last."""
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        for steps in choices:
            found = [step * 10 ** power for power in powers for step in steps]
            found = [value for value in found
                     if self.low <= math.log10(value) <= self.high]
            if len(found) >= 3:
                break
        return found


def text(x, y, what, size=12, anchor="middle", more=""):
    return (f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' {FONT} "
            f"text-anchor='{anchor}' fill='#222' {more}>{escape(what)}</text>")


def line(x1, y1, x2, y2, style):
    return (f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' "
            f"{style}/>")


def frame(case, x, y):
    """The panel around the lines: title, grid, numbers."""
    left, right, top, bottom = x.begin, x.end, y.end, y.begin
    middle = (left + right) / 2
    parts = [text(middle, top - 12, f"{case}: {TITLES.get(case, '')}", 14)]
    for value in x.marks([1]):
        parts.append(line(x.at(value), top, x.at(value), bottom,
                          "stroke='#ddd'"))
        parts.append(text(x.at(value), bottom + 18, number(value)))
    for value in y.marks([1, 2, 5], [1, 2, 3, 4, 5, 6, 8]):
        parts.append(line(left, y.at(value), right, y.at(value),
                          "stroke='#ddd'"))
        parts.append(text(left - 8, y.at(value) + 4, number(value), 12, "end"))
    parts.append(f"<rect x='{left}' y='{top}' width='{right - left}' "
                 f"height='{bottom - top}' fill='none' stroke='#666'/>")
    parts.append(text(middle, bottom + 38, "readers", 13))
    return parts


def curve(peer, groups, x, y):
    """One server: `groups` are its results by readers."""
    colour, width, dash = STYLES.get(peer, OTHER)
    points, parts = [], []
    for readers, group in sorted(groups.items()):
        middle, found = median(group, CPU), values(group, CPU)
        if not middle:
            continue
        points.append(f"{x.at(readers):.1f},{y.at(middle):.1f}")
        if min(found) > 0:
            parts.append(line(x.at(readers), y.at(min(found)), x.at(readers),
                              y.at(max(found)), f"stroke='{colour}'"))
        parts.append(f"<circle cx='{x.at(readers):.1f}' cy='{y.at(middle):.1f}' "
                     f"r='{width + 1}' fill='{colour}'><title>{escape(peer)}, "
                     f"{number(readers)} readers: {number(middle)} ns</title>"
                     "</circle>")
    dashes = f"stroke-dasharray='{dash}'" if dash else ""
    return [f"<polyline points='{' '.join(points)}' fill='none' "
            f"stroke='{colour}' stroke-width='{width}' {dashes}/>"] + parts


def panel(case, runs, left):
    bottom = TOP + PANEL_HEIGHT
    readers = [run["readers"] for run in runs]
    costs = [run[CPU] for run in runs if run.get(CPU)]
    x = Axis(readers, left, left + PANEL_WIDTH, 0.12)
    y = Axis(costs, bottom, TOP, 0.08)
    parts = frame(case, x, y)
    groups = gather(runs, "peer", "readers")
    for peer in peers_of(runs):
        parts += curve(peer, {size: group for (name, size), group
                              in groups.items() if name == peer}, x, y)
    return parts


def legend(peers, width):
    parts, each, in_row = [], 165, max(1, (width - LEFT) // 165)
    for i, peer in enumerate(peers):
        colour, thick, dash = STYLES.get(peer, OTHER)
        x = LEFT + i % in_row * each
        y = TOP + PANEL_HEIGHT + 66 + i // in_row * 20
        dashes = f"stroke-dasharray='{dash}'" if dash else ""
        parts.append(line(x, y - 4, x + 26, y - 4, f"stroke='{colour}' "
                          f"stroke-width='{thick}' {dashes}"))
        parts.append(text(x + 32, y, NAMES.get(peer, peer), 12, "start"))
    return parts


def draw(found):
    runs = [run for run in found if run["kind"] == "readers" and run.get(CPU)]
    if not runs:
        sys.exit("plot: there are no results by readers in this file; run "
                 "compare --growth first.")
    cases = gather(runs, "case")
    width = LEFT + len(cases) * (PANEL_WIDTH + GAP)
    height = TOP + PANEL_HEIGHT + BOTTOM + 20
    parts = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' "
             f"height='{height}' viewBox='0 0 {width} {height}'>",
             # Its own background: readable on a dark page as well.
             f"<rect width='{width}' height='{height}' rx='6' fill='#fcfcfc'/>",
             text(width / 2, 26, "Server CPU nanoseconds per delivery", 16)]
    for i, ((case,), of_case) in enumerate(cases.items()):
        parts += panel(case, of_case, LEFT + i * (PANEL_WIDTH + GAP))
    parts += legend(peers_of(runs), width)
    return "\n".join(parts) + "\n</svg>\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    picture = draw(load(sys.argv[1]))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(picture)


if __name__ == "__main__":
    main()
