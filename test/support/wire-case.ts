import type { StartInput } from '@stagewire/shared';

/** What the model server sends for one request. */
export interface WireReply {
  /** @default 200 */
  readonly status?: number;
  /** @default `text/event-stream` for status 200, else `application/json` */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** `bytes`: every byte is written on its own. `halves`: cut at the middle byte. @default `whole` */
  readonly pieces?: 'whole' | 'bytes' | 'halves';
  /** The socket is destroyed behind the body. @default false */
  readonly drop?: boolean;
  /** How long the server is silent before it answers, in milliseconds. @default 0 */
  readonly silentMs?: number;
}

/** A request as the model server received it. */
export interface WireRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What must come of it: only what is given is compared. */
export interface WireExpectation {
  /** How the first attempt ends; `cut`: at the limit of length, to be continued. */
  readonly ends: 'completed' | 'failed' | 'cut';
  readonly text?: string;
  readonly reasoning?: string;
  readonly finish?: 'stop' | 'length' | 'other';
  /** input, output, cached, reasoning; `final` unless `source` says otherwise. */
  readonly usage?: readonly [number, number, number?, number?];
  readonly source?: 'final' | 'estimated';
  /** Input tokens written to a cache. */
  readonly written?: number;
  /** The amount, with `about` before it for an estimate; or `none`. */
  readonly cost?: string | RegExp;
  readonly code?: string;
  /** One of these; `undefined` is none. */
  readonly reason?: string | readonly (string | undefined)[];
  readonly retryable?: boolean;
  /** Least and most of `retryInMs`. */
  readonly waitMs?: readonly [number, number];
  /** Must match the failure's message. */
  readonly says?: RegExp;
  /** Must not match it. */
  readonly never?: RegExp;
  /** Requests in the first attempt. */
  readonly calls?: number;
  /** Whether the last request is as it must be. */
  readonly lastRequest?: (request: WireRequest) => boolean;
}

/** One input of the wire with its right value. */
export interface WireCase {
  /** What is sent, and by whom. */
  readonly name: string;
  /** @default compatible */
  readonly via?: 'compatible' | 'openai' | 'anthropic' | 'openrouter' | 'ollama';
  /** @default architect, whose text is taken as it is */
  readonly role?: 'architect' | 'reviewer';
  readonly settings?: StartInput['settings'];
  readonly answer: WireReply | ((request: WireRequest) => WireReply);
  readonly right: WireExpectation;
}
