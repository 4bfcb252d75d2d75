import type { Stagewire } from '../connect.ts';
import { useStores } from './stores-context.ts';

/** The provider's client, to start runs with and for all that has no hook. @throws Error without a provider. */
export function useStagewire(): Stagewire {
  return useStores('useStagewire').client;
}
