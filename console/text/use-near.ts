import { useEffect, useRef, useState, type RefObject } from 'react';

/** Elements this close to the viewport count as near. */
const margin = '1200px 0px';

/**
 * Whether an element is near the viewport, so that only the visible part of a long text renders. Once near, it stays
 * rendered: it does not change when the user scrolls back.
 */
export function useNear<E extends Element>(alwaysNear: boolean): [RefObject<E | null>, boolean] {
  const ref = useRef<E>(null);
  const [near, setNear] = useState(alwaysNear);

  useEffect(() => {
    const element = ref.current;
    if (near || element === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setNear(true);
      },
      { root: element.closest('[data-scroller]'), rootMargin: margin },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [near]);

  return [ref, near || alwaysNear];
}
