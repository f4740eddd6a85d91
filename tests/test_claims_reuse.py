"""The sentences of the chapter on reuse that tell a reader what to do and what will be seen: done, and looked at."""

import itertools

import numpy as np
import pytest
import torch
from chapters import cells, pressing, sayings
from torch import nn

from kexue_widgets.efficientnet import preprocess
from kexue_widgets.live import Explorer
from kexue_widgets.reuse import LookInside, NotACut, ShareOrCopy, submodel, trace, trained

says, press = sayings("reuse"), pressing("reuse")


def test_a_call_with_a_weight_of_its_own_leaves_its_block_empty() -> None:
    says("Where a call has a weight of its own, its block in the gradient of A is empty.")
    for second, third in itertools.product((True, False), repeat=2):
        gradients = ShareOrCopy(second=second, third=third).arrays["gradients"]
        empty = [not block.any() for block in gradients]
        assert empty[:3] == [False, not second, not third]
    one = press("#live:ShareOrCopy.third=false").arrays["gradients"]
    both = press("#live:ShareOrCopy.second=false&ShareOrCopy.third=false").arrays["gradients"]
    assert [not block.any() for block in one][:3] == [False, False, True]
    assert [not block.any() for block in both][:3] == [False, True, True]


@pytest.mark.parametrize("seed", range(2))
def test_where_one_layer_made_the_data_sharing_does_better_on_what_was_held_out(seed: int) -> None:
    says(
        "With everything shared, 20 parameters do better on held-out points than 60 (solid lines), although they do worse"
    )
    explorer = ShareOrCopy(seed=seed)
    explorer.advance(250)
    parameters, training, held_out = explorer.arrays["summary"]
    assert list(parameters) == [20, 60]
    assert held_out[0] < held_out[1]
    assert training[0] > training[1]


def test_the_maps_that_vary_most_over_a_photo_come_first_and_are_others_for_another() -> None:
    says("Which maps are shown depends on the photo: those that vary most come first.")
    for number, stage in enumerate(("stem", "stage 1", "stage 2", "stage 3", "stage 4", "stage 5")):
        chosen = []
        for photo, seen in zip(("flower", "palace", "portrait"), LookInside.photos, strict=True):
            maps = LookInside.trunk(preprocess(seen[None]), LookInside.trunk.weights.float())[number][0].numpy()
            order = np.argsort(-maps.reshape(len(maps), -1).var(1))[:16]
            chosen.append(tuple(order))
            shown = LookInside(photo=photo, stage=stage).arrays["maps"]
            assert len(shown) == 16
            for place, channel in enumerate(order):
                part = (maps[channel] - maps[channel].min()) / np.ptp(maps[channel])
                side = max(1, len(part) // shown.shape[1])
                small = part.reshape(len(part) // side, side, -1, side).mean((1, 3))
                grown = np.kron(small, np.ones((shown.shape[1] // len(small),) * 2))
                np.testing.assert_allclose(shown[place], grown, atol=2e-3)
        assert len(set(chosen)) == 3


def test_sharing_cannot_follow_what_three_layers_made() -> None:
    says("the dashed blue line, the error on the training points, cannot come down to where the red one goes.")
    explorer = press("#live:ShareOrCopy.teacher=three+different+layers&ShareOrCopy.spread=0.05&ShareOrCopy.steps=1000")
    shared, apart = (explorer.arrays[name][-1] for name in ("seen", "seen_apart"))
    assert shared > 3 * apart


def verdict(explorer: Explorer) -> int:
    """What the network makes of the transplant: the digit of its longest bar."""
    return int(explorer.arrays["result"].argmax())


def test_behind_a_cut_the_network_says_what_it_says_for_the_other_digit() -> None:
    says("At `add`, `add_1`, `add_2` and everywhere outside the blocks the network says what it says for the 5.")
    for explorer in (
        press("#live:CutHere.cut=add"),
        press("#live:CutHere.cut=add_1"),
        press("#live:CutHere.cut=add_2"),
    ):
        assert verdict(explorer) == 5


def test_of_half_a_4_and_half_a_5_comes_a_6() -> None:
    says("of half a 4 and half a 5 the network makes a 6. At `block2_shortcut` it is the other way that leaks")
    assert verdict(press("#live:CutHere.cut=block1_first")) == 6
    assert verdict(press("#live:CutHere.cut=block2_shortcut")) == 4
    assert verdict(press("#live:CutHere.cut=block3_first")) == 5


def test_ten_calls_have_a_tenth_of_the_parameters() -> None:
    says("A tenth of the parameters, and just as many multiplications")
    layer = nn.Linear(64, 64)
    one, ten = nn.Sequential(*[layer] * 10), nn.Sequential(*[nn.Linear(64, 64) for _ in range(10)])
    size = [sum(each.numel() for each in model.parameters()) for model in (one, ten)]
    assert size[1] == 10 * size[0] == 41_600


def test_pairs_of_nodes_cut_where_a_block_has_two_ways() -> None:
    says("Only the second block has a node on its second way, `block2_shortcut`; it goes with `block2_first` and")
    torch.manual_seed(0)
    graph = trace(trained(), nn.Sequential)
    for partner in ("block2_first", "block2_second"):
        submodel(graph, start=("block2_shortcut", partner))
    for pair in (
        ("block2_shortcut", "block1_first"),
        ("block1_first", "block1_second"),
        ("block3_first", "block3_second"),
    ):
        with pytest.raises(NotACut):
            submodel(graph, start=pair)


def test_least_squares_translate_at_the_end_and_not_in_the_middle() -> None:
    says("At `add_1` the swapped network reads some digits, at `add_2` nearly all.")
    (printed,) = (
        "".join(each["outputs"][0]["text"])
        for each in cells("reuse")
        if "def translated(cut)" in "".join(each["source"])
    )
    assert printed.split() == ["False", "True"]
