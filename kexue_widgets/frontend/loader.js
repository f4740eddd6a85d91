// All of the front end that an explorer carries itself: the rest is in a widget that the explorers of a notebook share.

/** @typedef {{model: import("./types").Model, el: HTMLElement}} View */

/** @type {Map<string, Promise<{render: (view: View) => () => void}>>} what has been loaded, by the widget that holds it */
const loaded = (globalThis.KexueFrontEnds ??= new Map());

/** @param {string} source */
async function load(source) {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return (await import(address)).default;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** @param {View} view */
async function render(view) {
  const id = view.model.get("_front_end").replace("IPY_MODEL_", "");
  const shared = await view.model.widget_manager?.get_model(id);
  if (!loaded.has(id)) loaded.set(id, load(shared.get("code")));
  const style = document.createElement("style"); // here, since a host may have put the view into a tree of its own
  style.textContent = shared.get("look");
  view.el.append(style);
  return (await loaded.get(id))?.render(view);
}

export default { render };
