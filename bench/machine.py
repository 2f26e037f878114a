#!/usr/bin/env python3
"""What the figures were measured on, as JSON lines: `machine.py machine|noise DIR [NAME]`.

machine: processor, memory, kernel, versions. noise: load average, how busy the machine is while
nothing of ours runs, and what an fdatasync costs in DIR; NAME says when.
"""
import json
import os
import platform
import statistics
import subprocess
import sys
import time


def first(command):
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return out.splitlines()[0].strip() if out else "?"


def field(path, name):
    with open(path) as lines:
        return next((l.split(":", 1)[1].strip() for l in lines if l.startswith(name)), "?")


def filesystem(directory):
    return first(["stat", "-f", "-c", "%T", directory])


def os_name():
    return field_equals("/etc/os-release", "PRETTY_NAME")


def field_equals(path, name):
    with open(path) as lines:
        found = (l.split("=", 1)[1].strip().strip('"') for l in lines if l.startswith(name + "="))
        return next(found, "?")


def machine(directory):
    ejabberd = ["dpkg-query", "-W", "-f", "${Version}", "ejabberd"]
    memory_kb = int(field("/proc/meminfo", "MemTotal").split()[0])
    return {
        "scenario": "machine",
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_kb / 2**20, 1),
        "kernel": platform.release(),
        "os": os_name(),
        "filesystem": filesystem(directory),
        "rustc": first(["rustc", "--version"]),
        "ejabberd": first(ejabberd),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def processor_times():
    with open("/proc/stat") as stat:
        return [int(x) for x in stat.readline().split()[1:9]]


def busy_and_steal(seconds):
    """Shares of the processors' time, in percent, over some seconds."""
    before = processor_times()
    time.sleep(seconds)
    spent = [b - a for a, b in zip(before, processor_times())]
    idle, steal, total = spent[3] + spent[4], spent[7], max(sum(spent), 1)
    return round(100 * (total - idle - steal) / total, 1), round(100 * steal / total, 1)


def fdatasync_us(directory, times=200):
    """Microseconds of an fdatasync after an append of 300 bytes."""
    path = os.path.join(directory, "fdatasync.tmp")
    file, took = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND), []
    for _ in range(times):
        os.write(file, b"x" * 300)
        start = time.perf_counter()
        os.fdatasync(file)
        took.append((time.perf_counter() - start) * 1e6)
    os.close(file)
    os.unlink(path)
    cuts = statistics.quantiles(took, n=100)
    return round(cuts[49]), round(cuts[98])


def noise(directory, when):
    busy, steal = busy_and_steal(3)
    p50, p99 = fdatasync_us(directory)
    return {
        "scenario": "noise",
        "when": when,
        "load1": round(os.getloadavg()[0], 2),
        "busy_percent": busy,
        "steal_percent": steal,
        "fdatasync_p50_us": p50,
        "fdatasync_p99_us": p99,
    }


if __name__ == "__main__":
    what, where = sys.argv[1:3]
    print(json.dumps(machine(where) if what == "machine" else noise(where, sys.argv[3])))
