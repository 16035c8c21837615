from __future__ import annotations

import itertools
import json
import math
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from everlearn.core.charts.bars import Contribution, bar_chart, histogram
from everlearn.core.charts.line import line_chart
from everlearn.core.charts.marks import lanes
from everlearn.core.charts.scales import tick_writer, time_axis, value_axis
from everlearn.core.charts.small import ReliabilityBin, interval_bar, reliability_chart, sparkline
from everlearn.core.charts.types import Band, Mark, Rule, Series

START = datetime(2026, 3, 1, tzinfo=UTC)
HOSTILE = '"><script>alert(1)</script>'


def hours(values):
    return [(START + timedelta(hours=i), value) for i, value in enumerate(values)]


def parsed(markup):
    """Read a chart as XML: fails when anything in it was not escaped or not closed."""
    return ET.fromstring(str(markup))


def paths(markup, cls):
    return [p.get("d") for p in parsed(markup).iter("path") if cls in (p.get("class") or "")]


def hover(markup):
    return json.loads(parsed(markup).get("data-chart"))


class TestValueAxis:
    @pytest.mark.parametrize(
        ("values", "ticks"),
        [
            ([0, 1], (0, 0.25, 0.5, 0.75, 1)),
            ([3, 97], (0, 25, 50, 75, 100)),
            ([1.93, 3.7], (1.5, 2, 2.5, 3, 3.5, 4)),
            ([-0.4, 0.4], (-0.4, -0.2, 0, 0.2, 0.4)),
            ([1e6, 4e6], (1e6, 2e6, 3e6, 4e6)),
        ],
    )
    def test_ticks_are_round_and_hold_the_values(self, values, ticks):
        axis = value_axis(values)
        assert axis.ticks == pytest.approx(ticks)
        assert axis.low <= min(values) <= max(values) <= axis.high

    @pytest.mark.parametrize("value", [0.0, 5.0, -3.2, 1e-9, 1e12])
    def test_a_constant_gets_room_on_both_sides(self, value):
        axis = value_axis([value, value])
        assert axis.low < value < axis.high

    def test_a_constant_zero_is_held_by_an_axis_from_zero(self):
        assert value_axis([0.0], zero=True).low == 0.0

    def test_what_cannot_be_drawn_is_passed_over(self):
        assert value_axis([None, math.nan, math.inf, 2.0, 4.0]) == value_axis([2.0, 4.0])

    def test_zero_is_held_when_asked_for(self):
        assert value_axis([80, 95], zero=True).low == 0

    def test_ticks_get_the_decimals_they_need(self):
        assert tick_writer("num", 0.25)(0.5) == "0.50"
        assert tick_writer("num", 20)(40) == "40"
        assert tick_writer("pct", 0.1)(0.3) == "30%"
        assert tick_writer("pct", 0.001)(0.002) == "0.2%"
        assert tick_writer("num", 1, exact=True)(2.3149) == "2.31"


class TestTimeAxis:
    @pytest.mark.parametrize(
        ("span", "first", "labels"),
        [
            (timedelta(minutes=30), START, ["1 Mar", "00:05", "00:10"]),
            (timedelta(hours=20), START, ["1 Mar", "03:00", "06:00"]),
            (timedelta(days=2), START, ["1 Mar", "12:00", "2 Mar"]),
            (timedelta(days=6), START, ["1 Mar", "2 Mar", "3 Mar"]),
            (timedelta(days=40), datetime(2026, 3, 2, tzinfo=UTC), ["2 Mar", "9 Mar", "16 Mar"]),
            (timedelta(days=190), START, ["Mar", "Apr", "May"]),
            (timedelta(days=800), datetime(2026, 7, 1, tzinfo=UTC), ["Jul", "2027", "Jul"]),
            (timedelta(days=2200), datetime(2027, 1, 1, tzinfo=UTC), ["2027", "2028", "2029"]),
        ],
    )
    def test_ticks_lie_on_round_times(self, span, first, labels):
        axis = time_axis([START, START + span])
        assert axis.ticks[0] == first
        assert [axis.label(tick) for tick in axis.ticks[:3]] == labels
        assert 2 <= len(axis.ticks) <= 8

    def test_weeks_begin_on_monday(self):
        axis = time_axis([START, START + timedelta(days=40)])
        assert {tick.isoweekday() for tick in axis.ticks} == {1}

    def test_one_time_gets_an_hour_around_it(self):
        axis = time_axis([START])
        assert axis.end - axis.start == timedelta(hours=1)
        assert axis.at(START) == 0.5


