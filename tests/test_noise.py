"""Random numbers: the same stream in every engine."""

import numpy as np
import torch

from kexue_widgets.live import Noise, Stream, generator, uniform_numbers


def test_numbers_are_those_of_the_reference_mersenne_twister():
    # The low 24 bits of npm's mersenne-twister 1.1.0 after init_by_array([5, 2], 2).
    expected = [14384543, 1237566, 2584336, 10155189, 6653947, 11009360, 5657638, 4994810]
    assert (uniform_numbers(generator(5, Stream.STEP), 8) * 2**24).tolist() == expected


def test_numbers_do_not_depend_on_how_many_are_drawn_at_once():
    whole, parts = generator(7, Stream.STEP), generator(7, Stream.STEP)
    np.testing.assert_array_equal(
        uniform_numbers(whole, 10), np.concatenate([uniform_numbers(parts, 3), uniform_numbers(parts, 7)])
    )


def test_streams_of_one_seed_differ():
    first = {float(uniform_numbers(generator(0, stream), 1)[0]) for stream in Stream}
    assert len(first) == len(Stream)
    assert (Stream.FRAME, Stream.START, Stream.STEP) == (
        0,
        1,
        2,
    )  # the same in `frontend/noise.js`, which tests compare


def test_noise_from_a_vector_equals_noise_from_the_generator():
    drawn = Noise.from_generator(generator(3, Stream.FRAME))
    read = Noise.from_tensor(torch.from_numpy(uniform_numbers(generator(3, Stream.FRAME), 20)))
    for noise in (drawn, read):
        noise.uniform(2, 3)
    torch.testing.assert_close(drawn.normal(7), read.normal(7))
    assert drawn.used == read.used == 20


def test_normal_numbers_have_the_moments_of_a_standard_normal():
    numbers = Noise.from_generator(generator(1, Stream.FRAME)).normal(200_000)
    # Standard errors of mean, variance and fourth moment: 1, sqrt(2) and sqrt(96) over sqrt(n); four of each.
    error = 4 / np.sqrt(numbers.numel())
    assert abs(numbers.mean()) < error
    assert abs(numbers.var() - 1) < error * np.sqrt(2)
    assert abs((numbers**4).mean() - 3) < error * np.sqrt(96)


def test_normal_numbers_are_finite_at_the_ends_of_the_interval():
    ends = Noise.from_tensor(torch.tensor([0.0, 1 - 2**-24, 0.0, 0.0]))
    assert torch.isfinite(ends.normal(2)).all()
