"""Web search: finds what to base generated problems on, where the settings allow it."""

from proveout_reference.ceesar.log import Log
from proveout_reference.ceesar.providers import FetchFailedError, fetch
from proveout_reference.ceesar.settings import Settings

_LONGEST_FINDING = 4000


async def search_web(settings: Settings, log: Log, words: str) -> str:
    """What the search service says about `words`; empty when search is off, has no URL, or fails."""
    if not settings.enable_web_search or not settings.web_search_url:
        return ""
    try:
        raw = await fetch("GET", settings.web_search_url, params={"q": words})
    except FetchFailedError as error:
        log.warning("web search failed", reason=str(error))  # the problems can be made without it
        return ""
    return raw.decode("utf-8", "replace")[:_LONGEST_FINDING]
