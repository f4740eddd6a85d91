"""Augmentations, head, training in stages, and whole runs on folders of small generated pictures."""

import csv
import errno
import json
import math
import os
import re
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pandas
import pytest
import torch
from chapters import cells, sayings
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import stats
from torch import nn

from kexue_widgets import finetune as package
from kexue_widgets.efficientnet import load, preprocess
from kexue_widgets.finetune import (
    PHOTOS,
    Data,
    Head,
    HeadTraining,
    Result,
    Settings,
    Stage,
    WhatDoesItSee,
    activations,
    augment,
    balanced_batches,
    best_checkpoint,
    choose_alpha,
    curve,
    elpv,
    finetune,
    flip,
    mask_quadrant,
    mix,
    pictures,
    rotate,
    sample_photos,
    scratch,
    splice,
    stratified_split,
    zoom,
)
from kexue_widgets.finetune.__main__ import main as command_line


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


@given(degrees=st.floats(-10, 10), seed=st.integers(0, 9), shape=st.sampled_from([(9, 9), (9, 15), (15, 9), (8, 13)]))
@settings(max_examples=40, deadline=None)
def test_small_turns_agree_with_scipy(degrees, seed, shape):
    from scipy.ndimage import rotate as reference

    image = random(*shape, seed=seed)
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
    first = activations(Counting(), photos, cache=tmp_path / "trunk")
    assert Counting.seen == 3  # the fourth has the second's content
    again = activations(Counting(), photos[::-1], cache=tmp_path / "trunk")
    assert Counting.seen == 3
    assert torch.equal(again.flip(0), first)
    torch.testing.assert_close(first[:, 0, 0].float(), torch.tensor([-127, 0, 128, 0]) / 128, atol=1e-3, rtol=0)


@pytest.mark.parametrize("kept", [0, 40, -1])
def test_activations_cut_short_are_computed_again(tmp_path, kept):
    photo = [random(4, 4, 3).mul(255).byte().numpy()]
    trunk = nn.Conv2d(3, 1, 1)
    before = activations(trunk, photo, cache=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:kept])
    assert torch.equal(activations(trunk, photo, cache=tmp_path), before)


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    package.checkpoints.save(tmp_path / "run.pt", {"epoch": 1})
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        package.checkpoints.save(tmp_path / "run.pt", {"epoch": 2})
    assert torch.load(tmp_path / "run.pt") == {"epoch": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]


def test_other_weights_are_another_trunk(tmp_path):
    photo = [random(4, 4, 3).mul(255).byte().numpy()]
    trunk = nn.Conv2d(3, 1, 1)
    before = activations(trunk, photo, cache=tmp_path / "trunk")
    with torch.no_grad():
        trunk.weight.mul_(2)
    assert not torch.equal(activations(trunk, photo, cache=tmp_path / "trunk"), before)


def test_parts_are_disjoint_and_hold_every_class():
    labels = torch.tensor([0] * 30 + [1] * 3 + [2] * 11)
    train, validation, test = stratified_split(labels, seed=0)
    assert sorted(torch.cat([train, validation, test]).tolist()) == list(range(len(labels)))
    for each in (train, validation, test):
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


