// Whether a finger means the control under it, or scrolls past: a tap or a move sideways is meant, anything else is not.

const SLOP = 8; // pixels that a finger moves while it rests

/**
 * What to do with fingers on an element. Nothing of a gesture counts before `take`, and `drop` says that none of it does:
 * the browser has taken the finger for scrolling, or for something of its own. The element needs `touch-action: pan-y`.
 * @param {HTMLElement} element
 * @param {{down: (event: PointerEvent) => void, take: (event: PointerEvent) => void, drop: () => void}} options
 * @returns {{undecided: () => boolean}}
 */
export function watchTouch(element, { down, take, drop }) {
  /** @type {PointerEvent | undefined} */
  let began;
  let taken = false;

  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" || !event.isPrimary) return;
    [began, taken] = [event, false];
    down(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (!began || taken || event.pointerId !== began.pointerId) return;
    const [across, along] = [Math.abs(event.clientX - began.clientX), Math.abs(event.clientY - began.clientY)];
    if (across <= SLOP || across <= along) return;
    taken = true;
    take(began);
  });
  element.addEventListener("pointerup", (event) => {
    if (!began || event.pointerId !== began.pointerId) return;
    const moved = Math.hypot(event.clientX - began.clientX, event.clientY - began.clientY);
    if (!taken && moved <= SLOP) take(began);
    else if (!taken) drop();
    began = undefined;
  });
  element.addEventListener("pointercancel", (event) => {
    if (!began || event.pointerId !== began.pointerId) return;
    began = undefined;
    drop();
  });
  return { undecided: () => Boolean(began) && !taken };
}
