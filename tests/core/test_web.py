from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from jinja2 import FileSystemLoader, UndefinedError
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from starlette.testclient import TestClient

from everlearn.core import formats, web
from everlearn.core.errors import Bug, Contradiction, Unauthenticated, Unavailable
from tests.core import gallery

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def shell(monkeypatch):
    """The shell with a catalog of its own, and this folder's templates."""
    monkeypatch.setattr(web, "modules", lambda: gallery.MODULES)
    web.templates.cache_clear()
    web.templates().loader.loaders.append(FileSystemLoader(Path(__file__).parent))
    yield web
    web.templates.cache_clear()


def request(path="/", *, principal=True, **headers):
    found = Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [
                (k.replace("_", "-").lower().encode(), v.encode()) for k, v in headers.items()
            ],
        }
    )
    if principal:
        found.state.principal = gallery.Principal()
    return found


def body(response):
    return response.body.decode()


def macro(shell, source, **context):
    env = shell.templates()
    ui = env.get_template("macros.html").make_module(context)
    return env.from_string(source).render(ui=ui, **context)


class TestPage:
    def test_the_gallery_shows_every_part(self, shell, tmp_path):
        response = shell.page(
            request(), "gallery.html", title="Gallery", active="registry", **gallery.full()
        )
        html = body(response)
        (tmp_path / "gallery.html").write_text(html)
        assert response.status_code == 200
        assert html.count("<figure") == 8
        assert html.count("<h1") == 1
        assert "Undefined" not in html

    def test_the_empty_gallery_says_what_to_do(self, shell):
        html = body(shell.page(request(), "gallery_empty.html", title="x", **gallery.empty()))
        assert "everlearn demo taxi" in html
        assert "Nothing was recorded in this window." in html

    def test_the_front_page_comes_first_and_the_active_one_is_marked(self, shell):
        nav = shell.navigation("drift")
        assert [item[:2] for item in nav[:2]] == [("Overview", "/"), ("Drift", "/drift")]
        assert [item.title for item in nav if item.active] == ["Drift"]

    def test_every_page_has_its_own_letter(self, shell):
        keys = [item.key for item in shell.navigation(None)]
        assert all(keys)
        assert len(set(keys)) == len(keys)

    def test_a_partial_request_gets_the_main_part_alone(self, shell):
        html = body(
            shell.page(
                request(X_Everlearn_Partial="1"), "gallery_empty.html", title="x", **gallery.empty()
            )
        )
        assert "<h1>Overview</h1>" in html
        assert "<html" not in html
        assert "<main" not in html

    def test_only_a_live_page_listens(self, shell):
        still = shell.page(request(), "gallery_empty.html", title="x", **gallery.empty())
        live = shell.page(request(), "gallery_empty.html", title="x", live=True, **gallery.empty())
        assert "data-live=" not in body(still)
        assert f'data-live="{web.LIVE}"' in body(live)

    def test_it_carries_the_security_headers_and_nothing_inline(self, shell):
        response = shell.page(request(), "gallery.html", title="x", **gallery.full())
        assert "script-src 'self';" in response.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"<script(?![^>]*\ssrc=)|\son[a-z]+=\"|https?://", body(response))

    @pytest.mark.parametrize(("cookie", "shown"), [("dark", True), ('x" onload="', False)])
    def test_only_a_known_theme_is_taken_from_the_cookie(self, shell, cookie, shown):
        asked = request(Cookie=f"{web.THEME_COOKIE}={cookie}")
        html = body(shell.page(asked, "gallery_empty.html", title="x", **gallery.empty()))
        assert ("data-theme=" in html.split("<head>")[0]) is shown
        assert "onload" not in html

    def test_a_value_the_page_forgot_is_an_error(self, shell):
        with pytest.raises(UndefinedError):
            shell.page(request(), "gallery_empty.html", title="x")

    def test_what_it_is_given_is_escaped(self, shell):
        asked = request()
        asked.state.principal = gallery.Principal(tenant_name=HOSTILE, user_name=HOSTILE)
        html = body(shell.page(asked, "gallery_empty.html", title=HOSTILE, **gallery.empty()))
        assert HOSTILE not in html


