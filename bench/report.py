#!/usr/bin/env python3
"""The results of a run as Markdown: `report.py RESULTS.jsonl`. Medians over the rounds, the ratios
the project holds itself to, and what they were measured on."""
import json
import statistics
import sys

# (scenario, what tells its measurements apart, title, columns: (heading, field, digits))
TABLES = [
    ("latency", {}, "Latency: 10 pairs, 100 messages/s in total",
     [("p50 µs", "p50_us", 0), ("p90 µs", "p90_us", 0), ("p99 µs", "p99_us", 0),
      ("server CPU µs/message", "server_cpu_us_per_msg", 1), ("errors", "errs", 0)]),
    ("throughput", {"receipts": False}, "Throughput: 100 pairs, window 4",
     [("messages/s", "msgs_per_s", 0), ("p50 µs", "p50_us", 0), ("p99 µs", "p99_us", 0),
      ("server CPU µs/message", "server_cpu_us_per_msg", 1), ("server cores", "server_cpu", 2),
      ("generator cores", "gen_cpu", 2), ("errors", "errs", 0)]),
    ("throughput", {"receipts": True}, "Throughput with receipts: a slot is free when the "
     "recipient's receipt is back at the sender",
     [("messages/s", "msgs_per_s", 0), ("receipt p50 µs", "receipt_p50_us", 0),
      ("receipt p99 µs", "receipt_p99_us", 0),
      ("server CPU µs/message", "server_cpu_us_per_msg", 1), ("server cores", "server_cpu", 2),
      ("generator cores", "gen_cpu", 2), ("errors", "errs", 0)]),
    ("group", {"interval_ms": 200}, "A group of 256, all connected: a message every 200 ms, until the "
     "last of the other 255 has it",
     [("last p50 µs", "last_p50_us", 0), ("last p99 µs", "last_p99_us", 0),
      ("each p50 µs", "each_p50_us", 0),
      ("server CPU µs/delivery", "server_cpu_us_per_delivery", 1), ("missing", "missing", 0),
      ("duplicates", "dups", 0), ("out of order", "out_of_order", 0), ("errors", "errs", 0)]),
    ("group", {"interval_ms": None}, "A group of 256, all connected: back to back, 4 under way",
     [("deliveries/s", "deliveries_per_s", 0), ("last p50 µs", "last_p50_us", 0),
      ("last p99 µs", "last_p99_us", 0),
      ("server CPU µs/delivery", "server_cpu_us_per_delivery", 1),
      ("server cores", "server_cpu", 2), ("generator cores", "gen_cpu", 2),
      ("missing", "missing", 0), ("duplicates", "dups", 0), ("out of order", "out_of_order", 0),
      ("errors", "errs", 0)]),
    ("offline-store", {}, "Offline, store: 10,000 messages to 100 users who are away",
     [("messages/s", "msgs_per_s", 0), ("acknowledged", "acked", 0),
      ("server CPU µs/message", "server_cpu_us_per_msg", 1), ("errors", "errs", 0)]),
    ("offline-drain", {"killed": False}, "Offline, drain: the 100 come back",
     [("messages/s", "msgs_per_s", 0), ("missing", "missing", 0), ("duplicates", "dups", 0),
      ("first after ms", "first_ms", 0),
      ("server CPU µs/message", "server_cpu_us_per_msg", 1)]),
    ("offline-drain", {"killed": True}, "Offline, with `kill -9` and a restart between store and "
     "drain; times from the start of the new process",
     [("lets clients in, ms", "open_ms", 0), ("first message, ms", "first_ms", 0),
      ("missing", "missing", 0), ("duplicates", "dups", 0), ("messages/s", "msgs_per_s", 0)]),
    ("idle", {"conns": 1000}, "1,000 idle connections",
     [("KiB each (PSS)", "pss_kb_per_conn", 1), ("set up per s", "setup_per_s", 0),
      ("server CPU µs/connection", "cpu_us_per_conn", 0), ("lost", "lost", 0)]),
    ("idle", {"conns": 5000}, "5,000 idle connections",
     [("KiB each (PSS)", "pss_kb_per_conn", 1), ("set up per s", "setup_per_s", 0),
      ("server CPU µs/connection", "cpu_us_per_conn", 0), ("lost", "lost", 0)]),
    ("idle", {"conns": 10000}, "10,000 idle connections",
     [("KiB each (PSS)", "pss_kb_per_conn", 1), ("set up per s", "setup_per_s", 0),
      ("server CPU µs/connection", "cpu_us_per_conn", 0), ("lost", "lost", 0)]),
]

