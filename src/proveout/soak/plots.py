"""The pictures of a soak: what happened over the whole time, against what was allowed."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from proveout.load.ledger import Ledger
from proveout.model.mistake import UserError
from proveout.soak.judgement import Judged

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MISSING = (
    "pictures of a soak are drawn with matplotlib, which is not installed\n"
    "next: pip install 'proveout[soak]', then: proveout soak report FOLDER"
)
DOTS = 110  # per inch


@dataclass(frozen=True)
class Picture:
    """One picture: `name` is good for a file, `says` is what a reader who cannot see it needs to know."""

    name: str
    title: str
    says: str
    _figure: "Figure" = field(repr=False)
    _colours: dict[str, str] = field(repr=False)
    _style: dict[Any, Any] = field(repr=False)

    def png(self) -> bytes:
        """Return it as an image."""
        return self._written("png", dpi=DOTS)

    def svg(self) -> str:
        """Return it as an element for an HTML page, in the colours of the page's own variables.

        The variables are --ink, --muted, --grid, --paper, --first, --second, --third, --budget, --pause,
        --gap and --warm.
        """
        text = self._written("svg", metadata={"Date": None, "Creator": None}).decode()
        text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
        text = re.sub(r'^<svg[^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', text)
        # Glyphs and clips have names, which are those of a page once the picture is in it.
        text = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{self.name}-", text)
        for variable, colour in self._colours.items():
            text = text.replace(colour, f"var(--{variable})")
        return re.sub(r"\s*\n\s*", "\n", text)

    def _written(self, kind: str, **options: Any) -> bytes:
        import matplotlib as mpl  # noqa: PLC0415 - drawing alone needs it

        content = io.BytesIO()
        # No pyplot: it keeps every figure until somebody closes it.
        with mpl.rc_context({**self._style, "svg.hashsalt": self.name}):
            self._figure.savefig(content, format=kind, **options)
        return content.getvalue()


def pictures(ledger: Ledger, judged: Judged) -> list[Picture]:
    """Draw everything there is something to draw of; nothing before the first window.

    Raises:
        UserError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - slow to import, and an extra
    except ImportError:
        raise UserError(MISSING) from None
    from proveout.soak import drawing, frame, sampled  # noqa: PLC0415 - import matplotlib themselves

    if not ledger.slots and not ledger.samples:
        return []
    kinds: list[tuple[str, Callable[[Ledger, Judged], drawing.Drawn | None]]] = [
        ("latency", drawing.latency),
        ("rate", drawing.rate),
        ("errors", drawing.errors),
        ("memory", sampled.memory),
        ("resources", sampled.resources),
    ]
    found = []
    with mpl.rc_context(frame.STYLE):
        for name, draw in kinds:
            drawn = draw(ledger, judged)
            if drawn is not None:
                found.append(
                    Picture(name, drawn.title, drawn.says, drawn.figure, frame.COLOURS, dict(frame.STYLE))
                )
    return found
