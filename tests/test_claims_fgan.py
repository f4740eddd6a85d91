"""The sentences of the f-GAN chapter that tell a reader what to do and what will be seen: done, and looked at."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import torch
from chapters import cells, on_graphs, pressing, sayings
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from kexue_widgets.fgan import (
    DIVERGENCES,
    KL,
    NEYMAN,
    REVERSE_KL,
    SQUARED_HELLINGER,
    TOY,
    InsideGAN,
    OneGaussian,
    PlaneGAN,
    Selector,
    best_gaussian,
    divergence_value,
    from_f,
    log_normal,
    mixed,
    ring,
)

says, press = sayings("fgan"), pressing("fgan", OneGaussian, PlaneGAN)


def test_the_tangent_of_kl_is_horizontal_at_one_over_e() -> None:
    says("Where is the tangent horizontal, and what is the conjugate's value there?")
    u = brentq(lambda u: float(KL.derivative(torch.tensor(u, dtype=torch.float64))), 0.1, 4)
    assert u == pytest.approx(1 / math.e)
    below, above = (Selector(u=u).arrays for u in (0.35, 0.4))
    assert below["touching"][0] < 0 < above["touching"][0]
    assert below["at_slope"][0] == pytest.approx(1 / math.e, abs=0.05)


def test_total_variation_asks_for_the_sign_alone() -> None:
    says("*Total variation*: the bound touches at every multiple but 0.")
    arrays = press("#live:Selector.divergence=total+variation").arrays
    assert arrays["bounds"][0] == 0
    np.testing.assert_allclose(arrays["bounds"][1:], arrays["exact"][0], rtol=1e-5)


def test_neyman_of_a_wide_q_is_seen_by_no_critic_but_the_best() -> None:
    says("the divergence is 33.8, of which a critic that knows half of the logarithm sees less than 2, and one that")
    says(
        "exaggerates it by a twentieth sees nothing: its bound lies far below zero. Then *Jensen-Shannon* with the same"
    )
    half = press("#live:Selector.divergence=Neyman&Selector.deviation=1.3")
    exaggerated = press("#live:Selector.divergence=Neyman&Selector.deviation=1.3&Selector.knows=1.05")
    best = Selector(divergence="Neyman", deviation=1.3, knows=1.0)
    for explorer, low, high in (
        (half, 1.5, 2),
        (best, 33.75, 33.85),
        (exaggerated, -33.8, -33.7),  # the picture's end
    ):
        exact, bound = explorer.arrays["summary"]
        assert exact == pytest.approx(33.8, abs=0.05)
        assert low < bound < high
    calm = press("#live:Selector.divergence=Jensen-Shannon&Selector.deviation=1.3").arrays
    assert calm["bounds"].min() >= 0
    assert calm["bounds"][8:].min() > 0.6 * calm["exact"][0]


def test_pearson_of_a_narrow_q_is_42() -> None:
    says("*Pearson* with a standard deviation of 0.8: 42. Below $\\sqrt{1/2}$ it would be infinite")
    says("Neyman is infinite above $\\sqrt 2$")
    # Gaussians: int p^2/q = s^2 / sqrt(2 s^2 - 1) * e^(m^2 / (2 s^2 - 1)), which is finite for s^2 > 1/2.
    s = 0.8
    exact = s**2 / math.sqrt(2 * s**2 - 1) * math.exp(1 / (2 * s**2 - 1)) - 1
    drawn = press("#live:Selector.divergence=Pearson&Selector.deviation=0.8&Selector.knows=1").arrays["summary"]
    assert drawn.tolist() == pytest.approx([exact, exact], rel=1e-4)
    assert round(exact) == 42


def test_half_of_kl_and_half_of_reverse_kl_are_half_of_jeffrey() -> None:
    says("Half of KL and half of reverse KL are half of Jeffrey, curve for curve.")
    arrays, jeffrey = press("#live:Selector.divergence=your+mixture").arrays, Selector(divergence="Jeffrey").arrays
    for name in ("f", "tangent", "slope", "conjugate", "activation", "bounds", "exact"):
        np.testing.assert_allclose(arrays[name], jeffrey[name] / 2, atol=1e-5, err_msg=name)


def test_the_conjugate_of_a_mixture_is_not_the_mixture_of_conjugates() -> None:
    says(
        "The conjugate of a mixture is not the mixture of the conjugates, since each of these touches a line of slope $t$"
    )
    t = -0.5  # touches KL at e^(t - 1), reverse KL at -1 / t
    best = minimize_scalar(lambda u: (u - 1) * math.log(u) / 2 - t * u, bounds=(1e-9, 50), method="bounded")
    halves = (math.exp(t - 1) - 1 - math.log(-t)) / 2
    assert -best.fun < halves - 0.05
    assert float(mixed({"KL": 0.5, "reverse KL": 0.5}).conjugate(torch.tensor(t))) == pytest.approx(-best.fun, abs=1e-5)


def test_a_mixture_of_nothing_is_nothing() -> None:
    says("With all weights at 0 $f$ is 0, and so are its tangent, its conjugate, its divergence and every bound.")
    arrays = press("#live:Selector.divergence=your+mixture&Selector.kl=0&Selector.reverse_kl=0").arrays
    for name in ("f", "tangent", "conjugate", "exact", "bounds", "summary"):
        np.testing.assert_array_equal(arrays[name], 0, err_msg=name)


def test_costs_are_bounded_where_the_chapter_says_so() -> None:
    says("For reverse KL and Neyman it stays bounded.")
    says("bounded for Pearson and KL, but without limit for reverse KL and Neyman")
    says(
        "Jeffrey has no limit at either end, the three bounded ones have one at both. (Bounded or not is all that counts"
    )
    # f(u)/u from u = 1e6 to 1e12, and f(u) from u = 1e-6 to 1e-12: what has a limit hardly moves.
    far = torch.tensor([1e6, 1e12], dtype=torch.float64)
    for name, (at_data, at_fakes) in {
        "KL": (False, True), "Pearson": (False, True), "reverse KL": (True, False), "Neyman": (True, False),
        "Jeffrey": (False, False), "total variation": (True, True), "squared Hellinger": (True, True),
        "Jensen-Shannon": (True, True),
    }.items():  # fmt: skip
        for c in (0, 3):
            shifted = lambda u, f=DIVERGENCES[name].f, c=c: f(u) + c * (u - 1)  # noqa: E731
            costs_data, costs_fakes = shifted(far) / far, shifted(1 / far)
            assert (abs(float(costs_data.diff())) < 0.01) == at_data
            assert (abs(float(costs_fakes.diff())) < 0.01) == at_fakes


def test_the_ring_is_told_as_it_was_measured() -> None:
    says("Five of them find all eight heaps: KL, Pearson, squared Hellinger, Jeffrey and Jensen-Shannon.")
    says("about 29 %, against 14 to 18 % for the other four. Reverse KL leaves out two heaps")
    says("Neyman leaves out six, and with two of the three seeds most of its samples are far from any.")
    results = ring.results()
    median = results.groupby("divergence").median()
    covering = set(median.index[median["modes"] == 8])
    assert covering == {"KL", "Pearson", "squared Hellinger", "Jeffrey", "Jensen-Shannon"}
    between = (100 * (1 - median.loc[sorted(covering), "good"])).round()
    assert between["Pearson"] == 29
    assert (between.drop("Pearson").min(), between.drop("Pearson").max()) == (14, 18)
    assert median.loc["reverse KL", "modes"] == 6
    assert median.loc["Neyman", "modes"] == 2
    assert (results.loc["Neyman", "good"] < 0.5).sum() == 2


def test_a_lone_critic_finds_little_more_and_a_lone_generator_fools_it() -> None:
    says(
        "Let *the critic alone* learn for some hundred steps after that: its estimate hardly rises, so it had kept up."
    )
    says("the estimate falls below zero, which no divergence does, and heaps get lost.")
    for seed in range(2):
        seen: list[np.ndarray] = []
        press(
            "#live:PlaneGAN.steps=2000*player*both,400&PlaneGAN.player=the+critic+alone",
            watch=lambda each, seen=seen: seen.append(each.arrays["summary"]),
            seed=seed,
        )
        fooled = press(
            "#live:PlaneGAN.steps=2000*player*both,400*player*the+critic+alone,400&PlaneGAN.player=the+generator+alone",
            seed=seed,
        ).arrays
        both, critic = seen
        assert -0.05 < critic[0] / both[0] - 1 < 0.15
        assert fooled["estimate"][-1] < 0
        assert fooled["summary"][1] < both[1]


def test_kl_strays_between_heaps_and_reverse_kl_leaves_some_out() -> None:
    says("In which of the two do fakes stray between the heaps, and in which do heaps go missing?")
    says("A tenth of KL added to *reverse KL*, a mixture of your own: which heaps come back, and what do they cost?")
    says("Ask three or four seeds each.")
    seeds = range(4)
    trained = {
        "KL": [press("#live:PlaneGAN.divergence=KL&PlaneGAN.steps=2000", seed=seed) for seed in seeds],
        "reverse KL": [press("#live:PlaneGAN.divergence=reverse+KL&PlaneGAN.steps=2000", seed=seed) for seed in seeds],
        "mixed": [
            press(
                "#live:PlaneGAN.divergence=your+mixture&PlaneGAN.kl=0.1&PlaneGAN.reverse_kl=1&PlaneGAN.steps=2000",
                seed=seed,
            )
            for seed in seeds
        ],
    }
    found = {name: np.mean([each.arrays["summary"][1:] for each in all_of], axis=0) for name, all_of in trained.items()}
    (_, kl_good), (reverse_covered, reverse_good), (covered, good) = found.values()
    assert found["KL"][0] > reverse_covered + 0.05
    assert kl_good < reverse_good - 0.02
    assert covered > reverse_covered + 0.04
    assert good < reverse_good - 0.02


def at(explorer: InsideGAN, *names: str) -> list[float]:
    """The numbers at these nodes of the diagram."""
    nodes = list(InsideGAN.views[0].marks[0].nodes)
    return [float(explorer.arrays["numbers"][nodes.index(name)]) for name in names]


def test_a_round_lifts_the_bound_and_lowers_it_by_less() -> None:
    says("It is below zero, which no divergence is: this critic is mistaken.")
    says("Its update lifts the bound, the generator's lowers it again, and less.")
    explorer = press("#live:InsideGAN.steps=184")
    bounds = at(explorer, "bound")
    for phase in ("critic's gradient", "critic's update", "generator's gradient", "generator's update"):
        explorer.advance()
        assert InsideGAN.phases[explorer.arrays["phase"].argmax()] == phase
        if "update" in phase:
            bounds += at(explorer, "bound")
    mistaken, climbed, descended = bounds
    assert mistaken < 0 < descended < climbed
    assert climbed - descended < climbed - mistaken


def test_the_number_at_the_slope_is_what_the_ratio_lacks_of_one() -> None:
    says("the number at $T$ is 1 minus the mean of $f^{*\\prime}(T)$ over the fakes.")
    says("That derivative is the ratio $p/q$ that the critic believes in, whose mean over the fakes should be 1")
    explorer = press("#live:InsideGAN.steps=185")
    critic = InsideGAN.critic.network(explorer._engine._state["critic"])
    fakes = torch.tensor(np.stack([explorer.arrays["fake_x"], explorer.arrays["fake_y"]], 1))
    # KL: f*(T) = e^(T - 1) is its own derivative, and the score stands for the logarithm of the ratio by asinh.
    ratio = np.exp(np.arcsinh(critic(fakes).numpy()))
    assert at(explorer, "T") == pytest.approx([1 - ratio.mean()], abs=1e-5)
    assert abs(1 - ratio.mean()) > 0.01


def test_the_generator_hears_of_one_average_alone() -> None:
    says("$\\mathbb E_p[T]$ is blank. The generator cannot move the data, so only one of the two averages")
    says("and nothing flows on to the noise.")
    explorer = press("#live:InsideGAN.steps=187")
    assert InsideGAN.phases[explorer.arrays["phase"].argmax()] == "generator's gradient"
    assert np.isnan(at(explorer, "E_p[T]", "data", "z1", "z2")).all()
    assert np.isfinite(at(explorer, "E_q[f*(T)]", *InsideGAN.units[2:])).all()


def test_fakes_are_stretched_over_both_heaps_after_a_hundred_rounds() -> None:
    says("the fakes, which lay between the heaps and on one of them, are stretched over both.")

    def near(explorer: InsideGAN) -> np.ndarray:
        fakes = np.stack([explorer.arrays["fake_x"], explorer.arrays["fake_y"]], 1)
        heaps = np.array([[-1.2, -0.6], [1.2, 0.6]])  # with a deviation of 0.25
        return (np.linalg.norm(fakes[:, None] - heaps, axis=2) < 0.75).sum(0)

    left, right = near(InsideGAN())
    assert left == 0 < right < 16
    assert near(press("#live:InsideGAN.steps=904")).min() > 5


def test_slopes_stay_where_the_activation_keeps_them() -> None:
    says("$T$ is below zero all over the plane, with *Jensen-Shannon* nowhere above $\\frac12\\ln 2$")
    reverse = press("#live:InsideGAN.divergence=reverse+KL&InsideGAN.unit=T").arrays
    jensen = press("#live:InsideGAN.divergence=Jensen-Shannon&InsideGAN.unit=T").arrays
    for arrays, most in ((reverse, 0), (jensen, math.log(2) / 2)):
        assert arrays["field"].max() < most
        np.testing.assert_array_equal(arrays["field"], arrays["response"])
    assert InsideGAN().arrays["field"].max() > math.log(2) / 2


def played(steps: int, **values: object) -> dict[str, np.ndarray]:
    """One Gaussian from its start, so many steps on; the traces keep about 500 of them."""
    explorer = on_graphs(OneGaussian, **values)
    explorer.reset()
    explorer.advance(steps)
    return explorer.arrays


def late(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    """The second half of a trace."""
    return arrays[name][len(arrays[name]) // 2 :]


def test_one_gaussian_opens_on_its_way_and_comes_to_rest_where_theory_says() -> None:
    says("watch the path bend to different ends from the same start")
    says("Which of the two is usually higher?")
    ends = {}
    for name, arrays in {
        "KL": press("#live:OneGaussian.divergence=KL&OneGaussian.steps=1500").arrays,
        "reverse KL": press("#live:OneGaussian.divergence=reverse+KL&OneGaussian.steps=1500").arrays,
    }.items():
        learned, best = arrays["summary"][:2].T
        np.testing.assert_allclose(learned, best, atol=0.15)
        ends[name] = best[0]
        # An imperfect critic reports less than the divergence.
        assert (late(arrays, "estimate") < late(arrays, "exact")).mean() > 0.8
    assert ends["reverse KL"] - ends["KL"] > 0.4
    opening = on_graphs(OneGaussian).arrays["summary"]
    assert abs(opening[0, 0] - opening[0, 1]) > 0.15


def test_hasty_players_do_not_settle() -> None:
    says("One critic step, and a generator's learning rate of 0.1: the path does not settle")
    calm = played(1500)
    hasty = press("#live:OneGaussian.critic_steps=1&OneGaussian.rate_generator=0.1&OneGaussian.steps=1500").arrays
    assert late(hasty, "path_mean").std() > 3 * late(calm, "path_mean").std()


def test_neyman_wanders_more_than_jensen_shannon() -> None:
    says("which of the two paths wanders more about its end, and which estimate is the noisier one?")
    wide = press("#live:OneGaussian.divergence=Neyman&OneGaussian.steps=1500").arrays
    narrow = press("#live:OneGaussian.divergence=Jensen-Shannon&OneGaussian.steps=1500").arrays
    wander = [sum(late(each, name).std() for name in ("path_mean", "path_deviation")) for each in (wide, narrow)]
    assert wander[0] > wander[1]
    assert late(wide, "estimate").std() > late(narrow, "estimate").std()


def test_five_differences_from_the_paper_are_below_a_thousandth() -> None:
    says("The differences are below 0.001, fifteen numbers from five parameters")
    (cell,) = (each for each in cells("fgan") if each.get("id") == "toy-paper-code")
    table = "".join(cell["outputs"][0]["data"]["text/plain"]).splitlines()[1:]
    numbers = list(itertools.chain(*(map(float, line.split()[-3:]) for line in table)))
    assert len(numbers) == 15
    assert max(map(abs, numbers)) < 0.001


def test_ten_critic_steps_hold_the_generator_back_and_a_high_rate_throws_it_about() -> None:
    says("Ten critic steps for one of the generator, then one. And a learning rate of 0.03 for either of the players.")
    ways = {}
    for name, explorer in {
        "ten": press("#live:PlaneGAN.critic_steps=10&PlaneGAN.steps=0"),
        "one": press("#live:PlaneGAN.critic_steps=1&PlaneGAN.steps=0"),
        "hasty": press("#live:PlaneGAN.rate_generator=0.03&PlaneGAN.steps=0"),
    }.items():
        before = explorer.arrays
        explorer.advance(20)
        after = explorer.arrays
        ways[name] = np.hypot(after["fake_x"] - before["fake_x"], after["fake_y"] - before["fake_y"]).mean()
    assert ways["ten"] < ways["one"] < ways["hasty"]


def test_heaps_that_a_reader_draws_are_the_data() -> None:
    says("*Your points*: draw three heaps far from each other.")
    heaps = np.array([[-2.5, -2.5], [2.5, -2.5], [0, 2.5]])
    arrays = press("#live:PlaneGAN.data=your+points&PlaneGAN.points=-2.5,-2.5,2.5,-2.5,0,2.5").arrays
    data = np.stack([arrays["data_x"], arrays["data_y"]], 1)
    distances = np.linalg.norm(data[:, None] - heaps, axis=2)
    assert distances.min(1).max() < 0.6
    assert np.bincount(distances.argmin(1), minlength=3).min() > 50


def test_the_cross_table_is_that_of_the_integrals_and_its_diagonal_is_least() -> None:
    says("The least number of each column stands on the diagonal, as it must.")
    says("to either, the other's fit is the worst of all")
    (cell,) = (each for each in cells("fgan") if each.get("id") == "cross")
    namespace: dict = {"torch": torch, "TOY": TOY, "log_normal": log_normal, "ROWS": list(DIVERGENCES.values())}
    grid = torch.linspace(-12, 15, 2001, dtype=torch.float64)
    namespace["pd"] = pd
    fits = {name: best_gaussian(each, TOY.log_density(grid), grid) for name, each in DIVERGENCES.items()}
    namespace["best"] = pd.DataFrame(fits, index=["D", "μ", "σ"]).T
    exec("".join(cell["source"]).rpartition("\n")[0], namespace)
    cross = pd.DataFrame(namespace["cross"], index=list(fits)).T
    for name in fits:
        assert cross[name].idxmin() == name
    assert cross["Pearson"].idxmax() == "Neyman"
    assert cross["Neyman"].idxmax() == "Pearson"

    def p(x: float) -> float:
        return 0.33 * norm.pdf(x, -1, 0.065**0.5) + 0.67 * norm.pdf(x, 2, 2**0.5)

    # KL and Pearson of the fit by Jensen-Shannon, by adaptive integration
    _, mean, deviation = fits["Jensen-Shannon"]
    q = norm(mean, deviation).pdf
    for name, f in (("KL", lambda u: u * math.log(u)), ("Pearson", lambda u: (u - 1) ** 2)):
        exact, _ = quad(lambda x, f=f: q(x) * f(p(x) / q(x)), -10, 14, points=[-2, -1, 0, 2], limit=400)
        assert cross.loc["Jensen-Shannon", name] == pytest.approx(exact, abs=1e-4)


# Exercises


def test_a_free_term_changes_no_divergence() -> None:
    says("The slope becomes $t + c$, so the best critic moves up by $c$")
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.4, 0.5])
    u = p / q
    assert q @ (u * np.log(u) - 1.7 * (u - 1)) == pytest.approx(q @ (u * np.log(u)))
    for t in (-1.0, 0.3):
        shifted = minimize_scalar(
            lambda u, t=t: u * np.log(u) + 1.7 * (u - 1) - t * u, bounds=(1e-9, 50), method="bounded"
        )
        assert -shifted.fun == pytest.approx(math.exp(t - 1.7 - 1) + 1.7, rel=1e-5)
    assert (u * np.log(u) - u + 1).min() >= 0


def test_conjugates_by_hand_are_suprema() -> None:
    says("A horizontal line that just touches from below lies at height 0, so $f^*(0) = 0$")
    for of, formula in ((SQUARED_HELLINGER, lambda t: t / (1 - t)), (NEYMAN, lambda t: 2 - 2 * (1 - t) ** 0.5)):
        for t in (-1.0, 0.0, 0.5):
            found = minimize_scalar(
                lambda u, t=t, of=of: float(of.f(torch.tensor(u, dtype=torch.float64))) - t * u,
                bounds=(1e-9, 50),
                method="bounded",
            )
            assert -found.fun == pytest.approx(formula(t), abs=1e-6)


def test_disjoint_sets_reach_the_upper_bounds_and_teach_nothing() -> None:
    says("It does not depend on how far apart the two are, so its gradient is zero")
    far = torch.linspace(-10, 60, 7001, dtype=torch.float64)
    for name, bound in (("total variation", 1), ("squared Hellinger", 2), ("Jensen-Shannon", math.log(2))):
        for place in (30.0, 40.0):
            value = divergence_value(DIVERGENCES[name], log_normal(far, 0, 1), log_normal(far, place, 1), far)
            assert float(value) == pytest.approx(bound, abs=1e-6)
    for name in ("KL", "reverse KL", "Pearson", "Neyman", "Jeffrey"):
        assert DIVERGENCES[name].upper == math.inf


def test_the_trick_makes_reverse_kl_of_kl() -> None:
    says("Show that the gradient of this is the gradient of reverse KL.")
    grid = torch.linspace(-14, 16, 6001, dtype=torch.float64)
    target = TOY.log_density(grid)
    for deviation in (1.2, 1.5):
        mu = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        log_q = log_normal(grid, mu, deviation)
        trick = -torch.trapezoid(log_q.exp() * (1 + target - log_q.detach()), grid)
        reverse = divergence_value(REVERSE_KL, target, log_q, grid)
        one, other = (torch.autograd.grad(each, mu, retain_graph=True)[0] for each in (trick, reverse))
        assert float(one) == pytest.approx(float(other), rel=1e-6)


def test_a_logarithm_is_refused_and_a_fourth_power_moves_towards_the_narrow_peak() -> None:
    says("Which is refused, and why?")
    says("so its Gaussian moves still further towards the narrow peak")
    with pytest.raises(ValueError, match="convex"):
        from_f("ln u", torch.log)
    from_f("root", lambda u: (u - 1).abs() ** 1.5)
    grid = torch.linspace(-12, 15, 1001, dtype=torch.float64)
    fit = best_gaussian(from_f("fourth", lambda u: (u - 1) ** 4), TOY.log_density(grid), grid)
    assert fit.mean < best_gaussian(DIVERGENCES["Pearson"], TOY.log_density(grid), grid).mean
