/**
 * - `online`: the platform says that there is a network again
 * - `shown`: the page is looked at again
 */
export type WakeReason = 'online' | 'shown';

/** Tells when waiting has become pointless: the network is back, or somebody looks at the page again. */
export interface Wake {
  /** Calls `listener` each time. Returns the way to stop; nothing of the platform is held while nobody listens. */
  on(listener: (reason: WakeReason) => void): () => void;
}

interface EventPlace {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
  readonly document?: EventPlace;
  readonly visibilityState?: string;
}

/** By the events `online` and `visibilitychange` of the platform; where there are none, it never tells anything. */
export function createWake(platform: EventPlace = globalThis): Wake {
  const listeners = new Set<(reason: WakeReason) => void>();
  const notify = (reason: WakeReason) => {
    for (const listener of Array.from(listeners)) listener(reason);
  };
  const onOnline = () => notify('online');
  const onVisibility = () => {
    if (platform.document?.visibilityState === 'visible') notify('shown');
  };
  return {
    on(listener) {
      if (listeners.size === 0) {
        platform.addEventListener?.('online', onOnline);
        platform.document?.addEventListener?.('visibilitychange', onVisibility);
      }
      listeners.add(listener);
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        platform.removeEventListener?.('online', onOnline);
        platform.document?.removeEventListener?.('visibilitychange', onVisibility);
      };
    },
  };
}
