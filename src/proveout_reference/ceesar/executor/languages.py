"""Languages: how each language is compiled and run, and which of them this machine can run."""

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

PROGRAM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Language:
    """One language. In a command the first word is a tool; {memory} stands for MB of the memory limit."""

    name: str
    main: str
    run: tuple[str, ...]
    compile: tuple[str, ...] = ()
    reserves: bool = False  # its runtime reserves far more addresses than memory it uses
    processes: int = 64  # threads count too

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs the machine must have; what the compiler makes is none."""
        commands = (self.compile, self.run)
        return tuple(command[0] for command in commands if command and not command[0].startswith("./"))


_JAVA = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx{memory}m", "-Xss8m")

LANGUAGES = {
    language.name: language
    for language in (
        Language("python", "Main.py", run=("python3", "-s", "-B", "-u", "Main.py")),
        Language("javascript", "Main.js", run=("node", "Main.js"), reserves=True),
        Language("typescript", "Main.ts", ("node", "Main.js"), ("tsc", "Main.ts"), reserves=True),
        Language(
            "java",
            "Main.java",
            run=(*_JAVA, "-cp", ".", "Main"),
            compile=("javac", "-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1", "-d", ".", "Main.java"),
            reserves=True,
            processes=128,
        ),
        Language(
            "cpp", "Main.cpp", ("./program",), ("g++", "-std=c++17", "-O1", "-o", "program", "Main.cpp")
        ),
        Language("c", "Main.c", ("./program",), ("gcc", "-std=c17", "-O1", "-o", "program", "Main.c", "-lm")),
        Language("go", "main.go", ("./program",), ("go", "build", "-o", "program", "main.go"), reserves=True),
        Language("rust", "main.rs", ("./program",), ("rustc", "-O", "-o", "program", "main.rs")),
        Language("swift", "main.swift", ("./program",), ("swiftc", "-o", "program", "main.swift")),
        Language("ruby", "main.rb", run=("ruby", "main.rb")),
        Language("bash", "script.sh", run=("bash", "script.sh")),
        Language("sh", "script.sh", run=("sh", "script.sh")),
        Language("sql", "script.sql", run=("sqlite3", "-batch", ":memory:", ".read script.sql")),
    )
}

TOOLS = tuple(sorted({tool for language in LANGUAGES.values() for tool in language.tools}))


def find_tools(own_python: str, *, for_everyone: bool) -> dict[str, str]:
    """Where the tools of this machine are: name to absolute path.

    `for_everyone` leaves out what an unprivileged user could not start, such as a tool in root's home.
    Python may be `own_python`, the interpreter of the server, where no other is found.
    """
    search = f"{PROGRAM_PATH}:{os.environ.get('PATH', '')}"
    found: dict[str, str] = {}
    for tool in TOOLS:
        folders = [folder for folder in search.split(":") if folder]
        candidates = [path for folder in folders if (path := shutil.which(tool, path=folder))]
        if tool == "python3":
            # A version manager's launch script would cost every run a shell or two.
            candidates = [*(path for path in candidates if not _is_script(path)), own_python]
        usable = (path for path in candidates if not for_everyone or is_open_to_all(path))
        path = next(usable, None)
        if path:
            found[tool] = path
    return found


def is_open_to_all(path: str) -> bool:
    """Whether every user may start the program at `path`, and reach it under both its names."""
    for name in (Path(path).absolute(), Path(path).resolve()):
        if any(not parent.stat().st_mode & stat.S_IXOTH for parent in name.parents):
            return False
        if not name.stat().st_mode & stat.S_IXOTH:
            return False
    return True


def _is_script(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(2) == b"#!"
    except PermissionError:
        return False  # a program may be startable without being readable; a script may not
