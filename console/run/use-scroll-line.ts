import { useLayoutEffect, useRef, useState, type RefObject } from 'react';

export interface ScrollLine {
  readonly ref: RefObject<HTMLElement | null>;
  /** The visible width in pixels. */
  readonly widthPx: number;
}

/**
 * A line that scrolls sideways. Its element has the attributes `data-more-before` and `data-more-after` while content is
 * hidden on that side, and a mouse wheel scrolls it.
 */
export function useScrollLine(): ScrollLine {
  const ref = useRef<HTMLElement>(null);
  const [widthPx, setWidthPx] = useState(0);
  useLayoutEffect(() => {
    const line = ref.current;
    const content = line?.firstElementChild;
    if (line === null || content === null || content === undefined) return undefined;
    const mark = () => {
      const end = line.scrollWidth - line.clientWidth;
      line.toggleAttribute('data-more-before', line.scrollLeft > 1);
      line.toggleAttribute('data-more-after', line.scrollLeft < end - 1);
    };
    const measure = () => {
      setWidthPx(line.clientWidth);
      mark();
    };
    const onWheel = (event: WheelEvent) => {
      if (event.deltaX !== 0 || event.shiftKey || event.ctrlKey) return;
      const before = line.scrollLeft;
      line.scrollLeft += event.deltaY;
      if (line.scrollLeft !== before) event.preventDefault();
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(line);
    observer.observe(content);
    line.addEventListener('scroll', mark, { passive: true });
    line.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      observer.disconnect();
      line.removeEventListener('scroll', mark);
      line.removeEventListener('wheel', onWheel);
    };
  }, []);
  return { ref, widthPx };
}
