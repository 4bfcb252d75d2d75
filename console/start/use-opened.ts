import { useEffect, useRef, useState, type RefObject } from 'react';

/** Whether the `<details>` around an element has ever been open: what it needs is fetched then, and not before. */
export function useOpened<E extends HTMLElement>(): {
  readonly ref: RefObject<E | null>;
  readonly opened: boolean;
} {
  const ref = useRef<E>(null);
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    const details = ref.current?.closest('details');
    if (opened || details === null || details === undefined) return undefined;
    const look = () => setOpened(details.open);
    look();
    details.addEventListener('toggle', look);
    return () => details.removeEventListener('toggle', look);
  }, [opened]);
  return { ref, opened };
}
