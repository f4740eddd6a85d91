"""Training steps per second in the browser: ours beside TensorFlow.js.

Two GANs with the original one's non-saturating loss and Adam (beta1 = 0.5), fresh random inputs for every step. The small
networks are those of the f-GAN chapter's `PlaneGAN`, a generator 2-64-64-2 and a critic 2-64-64-1 (tanh), batch 128, which learn
a circle; the convolutional ones those that the one-loss chapter has for its digits, images of 8 x 8 pixels, batch 32, which get
noise for images, since the clock does not see the difference. Our side is an explorer, exported as for any page and run by the
page's own engine; the other side is the same written for TensorFlow.js, on each of its backends (one that cannot train the
networks is left out). First both get the same parameters and inputs, and their losses must agree; then blocks of steps take
turns, and medians are compared. Eager torch in Python, one thread, takes its turn for orientation. So does a product of
matrices in torch on one thread: at its rate the multiplications and additions of a step would take what is called the limit.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from _common import FRONTEND, PAGE, middle, node, npm, open_browser, print_table, serve_folder, store, versions
from playwright.sync_api import Page
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.utils.flop_counter import FlopCounterMode

from kexue_widgets.fgan import PlaneGAN, mlp
from kexue_widgets.live import (
    STATIC,
    Adam,
    Dots,
    Explorer,
    Lines,
    Noise,
    Stream,
    Training,
    View,
    generator,
    page_element,
    record,
    start_trace,
    trace_steps,
    uniform_numbers,
)
from kexue_widgets.onelossgan import digits

HERE = Path(__file__).parent
RATE, BETA1 = 1e-3, 0.5
WIDTH = PlaneGAN.width
ROUNDS = 7
BLOCK = 0.5  # seconds
CHECKED = 20  # steps in which both sides must agree
PRODUCT = 1024  # rows and columns of the matrices whose product tells what a core reaches

torch.manual_seed(0)
torch.set_num_threads(1)


class TwoPlayers(Explorer):
    """A generator and a critic that take turns; what they are, and what they are given, the two below say."""

    G: Training
    D: Training
    batch: int

    views = (
        View(Dots("fake_x", "fake_y"), x_range=(-2, 2), y_range=(-2, 2)),
        View(Lines("step", "losses"), title="losses", x="step"),
    )

    @classmethod
    def inputs(cls, noise: Noise) -> tuple[Tensor, Tensor]:
        """Latent points and data."""
        raise NotImplementedError

    @classmethod
    def start(cls) -> dict:
        return {"G": cls.G.start(), "D": cls.D.start(), "losses": start_trace(2)}

    @classmethod
    def step(cls, state: dict, noise: Noise) -> dict:
        latent, real = cls.inputs(noise)
        fake = cls.G.network(state["G"])(latent)
        d, loss_d = cls.D.step(state["D"], lambda D: softplus(-D(real)).mean() + softplus(D(fake)).mean(), RATE)
        D = cls.D.network(d)
        g, loss_g = cls.G.step(state["G"], lambda G: softplus(-D(G(latent))).mean(), RATE)
        return {"G": g, "D": d, "losses": record(state["losses"], torch.stack([loss_d, loss_g]))}

    @classmethod
    def frame(cls, state: dict, noise: Noise) -> dict:
        latent, _ = cls.inputs(noise)
        fake, trace = cls.G.network(state["G"])(latent).flatten(1), state["losses"]
        return {"fake_x": fake[:, 0], "fake_y": fake[:, 1], "step": trace_steps(trace), "losses": trace["values"]}


class Circle(TwoPlayers):
    """A generator learns to put points on a circle."""

    G = Training(mlp(2, WIDTH, WIDTH, 2), Adam(beta1=BETA1))
    D = Training(mlp(2, WIDTH, WIDTH, 1), Adam(beta1=BETA1))
    batch = PlaneGAN.batch

    @classmethod
    def inputs(cls, noise: Noise) -> tuple[Tensor, Tensor]:
        latent, angle = 2 * noise.uniform(cls.batch, 2) - 1, 2 * torch.pi * noise.uniform(cls.batch, 1)
        return latent, torch.cat([torch.cos(angle), torch.sin(angle)], dim=1)


class Images(TwoPlayers):
    """A generator learns images of noise."""

    G = Training(digits.generator(), Adam(beta1=BETA1))
    D = Training(digits.critic(), Adam(beta1=BETA1))
    batch = 32

    @classmethod
    def inputs(cls, noise: Noise) -> tuple[Tensor, Tensor]:
        return 2 * noise.uniform(cls.batch, digits.LATENT) - 1, noise.uniform(cls.batch, 1, 8, 8)


class Case(NamedTuple):
    """One of the two: its explorer, its networks anew, and how many random numbers each item of a batch takes."""

    name: str
    explorer: type[TwoPlayers]
    networks: Callable[[], tuple[nn.Module, nn.Module]]
    numbers: int


CASES = {
    "circle": Case("small networks", Circle, lambda: (mlp(2, WIDTH, WIDTH, 2), mlp(2, WIDTH, WIDTH, 1)), 3),
    "images": Case("convolutional networks", Images, lambda: (digits.generator(), digits.critic()), digits.LATENT + 64),
}
BACKENDS = ("cpu", "wasm", "webgl")


class EagerTorch:
    """The same training as a loop in Python."""

    def __init__(self, case: Case) -> None:
        torch.manual_seed(0)
        self.inputs = case.explorer.inputs
        self.noise = Noise.from_generator(generator(0, Stream.STEP))
        self.G, self.D = case.networks()
        self.optimizer_g = torch.optim.Adam(self.G.parameters(), RATE, (BETA1, 0.999))
        self.optimizer_d = torch.optim.Adam(self.D.parameters(), RATE, (BETA1, 0.999))

    def step(self) -> None:
        latent, real = self.inputs(self.noise)
        self.optimizer_d.zero_grad()
        (softplus(-self.D(real)).mean() + softplus(self.D(self.G(latent).detach())).mean()).backward()
        self.optimizer_d.step()
        self.optimizer_g.zero_grad()
        softplus(-self.D(self.G(latent))).mean().backward()
        self.optimizer_g.step()

    def flops(self) -> int:
        """Multiplications and additions of a step's matrix products and convolutions."""
        with FlopCounterMode(display=False) as counter:
            self.step()
        return counter.get_total_flops()

    def block(self, steps: int) -> float:
        """Milliseconds a step."""
        began = time.perf_counter()
        for _ in range(steps):
            self.step()
        return 1000 * (time.perf_counter() - began) / steps


