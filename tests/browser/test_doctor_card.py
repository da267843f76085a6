"""The doctor's card in a real JupyterLab: in both themes, for the projector, by keyboard, and in a saved notebook."""

import json

import pytest
from axe import findings
from looks import CLIPPED_OR_OVERLAPPING, LOWEST_CONTRAST

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

ROWS = """
from mini_k8s.workshop.doctor import Row, examine, show
BAD = [
    Row("ok", "Python", "3.12.4, /usr/bin/python3"),
    Row("warn", "engine", "this user may not use the engine's socket unix:///var/run/docker.sock (the default "
        "socket). Join its group, and then log out and in again", "sudo usermod -aG docker $USER"),
    Row("fail", "disk", "only 12 MB free for the folder, at /home/" + "a-very-long-name/" * 9, "df -h"),
    Row("warn", "runtime", "simulated, since neither an engine nor processes work here: nothing really runs",
        "https://docs.docker.com/get-started/get-docker/"),
    Row("warn", "<script>document.title = 'taken'</script>", "<img src=x onerror=\\"document.title = 'taken'\\">",
        "<b>"),
]
WELL = [Row("ok", "Python", "3.12.4, /usr/bin/python3"), Row("ok", "runtime", "docker, since an engine answers")]
"""


@pytest.fixture(scope="module")
def page_of(open_notebook):
    """One notebook with three cards: of a machine with troubles, of one that is well, and for the projector."""
    notebook = open_notebook(ROWS, "show(BAD)", "show(WELL)", "show(BAD, size='projector')", height=1400)
    notebook.command("notebook:run-all-cells")
    expect(notebook.page.locator(".mk-doctor")).to_have_count(3)
    return notebook


def cards(notebook):
    return notebook.page.locator(".mk-doctor")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_card_is_readable_in_both_themes(page_of, theme):
    """No word clipped, none faint, and what stands there is what was found."""
    page_of.theme(theme)
    for number in range(3):
        card = cards(page_of).nth(number)
        card.locator("summary").click()
        expect(card.locator("table")).to_be_visible()
        assert card.evaluate(CLIPPED_OR_OVERLAPPING) == []
        lowest = card.evaluate(LOWEST_CONTRAST)
        assert lowest["contrast"] >= 4.5, lowest
        assert findings(card) == []
        card.locator("summary").click()
    page_of.theme("light")


def test_it_speaks_only_of_what_warns_or_fails(page_of):
    """Well is one sentence; the rest is folded away."""
    bad, well = cards(page_of).nth(0), cards(page_of).nth(1)
    expect(bad.locator("li")).to_have_count(4)
    expect(bad.locator(".say")).to_contain_text("What stops it: disk.")
    expect(bad.locator("table")).to_be_hidden()
    expect(well.locator("li")).to_have_count(0)
    expect(well.locator(".say")).to_have_text("All is well: the workshop runs here on Docker.")


def test_what_was_found_is_words_and_nothing_else(page_of):
    """An engine may say anything, and a notebook's page runs whatever is let in."""
    assert page_of.page.title() != "taken"
    assert page_of.page.locator(".mk-doctor img, .mk-doctor script, .mk-doctor b b").count() == 0
    expect(cards(page_of).nth(0)).to_contain_text("<img src=x onerror=")


def test_a_click_marks_the_whole_command(page_of):
    """Ready to be copied, without a script."""
    code = cards(page_of).nth(0).locator("code").first
    code.click(position={"x": 12, "y": 8})
    assert page_of.page.evaluate("getSelection().toString()").strip() == "sudo usermod -aG docker $USER"


def test_the_folded_part_opens_by_keyboard(page_of):
    """And is a table with heads, which a screen reader walks."""
    card = cards(page_of).nth(1)
    card.locator("summary").focus()
    page_of.page.keyboard.press("Enter")
    expect(card.locator("table")).to_be_visible()
    assert card.get_by_role("columnheader").all_inner_texts() == ["State", "What", "Found"]
    assert card.get_by_role("rowheader").all_inner_texts() == ["Python", "runtime"]
    page_of.page.keyboard.press("Enter")
    expect(card.locator("table")).to_be_hidden()


def test_the_projectors_card_is_one_and_a_half_times_as_large(page_of):
    """18 px is its smallest text."""
    normal, large = (cards(page_of).nth(i).locator(".say").bounding_box()["height"] for i in (1, 2))
    assert large >= 1.4 * normal


def test_in_a_notebook_from_elsewhere_it_is_plain_and_whole(server, browser):
    """JupyterLab does not trust what another machine saved: it takes the style away, and leaves the words."""
    rows = {}
    exec(ROWS, rows)
    path = server.notebook("from-elsewhere", "show(BAD)")
    saved = json.loads(path.read_text())
    saved["cells"][0]["outputs"] = [{"output_type": "execute_result", "execution_count": 1, "metadata": {},
                                     "data": rows["show"](rows["BAD"])._repr_mimebundle_()}]
    path.write_text(json.dumps(saved))
    page = browser.new_context().new_page()
    page.goto(server.address("from-elsewhere"))
    output = page.locator(".jp-OutputArea-output")
    expect(output).to_contain_text("What stops it: disk.", timeout=60_000)
    expect(output.locator("style")).to_have_count(0)
    expect(output).to_contain_text("sudo usermod -aG docker $USER")
    expect(output).not_to_contain_text("--mk-")
    output.locator("summary").click()
    expect(output.get_by_role("rowheader").first).to_have_text("Python")
    assert page.title() != "taken"
    page.context.close()
    server.shut("from-elsewhere")
