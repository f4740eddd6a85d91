"""The sentences of the guide that tell a reader what to ask and what will be found: asked, and looked at."""

import re
from functools import cache

import numpy as np
import torch
from catalogues import LOCALE, read
from chapters import BOOK, sayings

from kexue_widgets.guide import Index, build_index, contributions, inverse_document_frequency, read_sections, searcher
from kexue_widgets.live import segment

says = sayings("guide")
WAIT = "How long must one wait for the next chemical reaction?"


@cache
def index() -> Index:
    return build_index(read_sections(BOOK))


def answers(question: str) -> dict[str, np.ndarray]:
    """What the explorer shows for a question."""
    explorer = searcher(index())
    explorer.question = question
    return explorer.arrays


def test_the_rare_words_of_a_sentence_decide() -> None:
    says("A whole sentence: *How long must one wait for the next chemical reaction?* The rare words in it decide.")
    found = index().search(WAIT)
    assert found[0][1].chapter == "gillespie"
    assert index().search("wait chemical reaction")[0][1] == found[0][1]
    assert index().search("How long must one for the next")[0][1] != found[0][1]
    terms = segment(WAIT, index().forms)
    rarity = inverse_document_frequency(index().counts)[terms]
    rarest = {index().terms[terms[place]].split()[0] for place in rarity.topk(3).indices}
    assert rarest == {"waiting", "chemical", "reaction"}
    adds = contributions(index().counts, torch.tensor(terms))[index().sections.index(found[0][1])]
    assert adds[rarity.topk(3).indices].sum() > 0.7 * adds.sum()


def test_the_and_of_are_understood_and_add_nothing() -> None:
    says("Add words like *the* or *of*. They are understood, and they add nothing.")
    terms = segment("the of", index().forms)
    assert len(terms) == 2
    assert not inverse_document_frequency(index().counts)[terms].any()
    for question in ("dropout", WAIT):
        with_more, without = answers(f"{question} of the"), answers(question)
        for name in ("found", "score", "first", "adds"):
            np.testing.assert_array_equal(with_more[name], without[name])


def test_what_the_chinese_edition_says_to_ask_holds_of_its_own_index() -> None:
    chinese = build_index(read_sections(BOOK, "zh_CN"))
    catalogue = read(LOCALE / "zh_CN" / "LC_MESSAGES" / "book" / "guide.po")
    said = {str(message.id)[:16]: re.findall("“(.+?)”", str(message.string)) for message in catalogue}
    (wait,) = said["A whole sentence"]
    assert chinese.search(wait)[0][1].chapter == "gillespie"
    terms = segment(" ".join(said["Add words like *"]), chinese.forms)
    assert len(terms) == len(said["Add words like *"]) == 2
    assert not inverse_document_frequency(chinese.counts)[terms].any()


def test_what_is_not_here_finds_nothing_or_something_else() -> None:
    says("a question in other words than the book's finds nothing, or something else. *Understood* shows which words")
    nothing = answers("feline photographs of the zoo")
    assert (nothing["found"] == len(index().sections)).all()
    assert not nothing["score"].any()
    # Of "Who discovered penicillin?" one word is known, and the answer is not about medicine.
    who = "Who discovered penicillin?"
    known = segment(who, index().forms)
    assert [index().terms[term].split()[0] for term in known] == ["who"]
    first = index().sections[int(answers(who)["found"][0])]
    assert "penicillin" not in first.text
    assert {each.chapter for _, each in index().search("cats and dogs")[:1]} == {"finetune"}
