"""``python -m tests.bench [--json FILE] [--only WORD]``."""

import argparse
import gc
import json
import sys
from pathlib import Path

from tests.bench import (
    browser,
    code,
    containers,
    histories,
    idle,
    learn,
    peers,
    pods,
    pods_faults,
    processes,
    services,
    sets,
    store,
    up,
)

SUBJECTS = (code, learn, containers, processes, store, pods, pods_faults, sets, services, peers, histories, up, browser,
            idle)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--only", default="", help="rows whose name has this word")
    args = parser.parse_args()
    rows = []
    print(f"{'what':<52} {'ours':>10} {'peer':>10} {'ratio':>7}  goal", flush=True)
    for measure in [measure for subject in SUBJECTS for measure in subject.MEASURES]:
        if args.only not in measure.__name__:
            continue
        gc.collect()  # no row pays for what another one left
        for row in measure():
            rows.append(row)
            print(row, flush=True)
    if args.json:
        args.json.write_text(json.dumps([row.as_dict() for row in rows], indent=1) + "\n")
    missed = [row.name for row in rows if not row.holds]
    run = [row for row in rows if not row.missing]
    print(f"{len(run) - len(missed)} of {len(run)} goals hold" + (f"; missed: {', '.join(missed)}" if missed else "")
          + (f"; {len(rows) - len(run)} not run" if len(run) < len(rows) else ""))
    return 1 if missed or not rows else 0


sys.exit(main())
