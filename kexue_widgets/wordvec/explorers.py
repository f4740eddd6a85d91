"""The chapter's explorers: affinity from counts, the space of vectors, analogies, sums of PMI, training in the plane."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..colors import BLUE, GREY, ORANGE, RED
from ..live import (
    Choice,
    Dots,
    Explorer,
    Lines,
    Noise,
    Ranking,
    Slider,
    Table,
    Texts,
    Toggle,
    View,
    record,
    start_trace,
    trace_steps,
)
from .additivity import exact_pmi, log_probability, pair_pmi, summed_pmi
from .frequent import PLANE, Counts, QuantizedVectors, frequent_counts, frequent_vectors, plane_counts

FAR = 1e6  # puts a word at the end of any ranking
SHOWN = 10

ENGLISH, POEMS, COUPLETS = (frequent_counts(text) for text in ("English", "Tang poems", "Tang couplets"))
ENGLISH_VECTORS, COUPLET_VECTORS = (frequent_vectors(text) for text in ("English", "Tang couplets"))


def top_words(score: Tensor, excluded: Tensor, count: int = SHOWN) -> tuple[Tensor, Tensor]:
    """Indices and scores of the largest entries of score (n,), of equal ones the first; none where `excluded` (n,) is 1."""
    values, index = (score - FAR * excluded).sort(stable=True, descending=True)
    return index[:count], values[:count]


class Affinity(Explorer):
    """Two English words: how often they met within five words of each other, how often they would have by chance, and
    the logarithm of the ratio; and the words that the first one seeks and avoids most."""

    a = Choice(ENGLISH.options, "war", label="word a")
    b = Choice(ENGLISH.options, "peace", label="word b")
    imagined = Slider(5, 0.01, 100, log=True, label="imagined meetings")

    table = ENGLISH

    views = (
        View(
            Lines("range", "range", label="as chance would have it", color=GREY, dashed=True),
            Dots("expected", "met", label="a word beside a", control="a", color=BLUE, size=2),
            Dots("expected_b", "met_b", label="word b", control="b", index="number_b", color=RED, size=5),
            title="met and expected",
            x="meetings expected by chance",
            y="meetings counted",
            x_log=True,
            y_log=True,
        ),
        View(Ranking("seeks", "seeks_score", control="b"), title="a seeks (PMI)"),
        View(Ranking("avoids", "avoids_score", control="b"), title="a avoids (PMI)"),
        View(
            Table(
                "summary",
                rows=(
                    "meetings of a with any word",
                    "meetings of b with any word",
                    "meetings of any two words",
                    "a with b by chance",
                    "a with b counted",
                    "ratio, both with imagined meetings",
                    "PMI, its logarithm",
                ),
                columns=("number",),
                digits=5,
            ),
            title="from counts to PMI",
        ),
    )

    @classmethod
    def frame(cls, a: Tensor, b: Tensor, imagined: Tensor) -> dict[str, Tensor]:
        of: Counts = cls.table
        i, j, places = a.long().reshape(1), b.long().reshape(1), torch.arange(len(of.counts))
        met = of.counts[i].reshape(-1).float()
        expected = of.meetings * of.meetings[i] / of.total
        # Meetings that are imagined to be as many as chance has it: log((x + k) / (e + k)) is 0 where nothing is known.
        pmi = torch.log((met + imagined) / (expected + imagined))
        itself = (places == i).float()
        seeks, seeks_score = top_words(pmi, itself)
        avoids, avoids_score = top_words(-pmi, itself)
        drawn = met.clamp(min=0.5)  # on a logarithmic axis 0 has no place
        summary = [
            of.meetings[i],
            of.meetings[j],
            torch.full((1,), of.total),
            expected[j],
            met[j],
            pmi[j].exp(),
            pmi[j],
        ]
        return {
            "expected": expected,
            "met": drawn,
            "expected_b": expected[j],
            "met_b": drawn[j],
            "number_b": j,
            "range": torch.stack([expected.min(), expected.max()]),
            "seeks": seeks,
            "seeks_score": seeks_score,
            "avoids": avoids,
            "avoids_score": -avoids_score,
            "summary": torch.cat(summary),
        }


class PoemAffinity(Affinity):
    """Two characters in the poems of the Tang dynasty: how often they met within five characters of each other, how
    often they would have by chance, and the logarithm of the ratio; and those that the first seeks and avoids most."""

    a = Choice(POEMS.options, "酒", label="word a")
    b = Choice(POEMS.options, "醉", label="word b")
    table = POEMS


class CoupletAffinity(Affinity):
    """The matchmaker: two characters at the same place of the two lines of a couplet, how often they answered each
    other, how often they would have by chance, and the logarithm of the ratio; and the best and worst matches."""

    a = Choice(COUPLETS.options, "龍", label="word a")
    b = Choice(COUPLETS.options, "虎", label="word b")
    table = COUPLETS


class Space(Explorer):
    """An English word among the vectors: its relations by inner product, its neighbours by cosine, words of a similar
    profile; and the squared length of every vector beside the logarithm of how rare its word is."""

    word = Choice(ENGLISH_VECTORS.options, "music", label="word")
    contexts = Slider(500, 100, 2000, step=100, label="words in a profile")

    space = ENGLISH_VECTORS

    views = (
        View(Ranking("product", "product_score", control="word"), title="inner product"),
        View(Ranking("cosine", "cosine_score", control="word"), title="cosine"),
        View(Ranking("similar", "similar_score", control="word"), title="correlation of profiles"),
        View(
            Dots("rarity", "squares", label="every fifth word", control="word", index="fifth", color=BLUE, size=1.5),
            Texts("rarity_shown", "squares_shown", control="word", index="shown", color=RED, size=13),
            title="length and rarity",
            x="−log P(word)",
            y="squared length",
        ),
    )

    @classmethod
    def frame(cls, word: Tensor, contexts: Tensor) -> dict[str, Tensor]:
        of: QuantizedVectors = cls.space
        vectors = of.dequantized()
        i, places = word.long().reshape(1), torch.arange(len(of.codes))
        itself = (places == i).float()
        vector = vectors[i].reshape(-1)
        squares = (vectors * vectors).sum(1)
        product = vectors @ vector
        # Correlations over the first words c of <v_i, v_c>: with C the covariance of the v_c, v_i C v_j / sqrt(...).
        seen = (places < contexts).float().unsqueeze(1)
        centred = seen * (vectors - (seen * vectors).sum(0) / seen.sum())
        mapped = vectors @ (centred.T @ centred)
        spread = (mapped * vectors).sum(1)
        rankings = {
            "product": product,
            "cosine": product / torch.sqrt(squares * squares[i]),
            "similar": mapped @ vector / torch.sqrt(spread * spread[i]),
        }
        arrays = {}
        for name, score in rankings.items():
            arrays[name], arrays[f"{name}_score"] = top_words(score, itself)
        rarity = -torch.log(of.probabilities)
        return {
            **arrays,
            "rarity": rarity[::5],
            "squares": squares[::5],
            "fifth": places[::5],
            "shown": i,
            "rarity_shown": rarity[i],
            "squares_shown": squares[i],
        }


class CoupletSpace(Space):
    """A character among the vectors made from couplets: its relations by inner product, its neighbours by cosine, those
    of a similar profile; and the squared length of every vector beside the logarithm of how rare its character is."""

    word = Choice(COUPLET_VECTORS.options, "白", label="word")
    space = COUPLET_VECTORS


class Analogy(Explorer):
    """An analogy calculator: the English words nearest to b − a + c, by cosine and by the product rule."""

    a = Choice(ENGLISH_VECTORS.options, "man", label="a")
    b = Choice(ENGLISH_VECTORS.options, "king", label="is to b")
    c = Choice(ENGLISH_VECTORS.options, "woman", label="as c is to …")
    leave_out = Toggle(True, label="leave a, b and c out")

    views = (
        View(Ranking("sum", "sum_score", control="c"), title="cosine with b − a + c"),
        View(Ranking("ratio", "ratio_score", control="c"), title="cos(b) · cos(c) / cos(a)"),
        View(
            Table("parts", rows=("a", "b", "c"), columns=("cosine with the winner",)),
            title="what the winner owes to each",
        ),
    )

    @staticmethod
    def frame(a: Tensor, b: Tensor, c: Tensor, leave_out: Tensor) -> dict[str, Tensor]:
        vectors = ENGLISH_VECTORS.dequantized()
        vectors = vectors / torch.sqrt((vectors * vectors).sum(1, keepdim=True))
        three = torch.stack([a, b, c]).long()
        cosines = vectors @ vectors[three].T  # (n, 3)
        given = (torch.arange(len(vectors)).unsqueeze(1) == three).float().sum(1).clamp(max=1)
        difference = cosines[:, 1] - cosines[:, 0] + cosines[:, 2]
        target = vectors[three[1:2]] - vectors[three[0:1]] + vectors[three[2:3]]
        score = difference / torch.sqrt((target * target).sum() + 1e-9)
        # Levy & Goldberg 2014, 3CosMul: cosines moved to [0, 1] so that the product has a meaning.
        moved = (cosines + 1) / 2
        ratio = moved[:, 1] * moved[:, 2] / (moved[:, 0] + 1e-3)
        index, sum_score = top_words(score, given * leave_out)
        other, ratio_score = top_words(ratio, given * leave_out)
        return {
            "sum": index,
            "sum_score": sum_score,
            "ratio": other,
            "ratio_score": ratio_score,
            "parts": cosines[index[:1]].reshape(3),
        }


class AddUp(Explorer):
    """Question words and answer words in a world of three topics: the sum of PMI over all pairs, the true PMI of the two
    sets, and the bound that no PMI can pass, as the topics are tied together."""

    tie = Slider(0.0, 0.0, 1.0, step=0.05, label="tie between topics")
    noise_level = Slider(0.1, 0.01, 0.5, step=0.01, label="noise of question words")
    q1 = Toggle(True, label="q₁")
    q2 = Toggle(True, label="q₂")
    q3 = Toggle(False, label="q₃")
    a1 = Toggle(True, label="a₁")
    a2 = Toggle(False, label="a₂")
    a3 = Toggle(False, label="a₃")

    ties = torch.linspace(0, 1, 21)

    views = (
        View(
            Lines("ties", "sums", label="sum over pairs", color=RED),
            Lines("ties", "truths", label="true PMI", color=BLUE),
            Lines("ties", "bounds", label="bound", color=GREY, dashed=True),
            Dots("tie", "sum", color=RED, size=5),
            Dots("tie", "truth", color=BLUE, size=5),
            title="PMI of the two sets",
            x="tie between topics",
            y="nats",
        ),
        View(Table("pairs", rows=("q₁", "q₂", "q₃"), columns=("a₁", "a₂", "a₃")), title="PMI of each pair"),
        View(
            Table("summary", rows=("sum over pairs", "true PMI", "bound"), columns=("nats",), digits=5),
            title="sum and truth",
        ),
    )

    @classmethod
    def frame(
        cls,
        tie: Tensor,
        noise_level: Tensor,
        q1: Tensor,
        q2: Tensor,
        q3: Tensor,
        a1: Tensor,
        a2: Tensor,
        a3: Tensor,
    ) -> dict[str, Tensor]:
        questions, answers = torch.stack([q1, q2, q3]), torch.stack([a1, a2, a3])
        nobody = torch.zeros(3)

        def bound(tie: Tensor) -> Tensor:
            # log P(Q, A) / (P(Q) P(A)) is at most -log P(A), as P(Q, A) <= P(Q), and for the same reason -log P(Q).
            of_questions = log_probability(tie, noise_level, questions, nobody)
            return -torch.maximum(of_questions, log_probability(tie, noise_level, nobody, answers))

        total, truth = (rule(tie, noise_level, questions, answers) for rule in (summed_pmi, exact_pmi))
        return {
            "ties": cls.ties,
            "sums": summed_pmi(cls.ties, noise_level, questions, answers),
            "truths": exact_pmi(cls.ties, noise_level, questions, answers),
            "bounds": bound(cls.ties),
            "tie": tie.reshape(1),
            "sum": total.reshape(1),
            "truth": truth.reshape(1),
            "pairs": pair_pmi(tie, noise_level, 3) * questions.unsqueeze(1) * answers,
            "summary": torch.stack([total, truth, bound(tie)]),
        }


class Plane(Explorer):
    """Twenty-four English words as vectors of two numbers, trained before your eyes: the series' loss falls, inner products
    approach the PMI that was counted, and words that belong together come to point the same way."""

    rate = Slider(0.1, 0.01, 1, log=True, label="learning rate")
    x_max = Slider(100, 1, 1000, log=True, label="count from which weights are 1")
    unseen = Slider(0.02, 0, 0.2, step=0.005, label="weight of the opinion that all PMI are 0")

    opening = 40
    speed = 30

    counts, pmi = plane_counts()
    met = (counts > 0).nonzero().T  # (2, pairs)
    met = met[:, met[0] < met[1]]

    views = (
        View(
            Texts("x", "y", names=PLANE, color=BLUE, size=11),
            Dots("zero", "zero", label="the origin", color=GREY, size=4),
            title="the vectors",
            x="first number",
            y="second number",
            aspect=1,
        ),
        View(Lines("time", "losses"), title="weighted loss", x="step", y="loss", y_log=True),
        View(
            Lines("range", "range", label="equal", color=GREY, dashed=True),
            Dots("counted", "product", label="a pair that met", color=ORANGE, size=2),
            title="inner product and PMI",
            x="PMI counted",
            y="inner product",
        ),
    )

    @staticmethod
    def start(noise: Noise) -> dict[str, Any]:
        vectors = (noise.uniform(len(PLANE), 2) - 0.5) / 2
        return {"vectors": vectors, "squares": torch.ones(len(PLANE), 2), "losses": start_trace(1)}

    @classmethod
    def step(cls, state: dict[str, Any], rate: Tensor, x_max: Tensor, unseen: Tensor) -> dict[str, Any]:
        vectors, others = state["vectors"], 1 - torch.eye(len(PLANE))
        weight = torch.clamp(cls.counts / x_max, max=1) ** 0.75
        product = others * (vectors @ vectors.T)
        error = product - cls.pmi
        loss = (weight * error**2 + unseen * product**2).sum() / 2  # every pair is there twice
        gradient = 2 * (weight * error + unseen * product) @ vectors
        squares = state["squares"] + gradient**2
        # Adagrad: each number has a learning rate of its own, which falls as its gradients add up.
        return {
            "vectors": vectors - rate * gradient / torch.sqrt(squares),
            "squares": squares,
            "losses": record(state["losses"], loss.reshape(1)),
        }

    @classmethod
    def frame(cls, state: dict[str, Any]) -> dict[str, Tensor]:
        vectors, (i, j) = state["vectors"], cls.met
        counted = cls.pmi[i, j]
        return {
            "x": vectors[:, 0],
            "y": vectors[:, 1],
            "zero": torch.zeros(1),
            "time": trace_steps(state["losses"]),
            "losses": state["losses"]["values"][0],
            "counted": counted,
            "product": (vectors[i] * vectors[j]).sum(1),
            "range": torch.stack([counted.min(), counted.max()]),
        }
