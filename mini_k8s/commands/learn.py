"""How do I begin? ``mini-k8s learn``: a folder of the learner's own, and JupyterLab at the right chapter."""

import argparse
import contextlib
import os
import sys
import webbrowser

from mini_k8s.errors import Invalid, NotFound, StatusError
from mini_k8s.workshop import choices, edition, learn, outline, paths, standing, upgrade
from mini_k8s.workshop.folder import DEFAULT, Folder, located


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", metavar="DIR", help=f"your folder (default: the one you are in, else {DEFAULT})")
    ways = "; ".join(f"{path.name} ({paths.spoken(path.chapters)}: {path.about})" for path in paths.PATHS)
    parser.add_argument("--path", metavar="NAME", help=f"your way through the chapters, which is remembered: {ways}")
    parser.add_argument("--port", metavar="N", help="the port to serve on (default: $PORT, else a free one)")
    parser.add_argument("--only-folder", action="store_true",
                        help="start nothing: make or update the folder, and print the directory that belongs into "
                             "JUPYTER_CONFIG_PATH of a JupyterLab that somebody else starts (Binder, a hub)")
    parser.add_argument("--no-browser", action="store_true", help="only print the address; BROWSER=none does the same")


def main(args: argparse.Namespace) -> int:
    learn.check_installed()
    port = _port(args.port or os.environ.get("PORT"))
    path = paths.find(args.path) if args.path else None
    folder = _folder(args.folder)
    edition.refuse_newer(folder)
    if path:
        choices.follow(folder, path)
    changed = upgrade.bring_up_to_date(folder, _say)
    chapter = outline.where_to_go_on(folder)
    if chapter is None:
        raise NotFound(f"there are no chapters in {folder.path}. Run `make weave` in the clone, then this again.")
    if args.only_folder:
        print(learn.prepare_for_others(folder, chapter.name))
        return 0

    def announce(server: learn.Server) -> None:
        address = server.address(chapter.name)
        print(address, flush=True)
        if not args.no_browser and _has_display():
            webbrowser.open(address)

    already = learn.running(folder)
    if already:
        if changed:
            print("JupyterLab is open still, with the workshop as it was before. End it with Ctrl-C in its terminal, "
                  "then type `mini-k8s learn` again. It is at:", file=sys.stderr)
        else:
            print(f"{folder.path} is open already, at:", file=sys.stderr)
        announce(already)
        return 0
    print(f"Your folder is {folder.path}. Ctrl-C ends the workshop.", file=sys.stderr)
    if choices.path(folder) is not paths.EVERYTHING:
        print(standing.headline(folder), file=sys.stderr)
    status = learn.serve(folder, chapter.name, port, announce)
    _say_what_runs_on(folder)
    return status


def _say(piece: str) -> None:
    print(piece, end="", file=sys.stderr, flush=True)


def _say_what_runs_on(folder: Folder) -> None:
    """Containers outlive the notebook that started them; nobody should find that out next week."""
    from mini_k8s.runtimes.clusters import find_clusters
    from mini_k8s.runtimes.engine import Engine

    with contextlib.suppress(StatusError):  # no engine, no containers
        left = [cluster for cluster in find_clusters(Engine()) if cluster.owner == folder.owner and cluster.containers]
        for cluster in left:
            n = len(cluster.containers)
            print(f"{cluster.name} has {n} container{'' if n == 1 else 's'} left. What runs, runs on without you; "
                  f"remove it: mini-k8s down --name {cluster.name}", file=sys.stderr)


def _folder(named: str | None) -> Folder:
    return Folder(located()[0] if named is None else named)


def _port(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise Invalid(f"{text!r} is no port. Give a number from 1024 to 65535, or leave it out.")
    return int(text)


def _has_display() -> bool:
    if os.environ.get("BROWSER") == "none":
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
