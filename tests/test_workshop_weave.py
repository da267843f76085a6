"""One source, two notebooks: what each gets, that nothing changes by itself, and what a bad source is told."""

import json
import re
from pathlib import Path

import pytest

from mini_k8s import control_loop
from mini_k8s.workshop import diagrams, weave
from mini_k8s.workshop.ours import our_signature, our_source
from mini_k8s.workshop.source import BadSource

DIFF = "```{exercise} mini_k8s.control_loop:diff\n```\n"


@pytest.fixture
def chapter(tmp_path):
    """Writes a source of chapter 2, weaves it, and returns (learner's cells, solution's cells)."""
    (tmp_path / "chapters" / "source").mkdir(parents=True)

    def write(text):
        (tmp_path / "chapters" / "source" / "02_control_loop.md").write_text(text)
        weave.weave(tmp_path)
        return [json.loads((tmp_path / name / "02_control_loop.ipynb").read_text())["cells"]
                for name in ("chapters", "solutions")]

    write.top = tmp_path
    return write


def sources(cells):
    return ["".join(cell["source"]) for cell in cells]


def refusal(chapter, text):
    with pytest.raises(BadSource) as refused:
        chapter(text)
    assert not (chapter.top / "chapters" / "02_control_loop.ipynb").exists(), "nothing half made"
    return str(refused.value)


def test_the_learner_gets_the_promise_and_the_solution_the_body(chapter):
    """Both come from the package: the docstring is the exercise, the function is the answer."""
    learner, solution = chapter(f"# Title\n\n{DIFF}")
    mine, ours = sources(learner)[1], sources(solution)[1]
    assert mine.startswith("%%build mini_k8s.control_loop:diff\ndef diff(desired: dict")
    assert ">>> diff(" in mine
    assert re.search(r'"""\n    raise NotImplementedError\("Exercise 2\.1 is yours to write"\)$', mine)
    assert ours == f"%%build mini_k8s.control_loop:diff\n{our_source('mini_k8s.control_loop:diff')}"
    assert "NotImplementedError" not in ours


def test_both_are_python(chapter):
    """A learner begins with something that runs, and says what is missing."""
    for cells in chapter(DIFF):
        compile(sources(cells)[0].partition("\n")[2], "cell", "exec")


def test_a_skeleton_stays_and_still_raises(chapter):
    skeleton = "actions = []\n\nfor name in desired:\n    ...\n"
    learner, solution = chapter(DIFF.replace("\n", f"\n{skeleton}", 1))
    assert ('    actions = []\n\n    for name in desired:\n        ...\n    raise NotImplementedError'
            in sources(learner)[0])
    assert "..." not in sources(solution)[0]


def test_the_solution_is_ours_while_a_learners_part_is_installed(chapter, monkeypatch):
    monkeypatch.setattr(control_loop, "diff", lambda desired, observed: "a learner's")
    _, solution = chapter(DIFF)
    assert "learner's" not in sources(solution)[0]


def test_cells_for_one_of_the_two_only(chapter):
    learner, solution = chapter("```{code-cell}\n:tags: [solution-only]\n\n1\n```\n\n"
                                "```{code-cell}\n:tags: [learner-only]\n\n2\n```\n")
    assert (sources(learner), sources(solution)) == (["2"], ["1"])
    assert solution[0]["metadata"] == {}, "our own tags are not handed on"


def test_an_instructors_section_ends_at_the_next_heading_as_high(chapter):
    learner, solution = chapter('# One\n\n+++ {"tags": ["instructor"]}\n\n## For the room\n\n```{code-cell}\n1\n```\n\n'
                                "### Still for the room\n\n```{code-cell}\n2\n```\n\n## For all\n")
    assert sources(learner) == ["# One", "## For all"]
    assert len(solution) == 6


def test_an_instructors_note_without_a_heading_is_that_note_only(chapter):
    learner, _ = chapter('One\n\n+++ {"tags": ["instructor"]}\n\n**Note.** Hm.\n\n+++\n\nTwo\n')
    assert sources(learner) == ["One", "Two"]


