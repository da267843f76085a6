"""``python -m mini_k8s.chaos --seeds 2000``: play histories until one breaks a promise."""

import argparse
import sys
import time

from mini_k8s.chaos import play, shrink
from mini_k8s.chaos.shrink import Replay


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mini_k8s.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, help="how many histories (200; with --seed 1)")
    parser.add_argument("--seed", type=int, help="the first of them")
    parser.add_argument("--all", action="store_true", help="go on after a failure, and count them")
    given = parser.parse_args(argv)
    first = given.seed or 0
    number = given.seeds or (200 if given.seed is None else 1)
    began, events, failed, played = time.monotonic(), 0, [], 0
    for seed in range(first, first + number):
        out, played = play(seed), played + 1
        events += out.events
        if out.broken:
            failed.append(out)
            if given.all:
                print(f"seed {seed}: {out.broken}: {out.how}", flush=True)
            else:
                break
    took = time.monotonic() - began
    if failed and not given.all:
        print(f"{failed[0].broken} is broken by seed {failed[0].seed}. Looking for a shorter history …", flush=True)
        shown = Replay(*shrink(failed[0]))
        print(f"\n{shown!r}\n\nIn a notebook:\n\n{shown.cell}\n")
    print(f"{played:,} {'history' if played == 1 else 'histories'}, {events:,} events looked at, {len(failed)} failed, "
          f"{took:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
