"""The tables of docs/scale.md, from measured figures and stated prices.

    python3 benches/scale_cost.py                    prints both tables
    python3 benches/scale_cost.py --check FILE       fails if the document has other tables
    python3 benches/scale_cost.py --set vcpu_spot=0.02 --set frames=1e8

The first is arithmetic. The second is a simulation of shards on machines that are slow or taken away; seeded, standard library
only, half a minute."""
import argparse
import heapq
import math
import random
import sys

FIGURES = {
    # The work.
    "frames": 1e9,
    "variants": 10,
    # Measured on 2 virtual processors, in seconds: decoding a 720p JPEG; transforming, fitting and judging a variant.
    "decode": 0.0081,
    "variant": 0.0065,
    # Dollars: a virtual processor for an hour on demand and as a spot machine; share lost to starts and interruptions.
    "vcpu": 0.0446,
    "vcpu_spot": 0.018,
    "overhead": 0.10,
    # Dollars for 1,000 requests, and bytes of all cameras of a frame's chunk share.
    "reads": 0.0004,
    "writes": 0.005,
    "frame_bytes": 510_000,
    "part_secs": 600,
}
# Seconds of one prediction.
MODELS = [
    ("light classifier, built-in runtime", 0.0008),
    ("EfficientNet-Lite0, ONNX Runtime", 0.0113),
    ("NanoDet, ONNX Runtime", 0.0429),
    ("NanoDet, built-in runtime", 0.0905),
]


def costs(figures):
    f = figures
    yield "| model | s a frame | core hours | hours on 1,000 cores | dollars on demand | as spot |"
    yield "|---|---|---|---|---|---|"
    for name, model in MODELS:
        secs = f["decode"] + (f["variants"] + 1) * model + f["variants"] * f["variant"]
        hours = f["frames"] * secs / 3600
        dollars = [hours * (1 + f["overhead"]) * f[price] for price in ("vcpu", "vcpu_spot")]
        yield f"| {name} | {secs:.3f} | {hours:,.0f} | {hours / 1000:,.0f} | {dollars[0]:,.0f} | {dollars[1]:,.0f} |"


def storage(figures):
    f = figures
    size = f["frames"] * f["frame_bytes"]
    reads = size / (8 << 20)
    secs = f["decode"] + (f["variants"] + 1) * MODELS[1][1] + f["variants"] * f["variant"]
    parts = f["frames"] * secs / f["part_secs"]
    yield (f"Storage: {size / 1e12:,.0f} TB in {reads / 1e6:,.0f} million reads of 8 MiB, ${reads / 1000 * f['reads']:,.0f}; "
           f"{2 * parts / 1e6:.1f} million writes of {parts:,.0f} parts, ${2 * parts / 1000 * f['writes']:,.0f}.")


def simulate(cores, shards, parts, part_secs, steals, seed=1):
    """Time over the ideal, and the share of work that was done twice or lost. A shard makes its parts in order. A machine in
    twenty is 2.5 times slower; each is taken away once in twenty hours and back after two minutes, when its shard begins again
    with what is missing. Who has nothing left takes parts from the middle of the largest gap, as hardcase does."""
    rng = random.Random(seed)
    speed = lambda: 2.5 if rng.random() < 0.05 else rng.lognormvariate(0, 0.05)
    lives = lambda: rng.expovariate(0.05 / 3600)
    heavy = [rng.lognormvariate(-0.15**2 / 2, 0.15) for _ in range(parts)]
    start = 25.0
    waiting = [(parts * i // shards, parts * (i + 1) // shards) for i in range(shards)][::-1]
    done, left, spent, now = bytearray(parts), parts, 0.0, 0.0
    # Of each core: its speed, its end, the part it is at and the end of its range.
    state, events = {}, []

    def gap():
        best, at = (0, 0), 0
        while (begin := done.find(0, at)) >= 0:
            end = done.find(1, begin)
            end = parts if end < 0 else end
            if end - begin > best[1] - best[0]:
                best = (begin, end)
            at = end
        return best

    def go_on(core, now):
        pace, end, at, stop, stolen = state[core]
        while True:
            while at < stop and done[at] and not stolen:
                at += 1
            if at < stop and not done[at]:
                break
            if waiting:
                at, stop = waiting.pop()
                stolen, now = False, now + start
            elif steals and left:
                begin, stop = gap()
                at, stolen = begin + (stop - begin) // 2, True
            else:
                state[core] = (pace, end, at, at, False)
                return
        took = part_secs * heavy[at] * pace
        state[core] = (pace, end, at, stop, stolen)
        heapq.heappush(events, (min(now + took, end), core, now, now + took <= end))

    for core in range(cores):
        state[core] = (speed(), lives(), 0, 0, False)
        go_on(core, 0.0)
    while left and events:
        now, core, began, finished = heapq.heappop(events)
        pace, end, at, stop, stolen = state[core]
        spent += now - began
        if finished:
            left -= not done[at]
            done[at] = 1
            state[core] = (pace, end, at + 1, stop, stolen)
            go_on(core, now)
        else:
            back = now + 120 + start
            state[core] = (speed(), back + lives(), at, stop, stolen)
            go_on(core, back)
    ideal = sum(heavy) * part_secs
    useful = ideal * (0.95 + 0.05 * 2.5)
    return now / (ideal / cores), max(0.0, 1 - useful / spent)


def simulation():
    yield "| cores | shards | parts of | time over ideal | with stealing |"
    yield "|---|---|---|---|---|"
    for cores, shards, minutes in [(100, 100, 60), (100, 100, 10), (100, 100, 3), (100, 1000, 10), (400, 400, 10)]:
        # 50 hours of work for each core.
        parts = int(cores * 50 * 60 / minutes)
        plain, _ = simulate(cores, shards, parts, minutes * 60, False)
        stolen, _ = simulate(cores, shards, parts, minutes * 60, True)
        yield f"| {cores} | {shards:,} | {minutes} minutes | {plain:.2f} | {stolen:.2f} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", metavar="FILE")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    args = parser.parse_args()
    figures = dict(FIGURES)
    for text in args.set:
        name, _, value = text.partition("=")
        if name not in figures or not value:
            parser.error(f"unknown figure {text!r}, known are {', '.join(figures)}")
        figures[name] = float(value)
    lines = [*costs(figures), "", *storage(figures), "", *simulation()]
    if not args.check:
        print("\n".join(lines))
        return
    known = {" ".join(line.split()) for line in open(args.check, encoding="utf-8")}
    text = " ".join(open(args.check, encoding="utf-8").read().split())
    missing = [line for line in lines if line and line not in known and line not in text]
    if missing:
        sys.exit("not in " + args.check + ":\n" + "\n".join(missing))
    print(f"{args.check} has the tables of {sys.argv[0]}")


if __name__ == "__main__":
    main()
