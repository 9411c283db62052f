"""confctl and its practice pool before Prism and Microsoft's own clients: run by graph.sh."""

import shutil
import signal
import sys
import traceback

import graph_clients
import graph_prism
from graph_desk import OPENAPI, WORK, Pool, check, counts


def judge(name, judge_all, pool):
    """All checks of one judge; what is in their way is a failure too."""
    try:
        judge_all(pool)
    except Exception:
        check(f"{name} gets to its end", False, traceback.format_exc())


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    pool, skipped = Pool(), 0
    try:
        if OPENAPI:
            judge("Prism", graph_prism.judge_all, pool)
            if sum(counts.values()) != graph_prism.CHECKS:
                check("as many checks are made as are skipped without Prism", False, counts)
        else:
            print(
                "Prism is skipped: there is no OpenAPI of online meetings, as second argument or in GRAPH_OPENAPI."
            )
            skipped = graph_prism.CHECKS
        judge("each client", graph_clients.judge_all, pool)
    finally:
        pool.stop()
        shutil.rmtree(WORK, ignore_errors=True)
    if skipped:
        print(f"{skipped} skipped")
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    raise SystemExit(main())
