import { ArrowDown } from 'lucide-react';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';

export interface StickyEndProps {
  /** While the last line is in view, keep it there as the text grows. */
  readonly sticks: boolean;
  /** Another content begins at its top, or with `sticks` at its end. */
  readonly contentKey: string;
  /** What is happening now: is it what is shown, is there any, and how to get there. */
  readonly live: { readonly isShown: boolean; readonly isThere: boolean; readonly show: () => void };
  readonly children: ReactNode;
}

/** So near to the end still counts as there, in pixels. */
const slackPx = 48;

/** A scrolling part that follows its end until somebody scrolls up, and goes on when they come back or ask for it. */
export function StickyEnd({ sticks, contentKey, live, children }: StickyEndProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const [away, setAway] = useState(false);

  const note = () => {
    const element = scroller.current;
    if (element === null) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    // The text may have grown since the page was scrolled to its end: who goes away goes up.
    const stayed = atEnd.current && scrollTop >= lastTop.current;
    lastTop.current = scrollTop;
    atEnd.current = stayed || scrollHeight - scrollTop - clientHeight < slackPx;
    setAway(!atEnd.current);
  };
  const toEnd = () => {
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  };

  useLayoutEffect(() => {
    atEnd.current = sticks;
    lastTop.current = 0;
    setAway(false);
    if (sticks) toEnd();
    else if (scroller.current !== null) scroller.current.scrollTop = 0;
    // A stage that ends stays where it is looked at: only another content starts anew.
  }, [contentKey]);
  useLayoutEffect(() => {
    // What is far outside is measured only when it is drawn, so the height may change without a new text.
    const content = scroller.current?.firstElementChild;
    if (!sticks || content === null || content === undefined) return undefined;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd();
    });
    observer.observe(content);
    // The steer box below may take room from it.
    if (content.parentElement !== null) observer.observe(content.parentElement);
    return () => observer.disconnect();
  }, [sticks, contentKey]);

  const offer = live.isShown ? away : live.isThere;
  return (
    <div className="sticky-end">
      <div
        ref={scroller}
        className="scroller"
        data-scroller
        onScroll={note}
        role="region"
        aria-label="Text"
        // Whoever has only a keyboard scrolls what has the focus.
        tabIndex={0}
      >
        <div className="scrolled">{children}</div>
      </div>
      {offer ? (
        <button
          type="button"
          className="to-live"
          onClick={() => {
            if (live.isShown) toEnd();
            else live.show();
          }}
        >
          <ArrowDown size={14} aria-hidden="true" />
          {live.isShown ? 'To the end' : 'To what is happening now'}
        </button>
      ) : null}
    </div>
  );
}
