"""The doctor's card without a browser: what stands in it, and what is left of it where there is only text."""

import re

import pytest

from mini_k8s.widgets.doctor import Report
from mini_k8s.workshop.doctor import Row, show, verdict

PYTHON = Row("ok", "Python", "3.12.4")
DOCKER = Row("ok", "runtime", "docker, since an engine answers: containers are real")
ENGINE = Row("warn", "engine", "no engine answers at unix:///var/run/docker.sock", "sudo systemctl start docker")
DISK = Row("fail", "disk", "only 12 MB free for the folder, at /home/a", "df -h")


def words(html):
    """What a reader sees of it, the folded part left out."""
    html = re.sub(r"<style>.*?</style>|<details>.*?</details>", "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_machine_that_is_well_is_one_sentence():
    """Nobody reads what needs no attention."""
    report = show([PYTHON, DOCKER])
    assert repr(report) == "All is well: the workshop runs here on Docker."
    assert words(report.html()) == repr(report)
    assert "All 2 things that were looked at" in report.html()


def test_only_what_warns_or_fails_is_told_with_its_next_step():
    """As a card and as text."""
    report = show([PYTHON, ENGINE, DISK])
    assert repr(report) == (
        "The workshop cannot run here yet. What stops it: disk.\n"
        "[warn] engine: no engine answers at unix:///var/run/docker.sock\n"
        "       type: sudo systemctl start docker\n"
        "[fail] disk: only 12 MB free for the folder, at /home/a\n"
        "       type: df -h")
    assert words(report.html()) == (
        "The workshop cannot run here yet. What stops it: disk. "
        "warn engine no engine answers at unix:///var/run/docker.sock type sudo systemctl start docker "
        "fail disk only 12 MB free for the folder, at /home/a type df -h")
    assert report._repr_mimebundle_() == {"text/html": report.html(), "text/plain": report.text()}


def test_an_address_is_opened_and_a_command_is_typed():
    """They are told apart, so that nobody types an address."""
    page = show([Row("warn", "engine", "old", "https://docs.docker.com/engine/install/")])
    assert 'open <a href="https://docs.docker.com/engine/install/"' in page.html()
    assert "       open: https://docs.docker.com/engine/install/" in page.text()


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>",
                                  "'onmouseover='alert(1)", "https://a\"onclick=\"alert(1)", "\x1b[2J\x00"])
def test_whatever_is_found_stays_words(evil):
    """What an engine, a path or a variable says is written by anybody."""
    report = Report([("warn", evil, evil, evil), ("ok", evil, evil, ""), (evil, "a", "b", "")], evil)
    bare = show([PYTHON, ENGINE]).html()
    tags = set(re.findall(r"<(\w+)", report.html()))
    assert tags <= set(re.findall(r"<(\w+)", bare)) | {"a"}
    assert "onclick=\"" not in report.html()
    for text in (report.html(), report.text()):
        assert "\x1b" not in text
        assert "\x00" not in text


def test_there_is_a_size_for_the_projector_and_no_others():
    assert 'data-size="projector"' in show([PYTHON], size="projector").html()
    with pytest.raises(ValueError, match="Choose one of: normal, projector"):
        show([PYTHON], size="huge")


@pytest.mark.parametrize(("rows", "said", "do"), [
    ([PYTHON, DOCKER], "All is well: the workshop runs here on Docker.", "mini-k8s learn"),
    ([PYTHON], "All is well: the workshop runs here.", "mini-k8s learn"),
    ([ENGINE, Row("ok", "runtime", "process, since …")],
     "The workshop runs here on processes. Worth a look: engine.", "mini-k8s learn"),
    ([ENGINE, Row("warn", "runtime", "simulated, since …")],
     "The workshop runs here, simulated. Worth a look: engine and runtime.", "mini-k8s learn"),
    ([ENGINE, DISK, DISK], "The workshop cannot run here yet. What stops it: disk.", "df -h"),
    ([Row("fail", "ports", "")], "The workshop cannot run here yet. What stops it: ports.", "mini-k8s doctor"),
])
def test_one_sentence_and_one_next_step(rows, said, do):
    """The first thing that stops the workshop is the one to mend."""
    assert verdict(rows) == (said, do)
