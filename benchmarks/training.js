// Both sides of the training benchmark: our engine as the page runs it, and the same two networks in TensorFlow.js.
import { BrowserEngine } from "../kexue_widgets/frontend/engines.js";
import { Runner } from "../kexue_widgets/frontend/runner.js";

const { tf } = globalThis; // a script of its own, as its users load it
const FRAME_BUDGET = 40; // milliseconds: how much the page asks of the engine at once

const manifest = JSON.parse(document.querySelector("kexue-explorer script").textContent);
const values = Object.fromEntries(manifest.controls.map(({ name, value }) => [name, value]));
const { run, wasm } = globalThis.KexueEngine;
const runners = {
  worker: Runner.of(run).then((runner) => runner.begin({ wasm })),
  page: Runner.inPage(run).begin({ wasm }),
};
const engines = Object.fromEntries(
  Object.entries(runners).map(([place, runner]) => [place, new BrowserEngine(manifest, () => runner, async () => "")]),
);

const paces = { worker: FRAME_BUDGET, page: FRAME_BUDGET };

/** Our engine: as many steps a call as the page would ask for, and the arrays to draw after each call. */
async function ours(place, steps) {
  const engine = engines[place];
  const began = performance.now();
  for (let left = steps; left > 0; ) {
    const count = Math.min(left, Math.max(1, Math.floor(FRAME_BUDGET / paces[place])));
    const before = performance.now();
    await engine.advance(count, values, 0);
    paces[place] = (paces[place] + (performance.now() - before) / count) / 2;
    left -= count;
  }
  return (performance.now() - began) / steps;
}

/** The losses of the first steps, by our engine: [discriminator's, generator's] for each. */
async function ourLosses(steps) {
  const { worker: engine } = engines;
  const { arrays } = await engine.reset(values, 0).then(() => engine.advance(steps, values, 0));
  const { data, shape } = arrays.losses;
  return Array.from({ length: steps }, (_, step) => [data[step], data[shape[1] + step]]);
}

/** The same two networks in TensorFlow.js, made anew from the parameters that ours start from. */
async function makeRival(backend, parameters, rate, beta1, batch) {
  await tf.setBackend(backend);
  await tf.ready();
  // torch keeps weights as (out, in)
  const variables = (all) =>
    all.map(({ shape, data }) => tf.variable(shape.length === 2 ? tf.transpose(tf.tensor(data, shape)) : tf.tensor(data)));
  const [G, D] = [variables(parameters.generator), variables(parameters.discriminator)];
  const network = ([w1, b1, w2, b2, w3, b3], x) => {
    const h1 = tf.tanh(tf.add(tf.matMul(x, w1), b1));
    const h2 = tf.tanh(tf.add(tf.matMul(h1, w2), b2));
    return tf.add(tf.matMul(h2, w3), b3);
  };
  const [optimizerG, optimizerD] = [0, 1].map(() => tf.train.adam(rate, beta1, 0.999, 1e-8));
  const softplusMean = (x) => tf.mean(tf.softplus(x));
  /** Returns both losses; latent (batch, 2) and angle (batch, 1) are the random inputs. */
  const step = (latent, angle) => {
    const real = tf.concat([tf.cos(angle), tf.sin(angle)], 1);
    const fake = network(G, latent);
    const lossD = () => tf.add(softplusMean(tf.neg(network(D, real))), softplusMean(network(D, fake)));
    const lossG = () => softplusMean(tf.neg(network(D, network(G, latent))));
    return [optimizerD.minimize(lossD, true, D), optimizerG.minimize(lossG, true, G)];
  };
  const random = () => step(tf.randomUniform([batch, 2], -1, 1), tf.randomUniform([batch, 1], 0, 2 * Math.PI));
  return { backend, step, random, batch };
}

const rivals = {};

/** Whether TensorFlow.js has that backend in this browser; if not, why. */
async function prepareRival(backend, ...settings) {
  try {
    rivals[backend] = await makeRival(backend, ...settings);
    return null;
  } catch (error) {
    return String(error.message ?? error).split("\n")[0];
  }
}

/** The losses of the first steps, by TensorFlow.js, from the uniform numbers that ours are given. */
async function rivalLosses(backend, noise) {
  await tf.setBackend(backend);
  return noise.map((row) =>
    tf.tidy(() => {
      const { batch } = rivals[backend];
      const latent = tf.sub(tf.mul(tf.tensor(row.slice(0, 2 * batch), [batch, 2]), 2), 1);
      const angle = tf.mul(tf.tensor(row.slice(2 * batch), [batch, 1]), 2 * Math.PI);
      return rivals[backend].step(latent, angle).map((loss) => loss.dataSync()[0]);
    }),
  );
}

/** Milliseconds a step, until the last loss can be read. */
async function rival(backend, steps) {
  await tf.setBackend(backend);
  const began = performance.now();
  for (let step = 1; step < steps; step += 1) tf.tidy(() => void rivals[backend].random());
  await tf.tidy(() => rivals[backend].random()[0]).data();
  return (performance.now() - began) / steps;
}

globalThis.benchmark = { ours, ourLosses, prepareRival, rivalLosses, rival };
