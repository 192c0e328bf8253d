"""The lesson's widgets: predict, run, compare; and a question marked by the student's own run."""

import gc
import inspect
import math
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import numpy as np
import pytest
import torch
from anywidget import AnyWidget
from ipywidgets import VBox
from matplotlib.figure import Figure

from explorers import alive, classes, send
from ncviz import CorrelatorView, Experiment, Predict, SelfCheck, SView, figures
from ncviz.results.result import Result
from ncviz.widgets.lesson import predict as predictions
from ncviz.widgets.lesson import run as lesson_views
from ncviz.widgets.lesson.card import Number, PredictCard, QuestionCard, slider_step
from ncviz.widgets.lesson.predict import NOTHING
from ncviz.widgets.lesson.run import LessonViews
from ncviz.widgets.parts.layout import close_tree
from ncviz.widgets.parts.still import Reveal, bundle
from ncviz.widgets.running import runner as pace

QUICK = Experiment(hidden=2, runs=4, steps=60)
ENDLESS = Experiment(runs=1, steps=100_000)
PATIENCE = 60

Make = Callable[..., Any]


@pytest.fixture
def predict() -> Iterator[Make]:
    """Makes predictions that are closed at the end."""
    with ExitStack() as closes:

        def make(**changed: Any) -> Predict:
            answers = {} if "choices" in changed else {"between": (-4, 4)}
            compare = lambda prediction, result: f"You said {prediction}."  # noqa: E731
            given = {"run": lambda: 2.5, "compare": compare, **answers, **changed}
            return closes.enter_context(closing(Predict("What will S be?", **given)))

        yield make


@pytest.fixture
def check() -> Iterator[Make]:
    """Makes self-checks that are closed at the end."""
    with ExitStack() as closes:

        def make(of: Predict, **changed: Any) -> SelfCheck:
            given = {
                "right": lambda result: "two",
                "why": lambda result, answer: f"You said {answer}, and it is {result}.",
                "choices": ("one", "two", "three"),
                **changed,
            }
            return closes.enter_context(closing(SelfCheck("Which?", of=of, **given)))

        yield make


def carried_out(first: Predict, answer: float | str = 2) -> Any:
    """The result of a run."""
    first.answer(answer)
    first.start()
    first.wait(timeout=PATIENCE)
    return first.result


def card(first: Predict) -> PredictCard:
    (found,) = [child for child in first.children if isinstance(child, PredictCard)]
    return found


def reveal(first: Predict) -> Reveal:
    (found,) = [child for child in first.children if isinstance(child, Reveal)]
    return found


def views(first: Predict) -> Any:
    return first.children[1].children


def until(good: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not good():
        assert time.monotonic() < end
        time.sleep(0.01)


# A prediction is an act


def test_nothing_is_predicted_before_somebody_predicts(predict: Make) -> None:
    for first in (predict(), predict(choices=("less", "more"))):
        assert first.prediction is None and first.result is None
        with pytest.raises(ValueError, match=r"answer\(\) must come before start\(\)"):
            first.start()
        send(card(first), start="")
        assert card(first).phase == "asking"
        assert "No prediction yet." in first.describe()


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2", 2),
        ("2.3", 2.3),
        ("2,3", 2.3),
        ("−1.5", -1.5),
        ("-.5", -0.5),
        (" 4 ", 4),
        ("1e-3", 0.001),
    ],
)
def test_numbers_are_read_as_people_write_them(predict: Make, given: str, meant: float) -> None:
    first = predict()
    card(first).given = given
    assert first.prediction == meant and card(first).wrong == ""


@pytest.mark.parametrize("given", ["two", "4.01", "-5", "nan", "inf", "1_0", "2 3", "-", "٣"])
def test_what_is_no_number_in_the_range_is_no_prediction(predict: Make, given: str) -> None:
    first = predict()
    card(first).given = given
    assert first.prediction is None
    assert card(first).wrong.startswith("Type a number from −4 to 4")
    assert given in card(first).wrong
    send(card(first), start=given)
    assert card(first).phase == "asking"


@pytest.mark.parametrize("value", [4.5, math.nan, True, "2", None, "maybe"])
def test_an_answer_by_code_must_be_possible(predict: Make, value: Any) -> None:
    with pytest.raises(ValueError, match=f"answer must be a number from −4 to 4, not {value!r}"):
        predict().answer(value)
    with pytest.raises(ValueError, match=f"answer must be one of 'less', 'more', not {value!r}"):
        predict(choices=("less", "more")).answer(value)


