/** Waiting items by owner: the owners take turns, and those of one owner come in their order. */
export interface OwnerTurns<T> {
  readonly size: number;
  /** @param isFirst Before the others of its owner. @default false */
  add(owner: string, item: T, isFirst?: boolean): void;
  take(): T | undefined;
  remove(owner: string, item: T): void;
  /** How many items are taken before this one, if no others come. */
  aheadOf(owner: string, item: T): number;
}

export function createOwnerTurns<T>(): OwnerTurns<T> {
  /** In the order of their next turns; no list is empty. */
  const lists = new Map<string, T[]>();
  let size = 0;

  return {
    get size() {
      return size;
    },

    add(owner, item, isFirst = false) {
      const list = lists.get(owner);
      if (list === undefined) lists.set(owner, [item]);
      else if (isFirst) list.unshift(item);
      else list.push(item);
      size += 1;
    },

    take() {
      const next = lists.entries().next();
      if (next.done === true) return undefined;
      const [owner, list] = next.value;
      const item = list.shift();
      // Its next turn is after those of all others.
      lists.delete(owner);
      if (list.length > 0) lists.set(owner, list);
      size -= 1;
      return item;
    },

    remove(owner, item) {
      const list = lists.get(owner);
      const at = list?.indexOf(item) ?? -1;
      if (list === undefined || at === -1) return;
      list.splice(at, 1);
      if (list.length === 0) lists.delete(owner);
      size -= 1;
    },

    aheadOf(owner, item) {
      const at = lists.get(owner)?.indexOf(item) ?? -1;
      if (at === -1) return 0;
      let ahead = 0;
      let isBefore = true;
      for (const [other, list] of lists) {
        if (other === owner) isBefore = false;
        ahead += Math.min(list.length, other !== owner && isBefore ? at + 1 : at);
      }
      return ahead;
    },
  };
}
