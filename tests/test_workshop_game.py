"""The rules of chapter 1's game: a seeded killer, a human, and what counts. On a hand clock, without containers."""

from itertools import pairwise

import pytest

from mini_k8s.widgets.machines_picture import Machine, Tile, picture
from mini_k8s.workshop.game import PATIENCE, Game, Player, Strike, story, victim

SIX = tuple(f"web-{i}" for i in range(1, 7))
NODES = ("node-1", "node-2", "node-3")


def kills(strikes):
    return [strike for strike in strikes if strike.verb == "kill"]


def test_the_same_seed_tells_the_same_story():
    """A whole class sees the same death at the same second."""
    assert story(7, 90, SIX, NODES) == story(7, 90, SIX, NODES)
    assert story(7, 90, SIX, NODES) != story(8, 90, SIX, NODES)


@pytest.mark.parametrize("seed", range(40))
def test_a_story_can_be_played(seed):
    """There is time to begin and to end; one machine dies with all that it has, and then it is quiet for a moment."""
    strikes = story(seed, 90, SIX, NODES)
    machine = [strike for strike in strikes if strike.verb == "switch off"]
    assert len(machine) == 1
    assert 45 < machine[0].at < 60
    assert 6 <= len(kills(strikes)) <= 11
    assert min(strike.at for strike in strikes) > 5
    assert max(strike.at for strike in strikes) < 80
    assert not [strike for strike in kills(strikes) if -4 < strike.at - machine[0].at < 8]
    assert len({strike.whom for strike in kills(strikes)}) == 6  # everybody's turn comes
    assert list(strikes) == sorted(strikes, key=lambda strike: strike.at)
    assert min(later.at - sooner.at for sooner, later in pairwise(kills(strikes))) > 0.7


def test_a_short_story_has_a_machine_too():
    strikes = story(7, 10, SIX, NODES)
    assert [strike.verb for strike in strikes].count("switch off") == 1
    assert len(kills(strikes)) >= 1
    assert max(strike.at for strike in strikes) < 10


def test_who_is_dead_already_is_not_killed_again():
    """The next one in line is; nobody, when nobody runs."""
    assert victim("web-3", SIX, {"web-1", "web-3"}) == "web-3"
    assert victim("web-3", SIX, {"web-1", "web-2"}) == "web-1"
    assert victim("web-3", SIX, set()) is None


def game_of(*strikes, seconds=90.0):
    game = Game(SIX, NODES, seconds)
    game._strikes = list(strikes)
    return game


def test_the_killer_strikes_when_it_is_time_and_once():
    game = game_of(Strike(5, "kill", "web-1"), Strike(7, "switch off", "node-2"))
    assert game.step(0, SIX) == []
    assert game.step(5.01, SIX) == [("kill", "web-1")]
    assert game.step(5.03, SIX) == []
    assert game.step(8, SIX) == [("switch off", "node-2")]


def test_two_strikes_at_once_take_two():
    game = game_of(Strike(5, "kill", "web-1"), Strike(5.2, "kill", "web-1"))
    game.step(0, SIX)
    assert game.step(6, SIX) == [("kill", "web-1"), ("kill", "web-2")]


def test_a_reaction_is_from_death_to_running():
    game = game_of(Strike(5, "kill", "web-1"))
    for at, running in ((0, SIX), (5, SIX), (5.1, SIX[1:]), (9, SIX[1:]), (9.1, SIX)):
        game.step(at, running)
    assert game.history.reactions() == [pytest.approx(4.0)]


def test_a_game_is_over_when_the_time_is_and_everything_runs():
    """The last failure may still be repaired; but not for ever."""
    game = game_of(seconds=30)
    game.step(29, SIX)
    assert not game.over(29)
    assert game.over(30)
    game.step(30, SIX[1:])
    assert not game.over(31)
    assert game.over(30 + PATIENCE)
    assert (game.left(10), game.left(31)) == (20, 0)


def test_looking_away_goes_on_where_the_game_had_come_to():
    """What dies meanwhile is marked, and from the end on somebody looks again."""
    game = game_of(seconds=30)
    game.step(0, SIX)
    game.step(30, SIX)
    game.look_away(20)
    assert len(game._strikes) >= 3
    assert all(30 < strike.at < 50 for strike in game._strikes)
    game.step(40, SIX[1:])
    assert game.history.looking_away
    game.step(50.01, SIX[1:])
    game.step(52, SIX)
    assert game.history.away == ((30, 50),)
    assert [failure.away for failure in game.history.failures] == [True]
    assert game.over(52.1)
    game.finish()
    assert game.history.length == game.history.until == 52


def test_the_scripted_player_presses_what_is_offered():
    """After a moment, once, and again when it is still offered much later."""
    machines = [Machine("node-1", (Tile("web-1", "Failed", exit_code=137), Tile("web-2"), None))]
    seen = picture(machines, wished=("web-1", "web-2"), buttons=["start"])
    player, message = Player(7, slowest=0.9), {"do": "start", "name": "web-1", "machine": "node-1"}
    assert player.step(0.0, seen) == []
    assert player.step(1.0, seen) == [message]
    assert player.step(1.1, seen) == []
    assert player.step(3.5, seen) == [message]


def test_the_scripted_player_does_not_press_what_cannot_be_pressed():
    machines = [Machine("node-1", (Tile("web-1", "Failed", exit_code=137),))]
    paused = picture(machines, wished=("web-1",), buttons=["start"], paused=["You look away."])
    player = Player(7)
    assert [player.step(at, paused) for at in (0.0, 5.0, 9.0)] == [[], [], []]


def test_the_scripted_player_is_as_fast_every_time():
    machines = [Machine("node-1", (Tile("web-1", "Failed", exit_code=137),))]
    seen = picture(machines, wished=("web-1",), buttons=["start"])

    def pressed(seed):
        player = Player(seed)
        return next(at / 100 for at in range(200) if player.step(at / 100, seen))

    assert pressed(3) == pressed(3)
    assert 0.3 <= pressed(3) <= 1.0