class TestLineChart:
    def test_says_in_words_what_it_shows(self):
        chart = line_chart([Series("champion", hours([1, 3, 2]))], title="Error")
        svg = parsed(chart).find(".//svg[@role='img']")
        assert svg.findtext("title") == "Error"
        assert "champion: 3 points from 1.00 to 3.00, last 2.00." in svg.findtext("desc")

    def test_carries_its_numbers_as_a_table(self):
        chart = line_chart([Series("a", hours([1.5, None]))], title="Error")
        cells = [td.text for td in parsed(chart).iter("td")]
        assert cells == ["1.500", "–"]

    def test_every_text_is_escaped(self):
        chart = line_chart(
            [Series(HOSTILE, hours([1, 2]))],
            title=HOSTILE,
            marks=[Mark(START, "alert", HOSTILE, f"/x?{HOSTILE}", "critical")],
            rules=[Rule(1.5, HOSTILE)],
            band=Band(HOSTILE, [(START, 0, 1), (START + timedelta(hours=1), 0, 1)]),
        )
        assert "<script" not in chart
        assert list(parsed(chart).iter("script")) == []
        assert hover(chart)["s"][0]["n"] == HOSTILE

    @pytest.mark.parametrize(
        "series", [[], [Series("a", [])], [Series("a", hours([None, math.nan]))]]
    )
    def test_without_a_value_it_says_so(self, series):
        chart = line_chart(series, title="Error", empty="Nothing yet.")
        assert "Nothing yet." in chart
        assert parsed(chart).find(".//svg") is None

    def test_a_single_point_is_a_dot(self):
        chart = line_chart([Series("a", hours([2.0]))], title="Error")
        assert len([c for c in parsed(chart).iter("circle") if "dot" in c.get("class")]) == 1
        assert paths(chart, "line") == []
        assert hover(chart)["x"] == [0.5]

    @pytest.mark.parametrize("gap", [None, math.nan, math.inf])
    def test_a_gap_is_left_where_a_value_is_missing(self, gap):
        chart = line_chart([Series("a", hours([1, 2, gap, 2, 1]))], title="Error")
        (d,) = paths(chart, "line")
        assert d.count("M") == 2
        assert "nan" not in str(chart)
        assert "inf" not in d
        assert hover(chart)["s"][0]["y"][2] is None

    def test_a_constant_lies_in_the_middle(self):
        chart = line_chart([Series("a", hours([5, 5, 5]))], title="Error")
        assert hover(chart)["s"][0]["y"] == [0.5, 0.5, 0.5]

    def test_marks_are_links_on_the_time_axis(self):
        mark = Mark(START + timedelta(hours=1), "promotion", "v2 promoted", "/promotions/2")
        outside = Mark(START - timedelta(days=9), "alert", "old")
        chart = line_chart([Series("a", hours([1, 2, 3]))], title="Error", marks=[outside, mark])
        (link,) = parsed(chart).iter("a")
        assert link.get("href") == "/promotions/2"
        assert link.get("style").startswith("left:50.00%")
        assert "old" not in chart

    def test_marks_beside_each_other_take_lanes(self):
        assert lanes([0.1, 0.105, 0.11, 0.115, 0.4]) == [0, 1, 2, 2, 0]

    def test_up_to_four_lines_are_named_at_their_ends(self):
        lines = [Series(f"v{i}", hours([i, i + 1])) for i in range(4)]
        ends = [
            t
            for t in parsed(line_chart(lines, title="x")).iter("text")
            if "end" in t.get("class", "").split()
        ]
        tops = sorted(float(t.get("y")) for t in ends)
        assert len(ends) == 4
        assert all(b - a >= 14.9 for a, b in itertools.pairwise(tops))
        more = line_chart([*lines, Series("v4", hours([4, 5]))], title="x")
        assert 'class="end' not in more

    def test_lines_of_different_times_share_one_reading(self):
        late = [(START + timedelta(hours=1), 7.0)]
        chart = line_chart([Series("a", hours([1, 2])), Series("b", late)], title="x")
        assert hover(chart)["s"][1]["v"] == [None, "7.0"]


