"""The report: medians, ratios and verdicts from results as peerbench writes them."""

import importlib.util
import json
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("report", Path(__file__).parents[1] / "report.py")
report = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(report)


def group(label, **fields):
    return {"scenario": "group", "label": label, "members": 256, "groups": 1, "others": 0,
            "interval_ms": None, "last_p50_us": 9000, "last_p99_us": 20000, "each_p50_us": 5000,
            "deliveries_per_s": 10000, "server_cpu_us_per_delivery": 50.0, "server_cpu": 1.0,
            "gen_cpu": 0.3, "missing": 0, "dups": 0, "out_of_order": 0, "errs": 0, "wrong": 0} | fields


@pytest.fixture
def results(tmp_path):
    def make(*rows):
        path = tmp_path / "results.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return report.Results(path)
    return make


def cells(lines, start):
    """The cells of the row that begins with `start`."""
    (row,) = [line for line in lines if line.startswith(f"| {start} |")]
    return [cell.strip() for cell in row.strip("|").split("|")][1:]


def test_a_group_is_held_to_the_peers(results):
    lines = report.targets(results(
        group("heliographd", interval_ms=200, last_p50_us=8000),
        group("ejabberd", interval_ms=200, last_p50_us=16000),
        group("relay-sqlite-full", interval_ms=200, last_p50_us=3900),
        group("heliographd", deliveries_per_s=30000),
        group("ejabberd", deliveries_per_s=15001)))
    assert cells(lines, "last of 256 members, p50 ≤ ejabberd's") == ["8,000", "16,000", "0.50", "yes"]
    assert cells(lines, "last of 256 members, p50 ≤ 2 × the SQLite relay's")[2:] == ["2.05", "**no**"]
    assert cells(lines, "deliveries/s to 256 members ≥ 2 × ejabberd's")[2:] == ["2.00", "**no**"]
    assert cells(lines, "missing, twice, out of order or an error in groups: 0 in every round")[3] == "yes"


def test_one_wrong_delivery_in_one_round_is_told(results):
    rounds = [group("heliographd"), group("heliographd", wrong=1), group("heliographd")]
    lines = report.targets(results(*rounds))
    claim = "missing, twice, out of order or an error in groups: 0 in every round"
    assert cells(lines, claim) == ["1", "", "", "**no**"]


def test_paced_and_back_to_back_have_a_table_each(results):
    lines = report.scenarios(results(
        group("heliographd", interval_ms=200, last_p50_us=8000),
        group("heliographd", deliveries_per_s=30000), group("heliographd", deliveries_per_s=31000),
        group("ejabberd, no archive"), group("heliographd-groups", members=16)))
    text = "\n".join(lines)
    paced, back_to_back = text.split("**A group of 256")[1:]
    assert "| heliographd | 8,000 |" in paced
    assert "| heliographd | 30,500 (30,000–31,000) |" in back_to_back
    assert "| ejabberd, no archive | 10,000 |" in back_to_back
    assert "heliographd-groups" not in text


def of_shape(shape, **fields):
    paced = group("heliographd-groups", **(report.SHAPES[shape] | {"interval_ms": 200} | fields))
    return [paced, paced | {"interval_ms": None}]


def test_growth_is_held_to_what_is_linear(results):
    measured = results(
        *of_shape("64", server_cpu_us_per_delivery=50, last_p50_us=2000),
        *of_shape("256", server_cpu_us_per_delivery=61, last_p50_us=9500),
        *of_shape("256, among 200 other groups", server_cpu_us_per_delivery=61, last_p50_us=12000),
        *of_shape("32", server_cpu_us_per_delivery=60, last_p50_us=1000),
        *of_shape("32, in 20 groups in turn", members=32, server_cpu_us_per_delivery=30,
                  last_p50_us=1200, out_of_order=3, wrong=3))
    lines = report.targets(measured)
    cpu, last = "CPU µs/delivery", "last member's p50 µs"
    assert cells(lines, f"{cpu} with 256 members ≤ 1.2 × with 64") == ["61", "50", "1.22", "**no**"]
    assert cells(lines, f"{last} with 256 members ≤ 4 × 1.2 × with 64")[2:] == ["4.75", "yes"]
    others = "with 256 members, among 200 other groups ≤ 1.2 × alone"
    assert cells(lines, f"{cpu} {others}")[3] == "yes"
    assert cells(lines, f"{last} {others}")[3] == "**no**"
    turns = "with 32 members, 20 groups in turn ≤ 1.2 × alone"
    assert cells(lines, f"{cpu} {turns}")[2:] == ["0.50", "yes"]
    assert cells(lines, f"{last} {turns}")[3] == "yes"
    wrong = "missing, twice, out of order or an error in groups of several sizes: 0 in every round"
    assert cells(lines, wrong)[::3] == ["3", "**no**"]
    rows = report.groups(measured)
    assert len([row for row in rows if row.startswith("| 32")]) == 2
    assert cells(rows, "32, in 20 groups in turn")[7] == "3"


def test_growth_is_compared_within_a_round(results):
    among = "256, among 200 other groups"
    rounds = []
    for alone, others in ((100, 150), (60, 61), (100, 65), (61, 100), (100, 102)):
        rounds += of_shape("256", server_cpu_us_per_delivery=alone)
        rounds += of_shape(among, server_cpu_us_per_delivery=others)
    lines = report.targets(results(*rounds))
    row = cells(lines, "CPU µs/delivery with 256 members, among 200 other groups ≤ 1.2 × alone")
    assert row == ["100 (61–150)", "100 (60–100)", "1.02", "yes"]


def test_there_is_nothing_to_say_of_groups_that_were_not_measured(results):
    nothing = results()
    assert report.groups(nothing) == report.targets(nothing) == report.scenarios(nothing) == []