# What only ours has, a row for each of several measurements; `*` in a field is the row's prefix.
# (title, heading of the rows, rows: (name, scenario, filter, prefix), columns)
PEOPLE = [
    ("Keys: 32 fetches under way", "keys of",
     [("200 users in turn", "keys", {"pool": 200}, ""), ("one user", "keys", {"pool": 1}, "")],
     [("fetches/s", "fetches_per_s", 0), ("p50 µs", "p50_us", 0), ("p99 µs", "p99_us", 0),
      ("server CPU µs/fetch", "server_cpu_us_per_fetch", 0), ("server cores", "server_cpu", 2),
      ("keys given twice", "twice", 0), ("missing", "missing", 0), ("errors", "errs", 0)]),
    ("Presence: 1,000 watchers of one user, who comes and goes 30 times", "",
     [("comes", "presence", {}, "came"), ("goes", "presence", {}, "went")],
     [("p50 µs", "*_p50_us", 0), ("p99 µs", "*_p99_us", 0), ("last of 1,000, µs", "*_last_us", 0),
      ("server CPU µs/watcher", "server_cpu_us_per_event", 1), ("lost", "*_lost", 0),
      ("duplicates", "*_dups", 0)]),
    ("Contacts: 500 numbers in a call", "registered",
     [(f"{found}, {name}", "contacts", {"found": found}, prefix)
      for found in (25, 500) for name, prefix in (("first time", "first"), ("again", "again"))],
     [("p50 µs", "*_p50_us", 0), ("p99 µs", "*_p99_us", 0), ("server CPU µs", "*_cpu_us", 0)]),
]

OURS, EJABBERD, FLOOR = "heliographd", "ejabberd", "relay-mem"
DURABLE = "relay-sqlite-full"
KILLED, RECEIPTS = {"killed": True}, {"receipts": True}
PACED, BACK_TO_BACK = {"interval_ms": 200}, {"interval_ms": None}
DIRECT, LIVE, TEN_THOUSAND = {"receipts": False}, {"killed": False}, {"conns": 10000}

# (claim, scenario, filter, field, the peer it is a ratio to or None, "<=" or ">=", bound)
TARGETS = [
    ("1:1 latency p50 ≤ 2 × the memory relay's", "latency", {}, "p50_us", FLOOR, "<=", 2),
    ("1:1 latency p50 below ejabberd's", "latency", {}, "p50_us", EJABBERD, "<", 1),
    ("1:1 latency p99 ≤ 1.5 × ejabberd's", "latency", {}, "p99_us", EJABBERD, "<=", 1.5),
    ("messages/s ≥ 2 × ejabberd's", "throughput", DIRECT, "msgs_per_s", EJABBERD, ">=", 2),
    ("messages/s with receipts ≥ 3 × ejabberd's", "throughput", RECEIPTS, "msgs_per_s", EJABBERD,
     ">=", 3),
    ("CPU per message ≤ 0.5 × ejabberd's", "throughput", DIRECT, "server_cpu_us_per_msg",
     EJABBERD, "<=", 0.5),
    ("CPU per message with receipts ≤ 0.5 × ejabberd's", "throughput", RECEIPTS,
     "server_cpu_us_per_msg", EJABBERD, "<=", 0.5),
    ("last of 256 members, p50 ≤ ejabberd's", "group", PACED, "last_p50_us", EJABBERD, "<=", 1),
    ("last of 256 members, p50 ≤ 2 × the SQLite relay's", "group", PACED, "last_p50_us", DURABLE,
     "<=", 2),
    ("deliveries/s to 256 members ≥ 2 × ejabberd's", "group", BACK_TO_BACK, "deliveries_per_s",
     EJABBERD, ">=", 2),
    ("missing, twice, out of order or an error in groups: 0 in every round", "group", {}, "wrong",
     None, "<=", 0),
    ("offline store ≥ 5 × ejabberd's messages/s", "offline-store", {}, "msgs_per_s", EJABBERD,
     ">=", 5),
    ("offline drain ≥ 3 × ejabberd's messages/s", "offline-drain", LIVE, "msgs_per_s", EJABBERD,
     ">=", 3),
    ("missing of 10,000 after kill -9: 0 in every round", "offline-drain", KILLED, "missing", None,
     "<=", 0),
    ("first message drained ≤ 1,000 ms after the restart", "offline-drain", KILLED, "first_ms",
     None, "<=", 1000),
    ("memory of an idle connection at 10,000 ≤ 12 KiB", "idle", TEN_THOUSAND, "pss_kb_per_conn",
     None, "<=", 12),
    ("set-up of connections ≥ 5 × ejabberd's rate", "idle", TEN_THOUSAND, "setup_per_s", EJABBERD,
     ">=", 5),
]

