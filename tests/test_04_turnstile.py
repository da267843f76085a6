"""Who starts something goes first; who tidies up waits, but not for ever."""

import threading

from mini_k8s.pods.turnstile import Turnstile
from tests.helpers import eventually


def in_thread(work):
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_so_many_are_inside_and_no_more():
    turnstile, inside, go = Turnstile(2), [], threading.Event()

    def work():
        with turnstile:
            inside.append(1)
            go.wait(10)

    threads = [in_thread(work) for _ in range(3)]
    eventually(lambda: len(inside) == 2)
    assert len(inside) == 2
    go.set()
    for thread in threads:
        thread.join(10)
    assert len(inside) == 3


def test_who_tidies_up_waits_for_who_starts():
    turnstile, order = Turnstile(8), []

    def tidy():
        with turnstile.tidying():
            order.append("tidied")

    with turnstile:
        thread = in_thread(tidy)
        order.append("started")
    thread.join(10)
    assert order == ["started", "tidied"]


def test_but_not_for_ever():
    turnstile, tidied = Turnstile(8, patience=0.05), threading.Event()

    def tidy():
        with turnstile.tidying():
            tidied.set()

    with turnstile:
        in_thread(tidy)
        assert tidied.wait(10)


def test_who_tidies_up_waits_for_nobody_where_nothing_starts():
    with Turnstile(1, patience=1000.0).tidying():
        pass
