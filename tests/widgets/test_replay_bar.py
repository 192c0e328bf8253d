"""The replay bar's state: what it refuses, how it follows a training, and two threads at once."""

import threading

import pytest
from traitlets import TraitError

from explorers import classes
from ncviz.widgets.explorer.stage import SPEEDS, ReplayBar

STEPS = list(range(0, 2001, 20))


@pytest.fixture
def bar():
    made = ReplayBar(STEPS)
    yield made
    made.close()


def from_browser(bar, **state):
    bar.set_state(state)


def messages(bar, act):
    """What is sent to the browser while something is done."""
    sent = []
    bar.send_state = lambda key=None: sent.append({key} if isinstance(key, str) else set(key))
    act()
    del bar.send_state
    return [keys for keys in sent if keys]


def test_a_new_bar_is_live_and_has_nothing(bar):
    assert (bar.steps, bar.last, bar.index) == (STEPS, -1, 0)
    assert (bar.live, bar.playing, bar.speed) == (True, False, 1.0)
    assert "ncviz-replay" in classes(bar)


@pytest.mark.parametrize("index", [-1, 1.5, "3", None])
def test_a_bad_index_is_refused(bar, index):
    bar.grow(50)
    with pytest.raises(TraitError, match="index"):
        bar.index = index
    assert bar.index == 50


@pytest.mark.parametrize("index", [51, 100, 10**6])
def test_a_record_that_is_not_there_becomes_the_newest(bar, index):
    bar.grow(50)
    from_browser(bar, index=index, live=False)
    assert (bar.index, bar.live) == (50, False)


@pytest.mark.parametrize("speed", [0, -1, 3, 0.1, float("nan"), float("inf")])
def test_a_bad_speed_is_refused(bar, speed):
    with pytest.raises(TraitError, match="speed must be one of"):
        bar.speed = speed
    assert bar.speed == 1


@pytest.mark.parametrize("speed", SPEEDS)
def test_each_speed_is_taken(bar, speed):
    from_browser(bar, speed=speed)
    assert bar.speed == speed


@pytest.mark.parametrize("last", [-2, len(STEPS)])
def test_a_bad_newest_record_is_refused(bar, last):
    with pytest.raises(TraitError, match="last must be −1 to 100"):
        bar.grow(last)


@pytest.mark.parametrize("steps", [[], [-1, 3], [0, 5, 5], [0, 5, 3]])
def test_bad_steps_are_refused(bar, steps):
    with pytest.raises(TraitError, match="steps must rise"):
        ReplayBar(steps)
    with pytest.raises(TraitError, match="steps must rise"):
        bar.steps = steps


def test_growing_is_followed_when_live(bar):
    for last in (0, 1, 57):
        bar.grow(last)
        assert (bar.last, bar.index) == (last, last)


def test_growing_is_not_followed_when_the_user_looks_elsewhere(bar):
    bar.grow(40)
    from_browser(bar, index=12, live=False)
    bar.grow(41)
    assert (bar.last, bar.index) == (41, 12)


def test_newest_pressed_while_the_last_record_comes_shows_the_last_record(bar):
    bar.grow(40)
    from_browser(bar, index=12, live=False)
    bar.grow(100)
    from_browser(bar, index=40, live=True)  # all that the browser knew of
    assert bar.index == 100


def test_growing_is_one_message(bar):
    assert messages(bar, lambda: bar.grow(7)) == [{"last", "index"}]


def test_reset_begins_a_new_training_with_one_message(bar):
    bar.grow(100)
    from_browser(bar, index=30, live=False, playing=True, speed=2.0)
    sent = messages(bar, lambda: bar.reset(range(0, 51)))
    assert sent == [{"steps", "last", "index", "live", "playing"}]
    assert (bar.steps, bar.last, bar.index) == (list(range(51)), -1, 0)
    assert (bar.live, bar.playing, bar.speed) == (True, False, 2.0)


def test_a_late_message_about_the_training_before_does_no_harm(bar):
    bar.grow(100)
    bar.reset(range(0, 51))
    from_browser(bar, index=90)
    assert bar.index == 0
    bar.grow(3)
    assert bar.index == 3


def test_the_browser_may_choose_while_the_training_grows(bar):
    """No exception on either thread, and the state is a possible one after each training."""
    wrong = []

    def choose():
        try:
            for k in range(5000):
                from_browser(bar, index=k % 101, live=k % 3 == 0, playing=k % 3 == 1)
        except Exception as error:
            wrong.append(error)

    thread = threading.Thread(target=choose)
    thread.start()
    for length in (101, 51, 101, 11) * 5:
        bar.reset(range(length))
        for last in range(length):
            bar.grow(last)
    thread.join()
    assert not wrong
    assert 0 <= bar.index <= bar.last == 10
    from_browser(bar, live=False)
    from_browser(bar, live=True)
    assert bar.index == bar.last