# What must stay the same (± 20 %) over few and over many users' rows.
SCALED = [
    ("latency p50 µs", "latency", {}, "p50_us"),
    ("latency p99 µs", "latency", {}, "p99_us"),
    ("messages/s", "throughput", DIRECT, "msgs_per_s"),
    ("CPU µs/message", "throughput", DIRECT, "server_cpu_us_per_msg"),
    ("stored messages/s", "offline-store", {}, "msgs_per_s"),
    ("drained messages/s", "offline-drain", LIVE, "msgs_per_s"),
]

# Groups of several sizes and numbers: {name: what tells their measurements from the others'}
GROUPS = "heliographd-groups"
SHAPES = {
    "16": {"members": 16}, "32": {"members": 32, "groups": 1}, "64": {"members": 64},
    "256": {"members": 256, "others": 0},
    "32, the same in 20 groups in turn": {"groups": 20, "same": True},
    "32, in 20 groups in turn": {"groups": 20, "same": False},
    "256, among 200 other groups": {"others": 200},
}
LAST = ("last member's p50 µs", PACED, "last_p50_us")
EACH_CPU = ("CPU µs/delivery", BACK_TO_BACK, "server_cpu_us_per_delivery")
# (claim, shape, shape it is compared with, what is compared, how much more is as much)
GROWTH = [
    ("with 256 members ≤ 1.2 × with 64", "256", "64", EACH_CPU, 1.2),
    ("with 256 members ≤ 4 × 1.2 × with 64", "256", "64", LAST, 4 * 1.2),
] + [
    (f"{claim} ≤ 1.2 × alone", shape, alone, what, 1.2)
    for claim, shape, alone in [
        ("with 256 members, among 200 other groups", "256, among 200 other groups", "256"),
        ("with 32 members, the same in 20 groups in turn", "32, the same in 20 groups in turn", "32"),
        ("with 32 members, 20 groups in turn", "32, in 20 groups in turn", "32")]
    for what in (EACH_CPU, LAST)
]

ZIP_MAX_BYTES = 4_000_000
START_RATIO_MAX = 2


class Results:
    def __init__(self, path):
        with open(path) as lines:
            self.rows = [json.loads(line) for line in lines]

    def find(self, scenario, **fields):
        return [r for r in self.rows if r["scenario"] == scenario
                and all(r.get(k) == v for k, v in fields.items())]

    def labels(self, scenario):
        return list(dict.fromkeys(r["label"] for r in self.find(scenario)))

    def values(self, label, scenario, fields, name):
        return [r[name] for r in self.find(scenario, label=label, **fields)
                if r.get(name) is not None]

    def median(self, label, scenario, fields, name):
        values = self.values(label, scenario, fields, name)
        return statistics.median(values) if values else None


def number(value, digits=0):
    if value is None:
        return "–"
    return f"{round(value, digits) if digits else round(value):,}"


def spread(values, digits):
    """The median, and the range where rounds differ."""
    if not values:
        return "–"
    middle, low, high = statistics.median(values), min(values), max(values)
    if number(low, digits) == number(high, digits):
        return number(middle, digits)
    return f"{number(middle, digits)} ({number(low, digits)}–{number(high, digits)})"


