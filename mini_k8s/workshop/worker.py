"""Who runs a learner's code? A process of its own, started ahead, used once: this is its main program.

One JSON line comes in on stdin: target, source, context. JSON lines go out on what was stdout: ``{"began": true}``,
``{"check": n}`` as it comes to each check, and last the report. Then it ends, by whatever means. When time is up, or it
crashes, no Python can run any more; then ``faulthandler`` writes there on which line that was, in lines of its own.
"""

import faulthandler
import json
import os
import sys
import threading

MEMORY = 512 * 2**20  # bytes beyond what the process has when it begins
STACK = 2**20  # bytes of each thread of theirs; what is usual, 8 MB, would use the memory up with sixty


def main() -> None:
    real_exit = os._exit
    request = os.fdopen(os.dup(0), "rb")
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if here not in sys.path:
        sys.path.insert(0, here)  # before another version of us that is installed

    def tell(**message) -> None:
        os.write(answer, json.dumps(message).encode() + b"\n")

    try:
        from mini_k8s.workshop import run_checks  # and all that it needs, before anybody waits for us

        if len(sys.argv) > 1:
            run_checks.warm_up(sys.argv[1])
        line = request.readline()
        if line:
            tell(began=True)
            _limit_memory()
            asked = json.loads(line)
            faulthandler.enable(answer)
            faulthandler.dump_traceback_later(asked["limit"], exit=True, file=answer)
            run_checks.run(asked, tell, real_exit)
    except BaseException as error:  # our own mistake: say so, the learner did nothing wrong
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(last.filename)}:{last.lineno}"
        tell(hint="kit-bug", facts={"error": f"{type(error).__name__}: {error} ({where})"})
    real_exit(0)


def _limit_memory() -> None:
    threading.stack_size(STACK)
    try:
        import resource
    except ImportError:
        return  # not POSIX: the time limit is what is left
    try:
        with open("/proc/self/statm") as now:
            used = int(now.read().split()[0]) * resource.getpagesize()
    except OSError:
        used = 2**30
    try:
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        pass  # macOS knows the limit and does not keep it


if __name__ == "__main__":
    main()
