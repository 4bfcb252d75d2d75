/** Counts what is held by key: the counts return to zero when all is released. */
export interface HeldCounts {
  of(key: string): number;
  readonly total: number;
  /** Keys with a count. */
  readonly size: number;
  /** Counts one more. @returns releases it; idempotent. */
  hold(key: string): () => void;
}

export function createHeldCounts(): HeldCounts {
  const counts = new Map<string, number>();
  let total = 0;

  function add(key: string, change: 1 | -1): void {
    const count = (counts.get(key) ?? 0) + change;
    total += change;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  }

  return {
    of: (key) => counts.get(key) ?? 0,
    get total() {
      return total;
    },
    get size() {
      return counts.size;
    },
    hold(key) {
      let isHeld = true;
      add(key, 1);
      return () => {
        if (isHeld) add(key, -1);
        isHeld = false;
      };
    },
  };
}