def table(headings, rows):
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def machine(results):
    lines = ["## Machine and noise", ""]
    for m in results.find("machine"):
        lines += [f"{m['cpu']}, {m['cores']} cores, {m['memory_gib']} GiB, {m['os']}, Linux "
                  f"{m['kernel']}, {m['filesystem']}; {m['rustc']}, ejabberd {m['ejabberd']}. "
                  f"Measured {m['date']}. Server and load generator share the cores, over "
                  "loopback, without TLS.", ""]
    headings = ["when", "load average", "busy %", "steal %", "fdatasync p50 µs", "p99 µs"]
    fields = ["load1", "busy_percent", "steal_percent", "fdatasync_p50_us", "fdatasync_p99_us"]
    rows = [[r["when"]] + [str(r[f]) for f in fields] for r in results.find("noise")]
    lines += ["Busy and steal are of three seconds in which nothing of ours ran; the load average "
              "after a round is mostly ours.", ""]
    return lines + table(headings, rows)


def verdict(value, comparison, bound):
    met = {"<=": value <= bound, "<": value < bound, ">=": value >= bound}[comparison]
    return "yes" if met else "**no**"


def target_row(results, target):
    claim, scenario, fields, name, other, comparison, bound = target
    ours = results.values(OURS, scenario, fields, name)
    if not ours:
        return None
    if other is None:
        value = max(ours) if name in ("missing", "wrong") else statistics.median(ours)
        digits = 1 if isinstance(value, float) else 0
        return [claim, number(value, digits), "", "", verdict(value, comparison, bound)]
    middle, theirs = statistics.median(ours), results.median(other, scenario, fields, name)
    if not theirs:
        return None
    ratio = middle / theirs
    return [claim, number(middle), number(theirs), f"{ratio:.2f}",
            verdict(ratio, comparison, bound)]


def targets(results):
    rows = [row for row in (target_row(results, t) for t in TARGETS) if row]
    rows += growth_rows(results) + scaled_rows(results) + media_rows(results) + client_rows(results)
    rows += lambda_rows(results)
    if not rows:
        return []
    return ["## Targets", ""] + table(["", "ours", "theirs", "ratio", "met"], rows)


def size_of(label):
    """(users, messages) of `heliographd-USERS+MESSAGES`."""
    users, messages = label.removeprefix(OURS + "-").split("+")
    return int(users), int(messages)


def scaled_labels(results):
    return sorted((l for l in results.labels("latency") if "+" in l), key=size_of)


def size_name(label):
    users, messages = size_of(label)
    return f"{users:,} users' rows" + (f", {messages:,} waiting messages" if messages else "")


def scaled_ratios(results, label, base):
    """{title: ratio of the medians over `label`'s rows to those over `base`'s}"""
    medians = {title: [results.median(l, scenario, fields, name) for l in (label, base)]
               for title, scenario, fields, name in SCALED}
    return {title: a / b for title, (a, b) in medians.items() if a and b}


def scaled_rows(results):
    labels, rows = scaled_labels(results), []
    for label in labels[1:]:
        ratios = scaled_ratios(results, label, labels[0])
        title = max(ratios, key=lambda t: abs(ratios[t] - 1))
        worst = ratios[title]
        claim = f"over {size_name(label)} all within ± 20 % of {size_name(labels[0])}"
        rows.append([f"{claim}; farthest: {title}", "", "", f"{worst:.2f}",
                     "yes" if 0.8 <= worst <= 1.2 else "**no**"])
    return rows


def growth_rows(results):
    rows = []
    for claim, shape, base, (what, pace, field), most in GROWTH:
        here, there = (results.values(GROUPS, "group", {**SHAPES[s], **pace}, field)
                       for s in (shape, base))
        if here and there:
            # Of each time for itself: from one to the next the machine may have another speed.
            ratios = [one / other for one, other in zip(here, there)]
            ratio = statistics.median(ratios)
            rows.append([f"{what} {claim}", spread(here, 0), spread(there, 0), f"{ratio:.2f}",
                         verdict(ratio, "<=", most)])
    wrong = results.values(GROUPS, "group", {}, "wrong")
    if wrong:
        rows.append(["missing, twice, out of order or an error in groups of several sizes: 0 in every round",
                     number(max(wrong)), "", "", verdict(max(wrong), "<=", 0)])
    return rows


