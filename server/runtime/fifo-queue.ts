/** First in, first out. Removed items are released even if the queue is never empty. */
export function createFifoQueue<T>() {
  let items: T[] = [];
  let at = 0;
  return {
    get size() {
      return items.length - at;
    },
    add: (item: T) => void items.push(item),
    take(): T | undefined {
      const item = items[at];
      at += 1;
      // Half of it is consumed: the copy costs no more than the removals did.
      if (at * 2 >= items.length) {
        items = items.slice(at);
        at = 0;
      }
      return item;
    },
  };
}