def test_tags_are_handed_on_and_hide_folds_the_code(chapter):
    learner, _ = chapter("```{code-cell}\n:tags: [hide, raises-exception]\n\n1\n```\n")
    assert learner[0]["metadata"] == {"jupyter": {"source_hidden": True}, "tags": ["hide", "raises-exception"]}


def test_an_expected_output_is_compared_in_the_solution_only(chapter):
    """nbval compares only cells that were saved with an output."""
    learner, solution = chapter("```{code-cell}\n1 + 1\n```\n\n```{output}\n2\n```\n\n"
                                "```{code-cell}\nprint(3)\n```\n\n```{output} stdout\n3\n```\n")
    assert [cell["outputs"] for cell in learner] == [[], []]
    assert solution[0]["outputs"][0]["data"] == {"text/plain": ["2"]}
    assert solution[1]["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["3\n"]}]
    assert all(cell["metadata"]["tags"] == ["nbval-check-output"] for cell in solution)


def test_weaving_twice_changes_no_byte_and_writes_no_file(chapter):
    chapter(f"# Title\n\n{DIFF}")
    path = chapter.top / "chapters" / "02_control_loop.ipynb"
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert weave.weave(chapter.top) == []
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert path.read_bytes().endswith(b"}\n")


def test_a_named_cell_keeps_its_id_when_something_is_put_before_it(chapter):
    named = "```{code-cell}\n:name: kept\n\n1\n```\n"
    first, _ = chapter(named + "\n" + DIFF)
    then, _ = chapter("```{code-cell}\n0\n```\n\n" + named + "\n" + DIFF)
    assert [cell["id"] for cell in first] == [cell["id"] for cell in then[1:]]
    assert len({cell["id"] for cell in then}) == 3


def test_front_matter_and_jupytext_stay_out(chapter):
    chapter("---\ntitle: Secret\njupytext: {formats: md}\n---\n\n# Title\n")
    text = (chapter.top / "chapters" / "02_control_loop.ipynb").read_text()
    assert "Secret" not in text
    assert "jupytext" not in text


def test_our_fences_inside_a_longer_fence_are_text(chapter):
    learner, _ = chapter(f"````markdown\n{DIFF}````\n")
    assert [cell["cell_type"] for cell in learner] == ["markdown"]


def test_check_says_what_is_stale_and_writes_nothing(chapter):
    chapter("# Title\n")
    source = chapter.top / "chapters" / "source" / "02_control_loop.md"
    source.write_text("# Another\n")
    stale = weave.weave(chapter.top, check=True)
    assert [path.relative_to(chapter.top).as_posix() for path in stale] == ["chapters/02_control_loop.ipynb",
                                                                          "solutions/02_control_loop.ipynb"]
    assert "Another" not in (chapter.top / "chapters" / "02_control_loop.ipynb").read_text()


def test_a_notebook_whose_source_is_gone_is_stale_and_goes(chapter):
    chapter("# Title\n")
    (chapter.top / "chapters" / "source" / "02_control_loop.md").unlink()
    assert len(weave.weave(chapter.top, check=True)) == 2
    weave.weave(chapter.top)
    assert not (chapter.top / "chapters" / "02_control_loop.ipynb").exists()


# Diagrams.

DIAGRAM = "```{graphviz} loop\n:alt: Look [and] act.\n\ndigraph { look -> act }\n```\n"


@pytest.fixture
def dot(monkeypatch):
    """Counts how often dot is called, in place of a dot that may not be installed."""
    drawn = []

    class Done:
        returncode, stdout = 0, '<?xml version="1.0"?>\n<!-- Generated by graphviz 9 -->\n<svg width="1">look</svg>\n'

    def run(command, input, **_):
        drawn.append(input)
        return Done

    monkeypatch.setattr(diagrams.subprocess, "run", run)
    return drawn


def test_a_diagram_is_drawn_once_and_shown_with_its_text(chapter, dot):
    learner, solution = chapter(DIAGRAM)
    assert sources(learner) == [r"![Look \[and\] act.](images/02_control_loop_loop.svg)"]
    assert sources(solution) == [r"![Look \[and\] act.](../chapters/images/02_control_loop_loop.svg)"]
    assert (chapter.top / "chapters" / "images" / "02_control_loop_loop.svg").exists()
    chapter("# A title more\n\n" + DIAGRAM)
    assert dot == ["digraph { look -> act }"]


def test_check_never_calls_dot(chapter, dot):
    """Whether a picture is up to date is written in the picture."""
    chapter(DIAGRAM)
    source = chapter.top / "chapters" / "source" / "02_control_loop.md"
    source.write_text(DIAGRAM.replace("look -> act", "act -> look"))
    stale = weave.weave(chapter.top, check=True)
    assert [path.name for path in stale] == ["02_control_loop_loop.svg"]
    assert len(dot) == 1


def test_a_diagram_needs_a_text_for_those_who_cannot_see_it(chapter):
    assert "02_control_loop.md:3: a diagram needs" in refusal(chapter, "# T\n\n```{graphviz} loop\ndigraph {}\n```\n")


# Bad sources: file, line, what happened, the next step.

@pytest.mark.parametrize(("text", "line", "words"), [
    ("# T\n\n```{exercise} mini_k8s.control_loop:dif\n```\n", 3, "no "),
    ("# T\n\n```{exercise} os:system\n```\n", 3, "os:system"),
    ("# T\n\n```{exercise}\n```\n", 3, "''"),
    ("# T\n\n```{code-cell}\n1 + 1\n", 3, "never closed"),
    ("# T\n\ntext\n\n````\n```\n", 5, "never closed"),
    ("---\ntitle: x\n# T\n", 1, "front matter is never closed"),
    ("# T\n\n```{exercice} mini_k8s.control_loop:diff\n```\n", 3, "no fence {exercice}"),
    ("# T\n\n```{output}\n2\n```\n", 3, "right below the cell"),
    ("```{code-cell}\n1\n```\n\n```{output} stderr\n2\n```\n", 5, "{output} stderr is unknown"),
    (DIFF + "\n" + DIFF, 4, "a second cell is named"),
    ("```{code-cell}\n:tags: hide\n\n1\n```\n", 2, "no list of words"),
])
def test_a_bad_source_is_told_where(chapter, text, line, words):
    message = refusal(chapter, text)
    assert f"02_control_loop.md:{line}: " in message
    assert words in message


def test_a_source_that_is_no_chapter_is_refused(tmp_path):
    (tmp_path / "chapters" / "source").mkdir(parents=True)
    (tmp_path / "chapters" / "source" / "02_loops.md").write_text("# T\n")
    with pytest.raises(BadSource, match="02_loops is no chapter of ladder"):
        weave.weave(tmp_path)


def test_a_method_can_be_an_exercise():
    """Chapter 3's are methods of a class: the learner gets them without their indentation."""
    assert our_source("mini_k8s.clock:RealClock.now").startswith("def now(self)")
    assert our_signature("mini_k8s.control_loop:ControlLoop.wake").startswith('def wake(self) -> None:\n    """')


def test_the_readme_tables_come_from_the_ladder(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- chapters: x -->\nold\n<!-- end of chapters -->\nb\n"
                      "<!-- ladder: x -->\n<!-- end of ladder -->\nc")
    assert weave.weave(tmp_path) == [readme]
    assert weave.weave(tmp_path, check=True) == []
    text = readme.read_text()
    assert "| 2 | The control loop *(not written yet)* |" in text
    assert "| [`mini_k8s.control_loop`](mini_k8s/control_loop.py) | chapter 2 |" in text
    assert "\nold\n" not in text
    assert text.startswith("a\n")
    assert text.endswith("\nc")


def test_the_command_says_what_is_stale_and_exits_1(capsys, monkeypatch, chapter):
    chapter("# Title\n")
    monkeypatch.setattr(weave.places, "clone_dir", lambda: chapter.top)
    assert weave.main(["--check"]) == 0
    Path(chapter.top, "chapters", "02_control_loop.ipynb").write_text("{}")
    assert weave.main(["--check"]) == 1
    assert "stale  chapters/02_control_loop.ipynb" in capsys.readouterr().out
    assert weave.main([]) == 0
    assert weave.main(["--check"]) == 0
