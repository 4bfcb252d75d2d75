/**
 * - `online`: the platform reports that the network is back
 * - `shown`: the page has become visible
 * - `offline`: the platform reports that the network is gone
 */
export type WakeReason = 'online' | 'shown' | 'offline';

/** Emits when a wait has become pointless (the network is back, or the page has become visible), and when the network is gone. */
export interface Wake {
  /**
   * Calls `listener` each time. Returns a function that removes it; without listeners, no platform listeners are held.
   */
  on(listener: (reason: WakeReason) => void): () => void;
}

interface EventTargetLike {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
  readonly document?: EventTargetLike;
  readonly visibilityState?: string;
}

/** Uses the platform's events `online`, `offline` and `visibilitychange`; without them it never emits. */
export function createWake(platform: EventTargetLike = globalThis): Wake {
  const listeners = new Set<(reason: WakeReason) => void>();
  const notify = (reason: WakeReason) => {
    for (const listener of Array.from(listeners)) listener(reason);
  };
  const onOnline = () => notify('online');
  const onOffline = () => notify('offline');
  const onVisibility = () => {
    if (platform.document?.visibilityState === 'visible') notify('shown');
  };
  return {
    on(listener) {
      if (listeners.size === 0) {
        platform.addEventListener?.('online', onOnline);
        platform.addEventListener?.('offline', onOffline);
        platform.document?.addEventListener?.('visibilitychange', onVisibility);
      }
      listeners.add(listener);
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        platform.removeEventListener?.('online', onOnline);
        platform.removeEventListener?.('offline', onOffline);
        platform.document?.removeEventListener?.('visibilitychange', onVisibility);
      };
    },
  };
}