class TestOtherPages:
    def test_an_error_says_what_happened_and_what_to_do(self, shell):
        error = Contradiction(f"Stored is 3 {HOSTILE}.", field="actual", hint="Correct it.", sent=4)
        response = shell.error_page(request("/x"), error)
        html = body(response)
        assert response.status_code == 409
        assert "Stored is 3" in html
        assert "Correct it." in html
        assert "sent" in html
        assert HOSTILE not in html

    def test_what_broke_inside_is_not_shown(self, shell):
        assert "secret" not in body(shell.error_page(request(), Bug(row="secret")))

    def test_trying_again_is_offered_when_it_may_help(self, shell):
        assert "Try again" in body(shell.error_page(request(), Unavailable()))

    def test_who_is_not_signed_in_is_led_there_and_sees_no_navigation(self, shell):
        html = body(shell.error_page(request("/drift", principal=False), Unauthenticated()))
        assert 'href="/sign-in?next=/drift"' in html
        assert "<nav" not in html

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("/drift?x=1", "/drift?x=1"),
            ("https://evil.example", "/"),
            ("//evil", "/"),
            ("/\\e", "/"),
        ],
    )
    def test_signing_in_leads_to_this_server_only(self, shell, given, kept):
        html = body(shell.sign_in_page(request(principal=False), next_path=given))
        assert f'name="next" value="{kept}"' in html
        assert "everlearn up" in html

    def test_a_failed_try_is_told(self, shell):
        html = body(shell.sign_in_page(request(principal=False), problem="No such key."))
        assert 'role="alert">No such key.' in html


class TestAssets:
    @pytest.fixture
    def client(self):
        return TestClient(Starlette(routes=[Mount(web.STATIC, web.static_app())]))

    @pytest.mark.parametrize(
        ("name", "type_"),
        [
            ("everlearn.css", "text/css"),
            ("everlearn.js", "text/javascript"),
            ("favicon.svg", "image/svg+xml"),
        ],
    )
    def test_by_its_hash_an_asset_is_kept_for_ever(self, client, name, type_):
        answer = client.get(web.asset(name))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(type_)
        assert "immutable" in answer.headers["cache-control"]

    def test_without_the_hash_or_with_an_old_one_it_is_asked_for_again(self, client):
        assert client.get("/static/everlearn.css").headers["cache-control"] == "no-cache"
        old = client.get("/static/everlearn.css?v=000000000000")
        assert old.headers["cache-control"] == "no-cache"

    def test_what_is_not_there_is_404_and_not_kept(self, client):
        answer = client.get("/static/nothing.js?v=1")
        assert answer.status_code == 404
        assert "immutable" not in answer.headers.get("cache-control", "")


class TestMacros:
    def test_a_table_takes_objects_and_mappings(self, shell):
        @dataclass
        class Row:
            name: str
            n: int

        rows = [Row("a/b", 12345), {"name": HOSTILE, "n": None}]
        columns = [
            web.Column("name", "Name", href="/m/{name}"),
            {"key": "n", "label": "Rows", "format": "count"},
        ]
        html = macro(
            shell,
            "{{ ui.data_table(columns, rows, 'Models', '?after=2') }}",
            columns=columns,
            rows=rows,
        )
        assert 'href="/m/a%2Fb"' in html
        assert '<th scope="col" class="r">Rows</th>' in html
        assert "12\u202f345" in html
        assert ">–</td>" in html
        assert HOSTILE not in html
        assert 'href="?after=2"' in html

    def test_a_badge_has_the_tone_of_its_status(self, shell):
        assert 'class="badge alarm"' in macro(shell, "{{ ui.badge('failed') }}")
        assert 'class="badge quiet"' in macro(shell, "{{ ui.badge('who knows') }}")
        assert "rolled back" in macro(shell, "{{ ui.badge('rolled_back') }}")

    def test_a_stat_without_a_page_is_no_link(self, shell):
        assert "<a" not in macro(shell, "{{ ui.stat('Models', 3) }}")
        assert 'href="/m"' in macro(shell, "{{ ui.stat('Models', 3, href='/m') }}")

    def test_progress_without_a_ratio_says_nothing_of_it(self, shell):
        html = macro(shell, "{{ ui.progress(none, 'Fit') }}")
        assert "aria-valuenow" not in html

    def test_a_filter_keeps_what_was_chosen(self, shell):
        fields = [
            {"name": "s", "label": "S", "type": "select", "options": ["a", "b"], "value": "b"}
        ]
        html = macro(shell, "{{ ui.filter_form(fields) }}", fields=fields)
        assert '<option value="b" selected>' in html


