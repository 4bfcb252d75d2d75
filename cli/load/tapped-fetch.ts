import type { RunEvent } from '@stagewire/shared';
import { wait } from '@stagewire/server/runtime/wait';
import { socketUrl } from '../terminal/socket-url.ts';
import { createFrameReader } from './frame-reader.ts';
import type { TappedTransportOptions } from './tapped-transport-options.ts';

/** A fetch function for one client whose event streams are observed, throttled, and can be destroyed. */
export interface TappedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Destroys the open event stream, as a lost network does. Returns whether there was one. */
  drop(): boolean;
}

export function createTappedFetch(options: TappedTransportOptions): TappedFetch {
  const { clock, ledger, onOpen, addressOf, maxBytesPerSecond } = options;
  let current: { readonly cut: AbortController; readonly signal: AbortSignal } | undefined;

  async function openStream(given: URL, init: RequestInit | undefined): Promise<Response> {
    const endpoint = socketUrl(addressOf()).replace(/^ws/, 'http');
    const url = `${endpoint}/${given.pathname.split('/').at(-1) ?? ''}${given.search}`;
    const cut = new AbortController();
    const signal = AbortSignal.any([cut.signal, ...(init?.signal ? [init.signal] : [])]);
    const response = await fetch(url, { ...init, signal });
    if (!response.ok || response.body === null) return response;
    current = { cut, signal };
    onOpen();
    ledger.subscribed(cut, cursorIn(given));
    const frames = createFrameReader(({ event, data, id }) => {
      if (event === 'message') ledger.received(cut, id, JSON.parse(data) as RunEvent);
    });
    const decoder = new TextDecoder();
    let readableAt = 0;
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        async transform(chunk, controller) {
          frames.push(decoder.decode(chunk, { stream: true }));
          controller.enqueue(chunk);
          if (maxBytesPerSecond === undefined) return;
          const now = clock.now();
          readableAt = Math.max(now, readableAt) + (chunk.length * 1000) / maxBytesPerSecond;
          // Until this resolves nothing is read: the kernel's buffers fill, and then the server's.
          if (readableAt - now >= 1) await wait(clock, readableAt - now, cut.signal);
        },
        flush() {
          if (current?.cut === cut) current = undefined;
        },
      }),
    );
    return new Response(body, { status: response.status, headers: response.headers });
  }

  return {
    async fetch(input, init) {
      const url = new URL(input instanceof Request ? input.url : input);
      const isStream = new Headers(init?.headers).get('accept') === 'text/event-stream';
      return isStream ? await openStream(url, init) : await fetch(input, init);
    },
    drop() {
      if (current === undefined || current.signal.aborted) return false;
      current.cut.abort(new Error('destroyed by the load test'));
      current = undefined;
      return true;
    },
  };
}

/** The cursor that a subscription resumes after. */
function cursorIn(url: URL): string | undefined {
  const input = JSON.parse(url.searchParams.get('input') ?? '{}') as { readonly lastEventId?: string };
  return input.lastEventId;
}
