"""Many looks: what is counted, what is said of it, and a fresh seed that confirms."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from explorers import SMALL, alive, control, finished, part, press, send, tree
from lab import wait_for
from ncviz import Experiment, Explorer
from ncviz.basics.checks import LARGEST_SEED
from ncviz.inference import Estimate
from ncviz.results.result import Snapshot
from ncviz.sweeps import price
from ncviz.sweeps.confirmation import Looks, false_alarm, fresh
from ncviz.widgets.views.verdict import LooksView

QUICK = {"runs": 5, **SMALL}
E = Experiment(**QUICK)


class Answer:
    """A full answer, as far as it is counted."""

    def __init__(self, experiment: Experiment, low: float = 2.1, n: int = 5) -> None:
        self.experiment, self.s = experiment, Estimate(low + 0.1, low, low + 0.2, n)


def looked_at(*experiments: Experiment, **answer: Any) -> Looks:
    looks = Looks()
    for experiment in experiments:
        looks.note(Answer(experiment, **answer))
    return looks


def at(seeds: int, **fields: Any) -> list[Experiment]:
    return [replace(E, seed=seed, **fields) for seed in range(seeds)]


# What is counted


def test_another_seed_is_another_look_and_the_same_is_none() -> None:
    looks = looked_at(*at(3), *at(2))
    assert looks.seeds(E) == 3
    assert looks.sentence(replace(E, seed=77)) == looks.sentence(E) != ""
    assert looked_at(E, E).sentence(E) == looked_at().sentence(E) == ""


@pytest.mark.parametrize(
    "change",
    [
        *({"hidden": 4}, {"pairing": "parity"}, {"learning_rate": 0.1}, {"steps": 9}, {"noise": 1}),
        *({"outcome": "success"}, {"optimizer": "adam"}, {"n_test": 9}, {"batch_size": 4}),
    ],
)
def test_another_question_has_looks_of_its_own_and_going_back_goes_on(change: Any) -> None:
    looks = looked_at(*at(3), *at(2, **change), replace(E, seed=9))
    assert (looks.seeds(E), looks.seeds(replace(E, **change))) == (4, 2)


def test_more_runs_another_device_and_tasks_written_out_are_no_other_question() -> None:
    same = ({"runs": 50}, {"device": "cuda"}, {"pairing": E.tasks})
    looks = looked_at(*(replace(E, seed=k, **change) for k, change in enumerate(same)))
    assert looks.seeds(E) == 3


@pytest.mark.parametrize("answer", [{"n": 0, "low": float("nan")}, {"n": 1, "low": float("nan")}])
def test_an_answer_that_cannot_be_called_above_2_is_no_look(answer: Any) -> None:
    assert looked_at(*at(3), **answer).sentence(E) == ""


def test_separate_trunks_cannot_pass_2_so_no_number_of_looks_does_harm() -> None:
    apart = at(3, trunk="separate")
    assert looked_at(*apart).sentence(apart[0]) == ""


def test_sizes_are_told_and_do_not_count_as_seeds() -> None:
    sizes = [replace(E, hidden=n) for n in range(1, 6)]
    assert looked_at(*sizes).sentence(E) == ""
    looks = looked_at(*sizes, replace(E, seed=1), *at(1, noise=0.5))
    assert (looks.seeds(E), looks.sizes(E)) == (2, 5)
    assert "2 seeds of this experiment (and at 5 sizes, which adds little)" in looks.sentence(E)


# What is said


@pytest.mark.parametrize(("seeds", "percent"), [(2, 5), (3, 8), (10, 23), (20, 40)])
def test_the_sentence_says_how_often_so_many_looks_go_wrong(seeds: int, percent: int) -> None:
    assert looked_at(*at(seeds)).sentence(E) == (
        f"You have looked at {seeds} seeds of this experiment: even if S were 2, at least one of "
        f"{seeds} would be called above 2 in up to {percent} % of such searches."
    )
    assert percent - 1 < 100 * (1 - 0.975**seeds) <= percent


@pytest.mark.parametrize("looks", [1, 2, 10, 20])
def test_so_many_searches_at_a_true_2_find_one_above_it(looks: int) -> None:
    # Interval of t over normal runs, whose chance to lie above 2 is exactly 2.5 %.
    S = 2 + np.random.default_rng(looks).normal(size=(20_000, looks, 12))
    half = stats.t.ppf(0.975, 11) * S.std(axis=-1, ddof=1) / np.sqrt(12)
    found = (S.mean(axis=-1) - half > 2).any(axis=-1).mean()
    assert found == pytest.approx(false_alarm(looks), abs=4 * np.sqrt(0.25 / 20_000))


@pytest.mark.parametrize(
    ("found", "again", "word"),
    [(2.2, 2.1, "Confirmed"), (2.2, 1.9, "Not confirmed"), (1.2, 1.1, "Measured afresh")],
)
def test_the_confirmed_number_stands_beside_the_found_one(
    found: float, again: float, word: str
) -> None:
    looks = looked_at(*at(4), low=1.0)
    looks.note(Answer(replace(E, seed=4), low=found))
    experiment = looks.fresh(E)
    looks.confirm(Answer(experiment, low=again))
    assert looks.sentence(E) == (
        f"Found: S = {found + 0.1:.2f} [{found:.2f}, {found + 0.2:.2f}] with seed 4, the best of "
        f"5 seeds. {word}: S = {again + 0.1:.2f} [{again:.2f}, {again + 0.2:.2f}] with fresh "
        f"seed {experiment.seed}: quote this one."
    )


def test_fresh_runs_that_all_diverge_confirm_nothing() -> None:
    looks = looked_at(*at(2))
    looks.confirm(Answer(looks.fresh(E), low=float("nan"), n=0))
    assert "Not confirmed: with fresh seed" in looks.sentence(E)
    assert "quote" not in looks.sentence(E)


def test_a_confirmation_is_one_look_that_later_ones_do_not_change() -> None:
    looks = looked_at(*at(2))
    looks.confirm(Answer(looks.fresh(E), low=1.9))
    first = looks.sentence(E)
    assert not looks.unconfirmed(E)
    looks.note(Answer(replace(E, seed=first_seed(first))))  # it may be looked at
    assert looks.sentence(E) == first
    looks.note(Answer(replace(E, seed=2), low=2.5))
    assert "the best of 3 seeds" in looks.sentence(E)
    assert first_seed(looks.sentence(E)) == first_seed(first)


def test_more_runs_are_confirmed_anew_and_the_confirmation_before_is_a_look() -> None:
    looks, more = looked_at(*at(2)), replace(E, runs=50)
    looks.confirm(Answer(looks.fresh(E), low=1.9))
    before = first_seed(looks.sentence(E))
    assert looks.unconfirmed(more)
    looks.confirm(Answer(looks.fresh(more), low=2.1))
    assert "the best of 3 seeds" in looks.sentence(more)
    assert first_seed(looks.sentence(more)) != before


def first_seed(sentence: str) -> int:
    """The seed of the number to quote."""
    return int(re.findall(r"with fresh seed (\d+): quote", sentence)[0])


# Fresh seeds


def test_a_fresh_seed_is_derived_from_those_looked_at_in_whatever_order() -> None:
    expected = 2**32 + int(np.random.SeedSequence([0, 3, 8]).generate_state(1)[0])
    assert fresh(E, [8, 3]) == fresh(E, {3, 8, 0}) == replace(E, seed=expected)


def test_a_fresh_seed_is_far_from_those_one_types_and_never_one_looked_at() -> None:
    looks = looked_at(*at(2), replace(E, hidden=5, seed=6))
    seeds = {*range(2), 6}
    for runs in range(5, 200):
        experiment = looks.fresh(replace(E, runs=runs))
        looks.confirm(Answer(experiment))
        assert experiment.seed not in seeds
        assert 2**32 <= experiment.seed < 2**33
        seeds.add(experiment.seed)
    assert fresh(replace(E, seed=LARGEST_SEED), [0]).seed < 2**33


def test_a_fresh_seed_that_was_looked_at_gives_way_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Unlucky:
        def __init__(self, _seeds: object) -> None: ...

        def generate_state(self, _n: int) -> list[int]:
            return [7]

    monkeypatch.setattr(np.random, "SeedSequence", Unlucky)
    assert fresh(E, [2**32 + 7, 2**32 + 8]).seed == 2**32 + 9


# In the Explorer


@contextmanager
def opened(**fields: Any) -> Iterator[Explorer]:
    explorer = Explorer(**{**QUICK, **fields})
    finished(explorer)
    try:
        yield explorer
    finally:
        explorer.close()


def wait_until_told(explorer: Explorer) -> None:
    """Wait until the newest answer counts as a look, and that is said."""
    wait_for(lambda: explorer.state.looked == explorer.experiment)
    with explorer.state.lock:
        pass  # who holds it is saying so


def look(explorer: Explorer, seeds: int) -> LooksView:
    """Look at more seeds, one after the other."""
    for _ in range(seeds):
        press(explorer, "actions", "next")
        seed = explorer.experiment.seed
        wait_for(lambda seed=seed: finished(explorer).experiment.seed == seed)
        wait_until_told(explorer)
    return part(explorer, LooksView)


def test_the_explorer_counts_the_seeds_of_each_question() -> None:
    with opened() as explorer:
        view = part(explorer, LooksView)
        assert (view.sentence, view.offer) == ("", "")
        look(explorer, 1)
        assert view.sentence.startswith("You have looked at 2 seeds of this experiment: ")
        assert view.offer == "Confirm on a fresh seed"
        assert view.sentence in explorer.describe()
        control(explorer, "hidden").index = 4
        assert (view.sentence, view.offer, view.keeps_room) == ("", "", True)
        wait_for(lambda: not view.keeps_room)
        assert (view.sentence, view.offer) == ("", "")
        look(explorer, 1)
        assert "2 seeds of this experiment (and at 2 sizes, " in view.sentence
        control(explorer, "hidden").index = 2
        assert "looked at 2 seeds" in view.sentence  # of seeds 0 and 1, and this is 2
        wait_for(lambda: "looked at 3 seeds" in view.sentence)


def test_an_answer_that_was_not_awaited_is_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as explorer, slowly(monkeypatch) as go_on:
        for _ in range(5):
            press(explorer, "actions", "next")
        go_on.set()
        finished(explorer)
        view = part(explorer, LooksView)
        wait_for(lambda: view.sentence.startswith("You have looked at 2 seeds"))


@contextmanager
def slowly(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Trainings that do not end before an event; its name tells nothing of what is trained."""
    go_on, stream = threading.Event(), Experiment.stream

    def held_up(self: Experiment, every: int | None = None) -> Iterator[Snapshot]:
        for snapshot in stream(self, every):
            yield snapshot
            while snapshot.result is None and not go_on.wait(0.02):
                yield snapshot

    with monkeypatch.context() as patch:
        patch.setattr(Experiment, "stream", held_up)
        yield go_on


