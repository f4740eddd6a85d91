// Labels that a reader gives: the names of what is typed into a control.

/** The names that the value of a control gives. @typedef {(control: string) => string[]} Names */

/**
 * A view with the labels that a reader gave its marks; those whose names there are not are left out. Each has its number.
 * @param {import("./types").View} view @param {Names} names @returns {import("./types").View}
 */
export function called(view, names) {
  const marks = view.marks.flatMap((mark, number) => {
    /** @type {string | null | undefined | {control: string, index: number}} */
    const label = /** @type {any} */ (mark).label;
    if (!label || typeof label === "string") return [{ ...mark, number }];
    const name = names(label.control)[label.index];
    return name === undefined ? [] : [{ ...mark, number, label: name }];
  });
  return { ...view, marks };
}