def product() -> float:
    """Milliseconds that one core takes for 10^9 operations of a product of matrices."""
    matrix = torch.rand(PRODUCT, PRODUCT)
    began = time.perf_counter()
    for _ in range(4):
        matrix @ matrix
    return 1000 * (time.perf_counter() - began) / (4 * 2 * PRODUCT**3 / 1e9)


def prepare(folder: Path) -> None:
    """Write a page that holds the explorers and TensorFlow.js."""
    modules = HERE / "node_modules" / "@tensorflow"
    if not modules.exists():
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=HERE)
    scripts = [modules / "tfjs/dist/tf.min.js", modules / "tfjs-backend-wasm/dist/tf-backend-wasm.min.js"]
    files = [*scripts, STATIC / "page.js", STATIC / "engine.js", STATIC / "style.css"]
    for path in [*files, *(modules / "tfjs-backend-wasm/dist").glob("*.wasm")]:
        shutil.copy(path, folder)
    options = f"{{entryPoints: ['training.js'], outfile: {str(folder / 'training.js')!r}, bundle: true, nodePaths: [{str(FRONTEND / 'node_modules')!r}]}}"
    node("-e", f"require({str(FRONTEND / 'node_modules' / 'esbuild')!r}).buildSync({options})", cwd=HERE)
    loaded = "".join(f'<script src="{path.name}"></script>' for path in files if path.suffix == ".js")
    elements = "".join(page_element(case.explorer()) for case in CASES.values())
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="stylesheet" href="style.css">'
    (folder / "index.html").write_text(f'{head}{elements}{loaded}<script src="training.js"></script>')


def same_losses(page: Page, name: str, backend: str) -> bool:
    """Whether both sides find the same losses from the same parameters and inputs."""
    case = CASES[name]
    noise = uniform_numbers(generator(0, Stream.STEP), CHECKED * case.numbers * case.explorer.batch)
    ours = np.array(page.evaluate("given => benchmark.ourLosses(...given)", [name, CHECKED]))
    theirs = np.array(
        page.evaluate("given => benchmark.rivalLosses(...given)", [name, backend, noise.reshape(CHECKED, -1).tolist()])
    )
    gap = abs(ours - theirs).max()
    ends = " -> ".join(f"({d:.4f}, {g:.4f})" for d, g in ours[[0, -1]])
    print(
        f"{case.name}, losses of {CHECKED} steps, ours {ends}; TensorFlow.js {backend} differs by {gap:.1e} at most",
        flush=True,
    )
    return gap < 1e-3 and abs(ours[0] - ours[-1]).max() > 0.01