def test_one_button_confirms_on_a_fresh_seed_and_shows_both_numbers() -> None:
    with opened() as explorer:
        view = look(explorer, 2)
        shown = finished(explorer)
        answers = [replace(E, seed=seed).run() for seed in range(3)]
        best = max(answers, key=lambda result: result.s.value)
        again = fresh(E, range(3)).run()
        send(view, press="confirm")
        wait_for(lambda: view.sentence.startswith("Found"))
        assert f"Found: S = {best.s} with seed {best.experiment.seed}, the best" in view.sentence
        assert f"S = {again.s} with fresh seed {again.experiment.seed}: quote" in view.sentence
        assert (view.offer, view.status) == ("", "")
        # What is displayed is what was displayed.
        assert explorer.result is shown and explorer.state.moment is shown
        assert len(explorer.pinned) == 0


def test_the_confirmed_number_stays_until_the_question_changes_and_waits_for_it() -> None:
    with opened() as explorer:
        view = look(explorer, 1)
        send(view, press="confirm")
        wait_for(lambda: view.sentence.startswith("Found"))
        quoted = view.sentence.split("seeds. ")[1]
        look(explorer, 1)
        assert "the best of 3 seeds" in view.sentence and quoted in view.sentence
        control(explorer, "hidden").index = 4
        assert view.sentence == ""
        wait_until_told(explorer)
        control(explorer, "hidden").index = 2
        wait_until_told(explorer)
        assert quoted in view.sentence and view.offer == ""
        send(view, press="confirm")  # nobody's button
        assert explorer.state.confirming is None


