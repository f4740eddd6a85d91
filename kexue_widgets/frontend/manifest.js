// A manifest as Python sends it, made ready for use.

/**
 * Options are sent once for all controls that share them, and without numbers that only count them.
 * @param {any} manifest @returns {import("./types").Manifest}
 */
export function unpackManifest(manifest) {
  /** @type {Map<string, import("./controls/choice.js").Option[]>} */
  const known = new Map();
  const controls = manifest.controls.map((/** @type {any} */ control) => {
    const { name, options } = control;
    if (!options) return control;
    known.set(name, typeof options === "string" ? (known.get(options) ?? []) : unpackOptions(options));
    return { ...control, options: known.get(name) };
  });
  /** Words that are a control's options are not sent again. @param {any} mark */
  const named = (mark) => {
    const options = mark.names === null && known.get(mark.control);
    return options ? { ...mark, names: options.map(({ label }) => label) } : mark;
  };
  const views = manifest.views.map((/** @type {any} */ view) => ({ ...view, marks: view.marks.map(named) }));
  return { ...manifest, controls, views };
}

/** @param {{labels: string[], numbers: "order" | (number | number[])[] | null}} options */
const unpackOptions = ({ labels, numbers }) =>
  labels.map((label, index) => ({ label, value: numbers === "order" ? index : (numbers?.[index] ?? null) }));
