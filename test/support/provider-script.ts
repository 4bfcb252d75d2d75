/** The three APIs that models are reached by. */
export type ProviderWire = 'messages' | 'responses' | 'chat';

/** What a provider server answers to one request. Everything left out is as a healthy provider does it. */
export interface ProviderScript {
  /** The pieces of the text, a delta each. @default none */
  readonly tokens?: readonly string[];
  /** The pieces of the reasoning, sent before the text. @default none */
  readonly reasoning?: readonly string[];
  /** `null`: none is told. @default 10 tokens in, one out per piece */
  readonly usage?: ScriptUsage | null;
  /** @default stop */
  readonly finish?: ScriptFinish;
  /** In milliseconds, each 0 by default. */
  readonly pace?: { readonly headersMs?: number; readonly firstTokenMs?: number; readonly tokenMs?: number };
  readonly fault?: ProviderFault;
  readonly framing?: Framing;
}

export interface ScriptUsage {
  readonly input: number;
  readonly output: number;
  readonly reasoning?: number;
  readonly cached?: number;
}

/** `refusal`: the model refuses, in the way its API has for it; `filter`: a content filter ends the answer. */
export type ScriptFinish = 'stop' | 'length' | 'tool' | 'refusal' | 'filter';

/** How the events are laid out on the wire. */
export interface Framing {
  /** CRLF instead of LF. */
  readonly crlf?: boolean;
  /** A comment (or a ping, where the API has one) before every event. */
  readonly comments?: boolean;
  /** Cuts every event into pieces of so many bytes, each its own chunk. */
  readonly pieceBytes?: number;
  /** The whole stream in one write. */
  readonly oneWrite?: boolean;
  /** Chat Completions without `[DONE]`. */
  readonly withoutDone?: boolean;
}

export interface ScriptError {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
}

/** What goes wrong. `afterDeltas` counts reasoning and text. */
export type ProviderFault =
  /** An answer with another status than 200, instead of a stream. */
  | {
      readonly kind: 'http';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** 200, and a document instead of a stream. */
  | { readonly kind: 'document'; readonly contentType: string; readonly body: string }
  /** The request is read and never answered. */
  | { readonly kind: 'no-headers' }
  /** A clean end without the event that completes the answer. */
  | { readonly kind: 'truncate'; readonly afterDeltas: number }
  /** A clean end in the middle of an event. */
  | { readonly kind: 'cut-event'; readonly afterDeltas: number }
  /** The socket is destroyed. */
  | { readonly kind: 'drop'; readonly afterDeltas: number }
  /** Nothing more is sent, and the socket stays open. */
  | { readonly kind: 'stall'; readonly afterDeltas: number }
  /** An SSE field of the name `error:`, which parsers skip, and a clean end. */
  | { readonly kind: 'error-field'; readonly afterDeltas: number }
  /** The API's own error event, and a clean end. */
  | { readonly kind: 'error-event'; readonly afterDeltas: number; readonly error: ScriptError }
  /** An error told as data: `response.failed`, `finish_reason: "error"`; on the Messages API an error event. */
  | { readonly kind: 'failed'; readonly afterDeltas: number; readonly error: ScriptError }
  /** Bytes as they are, instead of the script's events; cut at these offsets. `open`: the socket stays open. */
  | {
      readonly kind: 'raw';
      readonly body: Uint8Array;
      readonly cuts?: readonly number[];
      readonly open?: boolean;
    };

/** A script as one API sends it: every string is one or more whole SSE events. */
export interface Frames {
  readonly opening: readonly string[];
  readonly reasoning: readonly string[];
  readonly tokens: readonly string[];
  readonly closing: readonly string[];
  readonly ping: string;
  error(error: ScriptError): string;
  failed(error: ScriptError): string;
}

/** A text is answered in pieces of four characters, a list piece by piece. */
export type ProviderAnswer = string | readonly string[] | ProviderScript;

export function scriptOf(answer: ProviderAnswer): ProviderScript {
  if (typeof answer === 'string') return { tokens: tokensOf(answer) };
  return isList(answer) ? { tokens: answer } : answer;
}

/** Pieces of four characters; no character is cut in two. */
export function tokensOf(text: string): readonly string[] {
  return text.match(/.{1,4}/gsu) ?? [];
}

export function usageOfScript(script: ProviderScript): ScriptUsage | null {
  if (script.usage !== undefined) return script.usage;
  const reasoning = script.reasoning?.length ?? 0;
  return { input: 10, output: (script.tokens?.length ?? 0) + reasoning, reasoning };
}

export function sseEvent(data: unknown, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}

function isList(answer: ProviderAnswer): answer is readonly string[] {
  return Array.isArray(answer);
}