def test_numbers_of_numpy_are_numbers(predict: Make) -> None:
    first = predict()
    for value in (np.float32(1.5), np.int64(2)):
        first.answer(value)
        assert first.prediction == value and type(first.prediction) is float


def test_the_prediction_stays_as_it_was_once_the_run_has_begun(predict: Make) -> None:
    go = threading.Event()
    first = predict(run=lambda: go.wait(PATIENCE))
    first.answer(2)
    first.start()
    for _ in range(2):  # while it runs, and when it has run
        card(first).set_state({"given": "3"})
        with pytest.raises(ValueError, match="runs or has run"):
            first.answer(3)
        with pytest.raises(ValueError, match="runs or has run"):
            first.start()
        assert first.prediction == 2
        go.set()
        first.wait(timeout=PATIENCE)
    assert card(first).comparison == "You said 2.0."


def test_the_press_of_the_button_brings_the_answer_with_it(predict: Make) -> None:
    count: list[int] = []
    first = predict(run=lambda: count.append(1))
    card(first).given = "1"
    for _ in range(2):  # a second press does nothing
        send(card(first), start="2,5")
    first.wait(timeout=PATIENCE)
    assert first.prediction == 2.5 and count == [1]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"between": None}, "between=(low, high) or choices=(…)"),
        ({"between": (4, -4)}, "between must be two numbers, the lower one first, not (4, -4)"),
        ({"between": (0, math.inf)}, "between must be two numbers"),
        ({"between": "ab"}, "between must be two numbers, the lower one first, not 'ab'"),
        ({"choices": ("a", "b"), "between": (0, 1)}, "cannot both be given"),
        ({"choices": ("only",)}, "choices must be at least two different texts, not ('only',)"),
        ({"choices": ("a", "a")}, "choices must be at least two different texts"),
        ({"choices": "ab"}, "choices must be a list of texts, not 'ab'"),
        ({"choices": ("a", 2)}, "choices must be texts"),
        ({"run": 7}, "run must be an Experiment, a sequence or dict of experiments, or a function"),
        ({"run": ()}, "run must be an Experiment"),
        ({"run": [QUICK, 7]}, "run must be an Experiment"),
        ({"compare": "x"}, "compare must be a function, not 'x'"),
        ({"explain": 3}, "explain must be a text or a function, not 3"),
        ({"picture": "x"}, "picture must be a function, not 'x'"),
        ({"views": (SView,)}, "views need a run that is one Experiment"),
        ({"run": QUICK, "views": (Predict,)}, "views must be view classes such as SView"),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    predict: Make, changed: dict[str, Any], words: str
) -> None:
    before = alive()
    with pytest.raises(ValueError) as error:
        predict(**changed)
    assert words in str(error.value)
    assert alive() == before
    with pytest.raises(ValueError, match="question must be a text"):
        Predict(" ", run=QUICK, between=(0, 1), compare=str.format)


@pytest.mark.parametrize("span", [0.03, 1, 7, 8, 300, 12345])
def test_a_slider_moves_in_round_steps_and_not_too_many(span: float) -> None:
    step = slider_step(span)
    assert 50 <= span / step <= 126
    assert f"{step:.0e}"[0] in "125"
    assert Number((0, span)).traits["asked"]["step"] == step


# The run


def test_an_experiment_gives_its_own_result_and_the_words_about_it(predict: Make) -> None:
    seen = []

    def compare(prediction: float, result: Result) -> str:
        seen.append((prediction, result))
        return f"You said {prediction:.1f}; S = {result.s}."

    first = predict(run=QUICK, compare=compare, explain="Why?\n\n  Because\n  so.")
    assert reveal(first).paragraphs == []
    result = carried_out(first, 1.5)
    assert result.experiment == QUICK
    np.testing.assert_array_equal(result.outcomes, QUICK.run().outcomes)
    assert seen == [(1.5, result)]
    assert card(first).comparison == f"You said 1.5; S = {QUICK.run().s}."
    assert reveal(first).paragraphs == ["Why?", "Because so."]
    assert "Your prediction: 1.5." in first.describe() and "Because so." in first.describe()


