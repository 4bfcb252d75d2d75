/** Evaluated in the page: the stages that show between a stage that is kept in view and the edge of the line. */
export function chipsBeyondKept(line: Element): string[] {
  const { left, right, top, height } = line.getBoundingClientRect();
  const keptOf = (x: number) => document.elementFromPoint(x, top + height / 2)?.closest('li')?.className;
  const edges = [
    [left + 24, left + 10],
    [right - 24, right - 10],
  ] as const;
  return edges.flatMap(([inside, beyond]) => {
    const chip = document.elementFromPoint(beyond, top + height / 2)?.closest('.stage-chip');
    return keptOf(inside) === 'is-kept' && chip instanceof HTMLElement ? [chip.textContent] : [];
  });
}