def colours(root, number, seed):
    """Pictures that are green or red."""
    rng = np.random.RandomState(seed)
    for channel, name in enumerate(["green", "red"]):
        (root / name).mkdir()
        for index in range(number):
            picture = rng.randint(0, 160, (36, 40, 3))
            picture[..., 1 - channel] += 90
            Image.fromarray(picture.astype(np.uint8)).save(root / name / f"{index}.png")
    return root


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = colours(tmp_path_factory.mktemp("pictures"), 12, 0)
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
result = finetune(folder, checkpoint=place / "run.pt", settings=QUICK, size=32, cache=place / "trunk")
print(repr(result), flush=True)
"""


SELF = Stage("self", 1, 1e-4, blocks=True, views=2, unlabelled=True)


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
    # A checkpoint cut short is named.
    cut = broken / "cut.pt"
    cut.write_bytes((broken / "run.pt").read_bytes()[:1000])
    with pytest.warns(UserWarning, match="unreadable"), pytest.raises(ValueError, match=r"cut\.pt is none"):
        finetune(folder, checkpoint=cut, settings=QUICK, size=32, cache=broken / "trunk")
    # A checkpoint of other settings is not taken for this one's.
    with pytest.warns(UserWarning, match="unreadable"), pytest.raises(ValueError, match="same settings and data"):
        finetune(
            folder,
            checkpoint=broken / "run.pt",
            settings=QUICK._replace(center=0.1),
            size=32,
            cache=broken / "trunk",
        )


@pytest.fixture(scope="module")
def result(folder, tmp_path_factory):
    more = colours(tmp_path_factory.mktemp("unlabelled"), 12, 1)
    with pytest.warns(UserWarning, match=r"unreadable pictures skipped \(1\): red/broken\.jpg"):
        return finetune(folder, unlabelled=more, settings=QUICK, size=32, cache=str(tmp_path_factory.mktemp("trunk")))


RED = np.full((20, 30, 3), (200, 60, 60), np.uint8)


def test_colours_are_learned_and_unlabelled_pictures_join_in(result):
    assert result.accuracy == 1
    assert "accuracy 1.000 on 2 pictures with" in repr(result)
    assert [each.stage for each in result.history][-1] == "self-training"
    assert result.classify(RED)["red"] > 0.5
    assert result.classes == ["green", "red"]


def test_a_saved_result_says_tomorrow_what_it_says_today(result, tmp_path):
    result.save(tmp_path / "colours.result")
    found = Result.load(tmp_path / "colours.result")
    assert found.classify(RED) == result.classify(RED)
    assert repr(found) == repr(result)
    assert found[5:] == result[5:]
    for content in (b"", b"no zip", (tmp_path / "colours.result").read_bytes()[:2000]):
        (tmp_path / "cut.result").write_bytes(content)
        with pytest.raises(ValueError, match=r"cut\.result is no whole file of a fine-tuned network"):
            Result.load(tmp_path / "cut.result")
    whole = torch.load(tmp_path / "colours.result", weights_only=True)
    missing = [{other: whole[other] for other in whole if other != name} for name in whole if name != "tested"]
    for content in ({"other": 1}, {"format": whole["format"]}, {**whole, "network": {}}, *missing):
        torch.save(content, tmp_path / "other.pt")
        with pytest.raises(ValueError, match=r"other\.pt (is no file that Result\.save has written|was made with)"):
            Result.load(tmp_path / "other.pt")
    spoiled = {name: value * math.nan for name, value in whole["network"].items()}
    edited = [
        *(("size", each) for each in (0, "160", 1.5, None, 10**9)),
        *(("classes", each) for each in (["green"], ["red", "red"], "gr", [1, 2])),
        *(("alpha", each) for each in ("x", 2.0, math.nan, None)),
        *(("accuracies", each) for each in ((1.0,), ("a", "b"), None)),
        *(("accuracy", None), ("history", ["abcd"]), ("network", spoiled), ("settings", ()), ("format", "another")),
        *(("tested", each) for each in (0, 1.5, "x")),
    ]
    for name, value in edited:
        torch.save({**whole, name: value}, tmp_path / "edited.pt")
        with pytest.raises(ValueError, match=r"edited\.pt is no file that Result\.save has written"):
            Result.load(tmp_path / "edited.pt")
    del whole["tested"]  # which earlier versions did not write
    torch.save(whole, tmp_path / "earlier.pt")
    assert "accuracy 1.000 with" in repr(Result.load(tmp_path / "earlier.pt"))
    with pytest.raises(FileNotFoundError):
        Result.load(tmp_path / "none.result")
    with pytest.raises(ValueError, match=r"no/such does not exist"):
        result.save(tmp_path / "no" / "such" / "colours.result")


def test_a_folder_is_classified_to_a_file_from_the_command_line_too(result, folder, tmp_path, capsys):
    result.save(tmp_path / "colours.result")
    command_line(
        [*("classify", str(tmp_path / "colours.result"), str(folder)), "--output", str(tmp_path / "found.csv")]
    )
    with (tmp_path / "found.csv").open(newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    assert len(rows) == 25
    assert [rows[f"{name}/3.png"]["best"] for name in ("green", "red")] == ["green", "red"]
    assert float(rows["red/3.png"]["P(red)"]) == pytest.approx(result.classify(folder / "red" / "3.png")["red"])
    assert "truncated" in rows["red/broken.jpg"]["problem"]
    assert rows["red/broken.jpg"]["best"] == rows["red/broken.jpg"]["P(red)"] == ""
    paint(tmp_path / "odd" / "\udcff.png", 0)  # no Unicode, as old archives leave it behind
    (tmp_path / "odd" / "gone.png").symlink_to(tmp_path / "nowhere")
    command_line(["classify", str(tmp_path / "colours.result"), str(tmp_path / "odd")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("gone.png,,No such file or directory,") or lines[1].startswith("gone.png,,No such file")
    assert any(line.startswith("\\xff.png,") for line in lines)
    # Whatever files and classes are called, each has a row, or a column, that other programs read.
    for name in ("a,b", 'q"q', "new\nline", "carriage\rreturn", "=1"):
        paint(tmp_path / "odd" / f"{name}.png", 0)
    result._replace(classes=["\udcff", "a,\r"]).save(tmp_path / "odd.result")
    command_line(
        ["classify", str(tmp_path / "odd.result"), str(tmp_path / "odd"), "--output", str(tmp_path / "odd.csv")]
    )
    table = pandas.read_csv(tmp_path / "odd.csv", keep_default_na=False, index_col="file")
    assert list(table.columns) == ["best", "problem", r"P(\xff)", r"P(a,\x0d)"]
    named = {"a,b.png", 'q"q.png', r"new\x0aline.png", r"carriage\x0dreturn.png", "=1.png", r"\xff.png", "gone.png"}
    assert set(table.index) == named
    assert set(table.best) == {"", r"\xff"} or set(table.best) == {"", r"a,\x0d"}
    with pytest.raises(SystemExit):
        command_line(["classify", str(tmp_path / "colours.result"), str(folder / "none")])
    assert "folder must be a folder" in capsys.readouterr().err
    kept = (tmp_path / "colours.result").read_bytes()
    for wrong in (
        ["classify", str(tmp_path / "colours.result"), str(folder), "--output", f"{tmp_path}/./colours.result"],
        ["train", str(folder), str(tmp_path / "colours.result"), "--checkpoint", str(tmp_path / "colours.result")],
        ["train", str(folder), str(tmp_path / "run.best"), "--checkpoint", str(tmp_path / "run")],
    ):
        with pytest.raises(SystemExit):
            command_line(wrong)
        assert "must be another file than the" in capsys.readouterr().err
    assert (tmp_path / "colours.result").read_bytes() == kept
    for wrong in (["classify", str(tmp_path / "colours.result"), ""], ["train", "", str(tmp_path / "new.result")]):
        with pytest.raises(SystemExit):
            command_line(wrong)
        assert "folder must be a folder, '' is none" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command_line(["train", str(folder), str(tmp_path / "none" / "colours.result")])
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"checkpoint": "none/run.pt"}, r"checkpoint must be a file that can be written, .*none does not exist"),
        ({"checkpoint": ""}, "checkpoint must be a file that can be written, .* is a folder"),
        ({"checkpoint": "a\0b"}, "checkpoint must be the path of a file, got"),
        ({"unlabelled": "empty"}, "unlabelled must be a folder with pictures, .*empty has none"),
        ({"unlabelled": "none"}, "unlabelled must be a folder, .*none' is none"),
        ({"size": 0}, r"size must be a whole number in \[32, 1024\], got 0"),
        ({"size": 64.0}, r"size must be .*, got 64\.0"),
        ({"settings": (1, 2)}, r"settings must be Settings, such as Settings\(width=32\), got \(1, 2\)"),
        ({"settings": {}}, "settings must be Settings, .* got {}"),
        ({"cache": 5}, "cache must be the path of a folder, got 5"),
        ({"cache": ""}, "cache must be the path of a folder, got ''"),
        ({"folder": "f" * 300}, "folder must be a folder, .* is none"),
        ({"settings": QUICK._replace(stages=[("head", 1, 1e-3, False, 1)])}, "stages must be a tuple of Stage, got"),
        ({"settings": QUICK._replace(stages=(QUICK.stages[0]._replace(name=1),))}, "name of a stage must be .* got 1"),
        ({"settings": QUICK._replace(stages=(*QUICK.stages, SELF))}, "'self' .* must have them: give `unlabelled`"),
        ({"settings": QUICK._replace(stages=(SELF,)), "unlabelled": "."}, "'self' .* must stand after another one"),
        ({"settings": QUICK._replace(stages=())}, "stages must be at least one"),
        ({"settings": QUICK._replace(blocks=0)}, "blocks must be a whole number in .* got 0"),
        ({"settings": QUICK._replace(batch=-1)}, "batch must be .* got -1"),
        ({"settings": QUICK._replace(center=float("nan"))}, "center must be a number in .* got nan"),
        ({"settings": QUICK._replace(activation="tanh")}, "activation must be one of"),
        ({"settings": QUICK._replace(stages=(QUICK.stages[0]._replace(epochs=0),))}, "epochs of stage 'head'"),
        ({"settings": QUICK._replace(stages=(QUICK.stages[0]._replace(rate=-1.0),))}, "rate of stage 'head'"),
    ],
)
@pytest.mark.filterwarnings("ignore:unreadable")
def test_what_cannot_be_trained_is_refused_before_the_first_epoch(folder, tmp_path, monkeypatch, arguments, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("none yet")
    for name in ("checkpoint", "unlabelled"):
        if name in arguments:
            arguments = arguments | {name: tmp_path / arguments[name]}
    monkeypatch.setattr(package.training, "_epoch", lambda *_: pytest.fail("it trains"))
    monkeypatch.setattr(package.folders, "activations", lambda *_, **__: pytest.fail("it computes"))
    with pytest.raises(ValueError, match=words):
        finetune(**({"folder": folder, "size": 32, "settings": QUICK} | arguments))


def test_every_checkpoint_has_a_best_file_of_its_own(tmp_path):
    names = ["net", "net-0.1", "net-0.2", "net.pt", "net.best", "net.best.pt"]
    assert len({best_checkpoint(tmp_path / name) for name in names} | {tmp_path / name for name in names[:4]}) == 10


TINY = Settings(stages=(Stage("head", 2, 1e-2, blocks=False, views=1),), blocks=1)
SIX = Data(random(1, 6, 192, 1, 1), torch.tensor([0, 1] * 3))


def tiny_run(checkpoint=None, data=SIX, validation=SIX, settings=TINY, **more):
    return package.train(package.tail(2, TINY), data, validation, settings, checkpoint=checkpoint, **more)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"settings": TINY._replace(stages=(SELF,)), "unlabelled": SIX.activations}, "'self' .* stand after another"),
        ({"settings": TINY._replace(stages=(*TINY.stages, SELF))}, "'self' .* must have them: give `unlabelled`"),
        ({"settings": TINY._replace(seed=2**63)}, "seed must be a whole number in"),
        (
            {"settings": TINY._replace(stages=(TINY.stages[0]._replace(rate=0),))},
            "rate of stage 'head' must be positive",
        ),
        (
            {"data": SIX._replace(activations=[1.0])},
            r"activations of data must be a tensor \(views, n, \.\.\.\), got \[1\.0\]",
        ),
        ({"data": SIX._replace(activations=random(1, 0, 192, 1, 1))}, "activations of data must be numbers of shape"),
        ({"data": SIX._replace(labels=SIX.labels[:5])}, "labels of data must be a tensor of whole numbers \\(6,\\)"),
        ({"data": SIX._replace(labels=SIX.labels / 1)}, r"labels of data .* got torch\.float32"),
        ({"data": SIX._replace(labels=SIX.labels + 1)}, "labels of data must be from 0 to 1, .* got 2"),
        ({"data": SIX._replace(activations=random(1, 6, 192, 2, 2))}, "activations of validation must be .* 192, 2, 2"),
        ({"data": SIX._replace(activations=SIX.activations * math.nan)}, "activations of data must be finite"),
        (
            {"validation": SIX._replace(activations=SIX.activations * math.inf)},
            "activations of validation must be finite",
        ),
        (
            {"data": (wide := SIX._replace(activations=random(1, 6, 5, 1, 1))), "validation": wide},
            "below the network's blocks",
        ),
        ({"settings": TINY._replace(balanced="no")}, "balanced must be True or False, got 'no'"),
        (
            {"settings": TINY._replace(stages=(TINY.stages[0]._replace(blocks=None),))},
            "blocks of stage 'head' must be True",
        ),
        ({"settings": TINY._replace(width=10**12)}, r"width must be a whole number in \[1, 100000\], got 10+"),
        ({"settings": TINY._replace(batch=np.timedelta64(3))}, "batch must be a whole number"),
        ({"settings": TINY._replace(stages=(TINY.stages[0]._replace(views=10**9),))}, "views of stage 'head' must be"),
        ({"unlabelled": random(1, 6, 192)}, "unlabelled must be numbers of shape"),
        ({"unlabelled": random(3, 6, 192, 1, 1)}, "unlabelled must have 1 views, as the data, got 3"),
    ],
)
def test_what_a_network_cannot_learn_from_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        tiny_run(**arguments)


def test_numbers_of_numpy_and_paths_as_strings_are_taken(tmp_path):
    stage = Stage("head", np.int64(2), np.float64(1e-2), blocks=False, views=np.uint8(1))
    numpys = Settings(
        (stage,),
        *map(np.int64, (1, 64)),
        "GLU",
        *map(np.float64, (0.25, 0.25)),
        *map(np.int32, (16, 32)),
        True,
        np.int64(2017),
    )
    expected = tiny_run(str(tmp_path / "run"))
    assert best_checkpoint(str(tmp_path / "run")) == tmp_path / "run.best"
    assert tiny_run(tmp_path / "run", settings=numpys) == tiny_run(settings=numpys) == expected


@pytest.mark.parametrize("kind", [torch.uint8, torch.int8, torch.int16, torch.int32])
def test_labels_are_whole_numbers_of_any_width(kind):
    assert tiny_run(data=SIX._replace(labels=SIX.labels.to(kind))) == tiny_run()


def test_numbers_that_numpy_lacks_can_be_gone_on_with(tmp_path):
    halves = SIX._replace(activations=SIX.activations.bfloat16().requires_grad_())
    first = tiny_run(tmp_path / "run", data=halves)
    assert tiny_run(tmp_path / "run", data=halves) == first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, TINY), "classes must be a whole number"),
        (("2", TINY), "classes must be a whole number"),
        ((2, None), "settings must be Settings"),
        ((2, TINY._replace(seed=1.5)), "seed must be"),
        ((2, TINY._replace(activation=[])), "activation must be one of"),
    ],
)
def test_a_tail_is_of_classes_and_settings(arguments, words):
    with pytest.raises(ValueError, match=words):
        package.tail(*arguments)


@pytest.mark.parametrize("batches", [package.balanced_batches, package.plain_batches])
def test_batches_are_of_labels(batches):
    for labels in ([0, 1], torch.tensor(3), torch.tensor([]), torch.tensor([0.5])):
        with pytest.raises(ValueError, match="labels must be a tensor of whole numbers"):
            next(batches(labels, TINY, torch.Generator()))
    with pytest.raises(ValueError, match="batch must be"):
        next(batches(SIX.labels, TINY._replace(batch=0), torch.Generator()))


def test_alpha_is_chosen_for_as_many_labels_as_pictures():
    both = torch.rand(2, 4, 3)
    for labels in (torch.tensor([1]), torch.tensor(0), torch.zeros(4, 1)):
        with pytest.raises(ValueError, match="labels must be"):
            choose_alpha(both, labels)
    for wrong in (both * math.nan, both[:1], both[0], torch.rand(3, 4, 3)):
        with pytest.raises(ValueError, match="probabilities must be finite"):
            choose_alpha(wrong, torch.zeros(4))


def test_nothing_of_others_is_overwritten(tmp_path):
    (tmp_path / "mine.best").write_text("the best of all")
    with pytest.raises(ValueError, match=r"mine\.best is none"):
        tiny_run(tmp_path / "mine")
    assert (tmp_path / "mine.best").read_text() == "the best of all"
    (tmp_path / "other.best").mkdir()
    with pytest.raises(ValueError, match=r"best network of checkpoint must be a file .*other\.best is a folder"):
        tiny_run(tmp_path / "other")
    for name in ("y" * 252, "y" * 300, "\ud800"):
        with pytest.raises(ValueError, match="must be a file that can be written, got"):
            tiny_run(tmp_path / name)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match=r"pipe is no regular file"):
        tiny_run(tmp_path / "pipe")
    for path in (None, 3, b"x", ""):
        with pytest.raises(ValueError, match="checkpoint must be the path of a file, got"):
            best_checkpoint(path)


def test_a_best_file_that_is_gone_is_named(tmp_path):
    tiny_run(tmp_path / "run-0.1")
    best_checkpoint(tmp_path / "run-0.1").unlink()
    with pytest.raises(ValueError, match=r"run-0\.1\.best is gone: without .*run-0\.1, too, training starts anew"):
        tiny_run(tmp_path / "run-0.1")
    for content in (b"", b"no network"):
        best_checkpoint(tmp_path / "run-0.1").write_bytes(content)
        with pytest.raises(
            ValueError, match=r"run-0\.1\.best is none: without it and .*run-0\.1, training starts anew"
        ):
            package.checkpoints.best(tmp_path / "run-0.1")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ValueError, match="must come from the same settings and data"):
        tiny_run(tmp_path / "list.pt")


def test_activations_are_in_a_file_since_memory_may_not_hold_them(tmp_path, monkeypatch):
    mapped, memmap = [], np.memmap
    monkeypatch.setattr(
        np, "memmap", lambda *arguments, **more: mapped.append(memmap(*arguments, **more)) or mapped[-1]
    )
    found = activations(nn.Identity(), [np.zeros((4, 4, 3), np.uint8)] * 40, cache=tmp_path)
    assert found.data_ptr() == mapped[0].ctypes.data
    assert found.shape == (40, 3, 4, 4)


def test_pictures_of_two_sizes_are_refused(tmp_path):
    sizes = [np.zeros((4, 4, 3), np.uint8)] * 32 + [np.zeros((5, 5, 3), np.uint8)] * 32
    with pytest.raises(ValueError, match="pictures must be of one size"):
        activations(nn.Identity(), sizes, cache=tmp_path)
    with pytest.raises(ValueError, match="pictures must be at least one"):
        activations(nn.Identity(), [], cache=tmp_path)


# What lies in the folders of readers.


def paint(path, seed, size=(12, 12)):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = np.random.RandomState(seed).randint(256, size=(*size, 3), dtype=np.uint8)
    Image.fromarray(content).save(path, "png")
    return path


def test_too_few_pictures_are_reported(tmp_path):
    (tmp_path / "cats").mkdir()
    with pytest.raises(ValueError, match="folder must have a subfolder for each of two or more classes"):
        pictures(tmp_path)
    (tmp_path / "dogs").mkdir()
    paint(tmp_path / "dogs" / "one.png", 0)
    with pytest.raises(ValueError, match="class 'cats' must have at least 3 readable pictures, has 0"):
        pictures(tmp_path)
    for folder in (tmp_path / "none", tmp_path / "dogs" / "one.png", None):
        with pytest.raises(ValueError, match="folder must be a folder"):
            pictures(folder)


# Small copies of all pictures (Synology), what was thrown away (QNAP, Windows), a folder's own icon (macOS).
BY_SYSTEMS = ("cats/@eaDir/0/small.jpg", "@Recycle/x.png", "$RECYCLE.BIN/x.png", "dogs/Icon\r", "lost+found/x")


def test_what_is_left_out_is_named_and_what_is_hidden_passed_over(tmp_path):
    for number in range(4):
        paint(tmp_path / "cats" / f"{number}", number)  # without an ending
        paint(tmp_path / "dogs" / "black" / f"{number}.JPG", 10 + number)  # in a folder below, by a wrong ending
    for hidden in ("cats/.ipynb_checkpoints/0.png", "cats/._0.png", "dogs/__MACOSX/0.png", ".git/x.png", *BY_SYSTEMS):
        paint(tmp_path / hidden, 99)
    (tmp_path / "cats" / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    (tmp_path / "dogs" / "notes.txt").write_text("good dogs")
    Image.new("RGB", (1, 1)).save(tmp_path / "dogs" / "dot.png")
    with pytest.warns(UserWarning, match=r"unreadable pictures skipped \(3\): .*phone\.heic.*dot\.png .*notes\.txt"):
        found = pictures(tmp_path)
    assert found.classes == ["cats", "dogs"]
    assert found.labels == [0] * 4 + [1] * 4
    assert {path.name for path in found.unreadable} == {"phone.heic", "notes.txt", "dot.png"}


def test_no_picture_is_in_two_places(tmp_path):
    for number in range(4):
        paint(tmp_path / "cats" / f"{number}.png", number)
        paint(tmp_path / "dogs" / f"{number}.png", 10 + number)
    again = tmp_path / "cats" / "again.bmp"  # other bytes, the same picture
    Image.open(tmp_path / "cats" / "3.png").save(again)
    both = [paint(tmp_path / name / "both.png", 50) for name in ("cats", "dogs")]
    with pytest.warns(UserWarning, match=r"copies of pictures skipped \(1\): .*again\.bmp.* \(as "):
        found = pictures(tmp_path)
    assert found.copies == {again.with_name("again.bmp"): again.with_name("3.png")} or found.copies == {
        again.with_name("3.png"): again
    }
    assert len(found.paths) == 8
    assert found.unreadable == dict.fromkeys(both, "the same picture is in the classes cats, dogs")


def test_no_picture_that_judges_is_learned_from_without_its_label(folder, tmp_path):
    more = colours(tmp_path, 2, 1)
    new = sorted(more.rglob("*.png"))
    for path in sorted(folder.rglob("*.png"))[:3]:
        Image.open(path).save(more / f"again{path.stem}.bmp")
    Image.open(new[0]).save(more / "twice.bmp")
    known = package.folders._looked_through(folder)[1]
    with pytest.warns(UserWarning, match=r"skipped \(3\): again0\.bmp \(it is .*green.0\.png as well, with a class\)"):
        assert package.folders._unlabelled(more, known) == new
    with (
        pytest.warns(UserWarning, match="unreadable"),
        pytest.raises(ValueError, match="has none that can be read and has no class"),
    ):
        finetune(folder, unlabelled=folder, settings=QUICK, size=32, cache=tmp_path / "trunk")


def test_training_that_runs_away_is_no_result(folder, tmp_path):
    wild = QUICK._replace(stages=(Stage("head", 3, 1e30, blocks=False, views=1),))
    with (
        pytest.warns(UserWarning, match="unreadable"),
        pytest.raises(ValueError, match=r"settings must have smaller rates than 1e\+30, .* not finite"),
    ):
        finetune(folder, settings=wild, size=32, cache=tmp_path)


@pytest.mark.parametrize(
    "name", ["unlabelled", "Unlabeled", "un-sorted", "unsup", "unlabeled_images", "未标注", "無標籤", "未分类"]
)
def test_pictures_without_a_class_are_no_class(tmp_path, name):
    for index, each in enumerate(("cats", "dogs", name)):
        for number in range(3):
            paint(tmp_path / each / f"{number}.png", 10 * index + number)
    with pytest.raises(ValueError, match=f"has {name}, which is none: .* can be given as `unlabelled`"):
        pictures(tmp_path)
    (tmp_path / name).rename(tmp_path / "unknown")
    assert pictures(tmp_path).classes == ["cats", "dogs", "unknown"]


@pytest.mark.parametrize(("one", "other"), [("café", "cafe\u0301"), ("dog", "dog "), ("a b", "a\u00a0b"), ("Ａ", "A")])
def test_classes_do_not_look_alike(tmp_path, one, other):
    for index, name in enumerate((one, other)):
        for number in range(3):
            paint(tmp_path / name / f"{number}.png", 10 * index + number)
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system takes them for one")
    with pytest.raises(ValueError, match="classes must have names that are told apart by more than their looks"):
        pictures(tmp_path)


def test_pictures_beside_the_classes_are_named(tmp_path):
    for index, name in enumerate(("A", "a")):  # as of letters
        for number in range(3):
            paint(tmp_path / name / f"{number}.png", 10 * index + number)
    if len(list(tmp_path.iterdir())) < 2:
        pytest.skip("this file system takes them for one")
    (tmp_path / "labels.csv").write_text("0.png,a")
    assert len(pictures(tmp_path).paths) == 6
    paint(tmp_path / "loose.png", 99)
    with pytest.warns(UserWarning, match=r"skipped \(1\): loose\.png \(in the subfolder of no class\)"):
        assert len(pictures(tmp_path).paths) == 6


def test_a_divided_data_set_is_no_pair_of_classes(tmp_path):
    for part in ("train", "val"):
        for name in ("cats", "dogs"):
            for number in range(3):
                paint(tmp_path / part / name / f"{number}.png", number)
    with pytest.raises(ValueError, match="has train, val, which have subfolders themselves: give one part, such as"):
        pictures(tmp_path)
    (tmp_path / "outer").mkdir()
    (tmp_path / "train").rename(tmp_path / "outer" / "animals")
    with pytest.raises(ValueError, match=r"is it .*animals that is meant"):
        pictures(tmp_path / "outer")
    for part in ("Training_set", "test"):
        for number in range(3):
            paint(tmp_path / "flat" / part / f"{number}.png", number)
    with pytest.raises(
        ValueError, match="has Training_set, test, which are parts of a divided data set and not classes"
    ):
        pictures(tmp_path / "flat")
    for number, parts in enumerate(
        (("训练集", "测试集"), ("訓練", "驗證數據集"), ("train2017", "val2017"), ("fold1", "fold2"))
    ):
        for part in parts:
            for name in ("cats", "dogs"):
                paint(tmp_path / str(number) / part / name / "0.png", number)
        with pytest.raises(ValueError, match=f"has {parts[0]}, {parts[1]}|has {parts[1]}, {parts[0]}"):
            pictures(tmp_path / str(number))
    for number in range(3):
        paint(tmp_path / "flat" / "tram" / f"{number}.png", 10 + number)
        paint(tmp_path / "flat" / "Training_set" / f"{number}.png", 20 + number)
    assert pictures(tmp_path / "flat").classes == ["Training_set", "test", "tram"]


def test_links_are_followed_but_not_round(tmp_path):
    for number in range(3):
        paint(tmp_path / "own" / "cats" / f"{number}.png", number)
        paint(tmp_path / "elsewhere" / f"{number}.png", 10 + number)
    (tmp_path / "own" / "dogs").mkdir()
    (tmp_path / "own" / "dogs" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "own" / "dogs" / "round").symlink_to(tmp_path / "own")
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "own" / "dogs" / "gone.png").symlink_to(tmp_path / "nowhere")
    with pytest.warns(UserWarning, match=r"unreadable pictures skipped \(1\): dogs/gone\.png \(No such file"):
        found = pictures(tmp_path / "own")
    assert found.labels == [0] * 3 + [1] * 3


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (torch.zeros(0, dtype=torch.long), "labels must be a tensor of whole numbers"),
        (torch.zeros(5), "labels must be a tensor of whole numbers"),
        (torch.zeros(4, 2, dtype=torch.long), "labels must be a tensor of whole numbers"),
        (torch.tensor([0, 0, 0, 1, 1]), "class 1 must have at least 3 members"),
    ],
)
def test_what_cannot_be_split_is_refused(labels, words):
    with pytest.raises(ValueError, match=words):
        stratified_split(labels, seed=0)


# The solar cells, and the file of results.


def test_splits_of_cells_are_disjoint_and_keep_the_classes_shares():
    labels = torch.tensor([0] * 150 + [1] * 70)
    for seed in range(5):
        train, validation, test = elpv.group_split(labels, seed)
        assert sorted(torch.cat([train, validation, test]).tolist()) == list(range(len(labels)))
        assert 0.23 < len(test) / len(labels) < 0.27
        assert labels[test].float().mean() == pytest.approx(70 / 220, abs=0.03)


def test_three_splits_test_once_what_settings_were_not_tried_on_and_no_two_are_alike():
    labels = torch.tensor([0] * 150 + [1] * 70)
    tested = [elpv.group_split(labels, seed).test for seed in range(15)]
    untouched = (elpv.groups(labels) >= elpv.TRIED).nonzero()[:, 0]
    for start in range(0, 15, 3):
        assert torch.equal(torch.cat(tested[start : start + 3]).sort()[0], untouched)
    assert len({tuple(each.tolist()) for each in tested}) == 15


def test_neighbours_stay_on_one_side():
    places = torch.arange(440)
    train, validation, test = elpv.block_split(places, seed=0)
    tested = torch.isin(places, test).reshape(44, 10)
    assert (tested.all(1) | ~tested.any(1)).all()
    assert len(train) + len(validation) + len(test) == 440


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
    assert elpv.is_current()
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


def test_the_intervals_are_those_of_nadeau_and_bengio():
    """Their equation 9, with the sizes of the divisions and Student's t as scipy has it."""
    labels = torch.tensor([0] * 1508 + [1] * 715)
    tested = [len(elpv.group_split(labels, seed).test) for seed in range(6)]
    assert max(abs(count - 556) for count in tested) <= 2
    results = elpv.results()[["accuracy", "balanced", "auc"]]

    def interval(name, before, score):
        gain = 100 * (results.loc[name, score] - results.loc[before, score])
        error = gain.std() * (1 / 6 + 556 / (2223 - 556)) ** 0.5
        return stats.t.interval(0.95, 5, gain.mean(), error)

    said = "\n".join("".join(cell["source"]) for cell in cells("finetune")).replace("−", "-")
    steps = ["head", "fine-tuned", "fine-tuned, flipped", "fine-tuned, two networks"]
    names = ["the blocks learn", "reflections", "a second network"]
    for row, name, before in zip(names, steps[1:], steps[:-1], strict=True):
        (line,) = re.findall(rf"^\| {row} \|(.+)\|$", said, re.M)
        told = [[float(end) for end in each.split("…")] for each in line.split("|")]
        np.testing.assert_allclose(told, [interval(name, before, score) for score in results], atol=0.0051)
    whole = [interval("fine-tuned, flipped", "frozen", score) for score in ("accuracy", "auc")]
    (words,) = re.findall(r"the accuracy gains (\S+) to (\S+) points and the AUC (\S+) to (\S+)\.\s", said)
    np.testing.assert_allclose(np.array(words, float).reshape(2, 2), whole, atol=0.051)
    surviving = {
        score
        for name, before in zip(steps[1:3], steps, strict=False)
        for score in results
        if interval(name, before, score)[0] > 0
    }
    assert surviving == {"auc"}
    assert interval("fine-tuned, two networks", "fine-tuned, flipped", "auc")[0] < 0


