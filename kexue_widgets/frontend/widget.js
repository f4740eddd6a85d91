// The explorer as a Jupyter widget (anywidget): its model is in the kernel.
import { KernelEngine } from "./engines.js";
import { make } from "./dom.js";
import { mountExplorer } from "./explorer.js";
import { unpackManifest } from "./manifest.js";

/** @param {{model: import("./types").Model, el: HTMLElement}} view */
function render({ model, el }) {
  const controller = new AbortController();
  const manifest = unpackManifest(model.get("_manifest"));
  const root = make("div", { class: "kexue", role: "group", "aria-label": manifest.description });
  el.append(root);
  const explorer = mountExplorer({
    root,
    manifest,
    model,
    makeEngine: (listener) => new KernelEngine(model, listener),
    signal: controller.signal,
  });
  Object.assign(root, { explorer });
  // JupyterLab would take the arrow keys away from a slider or a plot, to fold headings. It looks at the focused element first.
  for (const control of root.querySelectorAll("input, select, button, [tabindex]")) {
    control.setAttribute("data-lm-suppress-shortcuts", "true");
  }
  explorer.refresh();
  return () => {
    controller.abort();
    root.remove();
  };
}

export default { render };
