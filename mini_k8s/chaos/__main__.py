"""``python -m mini_k8s.chaos --seeds 2000``: play histories until one breaks a promise."""

import argparse
import sys
import time

from mini_k8s.chaos import play, shrink
from mini_k8s.chaos.shrink import Replay


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mini_k8s.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many histories")
    parser.add_argument("--seed", type=int, help="the first of them; alone, only this one")
    parser.add_argument("--all", action="store_true", help="go on after a failure, and count them")
    given = parser.parse_args(argv)
    first = given.seed or 0
    seeds = range(first, first + given.seeds)
    began, events, failed, deeds = time.monotonic(), 0, {}, 0
    played = 0
    for seed in seeds:
        out, played = play(seed), played + 1
        events, deeds = events + out.events, deeds + len(out.deeds)
        if out.broken:
            failed[seed] = out
            if not given.all:
                break
    took = time.monotonic() - began
    if given.all:
        for seed, out in failed.items():
            print(f"seed {seed}: {out.broken}: {out.how}")
    elif failed:
        (seed, out), = failed.items()
        best, kept = shrink(out)
        shown = Replay(best, kept)
        print(f"{shown!r}\n\nIn a notebook:\n\n{shown.cell}\n")
    print(f"{played:,} histories, {deeds:,} deeds, {events:,} events looked at, {len(failed)} failed, {took:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
