"""Training steps per second in the browser: ours beside TensorFlow.js.

The networks are those of the f-GAN chapter's `PlaneGAN`: a generator 2-64-64-2 and a critic 2-64-64-1 (tanh) with Adam
(beta1 = 0.5), batch 128. They learn a circle with the original GAN's non-saturating loss, fresh random inputs for every step. Our side is an explorer, exported as for any page and run
by the page's own engine; the other side is the same written for TensorFlow.js, on each of its backends. First both get
the same parameters and inputs, and their losses must agree; then blocks of steps take turns, and medians are compared.
Eager torch in Python, one thread, takes its turn for orientation.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from _common import FRONTEND, middle, node, npm, open_browser, print_table, serve_folder
from playwright.sync_api import Page
from torch.nn.functional import softplus

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

HERE = Path(__file__).parent
RATE, BETA1 = 1e-3, 0.5
WIDTH, BATCH = PlaneGAN.width, PlaneGAN.batch
ROUNDS = 9
CHECKED = 50  # steps in which both sides must agree
BLOCKS = {"cpu": 8, "wasm": 40, "webgl": 8}  # steps a block of TensorFlow.js: about half a second each

torch.manual_seed(0)
torch.set_num_threads(1)


class Circle(Explorer):
    """A generator learns to put points on a circle."""

    G = Training(mlp(2, WIDTH, WIDTH, 2), Adam(beta1=BETA1))
    D = Training(mlp(2, WIDTH, WIDTH, 1), Adam(beta1=BETA1))

    views = (
        View(Dots("real_x", "real_y"), Dots("fake_x", "fake_y"), x_range=(-2, 2), y_range=(-2, 2)),
        View(Lines("step", "losses"), title="losses", x="step"),
    )

    @classmethod
    def start(cls) -> dict:
        return {"G": cls.G.start(), "D": cls.D.start(), "losses": start_trace(2)}

    @classmethod
    def step(cls, state: dict, noise: Noise) -> dict:
        latent, angle = 2 * noise.uniform(BATCH, 2) - 1, 2 * torch.pi * noise.uniform(BATCH, 1)
        real = torch.cat([torch.cos(angle), torch.sin(angle)], dim=1)
        fake = cls.G.network(state["G"])(latent)
        d, loss_d = cls.D.step(state["D"], lambda D: softplus(-D(real)).mean() + softplus(D(fake)).mean(), RATE)
        D = cls.D.network(d)
        g, loss_g = cls.G.step(state["G"], lambda G: softplus(-D(G(latent))).mean(), RATE)
        return {"G": g, "D": d, "losses": record(state["losses"], torch.stack([loss_d, loss_g]))}

    @classmethod
    def frame(cls, state: dict, noise: Noise) -> dict:
        fake = cls.G.network(state["G"])(2 * noise.uniform(BATCH, 2) - 1)
        angle = torch.linspace(0, 2 * torch.pi, BATCH)
        x, y = fake[:, 0], fake[:, 1]
        circle = {"real_x": torch.cos(angle), "real_y": torch.sin(angle)}
        trace = state["losses"]
        return {**circle, "fake_x": x, "fake_y": y, "step": trace_steps(trace), "losses": trace["values"]}


class EagerTorch:
    """The same training as a loop in Python."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.G, self.D = mlp(2, WIDTH, WIDTH, 2), mlp(2, WIDTH, WIDTH, 1)
        self.optimizer_g = torch.optim.Adam(self.G.parameters(), RATE, (BETA1, 0.999))
        self.optimizer_d = torch.optim.Adam(self.D.parameters(), RATE, (BETA1, 0.999))

    def step(self) -> None:
        latent, angle = 2 * torch.rand(BATCH, 2) - 1, 2 * torch.pi * torch.rand(BATCH, 1)
        real = torch.cat([torch.cos(angle), torch.sin(angle)], dim=1)
        self.optimizer_d.zero_grad()
        (softplus(-self.D(real)).mean() + softplus(self.D(self.G(latent).detach())).mean()).backward()
        self.optimizer_d.step()
        self.optimizer_g.zero_grad()
        softplus(-self.D(self.G(latent))).mean().backward()
        self.optimizer_g.step()

    def block(self, steps: int) -> float:
        """Milliseconds a step."""
        began = time.perf_counter()
        for _ in range(steps):
            self.step()
        return 1000 * (time.perf_counter() - began) / steps


