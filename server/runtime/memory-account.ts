import { getHeapStatistics } from 'node:v8';

/** Each kind has a limit of its own in addition to the total. */
export type MemoryKind = 'runs' | 'output' | 'requests' | 'answers' | 'unsent' | 'subscriptions';

export type MemoryLimits = { readonly [K in MemoryKind | 'total']: number };

/** Bytes that are charged until they are released. */
export interface MemoryCharge {
  readonly bytes: number;
  /** Changes the charge. @returns false if it exceeds a limit; the charge is unchanged then. */
  resize(bytes: number): boolean;
  /** Releases the charge. Idempotent. */
  release(): void;
}

/** The single account of the memory that peers, runs, calls, answers and providers make the server use, in bytes. */
export interface MemoryAccount {
  /** Charges `bytes`; `undefined` if they exceed a limit. */
  charge(kind: MemoryKind, bytes: number): MemoryCharge | undefined;
  /** Would a charge of so many bytes fit? */
  hasRoom(kind: MemoryKind, bytes: number): boolean;
  /** Calls `task` once after the next release. Returns a function that cancels it. */
  onRelease(task: () => void): () => void;
  /** The present charges and the limits. */
  report(): {
    readonly [K in MemoryKind | 'total']: { readonly heldBytes: number; readonly limitBytes: number };
  };
}

const kinds: readonly MemoryKind[] = ['runs', 'output', 'requests', 'answers', 'unsent', 'subscriptions'];

/** Output of models that the log has not taken, of all runs together, in bytes. */
const maxUnwrittenBytes = 64_000_000;

/** Limits derived from one total: no single kind can take all of it. */
export function memoryLimitsOf(totalBytes: number): MemoryLimits {
  const share = (part: number) => Math.floor(totalBytes * part);
  return {
    total: totalBytes,
    runs: share(0.5),
    output: Math.min(maxUnwrittenBytes, share(0.1)),
    requests: share(0.2),
    answers: share(0.25),
    unsent: share(0.25),
    subscriptions: share(0.25),
  };
}

/** A quarter of the heap limit. */
export function defaultMemoryBytes(): number {
  return Math.floor(getHeapStatistics().heap_size_limit / 4);
}

export function createMemoryAccount(limits: MemoryLimits): MemoryAccount {
  const held = { runs: 0, output: 0, requests: 0, answers: 0, unsent: 0, subscriptions: 0 };
  let total = 0;
  let waiting = new Set<() => void>();

  const hasRoom = (kind: MemoryKind, bytes: number) =>
    held[kind] + bytes <= limits[kind] && total + bytes <= limits.total;

  function add(kind: MemoryKind, bytes: number): void {
    held[kind] += bytes;
    total += bytes;
    // Also at the release of an empty charge: another task may wait for its owner to finish.
    if (bytes > 0 || waiting.size === 0) return;
    const woken = waiting;
    waiting = new Set();
    for (const task of woken) task();
  }

  return {
    charge(kind, bytes) {
      if (!hasRoom(kind, bytes)) return undefined;
      add(kind, bytes);
      let own = bytes;
      let isOpen = true;
      return {
        get bytes() {
          return own;
        },
        resize(wanted) {
          if (!isOpen || (wanted > own && !hasRoom(kind, wanted - own))) return false;
          add(kind, wanted - own);
          own = wanted;
          return true;
        },
        release() {
          if (!isOpen) return;
          isOpen = false;
          add(kind, -own);
          own = 0;
        },
      };
    },
    hasRoom,
    onRelease(task) {
      waiting.add(task);
      return () => void waiting.delete(task);
    },
    report: () => {
      const rows = kinds.map((kind) => [kind, { heldBytes: held[kind], limitBytes: limits[kind] }] as const);
      return {
        ...(Object.fromEntries(rows) as Record<MemoryKind, { heldBytes: number; limitBytes: number }>),
        total: { heldBytes: total, limitBytes: limits.total },
      };
    },
  };
}
