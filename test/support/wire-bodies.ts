import type { WireReply } from './wire-case.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One event of a stream. */
export const data = (fields: unknown): string => `data: ${JSON.stringify(fields)}\n\n`;
export const named = (fields: Fields & { readonly type: string }): string =>
  `event: ${fields.type}\n${data(fields)}`;
export const done = 'data: [DONE]\n\n';

/** A chunk of a Chat Completions stream. */
export const chunk = (delta: Fields, finish: unknown = null, more: Fields = {}): string =>
  data({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  });

/** A whole stream that says `text` and ends with this finish reason. */
export const chat = (text: string, finish: unknown = 'stop', more: Fields = {}): string =>
  `${chunk({ role: 'assistant', content: text })}${chunk({}, finish, more)}${done}`;

/** A stream of one word and this usage. */
export const chatUsage = (usage: unknown): string =>
  `${chunk({ content: 'Hello' })}${chunk({}, 'stop')}${data({ id: 'chatcmpl-1', choices: [], usage })}${done}`;

/** A completion that came whole, not as a stream. */
export const completion = (message: Fields, more: Fields = {}): Fields => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
  ...more,
});

/** An answer with an error status and this body. */
export const refused = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): WireReply => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** The usual error body. */
export const failure = (message: string, more: Fields = {}): Fields => ({ error: { message, ...more } });