def test_views_are_shown_the_run_while_it_runs(predict: Make) -> None:
    first = predict(run=Experiment(runs=2, steps=2000), views=(SView, CorrelatorView))
    box, (s, correlators) = first.children[1], views(first)
    steps: list[int] = []
    s.observe(lambda change: steps.append(change["new"].get("at", 0)), "frame")
    assert "ncviz-closed" in classes(box)
    first.answer(2)
    first.start()
    assert "ncviz-closed" not in classes(box)
    first.wait(timeout=PATIENCE)
    assert steps == sorted(steps)
    assert len(set(steps)) > 2 and steps[-1] == 2000
    for view, alone in ((s, SView), (correlators, CorrelatorView)):
        with closing(alone(first.result)) as settled:
            assert view.describe() == settled.describe()
            assert view.describe() in first.describe()


class Clock:
    """Time that passes only when it is told to."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        """A worker that never waits."""
        return self.now


def test_not_every_moment_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(lesson_views, "time", clock)
    monkeypatch.setattr(pace, "time", clock)
    drawn: dict[str, list[int]] = {"s": [], "correlators": []}
    experiment = Experiment(runs=2, steps=100)
    lesson = LessonViews((SView, CorrelatorView), experiment)
    for name, view in zip(drawn, lesson.views, strict=True):
        view.observe(lambda _, name=name: drawn[name].append(snapshot.step), "frame")
    for snapshot in experiment.stream(every=1):
        lesson.show(snapshot)
        clock.now += 0.01  # a hundred moments a second: every fourth is a frame
    close_tree(lesson.box)
    assert drawn["s"] == [*range(0, 100, 4), 100]
    assert drawn["correlators"] == [0, 28, 56, 84, 100]


def test_several_experiments_give_their_results_in_order(predict: Make) -> None:
    experiments = [Experiment(hidden=n, runs=2, steps=30) for n in (3, 1, 2)]
    found = carried_out(predict(run=experiments))
    assert [result.experiment for result in found] == experiments
    named = dict(zip("cab", experiments, strict=True))
    by_name = carried_out(predict(run=named))
    assert [*by_name] == ["c", "a", "b"]
    assert {name: result.experiment for name, result in by_name.items()} == named


def test_progress_counts_through_several_experiments(predict: Make) -> None:
    first = predict(run=[Experiment(runs=1, steps=400)] * 3)
    shares, statuses = [], []
    card(first).observe(lambda change: shares.append(change["new"]), "share")
    card(first).observe(lambda change: statuses.append(change["new"]), "status")
    card(first).tell = lambda progress: PredictCard.tell(card(first), progress)  # type: ignore[method-assign]
    carried_out(first)
    told = [share for share in shares if share is not None]
    assert told == sorted(told) and all(0 <= share <= 1 for share in told)
    assert statuses[0] == "starting…" and statuses[1].startswith("experiment 1 of 3, step ")


def test_a_function_runs_beside_the_notebook_and_gives_what_it_returns(predict: Make) -> None:
    names = []
    first = predict(run=lambda: names.append(threading.current_thread().name) or {"any": "thing"})
    assert carried_out(first) == {"any": "thing"}
    assert names == ["ncviz-predict"]


def test_a_run_can_be_stopped_and_the_prediction_stays(predict: Make) -> None:
    first = predict(run=ENDLESS, views=(SView,))
    first.answer(1)
    first.start()
    until(lambda: views(first)[0].frame)
    send(card(first), stop=True)
    first.wait(timeout=PATIENCE)
    assert first.result is None and first.prediction == 1
    assert card(first).phase == "asking" and card(first).status.startswith("Stopped")
    first.answer(2)
    first.start()
    assert card(first).phase == "running"
    first.stop()
    first.wait(timeout=PATIENCE)
    assert first.prediction == 2


def test_the_end_of_a_stopped_run_that_comes_late_does_not_end_the_next(
    predict: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = []

    class Noted(pace.Runner):  # type: ignore[type-arg]
        def __init__(self, job: Any, *rest: Any, **more: Any) -> None:
            jobs.append(job)
            super().__init__(job, *rest, **more)

    monkeypatch.setattr(predictions, "Runner", Noted)
    first = predict(run=ENDLESS)
    first.answer(1)
    first.start()
    list(jobs[0](NOTHING))  # as the worker may come to it after the press of the button
    assert card(first).phase == "running"
    with pytest.raises(TimeoutError):
        first.wait(timeout=0)
    first.stop()
    first.wait(timeout=PATIENCE)
    assert card(first).phase == "asking"


def test_a_function_that_was_stopped_gives_no_result(predict: Make) -> None:
    go = threading.Event()
    first = predict(run=lambda: go.wait(PATIENCE))
    first.answer(1)
    first.start()
    first.stop()
    assert card(first).phase == "stopping"
    go.set()
    first.wait(timeout=PATIENCE)
    assert first.result is None and card(first).phase == "asking"


def test_a_choice_is_handed_on_as_it_was_written(predict: Make) -> None:
    first = predict(choices=("below 2", "about 2"), explain=lambda p, r: f"{p} / {r}")
    carried_out(first, "about 2")
    assert card(first).comparison == "You said about 2."
    assert reveal(first).paragraphs == ["about 2 / 2.5"]


def test_a_training_that_diverges_is_shown_like_any_other(predict: Make, check: Make) -> None:
    first = predict(
        run=Experiment(runs=3, steps=60, learning_rate=1e38),
        compare=lambda prediction, result: f"S = {result.s}",
        views=(SView, CorrelatorView),
    )
    asked = check(first, choices=None, right=lambda result: result.s.value, within=0.1)
    result = carried_out(first)
    assert math.isnan(result.s.value)
    assert "diverged" in first.describe()
    asked.answer(2)
    assert asked.mark is None and "nothing to mark" in asked.message


# The picture


def drawn() -> Figure:
    figure = Figure(figsize=(4, 3))
    figure.subplots().set_title("A title")
    return figure


@pytest.mark.parametrize("of", [drawn, lambda: drawn().axes[0]])
def test_a_picture_is_drawn_by_the_worker_and_has_words(
    predict: Make, of: Callable[[], object]
) -> None:
    names = []
    first = predict(picture=lambda _: names.append(threading.current_thread().name) or of())
    carried_out(first)
    picture = reveal(first).picture
    assert picture["png"][1:4] == b"PNG" and (picture["width"], picture["height"]) == (384, 288)
    assert picture["alt"] == "Picture: A title. You said 2.0."
    assert names == ["ncviz-predict"] and not reveal(first).drawing


def test_a_picture_of_ours_has_words(predict: Make) -> None:
    first = predict(run=QUICK, picture=lambda result: figures.s_of_runs(result))
    carried_out(first)
    assert reveal(first).picture["alt"].endswith("You said 2.0.")


@pytest.mark.parametrize("further", [False, True])
def test_a_picture_that_comes_too_late_is_not_shown(predict: Make, further: bool) -> None:
    begun, go = threading.Event(), threading.Event()
    results = iter((1, 2))

    def picture(result: int) -> Figure:
        if result == 1:
            begun.set()
            go.wait(PATIENCE)
        figure = Figure()
        figure.suptitle(f"Of {result}")
        return figure

    first = predict(run=lambda: next(results), picture=picture)
    first.answer(1)
    first.start()
    assert begun.wait(PATIENCE)
    until(lambda: first.result == 1)
    first.again()
    assert not reveal(first).drawing
    if further:
        first.answer(3)
        first.start()
    go.set()
    first.wait(timeout=PATIENCE)
    if further:
        assert first.result == 2 and card(first).phase == "done"
        assert reveal(first).picture["alt"] == "Picture: Of 2. You said 3.0."
    else:
        assert first.result is None and card(first).phase == "asking"
        assert reveal(first).picture == {}


# What fails


def fails(*_: object) -> Any:
    raise ZeroDivisionError("on purpose")


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("run", "The run did not finish"),
        ("compare", "The comparison could not be written"),
        ("explain", "The explanation could not be written"),
        ("picture", "The picture could not be drawn"),
    ],
)
def test_what_fails_is_said_and_raised_and_can_be_run_again(
    predict: Make, part: str, sentence: str
) -> None:
    first = predict(**{part: fails})
    first.answer(2)
    first.start()
    with pytest.raises(RuntimeError, match=sentence) as error:
        first.wait(timeout=PATIENCE)
    assert "in fails" in str(error.value)  # the traceback
    assert card(first).error == f"{sentence}: ZeroDivisionError: on purpose"
    assert card(first).error in first.describe()
    assert first.result == (None if part == "run" else 2.5)
    assert (card(first).comparison == "You said 2.0.") == (part in ("explain", "picture"))
    if part == "run":
        first.start()
    else:
        first.again()
    assert card(first).error == "" or part == "run"


@pytest.mark.parametrize("part", ["compare", "explain", "picture"])
def test_what_returns_the_wrong_kind_is_said(predict: Make, part: str) -> None:
    first = predict(**{part: lambda *_: 7})
    first.answer(2)
    first.start()
    with pytest.raises(RuntimeError, match=rf"{part} must return .*, not 7"):
        first.wait(timeout=PATIENCE)


def test_waiting_has_an_end(predict: Make) -> None:
    first = predict(run=ENDLESS)
    for _ in range(2):  # before the start, and while it runs
        with pytest.raises(TimeoutError, match="has not ended"):
            first.wait(timeout=0.05)
        if first.prediction is None:
            first.answer(0)
            first.start()


# Again


def test_predict_again_starts_over(predict: Make) -> None:
    first = predict(run=QUICK, explain="So.", picture=lambda _: drawn(), views=(SView,))
    carried_out(first)
    send(card(first), again=True)
    assert first.prediction is None and first.result is None
    assert (card(first).phase, card(first).comparison, card(first).given) == ("asking", "", "")
    assert reveal(first).paragraphs == [] and reveal(first).picture == {}
    assert "ncviz-closed" in classes(first.children[1]) and not views(first)[0].frame
    assert carried_out(first, 3) is not None and first.prediction == 3


def test_nothing_starts_over_while_it_runs(predict: Make) -> None:
    first = predict(run=ENDLESS)
    first.answer(2)
    first.start()
    with pytest.raises(ValueError, match=r"again\(\) must wait"):
        first.again()
    send(card(first), again=True)
    assert first.prediction == 2 and card(first).phase == "running"


# Self-checks


def test_nothing_is_marked_before_the_student_has_run_it(predict: Make, check: Make) -> None:
    first = predict()
    asked = check(first)
    assert not asked.can_check and asked.reason == "Run the experiment above first"
    with pytest.raises(ValueError, match="must be run before"):
        asked.answer("two")
    send(asked, check="two")
    assert asked.mark is None
    carried_out(first)
    assert asked.can_check and asked.reason == ""


def test_right_and_wrong_are_told_with_a_reason_that_speaks_to_the_answer(
    predict: Make, check: Make
) -> None:
    first = predict()
    asked = check(first)
    carried_out(first)
    asked.answer("one")
    assert (asked.mark, asked.message) == (False, "You said one, and it is 2.5.")
    assert "✗ Not yet. You said one" in asked.describe()
    send(asked, check="two")
    assert (asked.mark, asked.message) == (True, "You said two, and it is 2.5.")
    assert "✓ Right. You said two" in asked.describe()
    asked.given = "three"  # the mark spoke of another answer
    assert (asked.mark, asked.message) == (None, "")


@pytest.mark.parametrize("several", [("one", "two"), ["one", "two"], {"one", "two"}])
def test_there_can_be_several_right_choices(predict: Make, check: Make, several: Any) -> None:
    first = predict()
    asked = check(first, right=lambda result: several)
    carried_out(first)
    marks = []
    for answer in ("one", "two", "three"):
        asked.answer(answer)
        marks.append(asked.mark)
    assert marks == [True, True, False]


@pytest.mark.parametrize(
    ("answer", "mark"), [(2.3, True), (2.35, True), (2.25, True), (2.36, False), (2.24, False)]
)
def test_a_number_is_right_within_its_tolerance(
    predict: Make, check: Make, answer: float, mark: bool
) -> None:
    first = predict()
    asked = check(first, choices=None, right=lambda result: np.float64(result - 0.2), within=0.05)
    carried_out(first)
    send(asked, check=str(answer).replace(".", ","))
    assert asked.mark is mark and asked.message == f"You said {answer}, and it is 2.5."


def test_a_mark_of_an_earlier_run_says_so_and_can_be_given_again(
    predict: Make, check: Make
) -> None:
    results = iter((2, 3))
    first = predict(run=lambda: next(results))
    asked = check(first, right=lambda result: {2: "two", 3: "three"}[result])
    carried_out(first)
    asked.answer("two")
    assert asked.mark and asked.note == ""
    first.again()
    assert asked.note == "This was marked on an earlier run." and not asked.can_check
    carried_out(first, 4)
    assert asked.mark and "check it again on your new one" in asked.note and asked.can_check
    send(asked, check="two")
    assert asked.mark is False and asked.note == ""


def test_the_same_result_once_more_is_another_run(predict: Make, check: Make) -> None:
    first = predict()
    asked = check(first)
    carried_out(first)
    asked.answer("two")
    first.again()
    carried_out(first)
    assert "earlier run" in asked.note


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"right": fails}, "ZeroDivisionError: on purpose"),
        ({"why": fails}, "ZeroDivisionError: on purpose"),
        ({"why": lambda *_: 7}, "why must return a text, not 7"),
        ({"right": lambda _: "four"}, "answer must be one of 'one', 'two', 'three', not 'four'"),
        ({"right": lambda _: "x", "choices": None, "within": 1}, "must be a number, not 'x'"),
    ],
)
def test_a_check_that_fails_says_so(
    predict: Make, check: Make, changed: dict[str, Any], words: str
) -> None:
    first = predict()
    asked = check(first, **changed)
    carried_out(first)
    given = "2" if "choices" in changed else "two"
    with pytest.raises((ZeroDivisionError, ValueError)):
        asked.answer(2 if "choices" in changed else given)
    send(asked, check=given)  # from the browser it is only shown
    assert asked.error.startswith("The answer could not be marked: ") and words in asked.error
    assert "Traceback" in asked.details and asked.error in asked.describe()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"right": "two"}, "right must be a function, not 'two'"),
        ({"why": "x"}, "why must be a function, not 'x'"),
        ({"within": 1}, "within is for numbers"),
        ({"choices": None}, "within must say how far off a number may be, not None"),
        ({"choices": None, "within": -1}, "within must say how far off a number may be, not -1"),
        ({"choices": ("a",)}, "choices must be at least two"),
    ],
)
def test_a_check_that_cannot_be_is_refused_at_once(
    predict: Make, check: Make, changed: dict[str, Any], words: str
) -> None:
    first = predict()
    before = alive()
    with pytest.raises(ValueError) as error:
        check(first, **changed)
    assert words in str(error.value)
    with pytest.raises(ValueError, match="of must be a Predict, not 3"):
        check(3)
    assert alive() == before


# The house


def test_closing_frees_everything_also_in_the_middle_of_a_run() -> None:
    before, threads = alive(), threading.active_count()
    for run in (QUICK, ENDLESS):
        first = Predict(
            "?", run=run, between=(0, 4), compare=lambda p, r: "So.", views=(SView, CorrelatorView)
        )
        asked = SelfCheck("?", of=first, choices=("a", "b"), right=str, why=lambda r, a: "So.")
        first.answer(2)
        first.start()
        if run is QUICK:
            first.wait(timeout=PATIENCE)
        for closed in (asked, first, asked) if run is QUICK else (first, asked, first):
            closed.close()
    assert alive() == before
    assert threading.active_count() == threads


def test_a_closed_check_is_not_kept_by_its_prediction(predict: Make) -> None:
    first = predict()
    asked = SelfCheck("?", of=first, choices=("a", "b"), right=str, why=lambda r, a: "So.")
    kept = weakref.ref(asked)
    asked.close()
    del asked
    gc.collect()
    assert kept() is None


@pytest.mark.parametrize("made", [Predict, SelfCheck, PredictCard, QuestionCard, Reveal])
def test_no_private_name_hides_one_of_the_widgets_own(made: type) -> None:
    base = VBox if made is Predict else AnyWidget
    known = {name for name in dir(base) if not name.startswith("__")}
    source = inspect.getsource(made)
    own = {name for name in known if f"self.{name} =" in source or f"def {name}(" in source}
    assert own <= {"close", "_repr_mimebundle_"}


def test_what_is_left_without_a_kernel_is_the_text_and_the_picture() -> None:
    picture = {"png": b"\x89PNG", "alt": 'a "b" <c>', "width": 384}
    kept = bundle("Is 1 < 2?\nYes & no.", picture)
    assert kept["text/plain"] == "Is 1 < 2?\nYes & no."
    assert "<strong>Is 1 &lt; 2?</strong>" in kept["text/html"]
    assert "Yes &amp; no." in kept["text/html"]
    assert 'alt="a &quot;b&quot; &lt;c&gt;"' in kept["text/html"]
    assert kept["image/png"] == "iVBORw=="
    assert "image/png" not in bundle("Only words", {})


def test_torch_keeps_its_threads(predict: Make) -> None:
    before = torch.get_num_threads()
    carried_out(predict(run=QUICK))
    assert torch.get_num_threads() == before
