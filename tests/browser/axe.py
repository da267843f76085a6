"""Can everybody use it? axe-core, the rules that accessibility tools share, run on one element of a page."""

import functools
from importlib import resources

SEVERE = ("serious", "critical")


@functools.cache
def _rules() -> str:
    """axe-core's source, as a package of PyPI brings it."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def findings(element) -> list[str]:
    """What axe finds serious or critical in an element (a locator): which rule, where, and why. Best is none."""
    page = element.page
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_rules())
    found = element.evaluate("root => window.axe.run(root, { resultTypes: ['violations'] })")
    assert found["passes"], "axe has looked at nothing"
    return [f"{rule['id']} ({rule['impact']}): {node['target']}: {node['failureSummary']}"
            for rule in found["violations"] if rule["impact"] in SEVERE for node in rule["nodes"]]
