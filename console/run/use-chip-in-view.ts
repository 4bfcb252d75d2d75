import { useEffect, useRef, type RefObject } from 'react';

/** Between a chip and the edge of the line. */
const edgePx = 20;

/** Keeps the selected chip of the stage line in view. @returns the ref of the chip. */
export function useChipInView(isShown: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const chip = button.current;
    const line = chip?.closest('[data-scroller]');
    if (!isShown || !(line instanceof HTMLElement) || chip === null) return undefined;
    // Not scrollIntoView: that would also scroll the page.
    const { left, width } = chip.getBoundingClientRect();
    line.scrollLeft += left + width / 2 - line.getBoundingClientRect().left - line.clientWidth / 2;
    let known = width;
    const observer = new ResizeObserver(() => {
      // The chip grows with its figures. Scroll if that has moved its end out of view.
      const place = chip.getBoundingClientRect();
      const out = place.right - line.getBoundingClientRect().right;
      if (out > 0 && out <= place.width - known) line.scrollLeft += out + edgePx;
      known = place.width;
    });
    observer.observe(chip);
    return () => observer.disconnect();
  }, [isShown]);
  return button;
}
