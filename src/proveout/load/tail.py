"""Follows a file of lines while somebody else adds to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from proveout.load.ledger import LedgerError
from proveout.model.mistake import shown

BLOCK = 1 << 20  # bytes read at once
LONGEST = 16 << 20  # bytes; no line is longer, so a file without line ends is not read into memory

T = TypeVar("T")


class Tail:
    """The lines of a file, each once; one that is not whole yet, or never will be, is left where it is.

    `torn` says so after the reading, else it is empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.torn = ""
        self._named = shown(path)
        self._offset = 0  # bytes that were read as lines
        self._number = 0  # lines that were read
        self._file = 0  # the inode, to notice a file that was put in the place of another

    def lines(self, parse: Callable[[bytes], T]) -> Iterator[T]:
        """Yield what was added since the last time; nothing if there is no file.

        A last line that is no JSON was torn by a kill or a power cut. A file that was put in the place of
        this one (a copy from another machine) is read from its begin.

        Raises:
            LedgerError: a line is none of those that belong there, or another than the last is torn.
        """
        self.torn = ""
        self._look_again()
        waiting: tuple[int, str] | None = None
        for offset, line in self._whole_lines():
            if waiting is not None:
                raise LedgerError(self._place(waiting[0], waiting[1]))
            try:
                content = parse(line)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                if first["type"] != "json_invalid":
                    key = ".".join(str(part) for part in first["loc"])
                    raise LedgerError(self._place(self._number + 1, f"{key}: {first['msg']}")) from None
                waiting = self._number + 1, f"no line of a ledger ({first['msg']})"
                continue
            self._offset, self._number = offset, self._number + 1
            yield content
        if waiting is not None:
            self.torn = f"{self._named}:{waiting[0]}: the last line is torn; it is left out"

    @property
    def place(self) -> str:
        """Return where the line stands that was yielded last."""
        return f"{self._named}:{self._number}"

    def _whole_lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield each new line with the offset of its end."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            offset, rest = self._offset, b""
            file.seek(offset)
            while block := file.read(BLOCK):
                *lines, rest = (rest + block).split(b"\n")
                for line in lines:
                    offset += len(line) + 1
                    yield offset, line
                if len(rest) > LONGEST:
                    raise LedgerError(self._place(self._number + 1, "a line without an end"))
        if rest:
            self.torn = f"{self._named}:{self._number + 1}: the last line is torn; it is left out"

    def _look_again(self) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return
        if status.st_ino != self._file or status.st_size < self._offset:
            self._file, self._offset, self._number = status.st_ino, 0, 0

    def _place(self, number: int, text: str) -> str:
        return f"{self._named}:{number}: {text}\nnext: restore the file from a copy, or begin anew"