class TestFormats:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (formats.num(1234567.891), "1\u202f234\u202f567.89"),
            (formats.num(-0.001), "0.00"),
            (formats.num(-2.5, 1), "−2.5"),
            (formats.num(float("nan")), "–"),
            (formats.num(float("inf")), "–"),
            (formats.count(None), "–"),
            (formats.count(999), "999"),
            (formats.pct(0.12345), "12.3%"),
            (formats.pct(1, 0), "100%"),
            (formats.bytes_(0), "0\u00a0B"),
            (formats.bytes_(16 * 1024 * 1024), "16.0\u00a0MiB"),
            (formats.ms(0), "0\u00a0ms"),
            (formats.ms(3.21), "3.2\u00a0ms"),
            (formats.ms(412.7), "413\u00a0ms"),
            (formats.ms(65_000), "1\u00a0min\u00a05\u00a0s"),
            (formats.duration(0), "0\u00a0s"),
            (formats.duration(0.25), "250\u00a0ms"),
            (formats.duration(59.96), "1\u00a0min"),
            (formats.duration(3600), "1\u00a0h"),
            (formats.duration(timedelta(days=2, hours=5, minutes=9)), "2\u00a0d\u00a05\u00a0h"),
            (formats.duration(-90), "−1\u00a0min\u00a030\u00a0s"),
        ],
    )
    def test_numbers(self, written, expected):
        assert written == expected

    def test_a_change_is_red_only_when_it_is_bad_enough(self):
        assert "alarm" not in formats.delta(0.4)
        assert "alarm" not in formats.delta(-0.4, bad="up")
        assert "alarm" not in formats.delta(0.04, bad="up", beyond=0.05)
        assert "alarm" in formats.delta(0.06, bad="up", beyond=0.05)
        assert "±0.00" in formats.delta(0.0001)

    def test_a_long_id_keeps_its_tail(self):
        html = formats.short_id(UUID("019cfb2c-7a10-7000-8000-00000000e69e"))
        assert "019cfb2c…e69e" in html
        assert 'title="019cfb2c-7a10-7000-8000-00000000e69e"' in html

    def test_a_time_is_written_in_utc(self):
        at = datetime.fromisoformat("2026-03-01T01:30:00+02:00")
        assert formats.time(at) == (
            '<time datetime="2026-02-28T23:30:00Z" data-precision="minute" '
            'title="2026-02-28T23:30:00Z">2026-02-28 23:30</time>'
        )

    def test_a_time_without_a_zone_is_refused(self):
        with pytest.raises(ValueError, match="without a zone"):
            formats.time(datetime(2026, 3, 1))

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (3, "just now"),
            (59, "59\u00a0s ago"),
            (3599, "59\u00a0min ago"),
            (90_000, "1\u00a0d ago"),
            (100 * 86_400 - 1, "99\u00a0d ago"),
            (-120, "in 2\u00a0min"),
        ],
    )
    def test_ago(self, seconds, text):
        now = datetime(2026, 3, 1, tzinfo=UTC)
        assert formats.ago_text(now - timedelta(seconds=seconds), now) == text

    def test_what_is_long_ago_has_a_date(self):
        then, now = datetime(2013, 6, 7, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
        assert formats.ago_text(then, now) == "2013-06-07"

    def test_facts_are_short_words_and_leave_out_what_is_not_there(self):
        text = formats.facts({"n_rows": 1200, "of": None, "by": {"a": 1}, "name": "<b>"})
        assert re.sub(r"<[^>]+>", "", text) == "n rows 1\u202f200 by 1 part name &lt;b&gt;"
        changed = formats.facts({"size": [1, 2], "end": [None, "2013-06-07T05:00:00Z"]}, True)
        assert re.sub(r"<[^>]+>", "", changed) == "size 1 → 2 end 2013-06-07 05:00"

    def test_ago_needs_to_be_told_what_now_is(self, shell):
        at = datetime(2026, 3, 1, tzinfo=UTC)
        template = shell.templates().from_string("{{ at|ago }}")
        assert "1\u00a0h ago" in template.render(at=at, now=at + timedelta(hours=1))
        with pytest.raises(TypeError, match="needs `now`"):
            template.render(at=at)

    def test_json_is_escaped_and_marked(self):
        html = formats.json_html({"a": HOSTILE, "b": [1, None, True]})
        assert HOSTILE not in html
        assert '<span class="j-key">&#34;a&#34;</span>' in html
        assert '<span class="j-word">null</span>' in html

    def test_any_value_is_shown_by_its_type(self, shell):
        env = shell.templates()

        def shown(value, spec=None):
            return env.from_string("{{ v|show(s) }}").render(v=value, s=spec)

        assert shown(None) == shown(float("nan")) == shown("") == "–"
        assert shown(True) == "yes"
        assert shown(12345) == "12\u202f345"
        assert [shown(v) for v in (0.5, 12.4, 1234.5)] == ["0.5", "12.4", "1\u202f234"]
        assert shown(-2e-5) == "−2e−05"
        assert shown(0.5, "pct:0") == "50%"
        assert shown({"a": 1}) == "<code>{&#34;a&#34;: 1}</code>"
        assert shown(Markup("<b>x</b>")) == "<b>x</b>"
        assert shown(HOSTILE) == "&lt;script&gt;alert(1)&lt;/script&gt;"

    def test_code_in_a_sentence_stands_between_backticks(self):
        assert formats.prose("Send `a<b` again.") == "Send <code>a&lt;b</code> again."

    def test_a_format_that_does_not_exist_is_refused(self):
        with pytest.raises(ValueError, match="no number format 'percent'"):
            formats.formatter("percent")

    def test_a_row_is_read_by_dotted_key(self):
        assert formats.pick({"a": SimpleNamespace(b=3)}, "a.b") == 3
        assert formats.pick({"a": None}, "a.b") is None
        assert formats.row_href({"a": None}, "/x/{a}") is None
