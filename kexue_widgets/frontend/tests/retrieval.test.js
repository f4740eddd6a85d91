// What questions find in a small book, in two languages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeWords } from "../marking.js";
import { atomsOf, Book, excerpt } from "../retrieval.js";

const sections = [
  ["one.html", "", ["Dropout"], "Units are dropped at random. The noise shape says which share a mask."],
  ["one.html", "ridge", ["Dropout", "Ridge regression"], "Its penalty grows with p/(1-p) and the norms of columns, λ = 1."],
  ["two.html", "", ["f-GAN"], "A divergence is estimated by a critic. Divergences have convex conjugates; reverse KL seeks a mode."],
  ["two.html", "sources", ["f-GAN", "References"], "Divergence and dropout, a history of dropout and divergence."],
  ["api.html", "dropout", ["Reference", "dropout"], "Dropout of an array, by dropout."],
  ["api.html", "Kinds.direct_method", ["Reference", "Kinds.direct_method"], "The direct method."],
  ["zh.html", "", ["生成对抗网络"], "变分下界由共轭函数得到。逆 KL 散度偏向一个模式，对梯度的惩罚让判别器平滑，随机失活则不然。"],
  ["zh.html", "poisson", ["生成对抗网络", "泊松过程"], "等待时间服从指数分布，无记忆性。模型平均与权重平均不同。"],
].map(([path, id, titles, text]) => ({ path, id, titles, text, kind: { api: "object", two: id === "sources" ? "sources" : "" }[path.split(".")[0]] ?? "" }));
const words = ["生成", "对抗", "网络", "变分", "下界", "变分下界", "共轭", "函数", "散度", "模式", "梯度", "惩罚", "平滑", "泊松过程", "等待", "时间", "指数", "分布", "模型", "平均", "权重", "无记忆性"];
const aliases = [["dropout", "随机失活"], ["reverse KL", "逆 KL", "逆 KL 散度", "反向 KL 散度"], ["critic", "discriminator", "判别器"], ["Poisson process", "泊松过程"]];
const book = new Book({ sections, words, aliases });

/** @param {string} question */
const found = (question) => book.ask(question).map(({ section: { path, id } }) => `${path}#${id}`);

test("a title comes before a text, and the reference comes last", () => {
  assert.equal(found("dropout")[0], "one.html#");
  assert.equal(found("dropout").at(-1), "api.html#dropout");
});

test("endings, spellings and case make no difference", () => {
  for (const question of ["divergence", "Divergences", "DIVERGENCE", "divergance", "divregence", "diverg"]) assert.equal(found(question)[0], "two.html#", question);
  for (const question of ["fgan", "f-GAN", "F GAN", "f gans"]) assert.equal(found(question)[0], "two.html#", question);
  for (const question of ["drop out", "drop-out", "dropouts"]) assert.equal(found(question)[0], "one.html#", question);
});

test("what means the same is found in both languages", () => {
  for (const question of ["逆KL", "反向KL散度", "reverse KL", "Reverse  kl"]) assert.deepEqual(found(question).slice(0, 2).toSorted(), ["two.html#", "zh.html#"], question);
  assert.ok(found("discriminators").includes("zh.html#"));
  assert.ok(found("随机失活").includes("one.html#"));
});

test("Chinese is found by its words, and by its characters where it has none", () => {
  assert.equal(found("变分下界")[0], "zh.html#");
  assert.equal(found("怎么得到共轭函数的下界？")[0], "zh.html#");
  assert.equal(found("偏向")[0], "zh.html#"); // no word of the list
  assert.equal(found("梯度惩罚")[0], "zh.html#"); // not side by side in the text
  assert.equal(found("指数分布的无记忆性")[0], "zh.html#poisson");
});

test("names of Python are found as they are written, with what they name first", () => {
  assert.equal(found("Kinds.direct_method")[0], "api.html#Kinds.direct_method");
  assert.equal(found("noise_shape")[0], "one.html#");
});

test("formulas are found by their letters", () => {
  for (const question of ["λ", "\\lambda", "lambda", "p/(1-p)", "1 − p"]) assert.equal(found(question)[0], "one.html#ridge", question);
});

test("what the book does not have is not found", () => {
  for (const question of ["kubernetes", "区块链", "how do I bake a cake", "cheap flights to a random place", "红烧肉怎么做", "的", "你好", "", "   ", "?!"]) assert.deepEqual(found(question), [], question);
});

test("an excerpt shows the words that were found, whole", () => {
  const [best] = book.ask("divergences");
  const { text, words } = excerpt(book, best);
  assert.deepEqual(text.filter(({ marked }) => marked).map((piece) => piece.text), ["divergence", "Divergences"]);
  assert.deepEqual(words, ["divergence", "Divergences"]);
  assert.equal(text.map((piece) => piece.text).join(""), best.section.text);
});

test("a long text is shown from where it says most", () => {
  const long = { path: "long.html", id: "", titles: ["Long"], kind: "", text: `${"Nothing to see here. ".repeat(40)}At last a quokka and a numbat meet. ${"And then no more. ".repeat(40)}A quokka.` };
  const small = new Book({ sections: [long, ...sections], words, aliases });
  const pieces = excerpt(small, small.ask("quokka numbat")[0]).text;
  assert.deepEqual([pieces[0].text, pieces[1].text, pieces[2].text], ["…", "At last a ", "quokka"]);
  assert.ok(pieces.map(({ text }) => text).join("").length < 250);
});

test("half words are not marked", () => {
  const matches = (/** @type {string} */ text, /** @type {string[]} */ ...words) => text.match(wholeWords(words) ?? /$^/g);
  assert.deepEqual(matches("form, reform, forms, form_2, C(form)", "form"), ["form", "form", "form"]);
  assert.deepEqual(matches("模型平均", "平均"), ["平均"]);
  assert.deepEqual(matches("逆 KL\n散度，KL", "KL", "逆 KL 散度"), ["逆 KL\n散度", "KL"]);
  assert.equal(wholeWords([" "]), undefined);
});

test("names are read in their parts", () => {
  assert.deepEqual(atomsOf("ReactionNetwork fine-tuning α").map(({ key }) => key), ["reaction", "network", "fine", "tune", "alpha"]);
});