def test_a_learning_curve_ends_where_the_table_is():
    labels = torch.tensor([0, 0, 1] * 100)
    features = np.random.RandomState(0).normal(size=(300, 5)) + labels[:, None].numpy()
    rows = curve.learning_curve(features, labels, seed=1, counts=(60, 300))
    whole = elpv.logistic_regression(features, labels, elpv.group_split(labels, 1))
    found = {(row["weights"], row["cells"]): row for row in rows}
    used = 300 - len(elpv.group_split(labels, 1).test)
    assert [*found] == [("none", 60), ("balanced", 60), ("none", used), ("balanced", used)]
    for score, value in whole.items():
        assert found["none", used][score] == pytest.approx(value, abs=1e-4)
    assert found["balanced", 60]["balanced"] > found["none", 60]["balanced"]  # the rarer class counts as much


def test_the_learning_curve_says_what_the_chapter_says():
    assert curve.RESULTS.is_current()
    found = curve.results()
    seconds = elpv.results().loc["frozen", ["accuracy", "balanced", "auc"]]  # the same, measured by itself
    np.testing.assert_allclose(found.loc[("none", 1667)], seconds, atol=0.003)
    mean = found.groupby(level=["weights", "cells"]).mean()
    table = elpv.results().groupby(level="experiment")[["accuracy", "balanced", "auc"]].mean()
    plain, weighted = mean.loc["none"], mean.loc["balanced"]
    assert weighted.loc[1667, "accuracy"] >= plain.loc[1667, "accuracy"]
    gained = weighted.loc[1667, "balanced"] - plain.loc[1667, "balanced"]
    assert gained > (table.loc["head", "balanced"] - table.loc["frozen", "balanced"]) / 2
    assert abs(weighted["auc"] - plain["auc"]).max() < 0.006
    assert (plain.loc[100] > table.loc["pixels"]).loc["auc"]
    assert (plain.loc[200] > table.loc["from scratch"]).loc["auc"]
    assert plain["auc"].is_monotonic_increasing
    np.testing.assert_allclose(plain["auc"].diff().loc[[800, 1667]], 0.01, atol=0.005)
    says = sayings("finetune")
    says(
        f"lift the balanced accuracy from {plain.loc[1667, 'balanced']:.3f} to {weighted.loc[1667, 'balanced']:.3f}".replace(
            "0.", "."
        )
    )
    says(f"with an AUC of {plain.loc[100, 'auc']:.2f}".replace("0.", "."))


