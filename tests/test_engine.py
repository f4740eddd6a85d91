"""What an engine does with a model's state: when it starts anew, which random numbers it hands out, and one at a time."""

import dataclasses
import itertools
import threading

import numpy as np
import pytest
import torch

from kexue_widgets.live import Engine, Explorer, Slider

FRAME, START, STEP = 0, 1, 2  # the streams of a seed, as the page has them too
OPENING = 2


def drawn(seed, stream, count):
    """The first numbers of a stream, by numpy alone."""
    return np.random.RandomState([seed, stream]).randint(1000, size=count).tolist()


class Diary:
    """A model whose state is a list of all random numbers that it was given."""

    stateful = True
    starts = ["slope"]

    def __init__(self):
        self.calls = []

    def start(self, rng, values):
        self.calls.append("start")
        return [values["slope"], rng.randint(1000)]

    def advance(self, state, steps, rng, values):
        self.calls.append(steps)
        return [*state, *rng.randint(1000, size=steps)]

    def frame(self, state, rng, values):
        self.calls.append("frame")
        return {"state": state, "noise": rng.randint(1000, size=3).tolist(), "rate": values["rate"]}


def values(slope=1.0, rate=0.1):
    return {"slope": slope, "rate": rate}


def expected(steps, seed=0, slope=1.0, rate=0.1):
    state = [slope, *drawn(seed, START, 1), *drawn(seed, STEP, steps)]
    return (steps, {"state": state, "noise": drawn(seed, FRAME, 3), "rate": rate})


def as_pair(frame):
    return frame.steps, frame.arrays


def test_nothing_is_made_before_it_is_asked_for():
    diary = Diary()
    engine = Engine(diary, OPENING)
    assert (diary.calls, engine.steps) == ([], 0)
    assert as_pair(engine.frame(values(), 0)) == expected(OPENING)
    assert engine.steps == OPENING
    assert diary.calls == ["start", OPENING, "frame"]