def played(page: Page, place: int) -> float:
    """Milliseconds a step when a reader plays the explorer at full speed, pictures and all."""
    element = page.locator("kexue-explorer").nth(place)
    steps = "element => [element.explorer.steps, performance.now()]"
    element.get_by_role("button", name="Play").click()
    element.locator(".kexue-speed select").select_option("Infinity")
    page.wait_for_timeout(500)
    (steps_before, before), _, (steps_after, after) = (
        element.evaluate(steps),
        page.wait_for_timeout(1200),
        element.evaluate(steps),
    )
    element.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(200)
    return (after - before) / (steps_after - steps_before)


def measure(page: Page, name: str) -> list[Any]:
    """Check that both sides of a case train alike, then time them in turns; its two tables."""
    case, place = CASES[name], list(CASES).index(name)
    parameters = {
        player: [{"shape": list(p.shape), "data": p.flatten().tolist()} for p in training.initial.values()]
        for player, training in (("generator", case.explorer.G), ("discriminator", case.explorer.D))
    }
    given = [parameters, RATE, BETA1, case.explorer.batch]
    missing = {
        backend: page.evaluate("given => benchmark.prepareRival(...given)", [name, backend, *given])
        for backend in BACKENDS
    }
    rivals = [backend for backend, reason in missing.items() if reason is None]
    if not all([same_losses(page, name, backend) for backend in rivals]):
        sys.exit("The two sides do not train alike.")
    eager = EagerTorch(case)
    flops = eager.flops()
    worker, thread = "ours, in a worker", "ours, in the page's thread"

    def ours(where: str) -> Callable[[int], float]:
        return lambda steps: page.evaluate("given => benchmark.ours(...given)", [name, where, steps])

    def rival(backend: str) -> Callable[[int], float]:
        return lambda steps: page.evaluate("given => benchmark.rival(...given)", [name, backend, steps])

    sides: dict[str, Callable[[int], float]] = {
        worker: ours("worker"),
        thread: ours("page"),
        "ours, played with pictures": lambda _: played(page, place),
        **{f"TensorFlow.js, {backend}": rival(backend) for backend in rivals},
        "torch in Python, eager": eager.block,
        "limit": lambda _: product() * flops / 1e9,
    }
    element = page.locator("kexue-explorer").nth(place)
    element.get_by_role("button", name="Step").click()
    page.wait_for_function(f"() => document.querySelectorAll('kexue-explorer')[{place}].explorer.steps > 0")
    for run in sides.values():
        run(1)  # warm
    steps = {side: max(1, round(1000 * BLOCK / run(1))) for side, run in sides.items()}
    times: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(ROUNDS):
        for side, run in sides.items():
            times[side].append(run(steps[side]))
    medians = {side: middle(each) for side, each in times.items()}
    limit = medians.pop("limit")
    best = min((side for side in medians if side.startswith("TensorFlow")), key=medians.__getitem__)
    rows: list[tuple[str, ...]] = []
    for ours in (worker, thread):
        for peer in (best, "torch in Python, eager"):
            ratios = np.divide(times[peer], times[ours])
            figures = (f"{each:.2f}" for each in (np.median(ratios), ratios.min(), ratios.max()))
            rows.append((f"{ours}: {peer}", *figures))
    heads = ("median", "lowest", "highest")
    ratios = print_table(f"Training, {case.name}: how many times as fast as a peer", ("", *heads), rows, heads)
    rows = [
        (side, f"{ms:.2f}", f"{1000 / ms:.0f}", f"{ms / limit:.0f}", f"{min(times[side]):.2f}-{max(times[side]):.2f}")
        for side, ms in medians.items()
    ]
    rows += [(f"TensorFlow.js, {backend}", "-", "-", "-", reason) for backend, reason in missing.items() if reason]
    rows += [("the limit of a core's arithmetic", f"{limit:.3f}", f"{1000 / limit:.0f}", "1", "")]
    title = f"Training, {case.name}, batch {case.explorer.batch}"
    return [ratios, print_table(title, ("", "ms a step", "steps/s", "times the limit", "range of ms"), rows)]


def main() -> None:
    """Train both GANs on both sides, and keep what was found."""
    # Without it this Chromium has no WebGL at all.
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_folder(Path(folder)) as address,
        open_browser("--enable-unsafe-swiftshader") as browser,
    ):
        prepare(Path(folder))
        page = browser.new_page()
        page.goto(address)
        tables = [table for name in CASES for table in measure(page, name)]
        chromium, tf = browser.version, page.evaluate("tf.version.tfjs")
    code = ("benchmarks/training.js", "kexue_widgets/onelossgan/digits.py", "kexue_widgets/fgan/training.py", *PAGE)
    store(__file__, tables, code, versions("torch") | {"Chromium": chromium, "TensorFlow.js": tf})


if __name__ == "__main__":
    main()
