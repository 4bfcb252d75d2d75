/** A lower window has no room for everything while one types: a phone with its keyboard open. */
const lowPx = 560;

/** Smaller differences are toolbars of the browser. */
const keyboardPx = 100;

/**
 * Follows the part of the window that no keyboard covers. While a keyboard covers a part, `--visible-height` of the root
 * element is the height of the rest; while less than 560 px are visible, the root element has the attribute `data-low`.
 */
export function followVisibleHeight(): void {
  const root = document.documentElement;
  const update = () => {
    const visible = window.visualViewport;
    // A page that is enlarged by a pinch is not covered.
    const height = visible === null || visible.scale !== 1 ? innerHeight : visible.height;
    const isCovered = innerHeight - height > keyboardPx;
    if (isCovered) root.style.setProperty('--visible-height', `${Math.round(height)}px`);
    else root.style.removeProperty('--visible-height');
    root.toggleAttribute('data-low', height < lowPx);
    // Some browsers scroll the page, to show the focused field above the keyboard; the frame fits without that.
    if (isCovered) scrollTo(0, 0);
  };
  update();
  addEventListener('resize', update);
  window.visualViewport?.addEventListener('resize', update);
}