def test_a_confirmation_is_cancelled_by_its_button_and_by_another_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opened() as explorer:
        view = look(explorer, 1)
        before = view.sentence
        with slowly(monkeypatch):
            send(view, press="confirm")
            assert view.sentence.startswith("Confirming with seed ")
            wait_for(lambda: view.status.startswith("step "))
            running = explorer.state.confirming
            send(view, press="confirm")  # pressed twice
            assert explorer.state.confirming is running
            send(view, press="cancel")
            assert (view.sentence, view.offer) == (before, "Confirm on a fresh seed")
            wait_for(lambda: not confirming())
            send(view, press="confirm")
            press(explorer, "actions", "next")  # the same question
            assert view.sentence.startswith("Confirming")
            control(explorer, "hidden").index = 4
            wait_for(lambda: not confirming())
            assert view.sentence == ""
        explorer.experiment = replace(E, seed=1)
        assert view.sentence == before


def see_again(explorer: Explorer) -> None:
    """What is displayed is looked at once more."""
    explorer.state.seen = None
    explorer.state.seen = explorer.result


def confirming() -> bool:
    return any(thread.name == "ncviz-confirming" for thread in threading.enumerate())


def test_a_confirmation_that_fails_says_so_and_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(self: Experiment, every: int | None = None) -> Iterator[Snapshot]:
        raise RuntimeError("deliberate failure")

    with opened() as explorer:
        view = look(explorer, 1)
        with monkeypatch.context() as patch:
            patch.setattr(Experiment, "stream", broken)
            send(view, press="confirm")
            wait_for(lambda: "deliberate failure" in explorer.describe())
        wait_for(lambda: view.offer == "Confirm on a fresh seed")
        send(view, press="confirm")
        wait_for(lambda: view.sentence.startswith("Found"))


