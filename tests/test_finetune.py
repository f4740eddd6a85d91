"""Augmentations, head, training in stages, and whole runs on folders of small generated pictures."""

import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

from kexue_widgets import finetune as package
from kexue_widgets.efficientnet import load, preprocess
from kexue_widgets.finetune import (
    PHOTOS,
    Head,
    Settings,
    Stage,
    WhatDoesItSee,
    activations,
    augment,
    balanced_batches,
    choose_alpha,
    elpv,
    finetune,
    flip,
    mask_quadrant,
    mix,
    parts,
    photos,
    pictures,
    rotate,
    splice,
    zoom,
)


def random(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_flip_mirrors_only_the_chosen_pictures():
    images = random(2, 3, 5, 7)
    assert torch.equal(flip(images, torch.tensor([True, False])), torch.stack([images[0].flip(2), images[1]]))


def test_a_quarter_turn_is_torchs_own():
    images = random(2, 3, 8, 8)
    turned = rotate(images, torch.tensor([90.0, -90.0]))
    expected = torch.stack([torch.rot90(images[0], 1, (1, 2)), torch.rot90(images[1], -1, (1, 2))])
    torch.testing.assert_close(turned, expected, atol=1e-5, rtol=0)


@given(degrees=st.floats(-10, 10), seed=st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_small_turns_agree_with_scipy(degrees, seed):
    from scipy.ndimage import rotate as reference

    image = random(9, 9, seed=seed)
    ours = rotate(image[None, None], torch.tensor([degrees]))[0, 0]
    # Away from the border, where the two continue pictures differently.
    expected = reference(image.numpy(), degrees, reshape=False, order=1, mode="nearest")
    np.testing.assert_allclose(ours[2:-2, 2:-2], expected[2:-2, 2:-2], atol=2e-3)


def test_zoom_by_two_shows_the_chosen_quarter():
    images = random(1, 3, 8, 8)
    corner = zoom(images, torch.tensor([2.0]), torch.tensor([[1.0, 0.0]]), torch.zeros_like(images))
    expected = nn.functional.interpolate(images[:, :, :4, 4:], scale_factor=2, mode="bilinear")
    # At the two inner edges a zoom sees beyond the quarter, an enlarged quarter does not.
    torch.testing.assert_close(corner[:, :, :-1, 1:], expected[:, :, :-1, 1:], atol=1e-5, rtol=0)


def test_zoom_out_pastes_onto_the_background():
    images, background = torch.ones(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    for where, rows, columns in [((0, 0), slice(0, 4), slice(0, 4)), ((1, 0.5), slice(2, 6), slice(4, 8))]:
        pasted = zoom(images, torch.tensor([0.5]), torch.tensor([where], dtype=torch.float), background)[0, 0]
        expected = torch.zeros(8, 8)
        expected[rows, columns] = 1
        assert torch.equal(pasted, expected)


def test_splice_has_four_ways():
    first, second = torch.ones(4, 1, 4, 4), torch.zeros(4, 1, 4, 4)
    left, above, upper, lower = splice(first, second, torch.arange(4), torch.full((4,), 0.5))[:, 0]
    assert torch.equal(left, torch.tensor([1.0, 1, 0, 0]).expand(4, 4))
    assert torch.equal(above, left.T)
    assert torch.equal(upper, torch.ones(4, 4).triu(1))
    assert torch.equal(lower, torch.ones(4, 4).triu(1).flip(1))


def test_mask_hides_one_quadrant_or_none():
    hidden = mask_quadrant(torch.ones(5, 2, 6, 6), torch.arange(5)) == 0
    assert [bool(hidden[i, 0, row, column]) for i, (row, column) in enumerate([(0, 0), (0, 5), (5, 0), (5, 5)])] == [
        True
    ] * 4
    assert hidden.float().mean((1, 2, 3)).tolist() == [0.25] * 4 + [0]


def test_augment_follows_from_its_uniform_numbers():
    images, others, partners = (random(16, 3, 12, 12, seed=seed) for seed in range(3))
    uniform = random(16, 8, seed=3)
    changed = augment(images, others, partners, uniform)
    assert torch.equal(changed, augment(images, others, partners, uniform))
    assert changed.shape == images.shape
    assert not torch.equal(changed, images)
    spliced = uniform[:, 0] < 0.5
    comes_from = (changed == images) | (changed == partners)
    assert comes_from[spliced].all()


def test_head_loss_is_the_articles_sum():
    # By the definitions in numpy: GLU, two cross entropies, and the squared distance to the label's center.
    head = Head(inputs=6, classes=3, width=4)
    x, y = random(5, 6), torch.tensor([0, 1, 2, 1, 0])
    p = {name: value.detach().double().numpy() for name, value in head.named_parameters()}
    z = x.double().numpy() @ p["bottleneck.0.weight"].T + p["bottleneck.0.bias"]
    h = z[:, :4] / (1 + np.exp(-z[:, 4:]))

    def cross_entropy(logits):
        return -(logits - np.log(np.exp(logits).sum(1, keepdims=True)))[range(5), y].mean()

    first = cross_entropy(h @ p["softmax.weight"].T + p["softmax.bias"])
    second = cross_entropy(x.double().numpy() @ p["auxiliary.weight"].T + p["auxiliary.bias"])
    center = ((h - p["centers.weight"][y]) ** 2).sum(1).mean()
    assert head.loss(x, y, center=0.2, auxiliary=0.3).item() == pytest.approx(
        first + 0.2 * center + 0.3 * second, rel=1e-5
    )


def test_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="activation must be one of GLU, ReLU, swish, none, got 'tanh'"):
        Head(4, 2, activation="tanh")


def test_alpha_is_the_middle_of_the_best():
    labels = torch.tensor([0, 1])
    first, second = torch.tensor([[0.9, 0.1], [0.6, 0.4]]), torch.tensor([[0.4, 0.6], [0.1, 0.9]])
    # The first picture needs .9a + .4(1-a) > .5, so a > .2; the second .6a + .1(1-a) < .5, so a < .8.
    alpha = choose_alpha(torch.stack([first, second]), labels)
    assert alpha == pytest.approx(0.5, abs=0.02)
    assert (mix(torch.stack([first, second]), alpha).argmax(1) == labels).all()


@given(sizes=st.lists(st.integers(1, 40), min_size=2, max_size=20), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_batches_have_equally_many_of_each_class(sizes, seed):
    labels = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    wanted = Settings(batch=32, classes_per_batch=16)
    for index in balanced_batches(labels, wanted, torch.Generator().manual_seed(seed)):
        counts = labels[index].bincount()
        assert len(counts[counts > 0].unique()) == 1
        assert (counts > 0).sum() == min(16, len(sizes))
        assert len(index) <= 32


def test_the_frozen_trunk_sees_each_picture_once(tmp_path):
    class Counting(nn.Module):
        seen = 0

        def forward(self, x):
            Counting.seen += len(x)
            return x.mean(1)

    photos = [np.full((4, 4, 3), value, np.uint8) for value in (0, 127, 255, 127)]
    first = activations(Counting(), photos, cache=tmp_path / "a.sqlite")
    assert Counting.seen == 3  # the fourth has the second's content
    again = activations(Counting(), photos[::-1], cache=tmp_path / "a.sqlite")
    assert Counting.seen == 3
    assert torch.equal(again.flip(0), first)
    torch.testing.assert_close(first[:, 0, 0].float(), torch.tensor([-127, 0, 128, 0]) / 128, atol=1e-3, rtol=0)


def test_other_weights_are_another_trunk(tmp_path):
    photo = [random(4, 4, 3).mul(255).byte().numpy()]
    trunk = nn.Conv2d(3, 1, 1)
    before = activations(trunk, photo, cache=tmp_path / "a.sqlite")
    with torch.no_grad():
        trunk.weight.mul_(2)
    assert not torch.equal(activations(trunk, photo, cache=tmp_path / "a.sqlite"), before)


def test_parts_are_disjoint_and_hold_every_class():
    labels = torch.tensor([0] * 30 + [1] * 3 + [2] * 11)
    learn, choose, judge = parts(labels, seed=0)
    assert sorted(torch.cat([learn, choose, judge]).tolist()) == list(range(len(labels)))
    for each in (learn, choose, judge):
        assert set(labels[each].tolist()) == {0, 1, 2}


# Whole runs: two classes, red and green with noise, 32 pixels a side.

QUICK = Settings(
    stages=(
        Stage("head", 3, 1e-2, blocks=False, views=3),
        Stage("blocks", 2, 1e-4, blocks=True, views=3),
        Stage("light augmentation", 1, 1e-4, blocks=True, views=2),
    ),
    blocks=1,
    batch=8,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("pictures")
    rng = np.random.RandomState(0)
    for channel, name in enumerate(["green", "red"]):
        (root / name).mkdir()
        for number in range(12):
            picture = rng.randint(0, 160, (36, 40, 3))
            picture[..., 1 - channel] += 90
            Image.fromarray(picture.astype(np.uint8)).save(root / name / f"{number}.png")
    (root / "red" / "broken.jpg").write_bytes((root / "red" / "0.png").read_bytes()[:300])
    return root


SCRIPT = """
import sys, torch
torch.set_num_threads(1)
from pathlib import Path
from kexue_widgets.finetune import finetune, training
from test_finetune import QUICK

folder, place, slow = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "slow"
if slow:  # long enough in its fourth epoch to be killed there
    epoch = training._epoch
    def slowly(*arguments):
        if slowly.epochs == 3:
            print("third epoch done", flush=True)
            import time; time.sleep(600)
        slowly.epochs += 1
        return epoch(*arguments)
    slowly.epochs = 0
    training._epoch = slowly
result = finetune(folder, checkpoint=place / "run.pt", settings=QUICK, size=32, cache=place / "cache.sqlite")
print(repr(result), flush=True)
"""


def run(folder, place, speed):
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(SCRIPT), str(folder), str(place), speed]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=__file__.rpartition("/")[0])


def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(folder, tmp_path):
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    for place in (broken, whole):
        place.mkdir()
    victim, unbroken = run(folder, broken, "slow"), run(folder, whole, "fast")
    assert victim.stdout.readline() == "third epoch done\n"
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    half = torch.load(broken / "run.pt", weights_only=True)
    assert len(half["history"]) == 3
    resumed = run(folder, broken, "fast")
    said = [process.communicate(timeout=300)[0] for process in (resumed, unbroken)]
    assert said[0] == said[1] != ""
    assert "1 unreadable" in said[0]
    first, second = (torch.load(place / "run.pt", weights_only=True) for place in (broken, whole))
    assert first["history"] == second["history"]
    assert len(first["history"]) == 6
    for name, weights in first["network"].items():
        assert torch.equal(weights, second["network"][name]), name
    assert not torch.equal(first["network"]["blocks.1.0.0.weight"], half["network"]["blocks.1.0.0.weight"])
    assert not list(tmp_path.rglob("*.partial"))
    # A checkpoint of other settings is not taken for this one's.
    with pytest.warns(UserWarning, match="unreadable"), pytest.raises(ValueError, match="same settings and data"):
        finetune(
            folder,
            checkpoint=broken / "run.pt",
            settings=QUICK._replace(center=0.1),
            size=32,
            cache=broken / "cache.sqlite",
        )


def test_colours_are_learned_and_unlabelled_pictures_join_in(folder, tmp_path):
    with pytest.warns(UserWarning, match=r"unreadable pictures skipped \(1\): red/broken\.jpg"):
        result = finetune(folder, unlabelled=folder, settings=QUICK, size=32, cache=tmp_path / "cache.sqlite")
    assert result.accuracy == 1
    assert [each.stage for each in result.history][-1] == "self-training"
    red = np.full((20, 30, 3), (200, 60, 60), np.uint8)
    assert result.classify(red)["red"] > 0.5
    assert result.classes == ["green", "red"]


def test_too_few_pictures_are_reported(tmp_path):
    (tmp_path / "cats").mkdir()
    with pytest.raises(ValueError, match="folder must have a subfolder for each of two or more classes"):
        pictures(tmp_path)
    (tmp_path / "dogs").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "dogs" / "one.png")
    with pytest.raises(ValueError, match="class 'cats' must have at least 3 readable pictures, has 0"):
        pictures(tmp_path)


# The solar cells, and the file of results.


def test_divisions_of_cells_are_disjoint_and_keep_the_classes_shares():
    labels = torch.tensor([0] * 150 + [1] * 70)
    for seed in range(5):
        learn, choose, judge = elpv.division(labels, seed)
        assert sorted(torch.cat([learn, choose, judge]).tolist()) == list(range(len(labels)))
        assert 0.23 < len(judge) / len(labels) < 0.27
        assert labels[judge].float().mean() == pytest.approx(70 / 220, abs=0.03)


def test_three_divisions_judge_once_what_settings_were_not_tried_on_and_no_two_are_alike():
    labels = torch.tensor([0] * 150 + [1] * 70)
    judged = [elpv.division(labels, seed).judge for seed in range(15)]
    untouched = (elpv.groups(labels) >= elpv.TRIED).nonzero()[:, 0]
    for start in range(0, 15, 3):
        assert torch.equal(torch.cat(judged[start : start + 3]).sort()[0], untouched)
    assert len({tuple(each.tolist()) for each in judged}) == 15


def test_neighbours_stay_on_one_side():
    places = torch.arange(440)
    learn, choose, judge = elpv.neighbouring(places, seed=0)
    tested = torch.isin(places, judge).reshape(44, 10)
    assert (tested.all(1) | ~tested.any(1)).all()
    assert len(learn) + len(choose) + len(judge) == 440


@pytest.mark.parametrize("view", elpv.FLIPS + elpv.AUGMENTED)
def test_no_view_shows_a_piece_of_another_groups_picture(view):
    # Every picture is painted with the number of its group, spliced ones with their class as well.
    labels = torch.tensor([0, 1] * 24)
    shade = 10 + 13 * elpv.groups(labels) + (101 * labels if view == "splice" else 0)
    photos = shade.byte().numpy()[:, None, None, None] * np.ones((1, 16, 16, 3), np.uint8)
    for picture, own in zip(elpv.pictures(photos, labels, view), shade.tolist(), strict=True):
        assert set(np.unique(picture)) <= {own, 127}  # 127 is the mask's grey


def test_scores_are_those_of_scikit_learn():
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score

    labels, probability = (random(200, seed=1) < 0.3).long(), random(200, seed=2)
    found = elpv.scores(probability, labels)
    assert found["accuracy"] == pytest.approx(accuracy_score(labels, probability > 0.5))
    assert found["balanced"] == pytest.approx(balanced_accuracy_score(labels, probability > 0.5))
    assert found["auc"] == pytest.approx(roc_auc_score(labels, probability))


def test_the_results_are_of_this_code():
    assert elpv.fresh()
    assert len(elpv.results().loc["fine-tuned"]) >= 5


def test_the_results_say_what_the_chapter_says():
    scores = elpv.results()[["accuracy", "balanced", "auc"]]
    mean = scores.groupby(level="experiment").mean()
    trial = {"frozen": (0.863, 0.802, 0.924), "fine-tuned, flipped": (0.887, 0.874, 0.946)}
    for name, figures in trial.items():
        assert (mean.loc[name] >= list(figures)).all()
    steps = ["head", "fine-tuned", "fine-tuned, flipped", "fine-tuned, two networks"]
    assert all(mean.loc[steps, score].is_monotonic_increasing for score in mean)
    changes = {name: scores.loc[name] - scores.loc["head"] for name in mean.index if name.startswith("head: ")}
    missed = {
        (name.removeprefix("head: "), score)
        for name, each in changes.items()
        for score in ("accuracy", "auc")
        if abs(each[score].mean()) > 2 * each[score].sem()
    }
    assert len(missed) == 7
    assert {("splice", "accuracy"), ("splice", "auc"), ("zoom", "auc"), ("no balanced batches", "accuracy")} < missed


def test_the_explorer_says_what_the_network_says():
    # Half precision and merged normalisation move no probability by more than a percent.
    explorer, network = WhatDoesItSee(), load()
    for index, name in enumerate(PHOTOS):
        explorer.bundled = name
        with torch.no_grad():
            best = network(preprocess(photos(224)[index : index + 1])).softmax(1)[0].topk(10)
        np.testing.assert_allclose(explorer.arrays["probability"], best.values, atol=0.01)
        assert explorer.arrays["index"][0] == best.indices[0]


def test_every_public_name_is_there():
    assert all(hasattr(package, name) for name in package.__all__)
