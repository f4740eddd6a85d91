// A manifest as Python sends it, made ready for use.

/**
 * Options are sent once for all controls that share them, and without numbers that only count them.
 * @param {any} manifest @returns {import("./types").Manifest}
 */
export function unpackManifest(manifest) {
  /** @type {Map<string, import("./types").Option[]>} */
  const known = new Map();
  const controls = manifest.controls.map((/** @type {any} */ control) => {
    if (control.kind !== "choice") return control;
    const { name, options } = control;
    known.set(name, typeof options === "string" ? (known.get(options) ?? []) : unpackOptions(options));
    return { ...control, options: known.get(name) };
  });
  return { ...manifest, controls };
}

/** @param {{labels: string[], numbers: "order" | (number | number[])[] | null}} options */
const unpackOptions = ({ labels, numbers }) =>
  labels.map((label, index) => ({ label, value: numbers === "order" ? index : (numbers?.[index] ?? null) }));