def test_what_costs_much_says_so_on_the_button_and_only_what_was_seen_is_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opened() as explorer:
        look(explorer, 1)
        monkeypatch.setattr(price, "MUCH", 1e-9)
        see_again(explorer)
        view = part(explorer, LooksView)
        assert re.fullmatch(r"Confirm on a fresh seed: about .+, \d.*B", view.offer)
        explorer.experiment = replace(explorer.experiment, runs=1_000_000)  # nobody agreed to that
        assert view.sentence and not view.offer
        send(view, press="confirm")
        assert explorer.state.confirming is None


def test_what_a_page_does_not_allow_is_not_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as explorer:
        view = look(explorer, 1)
        monkeypatch.setenv(price.MOST, "1e-6 1")
        see_again(explorer)
        assert view.offer == ""
        assert view.status.startswith("Not confirmed: this takes ")
        send(view, press="confirm")
        wait_for(lambda: not confirming())
        assert not view.sentence.startswith("Found")


@pytest.mark.parametrize("fixed", [{"hide": ["seed"]}, {"lock": ["seed"]}])
def test_where_the_seed_is_fixed_there_is_one_look_and_no_word_of_it(fixed: Any) -> None:
    with opened(**fixed) as explorer:
        assert not [widget for widget in tree(explorer) if isinstance(widget, LooksView)]
        assert "looked at" not in explorer.describe()


def test_closing_ends_a_confirmation_and_frees_all(monkeypatch: pytest.MonkeyPatch) -> None:
    before = alive()
    explorer = Explorer(**QUICK)
    finished(explorer)
    view = look(explorer, 1)
    with slowly(monkeypatch):
        send(view, press="confirm")
        wait_for(confirming)
        explorer.close()
    del explorer, view
    assert alive() == before
    assert not [t for t in threading.enumerate() if t.name.startswith("ncviz")]