def test_from_scratch_more_epochs_change_little() -> None:
    """What the chapter says about training until nothing improves."""
    kept, every = scratch.chosen(), scratch.results()
    assert [number + 1 for number in kept.index.get_level_values("epoch")] == [37, 15, 26]
    assert every.groupby(level="seed").size().tolist() == [70, 48, 59]
    assert kept["auc"].mean() == pytest.approx(0.876, abs=5e-4)
    assert kept["accuracy"].mean() == pytest.approx(0.82, abs=5e-3)
    before = elpv.results().loc["from scratch"][["accuracy", "balanced", "auc"]].mean()
    assert before["auc"] == pytest.approx(0.872, abs=5e-4)
    assert before["accuracy"] == pytest.approx(0.82, abs=5e-3)
    assert kept["balanced"].mean() - before["balanced"] == pytest.approx(0.02, abs=5e-3)
    assert every.groupby(level="seed").last()["auc"].mean() == pytest.approx(0.882, abs=5e-4)


@pytest.fixture
def from_scratch(monkeypatch):
    """Two epochs on photos of noise, of a division, with the labels given."""
    monkeypatch.setattr(scratch, "EPOCHS", 2)
    images = random(24, 3, 32, 32)
    parts = elpv.Split(torch.arange(8), torch.arange(8, 16), torch.arange(16, 24))
    return lambda labels: scratch.training_from_scratch(images, labels, parts, seed=0)


