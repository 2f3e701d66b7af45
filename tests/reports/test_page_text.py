"""The page asks nobody, whatever Allure writes."""

import pytest

from proveout.reports.page import NotThePage, self_contained

PAGE = """<!DOCTYPE html>
<html><head>
<title>x</title></head><body><div id="app"></div>
    <script async src="https://www.example.com/gtag/js?id=G-1"></script>
    <script>
        window.dataLayer = window.dataLayer || [];
        function gtag(){dataLayer.push(arguments);}
    </script>
    <script>window.allure = {};</script>
</body></html>"""


def test_the_analytics_are_cut_out_and_nothing_else():
    page = self_contained(PAGE)
    assert "gtag" not in page
    assert "dataLayer" not in page
    assert "window.allure = {};" in page
    assert page.index("Content-Security-Policy") < page.index("<script")


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="stylesheet" href="https://fonts.example.com/a.css">',
        '<img alt="" src="//pixel.example.com/a.gif">',
        '<iframe src="http://frame.example.com/"></iframe>',
    ],
)
def test_a_page_that_still_asks_is_none(tag):
    with pytest.raises(NotThePage, match=r"example\.com"):
        self_contained(PAGE.replace("</head>", f"{tag}</head>"))


def test_a_page_without_a_head_is_none():
    with pytest.raises(NotThePage):
        self_contained("internal error")
