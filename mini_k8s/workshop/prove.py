"""Do the checks tell the truth? ``make prove``, or ``python -m mini_k8s.workshop.prove [--json FILE]``.

For every exercise: unsolved it is refused, our solution passes, right answers in other styles pass, each wrong answer
is refused with the hint made for it, and of the solution's mutants at least 95 % are refused; every mutant that passes
is listed with the reason why nobody can tell it from the solution. Exit status 1 when any of this does not hold.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mini_k8s.workshop import exercises
from mini_k8s.workshop.exercises import Exercise
from mini_k8s.workshop.judge import Verdict, judge
from mini_k8s.workshop.mutants import mutants
from mini_k8s.workshop.ours import our_source

WANTED_REFUSED = 0.95  # of all mutants
FEWEST_WRONGS, FEWEST_RIGHTS = 4, 3

Judge = Callable[[str, str], Verdict]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mini_k8s.workshop.prove", description="Prove the exercises.")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the results there as well")
    parser.add_argument("--mutants", metavar="N", type=int, help="try so many of an exercise's at most, from all "
                        "parts of its solution (default: all)")
    args = parser.parse_args(argv)
    began, results = time.perf_counter(), []
    print(f"{'exercise':<22} {'unsolved':>9} {'solution':>9} {'rights':>9} {'wrongs':>9} {'mutants':>9}   holds",
          flush=True)
    for exercise in exercises.every():
        results.append(prove(exercise, most=args.mutants))
        print(row(results[-1]), flush=True)
    for result in results:
        print(*failures(result), sep="\n", end="\n" if failures(result) else "")
    survivors = [s for r in results for s in r["mutants"]["survivors"] if s["why"]]
    if survivors:
        print("\nMutants that pass, and why they are no mistake:")
        print(*(f"  {s['diff']}\n      {s['why']}" for s in survivors), sep="\n")
    print(f"\n{len(results)} exercises in {time.perf_counter() - began:.0f} s")
    if args.json:
        args.json.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if all(result["holds"] for result in results) else 1


def prove(exercise: Exercise, judge: Judge = judge, most: int | None = None) -> dict:
    """Try everything that is known about one exercise, ``most`` mutants of it at most. The result is what ``--json``
    writes for it."""
    with ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        def all_of(sources: Sequence[str]) -> list[Verdict]:
            return list(pool.map(lambda source: judge(exercise.target, source), sources))

        solution = our_source(exercise.target)
        unsolved, solved = all_of([exercises.unsolved(exercise.target), solution])
        rights = all_of([right.source for right in exercise.rights])
        wrongs = all_of([wrong.source for wrong in exercise.wrongs])
        small_mistakes = _spread(mutants(solution), most)
        passed = [change for change, verdict in zip(small_mistakes, all_of([*small_mistakes.values()]), strict=True)
                  if verdict.passed]
    result = {
        "number": exercise.number, "target": exercise.target,
        "unsolved_refused": not unsolved.passed and unsolved.hint == "unsolved",
        "solution_passes": solved.passed,
        "rights": _rights(exercise, rights),
        "wrongs": _wrongs(exercise, wrongs),
        "mutants": {
            "total": len(small_mistakes), "refused": len(small_mistakes) - len(passed),
            "survivors": [{"diff": change, "why": exercise.equivalent.get(change, "")} for change in passed]},
    }
    return result | {"holds": not failures(result)}


def _spread(every: dict[str, str], most: int | None) -> dict[str, str]:
    """At most so many of them, from the first to the last."""
    step = -(-len(every) // most) if most else 1
    return dict([*every.items()][::step])


def failures(result: dict) -> list[str]:
    """What does not hold, a line each."""
    number, told = result["number"], []
    rights, wrongs, mutated = result["rights"], result["wrongs"], result["mutants"]
    if not result["unsolved_refused"]:
        told.append(f"{number}: the unsolved exercise is not refused as unsolved")
    if not result["solution_passes"]:
        told.append(f"{number}: our own solution is refused")
    told += [f"{number}: a right answer is refused: {f['style']} ({f['hint']})" for f in rights["failures"]]
    told += [f"{number}: a wrong answer {'passes' if f['got'] is None else 'gets the hint ' + f['got']}, "
             f"not {f['hint']}:\n{f['source'].rstrip()}" for f in wrongs["failures"]]
    if rights["total"] < FEWEST_RIGHTS or wrongs["total"] < FEWEST_WRONGS:
        told.append(f"{number}: {rights['total']} right and {wrongs['total']} wrong answers are too few to prove much")
    if mutated["refused"] < WANTED_REFUSED * mutated["total"]:
        told.append(f"{number}: {mutated['refused']} of {mutated['total']} mutants refused, fewer than "
                    f"{WANTED_REFUSED:.0%}")
    told += [f"{number}: this mutant passes, and no reason is given why it may: {s['diff']}"
             for s in mutated["survivors"] if not s["why"]]
    return told


def row(result: dict) -> str:
    """One line of the table."""
    rights, wrongs, mutated = result["rights"], result["wrongs"], result["mutants"]
    return (f"{result['number'] + ' ' + result['target'].partition(':')[2]:<22} "
            f"{'refused' if result['unsolved_refused'] else 'PASSES':>9} "
            f"{'passes' if result['solution_passes'] else 'REFUSED':>9} "
            f"{rights['passed']:>4} of {rights['total']:<2} {wrongs['refused_with_hint']:>3} of {wrongs['total']:<2} "
            f"{mutated['refused']:>3} of {mutated['total']:<3}  {'yes' if result['holds'] else 'NO'}")


def _rights(exercise: Exercise, verdicts: list[Verdict]) -> dict:
    refused = [{"style": right.style, "hint": verdict.hint}
               for right, verdict in zip(exercise.rights, verdicts, strict=True) if not verdict.passed]
    return {"passed": len(verdicts) - len(refused), "total": len(verdicts), "failures": refused}


def _wrongs(exercise: Exercise, verdicts: list[Verdict]) -> dict:
    missed = [{"hint": wrong.hint, "got": verdict.hint, "source": wrong.source}
              for wrong, verdict in zip(exercise.wrongs, verdicts, strict=True) if verdict.hint != wrong.hint]
    return {"refused_with_hint": len(verdicts) - len(missed), "total": len(verdicts), "failures": missed}


if __name__ == "__main__":
    sys.exit(main())
