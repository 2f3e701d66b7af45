"""The dashboard: complete by itself, found by role and text, and nothing of it leaves the server."""

import re
from html.parser import HTMLParser

ASSETS = ("/admin/quotas", "/admin/quotas.css", "/admin/quotas.js")


class Page(HTMLParser):
    """The texts of the elements that a person looks for."""

    def __init__(self, text):
        super().__init__()
        self.texts = {}
        self._open = []
        self.feed(text)

    def handle_starttag(self, tag, _attributes):
        self._open.append(tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if self._open and data.strip():
            self.texts.setdefault(self._open[-1], []).append(data.strip())


def test_a_person_finds_what_the_page_is_for(prod):
    answer = prod.client.get("/admin/quotas")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    texts = Page(answer.text).texts
    assert texts["title"] == ["GAIA_GO - Quotas"]
    assert texts["h1"] == ["Quotas"]
    assert {"CommandType", "DailyLimit", "WeeklyLimit", "MonthlyLimit"} <= set(texts["label"])
    assert texts["button"] == ["Add rule"]
    assert "Average throttle factor" in texts["dt"]


def test_it_needs_nothing_from_elsewhere(prod):
    for path in ASSETS:
        text = prod.client.get(path).text
        assert not re.search(r"https?://", text)
    assert "Live: " in prod.client.get("/admin/quotas.js").text
    assert "light-dark(" in prod.client.get("/admin/quotas.css").text


def test_every_element_the_script_looks_for_is_there(prod):
    script, page = prod.client.get("/admin/quotas.js").text, prod.client.get("/admin/quotas").text
    for name in set(re.findall(r'byId\("([\w-]+)"\)', script)):
        assert f'id="{name}"' in page