def prepare(folder: Path) -> None:
    """Write a page that holds the explorer and TensorFlow.js."""
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
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="stylesheet" href="style.css">'
    (folder / "index.html").write_text(f'{head}{page_element(Circle())}{loaded}<script src="training.js"></script>')


def same_losses(page: Page, backend: str) -> bool:
    """Whether both sides find the same losses from the same parameters and inputs."""
    noise = uniform_numbers(generator(0, Stream.STEP), CHECKED * 3 * BATCH).reshape(CHECKED, 3 * BATCH)
    ours = np.array(page.evaluate("steps => benchmark.ourLosses(steps)", CHECKED))
    theirs = np.array(page.evaluate("given => benchmark.rivalLosses(...given)", [backend, noise.tolist()]))
    gap = abs(ours - theirs).max()
    ends = " -> ".join(f"({d:.4f}, {g:.4f})" for d, g in ours[[0, -1]])
    print(f"losses of {CHECKED} steps, ours {ends}; TensorFlow.js {backend} differs by {gap:.1e} at most")
    return gap < 1e-3 and abs(ours[0] - ours[-1]).max() > 0.01


def played(page: Page) -> float:
    """Milliseconds a step when a reader plays the explorer at full speed, pictures and all."""
    steps = "() => [document.querySelector('kexue-explorer').explorer.steps, performance.now()]"
    page.get_by_role("button", name="Play").click()
    page.locator(".kexue-speed select").select_option("Infinity")
    page.wait_for_timeout(500)
    (steps_before, before), _, (steps_after, after) = (
        page.evaluate(steps),
        page.wait_for_timeout(1200),
        page.evaluate(steps),
    )
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(200)
    return (after - before) / (steps_after - steps_before)


def main() -> None:
    """Check that both sides train alike, then time them."""
    parameters = {
        name: [{"shape": list(p.shape), "data": p.flatten().tolist()} for p in training.initial.values()]
        for name, training in (("generator", Circle.G), ("discriminator", Circle.D))
    }
    # Without it this Chromium has no WebGL at all.
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_folder(Path(folder)) as address,
        open_browser("--enable-unsafe-swiftshader") as browser,
    ):
        prepare(Path(folder))
        page = browser.new_page()
        page.goto(address)
        missing = {
            name: page.evaluate("given => benchmark.prepareRival(...given)", [name, parameters, RATE, BETA1, BATCH])
            for name in BLOCKS
        }
        rivals = [name for name, reason in missing.items() if reason is None]
        if not all([same_losses(page, backend) for backend in rivals]):
            sys.exit("The two sides do not train alike.")
        eager = EagerTorch()
        sides = {
            "ours, in a worker": lambda: page.evaluate("steps => benchmark.ours('worker', steps)", 200),
            "ours, in the page's thread": lambda: page.evaluate("steps => benchmark.ours('page', steps)", 200),
            "ours, played with pictures": lambda: played(page),
            **{
                f"TensorFlow.js {b}": lambda b=b: page.evaluate("given => benchmark.rival(...given)", [b, BLOCKS[b]])
                for b in rivals
            },
            "torch in Python, eager": lambda: eager.block(100),
        }
        page.get_by_role("button", name="Step").click()
        page.wait_for_function("() => document.querySelector('kexue-explorer').explorer.steps > 0")
        for run in sides.values():
            run()  # warm
        times = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, run in sides.items():
                times[name].append(run())
    medians = {name: middle(each) for name, each in times.items()}
    rows = [
        (name, f"{ms:.2f}", f"{1000 / ms:.0f}", f"{min(times[name]):.2f}-{max(times[name]):.2f}")
        for name, ms in medians.items()
    ]
    rows += [(f"TensorFlow.js {name}", "-", "-", reason) for name, reason in missing.items() if reason]
    print_table(
        f"Training a GAN, batch {BATCH}, median of {ROUNDS} blocks", ("", "ms a step", "steps/s", "range of ms"), rows
    )
    best = min((name for name in medians if name.startswith("TensorFlow")), key=medians.get)
    print(
        f"\nours is {medians[best] / medians['ours, in a worker']:.1f} times as fast as {best}, its best backend here (target: 3)"
    )


if __name__ == "__main__":
    main()
