import { useEffect, useRef, useState, type RefObject } from 'react';

/** Elements this far outside of what is seen are drawn in full too. */
const margin = '1200px 0px';

/**
 * Whether an element is in view or near it, so that a long text costs only what is looked at. Once near, it stays
 * drawn: what a person has seen does not change when they come back.
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
