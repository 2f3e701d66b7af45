"""Settings: what the environment variables say, read once and checked as a whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PROVIDERS = ("gemini", "openai", "anthropic")
KEY_NAMES = {name: f"{name.upper()}_API_KEY" for name in PROVIDERS}
_DEFAULT_BASE_URLS = {
    "gemini": "https://generativelanguage.googleapis.com",
    "openai": "https://api.openai.com",
    "anthropic": "https://api.anthropic.com",
}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_LARGEST_PORT = 65535


class SettingsError(Exception):
    """The variables do not make a configuration; `problems` has one sentence for each that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration in force. Times are in seconds, memory in MB (1024 * 1024 bytes)."""

    app_env: str
    host: str
    port: int
    frontend_origin: str
    executor_mode: str
    executor_image: str
    log_level: str
    enable_pair_programming: bool
    enable_system_design_agent: bool
    enable_web_search: bool
    default_ai_provider: str
    execution_timeout_seconds: float
    max_memory_mb: int
    max_concurrent_executions: int
    ai_requests_per_minute: int
    web_search_url: str = field(repr=False)
    base_urls: Mapping[str, str] = field(repr=False)
    keys: Mapping[str, str] = field(repr=False)


class _Reader:
    """Reads one variable after another and remembers what is wrong instead of stopping at the first."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, "").strip() or default

    def choice(self, name: str, allowed: tuple[str, ...], default: str = "") -> str:
        value = self.text(name, default)
        if value not in allowed:
            self._wrong(name, f"one of {', '.join(allowed)}")
        return value

    def integer(self, name: str, lowest: int, highest: int, default: int | None = None) -> int:
        value = self.text(name)
        if not value and default is not None:
            return default
        if re.fullmatch(r"[0-9]{1,9}", value) and lowest <= int(value) <= highest:
            return int(value)
        self._wrong(name, f"a whole number from {lowest} to {highest}")
        return lowest

    def seconds(self, name: str, highest: int, default: float) -> float:
        value = self.text(name)
        if not value:
            return default
        if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", value) and 0 < float(value) <= highest:
            return float(value)
        self._wrong(name, f"a number of seconds above 0, at most {highest}")
        return default

    def flag(self, name: str) -> bool:
        value = self.text(name, "true").lower()
        if value not in _FLAGS:
            self._wrong(name, "true or false")
        return _FLAGS.get(value, False)

    def url(self, name: str, default: str = "", *, origin_only: bool = False) -> str:
        value = self.text(name, default)
        if value and not _is_url(value, origin_only=origin_only):
            wanted = "an origin, such as https://app.example.com" if origin_only else "an http or https URL"
            self._wrong(name, wanted)
        return value

    def _wrong(self, name: str, wanted: str) -> None:
        value = self.text(name)
        found = f"is {value!r}" if value else "is not set"
        self.problems.append(f"{name} {found}: it must be {wanted}")


def _is_url(value: str, *, origin_only: bool) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        return False
    if any(character.isspace() or character in '*"<>\\' for character in value):
        return False
    return value == f"{parts.scheme}://{parts.netloc}" if origin_only else True


def read_settings(variables: Mapping[str, str]) -> Settings:
    """The settings in `variables`; an empty value means unset. Raises SettingsError naming every problem."""
    reader = _Reader(variables)
    settings = Settings(
        app_env=reader.choice("APP_ENV", ("dev", "gamma", "prod")),
        host=reader.text("HOST", "127.0.0.1"),
        port=reader.integer("PORT", 1, _LARGEST_PORT),
        frontend_origin=reader.url("FRONTEND_ORIGIN", origin_only=True),
        executor_mode=reader.choice("EXECUTOR_MODE", ("stub", "docker", "firecracker")),
        executor_image=reader.text("EXECUTOR_IMAGE"),
        log_level=reader.choice("LOG_LEVEL", ("debug", "info", "warn", "error")),
        enable_pair_programming=reader.flag("ENABLE_PAIR_PROGRAMMING"),
        enable_system_design_agent=reader.flag("ENABLE_SYSTEM_DESIGN_AGENT"),
        enable_web_search=reader.flag("ENABLE_WEB_SEARCH"),
        default_ai_provider=reader.choice("DEFAULT_AI_PROVIDER", PROVIDERS, default="gemini"),
        execution_timeout_seconds=reader.seconds("EXECUTION_TIMEOUT_SECONDS", 3600, default=60.0),
        max_memory_mb=reader.integer("MAX_MEMORY_MB", 16, 65536, default=512),
        max_concurrent_executions=reader.integer("MAX_CONCURRENT_EXECUTIONS", 1, 1000, default=10),
        ai_requests_per_minute=reader.integer("AI_REQUESTS_PER_MINUTE", 0, 100000, default=0),
        web_search_url=reader.url("WEB_SEARCH_URL"),
        base_urls={
            name: reader.url(f"{name.upper()}_BASE_URL", _DEFAULT_BASE_URLS[name]).rstrip("/")
            for name in PROVIDERS
        },
        keys={name: reader.text(variable) for name, variable in KEY_NAMES.items()},
    )
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def in_force(settings: Settings) -> dict[str, str | int | float | bool]:
    """What a person on call may see of the settings: every value, but of a key only set or unset."""
    shown: dict[str, str | int | float | bool] = {
        "host": settings.host,
        "log_level": settings.log_level,
        "execution_timeout_seconds": settings.execution_timeout_seconds,
        "max_memory_mb": settings.max_memory_mb,
        "max_concurrent_executions": settings.max_concurrent_executions,
        "enable_pair_programming": settings.enable_pair_programming,
        "enable_system_design_agent": settings.enable_system_design_agent,
        "enable_web_search": settings.enable_web_search,
        "default_ai_provider": settings.default_ai_provider,
        "ai_requests_per_minute": settings.ai_requests_per_minute or "unlimited",
        "web_search_url": "set" if settings.web_search_url else "unset",
    }
    for name, variable in KEY_NAMES.items():
        shown[variable.lower()] = "set" if settings.keys[name] else "unset"
    return shown
