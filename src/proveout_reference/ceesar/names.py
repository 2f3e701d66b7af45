"""Names: which ids and file names may become part of a path."""

_LONGEST_BYTES = 200  # a file system takes 255; a temporary name needs some of them


def is_safe(name: str) -> bool:
    """Whether `name` is one visible path component that cannot leave its folder."""
    return (
        0 < len(name.encode("utf-8", "replace")) <= _LONGEST_BYTES
        and name.isprintable()
        and name == name.strip()
        and not name.startswith(".")
        and not set(name) & set("/\\%")
    )


def id_of_title(title: str) -> str:
    """The id a new problem gets: the title in lower case, blanks and underscores as hyphens."""
    return title.strip().lower().replace(" ", "-").replace("_", "-")
