"""What is seen in a notebook that was saved, and is opened again when its kernel is long gone?"""

import pytest
from test_loop_picture import FIVE, row

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect

ASKED = "from mini_k8s.workshop.ask import Question; question = Question('q', 'How many?', ['one', 'two'])"


@pytest.fixture(scope="module")
def reopened(open_notebook, server, browser):
    """A notebook with a picture and a question, saved, its kernel ended, and opened by another one."""
    notebook = open_notebook("picture = view\npicture", "question")
    notebook.kernel(f"{FIVE}; loop.step(); loop.step(); {ASKED}")
    notebook.command("notebook:run-all-cells")
    expect(notebook.page.locator(".mk-loop .say")).to_contain_text("all five run")
    notebook.page.get_by_role("button", name="two").click()
    notebook.becomes("question.answer", "two")
    notebook.page.wait_for_timeout(3500)  # or it is so young that nobody could know
    notebook.command("docmanager:save")
    server.shut(notebook.name)
    page = browser.new_context(viewport={"width": 1280, "height": 1000}).new_page()
    page.goto(server.address(notebook.name))
    yield page
    page.context.close()


def test_the_live_picture_is_as_it_was_and_says_how_old_it_is(reopened):
    picture = reopened.locator(".mk-loop")
    expect(picture.locator(".say")).to_contain_text("all five run", timeout=60_000)
    expect(row(picture, "web-1")).to_contain_text("Running")
    expect(picture).to_have_attribute("data-stale", "")
    expect(picture.locator(".live")).to_contain_text("stale, last heard")
    expect(picture.get_by_role("button", name="Step", exact=True)).to_be_disabled()


def test_the_question_stands_there_with_its_answer(reopened):
    expect(reopened.get_by_text("How many?")).to_be_visible(timeout=60_000)
    expect(reopened.get_by_role("button", name="two").locator(".fa-circle")).to_be_visible()
    expect(reopened.get_by_text("model not found")).to_have_count(0)
