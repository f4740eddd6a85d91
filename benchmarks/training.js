// Both sides of the training benchmark: our engine as the page runs it, and the same two networks in TensorFlow.js.
import { BrowserEngine } from "../kexue_widgets/frontend/engines.js";
import { Runner } from "../kexue_widgets/frontend/runner.js";

const { tf } = globalThis; // a script of its own, as its users load it
const FRAME_BUDGET = 40; // milliseconds: how much the page asks of the engine at once

// Both explorers of the page, in its order.
const names = ["circle", "images"];
const manifests = Object.fromEntries(
  [...document.querySelectorAll("kexue-explorer script")].map((script, index) => [names[index], JSON.parse(script.textContent)]),
);
const values = (name) => Object.fromEntries(manifests[name].controls.map(({ name: control, value }) => [control, value]));
const { run, wasm } = globalThis.KexueEngine;
const runners = {
  worker: Runner.of(run).then((runner) => runner.begin({ wasm })),
  page: Runner.inPage(run).begin({ wasm }),
};
const engines = {};
const paces = {};

function engineOf(name, place) {
  engines[name] ??= {};
  return (engines[name][place] ??= new BrowserEngine(manifests[name], () => runners[place], async () => ""));
}

/** Our engine: as many steps a call as the page would ask for, and the arrays to draw after each call. */
async function ours(name, place, steps) {
  const engine = engineOf(name, place);
  const key = `${name} ${place}`;
  paces[key] ??= FRAME_BUDGET;
  const began = performance.now();
  for (let left = steps; left > 0; ) {
    const count = Math.min(left, Math.max(1, Math.floor(FRAME_BUDGET / paces[key])));
    const before = performance.now();
    await engine.advance(count, values(name), 0);
    paces[key] = (paces[key] + (performance.now() - before) / count) / 2;
    left -= count;
  }
  return (performance.now() - began) / steps;
}

/** The losses of the first steps, by our engine: [discriminator's, generator's] for each. */
async function ourLosses(name, steps) {
  const engine = engineOf(name, "worker");
  const { arrays } = await engine.reset(values(name), 0).then(() => engine.advance(steps, values(name), 0));
  const { data, shape } = arrays.losses;
  return Array.from({ length: steps }, (_, step) => [data[step], data[shape[1] + step]]);
}

// torch keeps weights as (out, in), and kernels as (out, in, height, width), or (in, out, height, width) where they are transposed
const TURNED = { 2: [1, 0], 4: [2, 3, 1, 0] };
const variable = ({ shape, data }) => {
  const kept = tf.tensor(data, shape);
  return tf.variable(shape.length in TURNED ? tf.transpose(kept, TURNED[shape.length]) : kept);
};
const dense = (x, w, b) => tf.add(tf.matMul(x, w), b);

/** Of each case: its networks of their parameters, and data of random numbers (batch, n) after those for the latent points. */
const cases = {
  circle: {
    latent: 2,
    numbers: 1,
    generator: (parameters, x) => mlp(parameters, x),
    critic: (parameters, x) => mlp(parameters, x),
    real: (uniform) => {
      const angle = tf.mul(uniform, 2 * Math.PI);
      return tf.concat([tf.cos(angle), tf.sin(angle)], 1);
    },
  },
  images: {
    latent: 16,
    numbers: 64,
    generator: ([w1, b1, k2, b2, k3, b3], x) => {
      const batch = x.shape[0];
      const small = tf.transpose(tf.reshape(tf.leakyRelu(dense(x, w1, b1), 0.2), [batch, 32, 2, 2]), [0, 2, 3, 1]);
      const middle = tf.leakyRelu(tf.add(tf.conv2dTranspose(small, k2, [batch, 4, 4, 16], 2, 1), b2), 0.2);
      return tf.sigmoid(tf.add(tf.conv2dTranspose(middle, k3, [batch, 8, 8, 1], 2, 1), b3));
    },
    critic: ([k1, b1, k2, b2, w3, b3], x) => {
      const middle = tf.leakyRelu(tf.add(tf.conv2d(x, k1, 2, 1), b1), 0.2);
      const small = tf.leakyRelu(tf.add(tf.conv2d(middle, k2, 2, 1), b2), 0.2);
      return dense(tf.reshape(tf.transpose(small, [0, 3, 1, 2]), [x.shape[0], 128]), w3, b3);
    },
    real: (uniform) => tf.reshape(uniform, [uniform.shape[0], 8, 8, 1]),
  },
};

function mlp([w1, b1, w2, b2, w3, b3], x) {
  return dense(tf.tanh(dense(tf.tanh(dense(x, w1, b1)), w2, b2)), w3, b3);
}

/** The same two networks in TensorFlow.js, made anew from the parameters that ours start from. */
async function makeRival(name, backend, parameters, rate, beta1, batch) {
  await tf.setBackend(backend);
  await tf.ready();
  const { latent, numbers, generator, critic, real } = cases[name];
  const make = () => {
    const [G, D] = [parameters.generator.map(variable), parameters.discriminator.map(variable)];
    const [optimizerG, optimizerD] = [0, 1].map(() => tf.train.adam(rate, beta1, 0.999, 1e-8));
    const softplusMean = (x) => tf.mean(tf.softplus(x));
    /** Returns both losses; points (batch, latent) and uniform (batch, numbers) are the random inputs. */
    return (points, uniform) => {
      const data = real(uniform);
      const fake = generator(G, points);
      const lossD = () => tf.add(softplusMean(tf.neg(critic(D, data))), softplusMean(critic(D, fake)));
      const lossG = () => softplusMean(tf.neg(critic(D, generator(G, points))));
      return [optimizerD.minimize(lossD, true, D), optimizerG.minimize(lossG, true, G)];
    };
  };
  const inputs = () => [tf.randomUniform([batch, latent], -1, 1), tf.randomUniform([batch, numbers])];
  tf.tidy(() => void make()(...inputs())[0].dataSync()); // a backend may lack what a gradient needs
  const step = make();
  return { backend, step, random: () => step(...inputs()), batch, latent, numbers };
}

const rivals = {};

/** Whether TensorFlow.js can train these networks with that backend in this browser; if not, why. */
async function prepareRival(name, backend, ...settings) {
  try {
    rivals[`${name} ${backend}`] = await makeRival(name, backend, ...settings);
    return null;
  } catch (error) {
    return String(error.message ?? error).split("\n")[0];
  }
}

/** The losses of the first steps, by TensorFlow.js, from the uniform numbers that ours are given. */
async function rivalLosses(name, backend, noise) {
  await tf.setBackend(backend);
  const { batch, latent, numbers, step } = rivals[`${name} ${backend}`];
  return noise.map((row) =>
    tf.tidy(() => {
      const points = tf.sub(tf.mul(tf.tensor(row.slice(0, latent * batch), [batch, latent]), 2), 1);
      const uniform = tf.tensor(row.slice(latent * batch), [batch, numbers]);
      return step(points, uniform).map((loss) => loss.dataSync()[0]);
    }),
  );
}

/** Milliseconds a step, until the last loss can be read. */
async function rival(name, backend, steps) {
  await tf.setBackend(backend);
  const { random } = rivals[`${name} ${backend}`];
  const began = performance.now();
  for (let step = 1; step < steps; step += 1) tf.tidy(() => void random());
  await tf.tidy(() => random()[0]).data();
  return (performance.now() - began) / steps;
}

globalThis.benchmark = { ours, ourLosses, prepareRival, rivalLosses, rival };
