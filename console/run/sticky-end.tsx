import { ArrowDown } from 'lucide-react';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';

export interface StickyEndProps {
  /** Keep the end in view while the text grows. */
  readonly sticks: boolean;
  /** A new key scrolls to the top, or with `sticks` to the end. */
  readonly contentKey: string;
  /**
   * With a new key, an element was added above a text that stuck to its end: the position of a reader who had scrolled up
   * is kept. @default false
   */
  readonly keepsPlace?: boolean;
  /** The live view: whether it is shown, whether there is one, and how to show it. */
  readonly live: { readonly isShown: boolean; readonly exists: boolean; readonly show: () => void };
  readonly children: ReactNode;
}

/** A smaller distance to the end counts as at the end. */
const slackPx = 48;

/** A scroll area that sticks to its end until the user scrolls up, and again when they return to the end. */
export function StickyEnd({ sticks, contentKey, keepsPlace = false, live, children }: StickyEndProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const stuck = useRef(false);
  const [isAway, setAway] = useState(false);

  const trackPosition = () => {
    const element = scroller.current;
    if (element === null) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    // The text may have grown since it was scrolled to its end: only scrolling up leaves the end.
    const isStillAtEnd = atEnd.current && scrollTop >= lastTop.current;
    lastTop.current = scrollTop;
    atEnd.current = isStillAtEnd || scrollHeight - scrollTop - clientHeight < slackPx;
    setAway(!atEnd.current);
  };
  const toEnd = () => {
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  };

  useLayoutEffect(() => {
    if (keepsPlace && stuck.current && !atEnd.current) {
      const [added, text] = scroller.current?.firstElementChild?.children ?? [];
      if (scroller.current !== null && added instanceof HTMLElement && text instanceof HTMLElement)
        scroller.current.scrollTop = lastTop.current + text.offsetTop - added.offsetTop;
      return;
    }
    atEnd.current = sticks;
    lastTop.current = 0;
    setAway(false);
    if (sticks) toEnd();
    else if (scroller.current !== null) scroller.current.scrollTop = 0;
    // Not when `sticks` changes: a stage that ends keeps its scroll position.
  }, [contentKey]);
  useLayoutEffect(() => {
    stuck.current = sticks;
  });
  useLayoutEffect(() => {
    // Blocks out of view are measured when they render, so the height may change without new text.
    const content = scroller.current?.firstElementChild;
    if (!sticks || content === null || content === undefined) return undefined;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd();
    });
    observer.observe(content);
    // The steer box below may grow.
    if (content.parentElement !== null) observer.observe(content.parentElement);
    return () => observer.disconnect();
  }, [sticks, contentKey]);

  const hasButton = live.isShown ? isAway : live.exists;
  return (
    <div className="sticky-end">
      <div
        ref={scroller}
        className="scroller"
        data-scroller
        onScroll={trackPosition}
        role="region"
        aria-label="Text"
        // Focusable, so that it can be scrolled by keyboard.
        tabIndex={0}
      >
        <div className="scrolled">{children}</div>
      </div>
      {hasButton ? (
        <button
          type="button"
          className="to-live"
          onClick={() => {
            if (live.isShown) toEnd();
            else live.show();
          }}
        >
          <ArrowDown size={14} aria-hidden="true" />
          {live.isShown ? 'Jump to end' : 'Jump to live'}
        </button>
      ) : null}
    </div>
  );
}