class TestBars:
    def test_largest_first_and_the_rest_in_one_row(self):
        given = [Contribution(f"f{i}", i * (-1) ** i) for i in range(1, 13)]
        rows = list(parsed(bar_chart(given, title="x", limit=3)).iter("tr"))
        assert [tr.find("th").text for tr in rows] == ["f12", "f11", "f10", "9 others"]
        assert rows[0].findall("td")[1].text == "+12.000"
        assert rows[1].findall("td")[1].text == "−11.000"

    def test_base_and_output_frame_the_bars(self):
        chart = bar_chart([Contribution("a", 1.0)], title="x", base=2.0, output=3.0)
        names = [th.text for th in parsed(chart).iter("th")]
        assert names == ["base", "a", "output"]

    def test_importance_has_no_signs(self):
        assert "+" not in bar_chart([Contribution("a", 0.5)], title="x")

    def test_names_and_values_are_escaped(self):
        chart = bar_chart([Contribution(HOSTILE, 1.0, HOSTILE)], title=HOSTILE)
        assert list(parsed(chart).iter("script")) == []

    def test_nothing_and_nothing_finite(self):
        assert "No reasons" in bar_chart([], title="x")
        assert "No reasons" in bar_chart([Contribution("a", math.nan)], title="x")

    def test_all_zero_is_drawn_without_width(self):
        chart = bar_chart([Contribution("a", 0.0)], title="x")
        assert [r.get("width") for r in parsed(chart).iter("rect")] == ["0.00%"]


class TestHistogram:
    def test_samples_of_different_size_are_comparable(self):
        chart = histogram([0, 1, 2], [1, 3], [100, 300], title="x")
        cells = [td.text for td in parsed(chart).iter("td")]
        assert cells == ["25.0%", "25.0%", "75.0%", "75.0%"]

    def test_one_sample_may_be_empty_but_not_both(self):
        assert paths(histogram([0, 1], [0], [5], title="x"), "area")
        assert "Neither sample" in histogram([0, 1], [0], [0], title="x")
        assert "Neither sample" in histogram([], [], [], title="x")

    def test_counts_that_do_not_fit_the_edges_are_refused(self):
        with pytest.raises(ValueError, match="2 bins, but 2 and 1 counts"):
            histogram([0, 1, 2], [1, 2], [1], title="x")

    def test_categories_are_rows(self):
        chart = histogram(["card", HOSTILE], [3, 1], [1, 1], title="x")
        assert "card" in [th.text for th in parsed(chart).iter("th")]
        assert list(parsed(chart).iter("script")) == []


class TestSmall:
    def test_a_sparkline_says_its_last_value(self):
        svg = parsed(sparkline([1, None, 3], label="Error"))
        assert svg.get("aria-label") == "Error: 2 values from 1.00 to 3.00, last 3.00"
        assert svg.find("path").get("d").count("M") == 2

    def test_a_constant_sparkline_runs_through_the_middle(self):
        assert parsed(sparkline([4, 4], label="x")).find("circle").get("cy") == "10.0"

    @pytest.mark.parametrize("values", [[], [None], [math.nan]])
    def test_a_sparkline_of_nothing_is_a_dash(self, values):
        assert parsed(sparkline(values, label="x")).text == "–"

    def test_an_interval_says_its_ends_and_stays_on_the_track(self):
        svg = parsed(interval_bar(1.4, 0.8, 1.9, label="p"))
        assert svg.get("aria-label") == "p 1.40, interval 0.80 to 1.90"
        assert svg.find("line").get("x1") == "100.00%"

    def test_an_interval_may_be_missing(self):
        assert "interval 0" not in interval_bar(0.5, None, None)
        assert parsed(interval_bar(None, None, None)).text == "–"

    def test_reliability_leaves_bins_without_outcomes_out(self):
        bins = [ReliabilityBin(0.1, 0.12, 40, 0.05, 0.2), ReliabilityBin(0.9, None, 0)]
        chart = reliability_chart(bins, title="x")
        assert len(list(parsed(chart).iter("circle"))) == 1
        assert "No prediction has an outcome" in reliability_chart(bins[1:], title="x")


def test_no_chart_carries_an_attribute_that_the_csp_forbids():
    chart = line_chart([Series("a", hours([1, 2]))], title="x")
    assert not re.search(r"\son\w+=|javascript:", unescape(str(chart)))
