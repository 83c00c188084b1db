"""Reads an interval log with the Python package hdrhistogram and prints what it holds, one line of JSON a tag."""
import json
import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader

LAYOUT = (1, 2**37 - 1, 3)
tags = {}
reader = HistogramLogReader(sys.argv[1], HdrHistogram(*LAYOUT))
while True:
    interval = reader.get_next_interval_histogram()
    if not interval:
        break
    tags.setdefault(interval.get_tag() or "", HdrHistogram(*LAYOUT)).add(interval)
for tag, all_of_it in sorted(tags.items()):
    figures = {
        "tag": tag,
        "count": all_of_it.get_total_count(),
        "p50": all_of_it.get_value_at_percentile(50),
        "p99": all_of_it.get_value_at_percentile(99),
        "p100": all_of_it.get_value_at_percentile(100),
    }
    print(json.dumps(figures))
