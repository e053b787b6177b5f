"""Runs a program and writes its cost as JSON: seconds of wall clock and of processor time, and peak memory.

    python3 measure.py REPORT PROGRAM [ARGUMENT …]

The exit code is the program's. TERM is passed on to it; a terminal sends its INT to both anyway.
"""

import json
import os
import signal
import sys
import time

report, *command = sys.argv[1:]
pid = None
ended = False


def end(_number, _frame):
    global ended
    ended = True
    if pid is not None:
        os.kill(pid, signal.SIGTERM)


# Installed before the program starts, so that no signal is lost.
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGINT, lambda _number, _frame: None)
start = time.monotonic()
pid = os.posix_spawnp(command[0], command, os.environ)
if ended:
    os.kill(pid, signal.SIGTERM)
_, status, usage = os.wait4(pid, 0)
taken = {
    "wallSeconds": time.monotonic() - start,
    "cpuSeconds": usage.ru_utime + usage.ru_stime,
    # Linux counts kibibytes, macOS bytes.
    "peakMemoryBytes": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
}
with open(report, "w") as file:
    json.dump(taken, file)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