def media_rows(results):
    rows = []
    kit = {r["name"]: r["value"] for r in results.find("media-kit")}
    if kit:
        seal, cipher = kit["seal"], kit["cipher"]
        rows.append(["sealing ≥ 500 MB/s (theirs: the cipher alone)", number(seal), number(cipher),
                     f"{seal / cipher:.2f}", verdict(seal, ">=", 500)])
        photo = max(kit["photo_12mp_ready"], kit["photo_12mp_turned_ready"])
        rows.append(["photo of 12 megapixels ready ≤ 500 ms", number(photo), "", "",
                     verdict(photo, "<=", 500)])
    ratios = results.values(OURS, "media", {}, "ratio")
    if ratios:
        ours, theirs = ([a + b for a, b in zip(*(results.values(OURS, "media", {}, f"{who}{way}_ms")
                                                for way in ("put", "get")))]
                        for who in ("", "plain_"))
        ratio = statistics.median(ratios)
        rows.append(["100 MiB put and got, ms: as fast as nginx × 0.5", spread(ours, 0),
                     spread(theirs, 0), f"{ratio:.2f}", verdict(ratio, ">=", 0.5)])
        memory = max(results.values(OURS, "media", {}, "memory_kb")) / 1024
        rows.append(["memory for 100 MiB ≤ 8 MiB above idle", number(memory, 1), "", "",
                     verdict(memory, "<=", 8)])
    return rows


def client_rows(results):
    rows = []
    for r in results.find("client-e2ee"):
        if r.get("target"):
            rows.append([f"client: {r['name']} ≤ {number(r['target'])} µs", number(r["value"], 1), "", "",
                         verdict(r["value"], "<=", r["target"])])
    drained = results.values("client", "client-drain", {"name": "drain"}, "value")
    if drained:
        drain = statistics.median(drained)
        rows.append(["client: drain ≥ 5,000 messages/s", spread(drained, 0), "", "",
                     verdict(drain, ">=", 5000)])
    for r in results.find("client-store"):
        rows.append([f"client: search in {r['messages']:,} messages ≤ 50 ms",
                     number(r["search_ms_slowest"], 1), "", "",
                     verdict(r["search_ms_slowest"], "<=", 50)])
        growth = r["disk_bytes_by_text_byte"]
        fixed = f"and {number(r['disk_bytes_fixed'])} bytes each"
        rows.append(["client: store ≤ 1.5 × its text, and what is fixed", f"{growth:.2f}", fixed, "",
                     verdict(growth, "<=", 1.5)])
    first = results.values("client", "client-group", {"name": "group_256_first"}, "value")
    if first:
        rows.append(["client: the first message to a group of 256, with the store ≤ 200 ms", spread(first, 0), "", "",
                     verdict(statistics.median(first), "<=", 200)])
    killed = results.find("client-killed")
    if killed:
        bad = sum(r["lost"] + r["twice"] + r["out_of_order"] for r in killed)
        rows.append([f"client: lost, twice or out of order in {len(killed)} conversations of {killed[0]['messages']:,} "
                     f"messages with {sum(r['kills'] for r in killed):,} kills", number(bad), "", "",
                     verdict(bad, "<=", 0)])
    return rows


def media(results):
    lines = []
    kit = [[r["name"], number(r["value"]), number(r["best"]), r["unit"]]
           for r in results.find("media-kit")]
    if kit:
        lines += table(["the client's kit, alone", "median", "best", ""], kit)
    columns = [("seal ms", "seal_ms"), ("put ms", "put_ms"), ("get ms", "get_ms"),
               ("nginx, put ms", "plain_put_ms"), ("nginx, get ms", "plain_get_ms"),
               ("memory KiB above idle", "memory_kb")]
    if results.find("media"):
        cells = [spread(results.values(OURS, "media", {}, f), 0) for _, f in columns]
        lines += table([c[0] for c in columns], [cells])
    return ["## Files", ""] + lines if lines else []


