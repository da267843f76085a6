"""Can everybody use it? axe-core on what the notebooks show besides the machines: the loop, and a question."""

import pytest
from axe import findings
from test_loop_life import STATES as LOOPS

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

QUESTION = "from mini_k8s.workshop.ask import Question; view = Question('q', 'How many?', ['one', 'two'])"


@pytest.mark.parametrize("state", LOOPS)
def test_the_loop(notebook, state):
    picture = notebook.show(LOOPS[state] + "; view = LoopView(loop, kill=world.kill)")
    for theme in ("dark", "light"):
        notebook.theme(theme)
        assert findings(picture) == []


def test_a_question(notebook):
    """Asked, answered, and told how it was."""
    notebook.kernel(QUESTION)
    notebook.command("notebook:run-all-cells")
    asked = notebook.page.locator(".widget-vbox").last
    expect(asked.get_by_role("button", name="two")).to_be_visible()
    for theme in ("dark", "light"):
        notebook.theme(theme)
        assert findings(asked) == []
    asked.get_by_role("button", name="two").click()
    notebook.becomes("view.answer", "two")
    notebook.kernel("view.tell('one')")
    expect(asked).to_contain_text("You expected “two”. It was “one”.")
    for theme in ("dark", "light"):
        notebook.theme(theme)
        assert findings(asked) == []


def test_what_nobody_could_use_is_found(notebook):
    """The rules are really run: here on a button without a name."""
    notebook.kernel(QUESTION)
    notebook.command("notebook:run-all-cells")
    asked = notebook.page.locator(".widget-vbox").last
    asked.get_by_role("button").first.evaluate("node => { node.textContent = ''; node.title = ''; }")
    assert "button-name" in " ".join(findings(asked))
