import { useEffect, useLayoutEffect, useRef } from 'react';

/** How near to the end of the page counts as the end, in CSS pixels. */
const nearPx = 80;

/** While the user is at the end of the page, it stays there when the text grows. Scrolling up ends that. */
export function useStickyEnd(content: unknown): void {
  const isAtEnd = useRef(false);
  useEffect(() => {
    const look = () => {
      const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
      isAtEnd.current = scrollTop > 0 && scrollHeight - clientHeight - scrollTop < nearPx;
    };
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, []);
  useLayoutEffect(() => {
    if (isAtEnd.current) document.documentElement.scrollTop = document.documentElement.scrollHeight;
  }, [content]);
}
