"""The queue of names: nothing twice, nothing lost, later means later."""

import threading

from mini_k8s.clock import HandClock
from mini_k8s.workqueue import WorkQueue


def all_of(queue):
    taken = []
    while (key := queue.get()) is not None:
        queue.done(key)
        taken.append(key)
    return taken


def test_a_name_that_is_added_twice_is_there_once_and_first_comes_first():
    queue = WorkQueue(HandClock())
    for key in ("b", "a", "b"):
        queue.add(key)
    assert len(queue) == 2
    assert all_of(queue) == ["b", "a"]
    assert queue.get() is None


def test_what_is_added_while_it_is_worked_on_comes_back_afterwards():
    queue = WorkQueue(HandClock())
    queue.add("a")
    assert queue.get() == "a"
    queue.add("a")
    assert queue.get() is None, "nobody else works on it meanwhile"
    queue.done("a")
    assert all_of(queue) == ["a"]


def test_later_is_later_and_the_earliest_moment_counts():
    clock = HandClock()
    queue = WorkQueue(clock)
    queue.add_after("a", 10)
    queue.add_after("a", 5)
    queue.add_after("a", 20)
    assert queue.due() == 5
    clock.advance(4.9)
    assert queue.get() is None
    clock.advance(0.2)
    assert all_of(queue) == ["a"]
    clock.advance(30)
    assert all_of(queue) == [], "the other two said the same"


def test_what_is_looked_at_sooner_is_looked_at_later_all_the_same():
    """Whoever asked for later had a reason: a wait that ends then."""
    clock = HandClock()
    queue = WorkQueue(clock)
    queue.add_after("a", 10)
    queue.add("a")
    assert all_of(queue) == ["a"]
    clock.advance(11)
    assert all_of(queue) == ["a"]


def test_what_fails_waits_twice_as_long_each_time_until_it_succeeds():
    queue = WorkQueue(HandClock(), base=1.0, cap=10.0)
    assert [queue.failed("a") for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    queue.succeeded("a")
    assert queue.failed("a") == 1


def test_due_is_now_when_there_is_something_and_never_when_there_is_nothing():
    clock = HandClock(100)
    queue = WorkQueue(clock)
    assert queue.due() is None
    queue.add_after("a", 3)
    assert queue.due() == 103
    queue.add("b")
    assert queue.due() == 0


def test_whoever_waits_is_woken_by_what_is_new_and_not_by_what_is_there():
    woken = []
    queue = WorkQueue(HandClock(), wake=lambda: woken.append(1))
    queue.add("a")
    queue.add("a")
    assert len(woken) == 1
    queue.add_after("b", 5)
    assert len(woken) == 2, "the wait may have become shorter"


def test_many_threads_lose_and_double_nothing():
    queue, taken, lock = WorkQueue(HandClock()), [], threading.Lock()
    over = threading.Event()

    def put(start):
        for n in range(start, start + 500):
            queue.add(n)

    def take():
        while not over.is_set() or len(queue):
            key = queue.get()
            if key is not None:
                with lock:
                    taken.append(key)
                queue.done(key)

    putters = [threading.Thread(target=put, args=(n * 500,)) for n in range(4)]
    takers = [threading.Thread(target=take) for _ in range(4)]
    for thread in putters + takers:
        thread.start()
    for thread in putters:
        thread.join()
    over.set()
    for thread in takers:
        thread.join()
    assert sorted(taken) == list(range(2000))