def lambda_rows(results):
    zips, starts = results.find("zip"), results.find("coldstart")
    rows = []
    if zips:
        largest = max(zips, key=lambda r: r["bytes"])
        rows.append([f"largest zip (`{largest['label']}`) ≤ 4 MB", f"{largest['bytes'] / 1e6:.2f} MB",
                     "", "", verdict(largest["bytes"], "<=", ZIP_MAX_BYTES)])
    if len(starts) > 1:
        slowest = max(starts[1:], key=lambda r: r["p50_ms"])
        rows.append([f"slowest start (`{slowest['label']}`) ≤ 2 × an empty function's, ms",
                     str(slowest["p50_ms"]), str(starts[0]["p50_ms"]), f"{slowest['ratio']:.2f}",
                     verdict(slowest["ratio"], "<=", START_RATIO_MAX)])
    return rows


def scenarios(results):
    lines = []
    for scenario, fields, title, columns in TABLES:
        rows = []
        for label in results.labels(scenario):
            if "+" in label or label == GROUPS or not results.find(scenario, label=label, **fields):
                continue
            cells = [spread(results.values(label, scenario, fields, f), d) for _, f, d in columns]
            rows.append([label] + cells)
        if rows:
            lines += [f"**{title}**", ""] + table(["server"] + [c[0] for c in columns], rows)
    heading = ["## Medians", "", "Range over the rounds in brackets.", ""]
    return heading + lines if lines else []


def scale(results):
    labels = scaled_labels(results)
    if not labels:
        return []
    kept = SCALED + [("first message after kill -9, ms", "offline-drain", KILLED, "first_ms")]
    rows = [[title] + [spread(results.values(l, scenario, fields, name), 0) for l in labels]
            for title, scenario, fields, name in kept]
    return ["## The same server over more rows", ""] + table(
        [""] + [size_name(l) for l in labels], rows)


def people(results):
    lines = []
    for title, heading, wanted, columns in PEOPLE:
        rows = [[name] + [spread(results.values(OURS, scenario, fields, f.replace("*", prefix)), d)
                          for _, f, d in columns]
                for name, scenario, fields, prefix in wanted
                if results.find(scenario, label=OURS, **fields)]
        if rows:
            lines += [f"**{title}**", ""] + table([heading] + [c[0] for c in columns], rows)
    return ["## Keys, presence, contacts", ""] + lines if lines else []


def groups(results):
    columns = [("last p50 µs", PACED, "last_p50_us", 0), ("last p99 µs", PACED, "last_p99_us", 0),
               ("deliveries/s", BACK_TO_BACK, "deliveries_per_s", 0),
               ("server CPU µs/delivery", BACK_TO_BACK, "server_cpu_us_per_delivery", 1),
               ("server cores", BACK_TO_BACK, "server_cpu", 2),
               ("missing", {}, "missing", 0), ("duplicates", {}, "dups", 0),
               ("out of order", {}, "out_of_order", 0), ("errors", {}, "errs", 0)]
    rows = [[name] + [spread(results.values(GROUPS, "group", {**shape, **pace}, f), d)
                      for _, pace, f, d in columns]
            for name, shape in SHAPES.items() if results.find("group", label=GROUPS, **shape)]
    if not rows:
        return []
    return ["## Groups of several sizes", "",
            "`heliographd` only. The last member's times are of a message every 200 ms; the others "
            "of 4 messages under way, in all groups together.", ""] + table(
        ["members"] + [c[0] for c in columns], rows)


def functions(results):
    zips = {r["label"]: r["bytes"] for r in results.find("zip")}
    rows = [[r["label"], f"{zips[r['label']] / 1e6:.2f}" if r["label"] in zips else "–",
             str(r["p50_ms"]), f"{r['min_ms']}–{r['max_ms']}", f"{r['ratio']:.2f}"]
            for r in results.find("coldstart")]
    if not rows:
        return []
    return ["## Lambda functions", "",
            "Start of the process to its first poll of the Runtime API, in turn.", ""] + table(
        ["function", "zip MB", "start p50 ms", "range", "ratio to empty"], rows)


if __name__ == "__main__":
    results = Results(sys.argv[1])
    parts = (targets, scenarios, scale, people, groups, media, functions, machine)
    print("\n".join(line for part in parts for line in part(results)))
