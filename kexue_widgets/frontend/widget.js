// The explorer as a Jupyter widget (anywidget), loaded by loader.js: its model is in the kernel or, where none answers, here.
import { make } from "./dom.js";
import { BrowserEngine, KernelEngine } from "./engines.js";
import { mountExplorer } from "./explorer.js";
import { HostEngine, SHORT_PATIENCE, keepFrame, placeInWords } from "./hosts.js";
import { unpackManifest } from "./manifest.js";
import { Runner, oneRunner } from "./runner.js";
import { fetched, whole } from "./scripts.js";

/** @typedef {import("./types").Model} Model */

/** @param {{model: Model, el: HTMLElement}} view */
function render({ model, el }) {
  const controller = new AbortController();
  const { signal } = controller;
  const stored = () => model.get("_frame");
  const frame = stored()?.arrays?.length ? stored() : undefined;
  const manifest = { ...unpackManifest(model.get("_manifest")), frame };
  const root = make("div", { class: "kexue", role: "group", "aria-label": manifest.description });
  const place = make("div", { class: "kexue-place", role: "status" });
  el.append(root);
  el.style.flexGrow = "1"; // of a box it takes the room that there is

  /** @type {any} */
  let hosted; // the host's own model, which knows whether a kernel stands behind it; anywidget hands out a part of it
  /** @type {HostEngine} */
  let engine;
  const tell = () => (place.textContent = placeInWords(engine.place, Boolean(frame)));
  const explorer = mountExplorer({
    root,
    manifest,
    model,
    makeEngine: (listener, beside = false) => {
      const page = manifest.model && new BrowserEngine(manifest, () => oneRunner(() => start(model)), undefined, signal);
      const kernel = new KernelEngine(model, listener, page && SHORT_PATIENCE, beside);
      const connected = () => hosted?.comm_live !== false;
      if (beside) return new HostEngine({ kernel, page, connected, moved: () => {} });
      engine = new HostEngine({ kernel, page, connected, moved });
      return engine;
    },
    python: true,
    signal,
  });
  root.querySelector(".kexue-panel")?.append(place);
  Object.assign(root, { explorer });

  function moved() {
    tell();
    // Back in the kernel, whose values may be others by now. In the page the request that moved here is answered anyway.
    if (engine.place === "kernel") explorer.refresh();
  }

  /** @param {string} event @param {() => void} callback */
  function listen(event, callback) {
    model.on(event, callback);
    signal.addEventListener("abort", () => model.off(event, callback));
  }
  const keep = () => keepFrame(stored(), explorer);
  listen("msg:custom", () => engine.heard());
  listen("comm_live_update", moved);
  listen("change:_frame", keep);
  root.addEventListener("kexue:frame", keep); // of several views the one that drew last
  keep();

  // JupyterLab would take the arrow keys away from a slider or a plot, to fold headings. It looks at the focused element first.
  for (const control of root.querySelectorAll("input, select, textarea, button, summary, [tabindex]")) {
    control.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  modelOf(model, model.get("_id")).then((found) => {
    if (signal.aborted) return;
    hosted = found;
    tell();
    // What was saved is shown without the engine; a kernel may have gone on.
    if (engine.place === "kernel" || (engine.place === "page" && !frame)) explorer.refresh();
    explorer.settle();
  });
  return () => {
    controller.abort();
    root.remove();
  };
}

/** Another model of the notebook, as its host keeps it; not every host does. @param {Model} model @param {string} id */
async function modelOf(model, id) {
  try {
    return await model.widget_manager?.get_model(id);
  } catch {
    return undefined;
  }
}

/** The engine: that of the page, or from the notebook if it carries it, or from beside it. @param {Model} model */
async function start(model) {
  const shared = await modelOf(model, model.get("_front_end").replace("IPY_MODEL_", ""));
  const script = shared?.get("engine");
  if (script && !globalThis.KexueEngine) {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    await import(address);
    URL.revokeObjectURL(address);
  }
  const name = globalThis.KexueEngineAddress ?? (await model.widget_manager?.resolveUrl?.("engine.js")) ?? "engine.js";
  const { href } = new URL(name, document.baseURI);
  const { run, wasm } = await fetched(href, () => globalThis.KexueEngine);
  return whole((await Runner.of(run)).begin({ wasm }), href, () => (globalThis.KexueEngine = undefined));
}

export default { render };