def test_from_scratch_nothing_is_learned_from_the_cells_that_judge(from_scratch):
    labels = torch.tensor([0, 1] * 12)
    turned = torch.cat([labels[:16], 1 - labels[16:]])
    first, second = from_scratch(labels), from_scratch(turned)
    for one, other in zip(first, second, strict=True):
        assert one["validation loss"] == other["validation loss"]
        assert one["auc"] == pytest.approx(1 - other["auc"])


def test_from_scratch_a_tenth_of_the_rate_comes_where_no_loss_is_lower_and_then_the_end(from_scratch, monkeypatch):
    monkeypatch.setattr(scratch, "EPOCHS", 99)
    monkeypatch.setattr(scratch, "PATIENCE", 1)
    losses = iter([3.0, 2.0, 2.5, 2.5, 1.0, 1.0, 1.0, 0.5, 0.6, 0.6, 9.0])
    cross_entropy = scratch.F.cross_entropy
    monkeypatch.setattr(
        scratch.F, "cross_entropy", lambda x, y: cross_entropy(x, y) if x.requires_grad else torch.tensor(next(losses))
    )
    rates = [row["rate"] for row in from_scratch(torch.tensor([0, 1] * 12))]
    np.testing.assert_allclose(rates, [1e-3] * 4 + [1e-4] * 3 + [1e-5] * 3)


