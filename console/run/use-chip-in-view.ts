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
    const centre = () => {
      // Its place in the line, not the one where it sticks.
      const item = chip.closest('li');
      item?.style.setProperty('position', 'static');
      const { left, width } = chip.getBoundingClientRect();
      item?.style.removeProperty('position');
      // Not scrollIntoView: that would also scroll the page.
      line.scrollLeft += left + width / 2 - line.getBoundingClientRect().left - line.clientWidth / 2;
    };
    centre();
    let lineWidth = line.clientWidth;
    let known = chip.getBoundingClientRect().width;
    const observer = new ResizeObserver(() => {
      if (line.clientWidth !== lineWidth) centre();
      lineWidth = line.clientWidth;
      // The chip grows with its figures. Scroll if that has moved its end out of view.
      const place = chip.getBoundingClientRect();
      const out = place.right - line.getBoundingClientRect().right;
      if (out > 0 && out <= place.width - known) line.scrollLeft += out + edgePx;
      known = place.width;
    });
    observer.observe(chip);
    observer.observe(line);
    return () => observer.disconnect();
  }, [isShown]);
  return button;
}