def test_a_frame_is_not_changed_by_accident():
    frame = Engine(Diary()).frame(values(), 0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.steps = 7


def test_an_engine_opens_before_the_first_step_unless_told_otherwise():
    assert as_pair(Engine(Diary()).frame(values(), 0)) == expected(0)


def test_a_frame_shown_again_has_the_same_noise_and_makes_no_step():
    diary = Diary()
    engine = Engine(diary, OPENING)
    first = as_pair(engine.frame(values(), 3))
    assert as_pair(engine.frame(values(), 3)) == first == expected(OPENING, seed=3)
    assert diary.calls == ["start", OPENING, "frame", "frame"]


def test_steps_go_on_in_their_random_stream():
    engine = Engine(Diary(), OPENING)
    engine.advance(3, values(), 5)
    engine.frame(values(), 5)
    assert as_pair(engine.advance(4, values(), 5)) == expected(OPENING + 7, seed=5)


def test_a_new_seed_or_start_begins_again_and_another_control_does_not():
    engine = Engine(Diary(), OPENING)
    engine.advance(4, values(), 0)
    assert as_pair(engine.frame(values(rate=0.2), 0)) == expected(OPENING + 4, rate=0.2)
    assert as_pair(engine.frame(values(slope=2.0), 0)) == expected(OPENING, slope=2.0)
    assert as_pair(engine.advance(1, values(), 0)) == expected(OPENING + 1)
    assert as_pair(engine.advance(1, values(), 8)) == expected(OPENING + 1, seed=8)
    assert as_pair(engine.frame(values(), 9)) == expected(OPENING, seed=9)


def test_a_whole_number_from_a_page_is_the_same_start():
    diary = Diary()
    engine = Engine(diary)
    engine.advance(3, values(slope=1.0), 0)
    assert engine.frame(values(slope=1), 0).steps == 3


def test_two_controls_that_exchange_their_values_begin_again():
    diary = Diary()
    diary.starts = ["slope", "rate"]
    engine = Engine(diary)
    engine.advance(4, values(slope=1, rate=2), 0)
    assert engine.frame(values(slope=2, rate=1), 0).steps == 0


def test_a_reset_makes_no_opening_steps_and_lasts():
    engine = Engine(Diary(), OPENING)
    engine.advance(4, values(), 6)
    assert as_pair(engine.reset(values(), 6)) == expected(0, seed=6)
    assert as_pair(engine.frame(values(), 6)) == expected(0, seed=6)
    assert as_pair(engine.advance(1, values(), 6)) == expected(1, seed=6)
    assert as_pair(engine.reset(values(), 7)) == expected(0, seed=7)


def test_no_step_may_be_asked_for_but_not_fewer():
    diary = Diary()
    engine = Engine(diary)
    assert as_pair(engine.advance(0, values(), 0)) == expected(0)
    assert diary.calls == ["start", "frame"]
    with pytest.raises(ValueError, match="steps must not be negative, got -1"):
        engine.advance(-1, values(), 1)
    assert diary.calls == ["start", "frame"]
    assert engine.advance(1, values(), 0).steps == 1


def test_a_model_without_state_is_only_drawn():
    diary = Diary()
    diary.stateful, diary.starts = False, []
    engine = Engine(diary, OPENING)
    for request in (engine.frame, engine.reset):
        assert as_pair(request(values(), 4)) == (0, {"state": None, "noise": drawn(4, FRAME, 3), "rate": 0.1})
    assert diary.calls == ["frame", "frame"]


REQUESTS = {
    "frame": lambda engine: engine.frame(values(), 0),
    "advance": lambda engine: engine.advance(1, values(), 0),
    "reset": lambda engine: engine.reset(values(), 0),
}


@pytest.mark.parametrize(("first", "second"), itertools.product(REQUESTS, repeat=2))
def test_a_request_waits_until_another_threads_is_answered(first, second):
    inside, leave, answered = threading.Event(), threading.Event(), threading.Event()

    class Slow(Diary):
        def frame(self, state, rng, values):
            inside.set()
            assert leave.wait(10)
            return super().frame(state, rng, values)

    slow = Slow()
    engine = Engine(slow)
    one = threading.Thread(target=lambda: REQUESTS[first](engine), daemon=True)
    other = threading.Thread(target=lambda: (REQUESTS[second](engine), answered.set()), daemon=True)
    one.start()
    assert inside.wait(10)
    before = list(slow.calls)
    other.start()
    assert not answered.wait(0.02)
    assert slow.calls == before
    leave.set()
    assert answered.wait(10)
    one.join(10)


# The explorer's own functions


class Plain(Explorer):
    """An explorer without controls."""

    @staticmethod
    def frame():
        return {"y": torch.ones(2)}


class Steep(Explorer):
    """Whatever is told to it."""

    slope, rate = Slider(2.0, 0.0, 9.0), Slider(0.5, 0.0, 1.0)

    @staticmethod
    def start(slope):
        return {"x": slope}

    @staticmethod
    def step(state, rate):
        return {"x": state["x"] + rate}

    @staticmethod
    def frame(state, noise, rate):
        return {"x": state["x"], "rate": rate, "noise": noise.uniform(2)}


def test_functions_get_what_they_name():
    steep = Steep(slope=3.0)
    steep.advance(4)
    assert (float(steep.arrays["x"]), float(steep.arrays["rate"])) == (5.0, 0.5)
    assert steep.arrays["noise"].shape == (2,)


def test_arrays_are_float32_whatever_a_model_returns():
    weight = torch.ones(2, requires_grad=True)
    given = {
        "number": 3,
        "whole": torch.arange(2),
        "double": torch.ones(2).double(),
        "learned": weight,
        "true": weight > 0,
    }
    plain = Plain()
    plain.edit(frame=lambda: given)
    arrays = plain.arrays
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    assert [array.tolist() for array in arrays.values()] == [3, [0, 1], [1, 1], [1, 1], [1, 1]]


def test_a_model_computes_in_one_thread_and_leaves_the_others_to_the_notebook():
    before, seen, broken = torch.get_num_threads(), [], []

    def frame():
        seen.append(torch.get_num_threads())
        return {"y": torch.ones(2) / (1 // 0 if broken else 1)}

    torch.set_num_threads(3)
    try:
        plain = Plain()
        plain.edit(frame=frame)
        assert torch.get_num_threads() == 3
        broken.append("now")
        with pytest.raises(ZeroDivisionError):
            _ = plain.arrays
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert seen
    assert {*seen} == {1}


@pytest.mark.parametrize(("explorer", "controls"), [(Plain, "none"), (Steep, "slope, rate")])
def test_a_parameter_that_is_no_control_is_refused(explorer, controls):
    def tower(height):
        return {"y": height}

    with pytest.raises(TypeError, match=rf"\.tower takes 'height', which is no control \(controls: {controls}\)"):
        explorer().edit(frame=tower)
