/** Whether the panel of a run covers the stage instead of standing beside it. The same width as in `narrow.css`. */
export function isNarrow(): boolean {
  return matchMedia('(width < 1280px)').matches;
}
