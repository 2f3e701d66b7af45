"""The page of CeesarCode, where other editors and other markup than ours are as good."""

import pytest

from proveout.access.answer import Wrong
from proveout.access.ceesar_page import CeesarPage

EDITORS = {
    "text area": "<textarea>old</textarea>",
    "what CodeMirror does": "<div><div contenteditable='true'>old</div></div>",
    "what Monaco does": """<style>div { position: absolute; inset: 0 } div div { background: #eee }</style>
        <p style="position: relative; height: 9em"></p><textarea style="height: 1px; opacity: 0"></textarea>
        <script>
        const area = document.querySelector('textarea'), lines = document.createElement('div');
        lines.innerText = 'old';
        document.querySelector('p').append(lines, area);
        area.onkeydown = (event) => { if (event.ctrlKey && event.key === 'a') lines.innerText = ''; };
        area.oninput = () => { lines.innerText += area.value; area.value = ''; };
        </script>""",
    "an editor that fills itself late": """<textarea></textarea><script>
        const area = document.querySelector('textarea');
        area.oninput = () => setTimeout(() => { area.value = 'stub'; }, 50) && (area.oninput = null);
        </script>""",
}


@pytest.mark.parametrize("editor", EDITORS.values(), ids=EDITORS)
def test_a_program_is_typed_into_any_editor(site, browser, editor):
    site.pages["/"] = f"""<input placeholder="Search problems..."><h4>Code Editor</h4>
        <select><option value="java">Java<option value="python">Python 3</select>{editor}"""
    CeesarPage.of(browser).write("python", "for i in range(3):\n    print('<b>', i)\n")


def test_an_editor_that_takes_nothing_is_wrong(site, browser):
    site.pages["/"] = "<h4>Code Editor</h4><select><option>python</select><textarea readonly>old</textarea>"
    with pytest.raises(Wrong, match="does not keep what is typed"):
        CeesarPage.of(browser).write("python", "print(1)")
