"""The page people open: Allure's single file, without anything that would ask another machine."""

import re

# Allure's page asks an analytics service; the switch it documents works for Allure 2 only.
ANALYTICS = re.compile(
    r"<script[^>]*\ssrc=\"https?://[^\"]*\"[^>]*>\s*</script>|<script>\s*window\.dataLayer\b.*?</script>",
    re.DOTALL,
)
# And should a later version ask somebody else, or an attached page: the browser refuses.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; worker-src data: blob:; "
    "style-src 'unsafe-inline' data: blob:; img-src data: blob:; font-src data: blob:; "
    "media-src data: blob:; frame-src data: blob:; connect-src data: blob:; "
    "form-action 'none'"
)


class NotThePage(Exception):
    """What Allure wrote is not the single page we know how to make safe."""


def self_contained(page: str) -> str:
    """Return the page without the analytics, and with the rule that it may ask nobody.

    Raises:
        NotThePage: it has no head to write the rule into, or still loads a script from somewhere.
    """
    if "<head>" not in page:
        raise NotThePage("Allure wrote a page without a head")
    page = ANALYTICS.sub("", page)
    if found := re.search(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=\"(?:https?:)?//[^\"]*\"", page):
        raise NotThePage(f"Allure wrote a page that asks another machine: {found.group()[:200]}")
    rule = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return page.replace("<head>", f"<head>\n    {rule}", 1)
