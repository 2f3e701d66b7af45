"""A checkout of a system's delivery files: what its images and its pipeline are made from."""

from functools import cached_property
from pathlib import Path

from proveout.access.answer import Wrong
from proveout.access.dockerfile import Dockerfile
from proveout.access.workflow import Workflow

LARGEST = 2**20  # bytes; no delivery file comes near it


class Source:
    """The delivery files below `root`; `dockerfile` and `workflow` are paths there."""

    def __init__(self, root: Path, *, dockerfile: str, workflow: str) -> None:
        self.root = root
        self._dockerfile = dockerfile
        self._workflow = workflow

    def __repr__(self) -> str:
        return f"the delivery files in {self.root}"

    def text(self, path: str) -> str:
        """Return a file's content.

        Raises:
            Wrong: there is no such file, it cannot be read, or it is not text.
        """
        __tracebackhide__ = True
        file = self.root / path
        if not file.is_file():
            raise Wrong(f"{path} is missing in {self.root}")
        try:
            with file.open("rb") as stream:
                content = stream.read(LARGEST + 1)
            if len(content) > LARGEST:
                raise Wrong(f"{path} in {self.root} is larger than {LARGEST} bytes")
            return content.decode("utf-8")
        except UnicodeDecodeError:
            raise Wrong(f"{path} in {self.root} is not UTF-8 text") from None
        except OSError as error:
            raise Wrong(f"{path} in {self.root} cannot be read: {error.strerror}") from None

    @cached_property
    def dockerfile(self) -> Dockerfile:
        """Return the Dockerfile.

        Raises:
            Wrong: it is missing, or its builder would refuse it.
        """
        __tracebackhide__ = True
        return Dockerfile.parse(self.text(self._dockerfile), self._dockerfile)

    @cached_property
    def workflow(self) -> Workflow:
        """Return the workflow that deploys.

        Raises:
            Wrong: it is missing, or not YAML.
        """
        __tracebackhide__ = True
        return Workflow.parse(self.text(self._workflow), self._workflow)
