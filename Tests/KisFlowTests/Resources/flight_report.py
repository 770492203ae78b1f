"""Computes the flight report a second time, with nothing but Python's csv module, for the tests to compare with.

Usage: python3 flight_report.py FLIGHTS AIRLINES AIRPORTS DAYS    (DAYS: all, 2013-01-01 or 2013-01-01..2013-01-07)

Prints JSON: per origin the counts and each carrier's statistics, and the merged report.
"""

import csv
import json
import math
import sys
from collections import Counter, defaultdict
from datetime import date


def days_between(text):
    if text == "all":
        return date.min, date.max
    first, _, last = text.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def percentile(values, p):
    """Linear interpolation between the closest ranks: type 7 of R's quantile()."""
    values = sorted(values)
    position = (len(values) - 1) * p
    low, high = math.floor(position), math.ceil(position)
    return values[low] + (values[high] - values[low]) * (position - low)


def statistics(delays):
    on_time = sum(1 for delay in delays if delay < 15)
    return {
        "flights": len(delays),
        "totalDelay": sum(delays),
        "meanDelay": sum(delays) / len(delays),
        "p90Delay": percentile(delays, 0.9),
        "onTime": on_time,
        "onTimeShare": on_time / len(delays),
    }


def main(flights, airlines, airports, days):
    first, last = days_between(days)
    with open(airlines, newline="") as file:
        names = {row["carrier"]: row["name"] for row in csv.DictReader(file)}
    with open(airports, newline="") as file:
        known = {row["faa"] for row in csv.DictReader(file)}

    loaded, missing = Counter(), defaultdict(Counter)
    delays = defaultdict(lambda: defaultdict(list))
    with open(flights, newline="") as file:
        for row in csv.DictReader(file):
            if not first <= date(int(row["year"]), int(row["month"]), int(row["day"])) <= last:
                continue
            origin = row["origin"]
            loaded[origin] += 1
            if row["arr_delay"] == "NA":
                continue
            delays[origin][row["carrier"]].append(int(row["arr_delay"]))
            if row["dest"] not in known:
                missing[origin][row["dest"]] += 1

    origins, merged = {}, defaultdict(list)
    for origin, carriers in delays.items():
        for carrier, values in carriers.items():
            merged[carrier] += values
        origins[origin] = {
            "flights": loaded[origin],
            "withoutArrivalDelay": loaded[origin] - sum(map(len, carriers.values())),
            "missingAirports": missing[origin],
            "carriers": {carrier: statistics(values) for carrier, values in carriers.items()},
        }
    report = [dict(statistics(values), carrier=carrier, name=names[carrier]) for carrier, values in merged.items()]
    report.sort(key=lambda line: (-line["flights"], line["carrier"]))
    json.dump({"origins": origins, "report": report}, sys.stdout)


main(*sys.argv[1:])
