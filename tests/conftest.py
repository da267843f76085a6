"""The engine that tests run on, clusters that are gone when a test ends, and what was not run, said last."""

import signal
from collections import defaultdict

import pytest
from helpers import clear_up, new_name, no_docker, not_run

from mini_k8s.runtimes import images
from mini_k8s.runtimes.engine import Engine

LONG = ("tests/browser/", "tests/test_workshop_prove.py", "tests/faults/", "tests/test_notebooks.py",
        "tests/test_binder.py", "tests/test_wheel.py")  # the longest first

DEFAULTS = "test_commands_up.py", "test_commands_get.py"  # each has a cluster 'default' of processes: one at a time


def pytest_configure():
    """Where the suite was started in the background, programs would begin deaf to Ctrl-C; some are tested with it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """What takes minutes begins first, so that no worker is left alone with it in the end."""
    items.sort(key=lambda item: next((i for i, path in enumerate(LONG) if path in f"/{item.nodeid}"), len(LONG)))


@pytest.fixture(scope="session")
def engine():
    """A reachable Docker engine with the catalogue's images; without one the test is skipped, saying why."""
    if no_docker():
        not_run("docker", no_docker())
    engine = Engine()
    images.prepare(engine)
    yield engine
    engine.close()


@pytest.fixture
def clusters(engine):
    """``clusters()`` gives the name of a cluster of this test's own; all are removed when it ends, however it ends."""
    names = []

    def new(prefix: str = "test") -> str:
        names.append(new_name(prefix))
        return names[-1]

    yield new
    for name in names:
        clear_up(engine, name)


@pytest.fixture
def cluster(clusters):
    """The name of a cluster of this test's own."""
    return clusters()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Where several workers run the tests (pytest-xdist), a file stays on one; so do all that share an engine or a
    browser."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False  # by number of tests; those that take minutes are few

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid):
            path = nodeid.partition("::")[0]
            folder = path.rpartition("/")[0]
            if path.endswith(DEFAULTS):
                return DEFAULTS[0]
            return folder if folder.endswith(("/faults", "/browser")) else path

    return Together(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    """Say last what was not run and why: a green run that skipped half must not look like a whole one."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    reasons = defaultdict(list)
    for report in reporter.stats.get("skipped", ()) if reporter else ():
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[why.removeprefix("Skipped: ")].append(report.nodeid.partition("::")[0])
    for why, files in sorted(reasons.items()):
        reporter.write_line(f"Not run: {len(files)} in {', '.join(sorted(set(files)))}, because {why}", yellow=True)
    return result