def test_a_measurement_from_scratch_goes_on_where_it_was_ended(monkeypatch, tmp_path):
    trained = []

    def training(images, labels, parts, seed):
        trained.append(seed)
        if len(trained) == 2:
            raise KeyboardInterrupt
        return [{"rate": 0.001, "validation loss": 1.0 - seed, "auc": 0.5}]

    monkeypatch.setattr(scratch, "training_from_scratch", training)
    monkeypatch.setattr(scratch, "preprocess", lambda images: images)
    monkeypatch.setattr(scratch.CellDataset, "scaled", lambda *_: None)  # thousands of pictures that nobody looks at
    with pytest.raises(KeyboardInterrupt):
        scratch.main(tmp_path / "found.json")
    scratch.main(tmp_path / "found.json")
    assert trained == [0, 1, 1, 2]
    assert [*json.loads((tmp_path / "found.json").read_text())["results"]] == ["0", "1", "2"]


@pytest.mark.parametrize("seed", range(5))
def test_wrong_labels_learned_by_heart_lift_the_dashed_curve_and_no_other(seed):
    explorer = HeadTraining(seed=seed, wrong=0.35)
    explorer.reset()
    explorer.advance(1000)
    early = abs(explorer.arrays["time"] - 100).argmin()
    gained = {
        name: explorer.arrays[name][-1] - explorer.arrays[name][early]
        for name in ("seen", "unseen", "unseen_auxiliary")
    }
    assert gained.pop("seen") > 0.05
    assert max(gained.values()) < 0


def test_the_explorer_says_what_the_network_says():
    # Half precision and merged normalisation move no probability by more than a percent.
    explorer, network = WhatDoesItSee(), load()
    for index, name in enumerate(PHOTOS):
        explorer.bundled = name
        with torch.no_grad():
            best = network(preprocess(sample_photos(224)[index : index + 1])).softmax(1)[0].topk(10)
        np.testing.assert_allclose(explorer.arrays["probability"], best.values, atol=0.01)
        assert explorer.arrays["index"][0] == best.indices[0]


def test_every_public_name_is_there():
    assert all(hasattr(package, name) for name in package.__all__)
