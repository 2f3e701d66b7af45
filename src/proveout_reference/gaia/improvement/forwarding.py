"""Forwarding: hands what was found here to the environment where it is worked on."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from proveout_reference.gaia.log.log import Log

_SECONDS = 5.0
_PATH = "/api/improvement/items"


class Forwarding:
    """Posts items to the improvement queue of the environment at `url`."""

    def __init__(self, url: str, token: str, log: Log) -> None:
        self._url = urlsplit(url)
        self._token = token
        self._log = log

    def send(self, items: list[dict[str, Any]]) -> int:
        """Sends the items and says how many were taken; one that is not taken is sent with the next cycle."""
        taken = 0
        for item in items:
            problem = self._post(item)
            if problem:
                self._log.warning("improvement not forwarded", kind=item["kind"], reason=problem)
                break  # the others would meet the same
            taken += 1
        return taken

    def _post(self, item: dict[str, Any]) -> str:
        body = json.dumps({name: item[name] for name in ("kind", "subject", "detail", "origin")})
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=_SECONDS)
        try:
            connection.request("POST", _PATH, body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            connection.close()
        return "" if status == 201 else f"it answered {status}"
