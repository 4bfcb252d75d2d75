import { createChatReader } from '../../server/providers/chat-reader.ts';
import { createMessagesReader } from '../../server/providers/messages-reader.ts';
import type { AnswerReader } from '../../server/providers/answer-reader.ts';
import { streamAnswer } from '../../server/providers/answer.ts';
import type { ErrorContext } from '../../server/providers/provider-error.ts';
import { createResponsesReader } from '../../server/providers/responses-reader.ts';
import { remoteDefaults } from '../../server/providers/remote-provider.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { collectAnswer, requestFor, type CollectedAnswer } from './collect-answer.ts';
import type { ProviderWire } from './provider-script.ts';

const readers = {
  chat: createChatReader,
  responses: createResponsesReader,
  messages: createMessagesReader,
} satisfies Record<ProviderWire, (context: ErrorContext) => AnswerReader<unknown>>;

const context: ErrorContext = {
  provider: 'Test',
  baseUrl: 'http://model.test/v1',
  model: 'test-model',
  apiKey: 'sk-test-0123456789abcdef',
  now: () => 0,
};

/** What becomes of a body that comes in these pieces, without a socket: for streams cut at every byte. */
export function readPieces(
  wire: ProviderWire,
  pieces: readonly (Uint8Array | string)[],
  contentType = 'text/event-stream',
): Promise<CollectedAnswer> {
  const request = requestFor('hello');
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[next];
      next += 1;
      if (piece === undefined) controller.close();
      else controller.enqueue(typeof piece === 'string' ? Buffer.from(piece) : piece);
    },
  });
  const response = new Response(body, { headers: { 'content-type': contentType } });
  const stream: Parameters<typeof collectAnswer>[0]['stream'] = (_request, call) =>
    streamAnswer({
      open: () => Promise.resolve({ response, reader: readers[wire](context) }),
      request,
      call,
      context,
      clock: systemClock,
      trailerTimeoutMs: 2_000,
      limits: remoteDefaults,
      onPromptTruncated: () => undefined,
    });
  return collectAnswer({ stream }, request);
}

/** Events of a Chat Completions stream, with `[DONE]` at the end. */
export function chatEvents(...chunks: readonly object[]): string {
  return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;
}

/** A chunk with one choice. */
export function chatDelta(delta: object, finishReason: string | null = null): object {
  return { id: 'c', choices: [{ index: 0, delta, finish_reason: finishReason }] };
}
