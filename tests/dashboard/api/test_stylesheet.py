"""The rules of style come with Streamlit's page, and with nothing else."""

from __future__ import annotations

import re

from dashboard.api.stylesheet import RULES
from tests.support.serving import Server

HTML = {"Accept": "text/html,*/*", "Accept-Encoding": "gzip"}


def test_a_page_brings_the_rules_in_its_head(full_server: Server) -> None:
    for path in ("/", "/trends?metric=stars"):
        answer = full_server.get(path, headers=HTML)
        head, _, body = answer.body.decode().partition("</head>")
        assert answer.status == 200
        assert head.endswith(f"<style>{RULES}</style>")
        assert '<div id="root">' in body
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert "etag" not in answer.headers  # of a page without them


def test_a_page_asked_for_again_has_them_too(full_server: Server) -> None:
    etag = full_server.get("/").headers["etag"]
    again = full_server.get("/", headers=HTML | {"If-None-Match": etag})
    assert again.status == 200
    assert RULES in again.body.decode()


def test_files_and_answers_are_left_alone(full_server: Server) -> None:
    for path in ("/embed/chart.html?metric=stars&framework=flask", "/api/v1/frameworks.json"):
        answer = full_server.get(path, headers=HTML)
        assert answer.status == 200
        assert RULES not in answer.body.decode()


def test_every_rule_is_more_specific_than_streamlits_own() -> None:
    plain = re.sub(r"@media [^{]*\{(.*?\})\s*\}", r"\1", RULES)
    rules = [rule.partition("{")[0].partition(":is")[0] for rule in plain.split("}") if rule.strip()]
    assert all(selector.strip().startswith("body ") for rule in rules for selector in rule.split(","))
