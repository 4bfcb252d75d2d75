import { Agent, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Clock } from '../../runtime/clock.ts';
import { isLoopback } from '../../runtime/is-loopback.ts';

export interface ProviderFetchOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Deadline of a whole answer, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** Bytes of a body, decompressed. @default 524288 */
  readonly maxBytes?: number;
}

/** What `fetch` is called with. */
export interface ProviderRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Requests to an identity provider. */
export interface ProviderFetch {
  /** The answer with its whole body. @throws ProviderProblem */
  fetch(url: string, request?: ProviderRequest): Promise<Response>;
  /** Closes the connections. */
  close(): Promise<void>;
}

/** An identity provider did not answer as it should. The message is for the operator, and has nothing of the answer. */
export class ProviderProblem extends Error {
  override readonly name = 'ProviderProblem';
}

/**
 * Limits what an identity provider can cost: bytes, time and connections. Redirects are not followed, since the host of
 * the issuer is the one that is trusted. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured, except for loopback.
 */
export function createProviderFetch(options: ProviderFetchOptions): ProviderFetch {
  const { clock, timeoutMs = 5000, maxBytes = 512 * 1024 } = options;
  const limits = { connections: 8, pipelining: 1 };
  const direct = new Agent(limits);
  const proxied = new EnvHttpProxyAgent(limits);

  return {
    async fetch(url, { method = 'GET', headers = {}, body, signal } = {}) {
      const { hostname, host } = new URL(url);
      const deadline = new AbortController();
      const cancelTimer = clock.after(timeoutMs, () =>
        deadline.abort(new ProviderProblem(`${host} did not answer within ${timeoutMs} ms`)),
      );
      try {
        const signals = signal === undefined ? [deadline.signal] : [deadline.signal, signal];
        const response = await undiciFetch(url, {
          method,
          headers,
          ...(body !== undefined && body !== null && { body: body as string | URLSearchParams }),
          redirect: 'manual',
          dispatcher: isLoopback(hostname) ? direct : proxied,
          signal: AbortSignal.any(signals),
        });
        if (response.status >= 300 && response.status < 400) {
          await response.body?.cancel();
          throw new ProviderProblem(`${host} redirects, which is not followed`);
        }
        const bytes = await readAll(response.body, { host, maxBytes });
        const { status } = response;
        const kept = ['content-type', 'www-authenticate'].flatMap((name): [string, string][] => {
          const value = response.headers.get(name);
          return value === null ? [] : [[name, value]];
        });
        return new Response(bytes.length === 0 ? null : bytes, { status, headers: kept });
      } catch (error) {
        if (error instanceof ProviderProblem) throw error;
        if (deadline.signal.aborted) throw deadline.signal.reason;
        signal?.throwIfAborted();
        throw new ProviderProblem(`${host} cannot be reached (${reasonOf(error)})`, { cause: error });
      } finally {
        cancelTimer();
      }
    },
    async close() {
      await Promise.all([direct.destroy(), proxied.destroy()]);
    },
  };
}

async function readAll(
  body: AsyncIterable<Uint8Array> | null,
  { host, maxBytes }: { readonly host: string; readonly maxBytes: number },
): Promise<Buffer<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body ?? []) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) throw new ProviderProblem(`the answer of ${host} has more than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The code of the system's error, since the platform's own message is `fetch failed`. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
