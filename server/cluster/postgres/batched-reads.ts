export interface BatchedReadsOptions<Value> {
  /** Reads the values of some ids; those without a value are left out. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Value>>;
  /** Ids of one read. @default 500 */
  readonly maxBatch?: number;
}

/**
 * Reads single values, one statement at a time for all that wait. Each read begins after it was requested, so that its value
 * is never older than the request: it is no cache.
 */
export function createBatchedReads<Value>({
  read,
  maxBatch = 500,
}: BatchedReadsOptions<Value>): (id: string) => Promise<Value | undefined> {
  const waiting = new Map<string, PromiseWithResolvers<Value | undefined>>();
  let isReading = false;

  async function readAll(): Promise<void> {
    if (isReading) return;
    isReading = true;
    while (waiting.size > 0) {
      const batch = new Map([...waiting].slice(0, maxBatch));
      for (const id of batch.keys()) waiting.delete(id);
      try {
        const values = await read([...batch.keys()]);
        for (const [id, { resolve }] of batch) resolve(values.get(id));
      } catch (error) {
        for (const { reject } of batch.values()) reject(error);
      }
    }
    isReading = false;
  }

  return (id) => {
    const known = waiting.get(id);
    if (known !== undefined) return known.promise;
    const added = Promise.withResolvers<Value | undefined>();
    waiting.set(id, added);
    void readAll();
    return added.promise;
  };
}
