import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { chunk, data, done, named } from './wire-bodies.ts';

export type CountedWire = 'chat' | 'responses' | 'messages';

export interface CountingProviderOptions {
  /** Characters of one token, in prompts and answers. The server assumes 4. */
  readonly charsPerToken: number;
  /** Tokens of each answer that are not sent: hidden reasoning before the text. @default 0 */
  readonly hiddenTokens?: number;
  /** @default as fast as the socket takes them */
  readonly tokensPerSecond?: number;
}

/** A provider on the loopback whose model writes until its output limit, and that bills what it has generated. */
export interface CountingProvider extends AsyncDisposable {
  /** Without `/v1`. */
  readonly url: string;
  /** Of each request, oldest first. */
  readonly bills: readonly Bill[];
}

export interface Bill {
  readonly input: number;
  output: number;
  /** The output limit of the request. */
  readonly limit: number;
  /** Whether the client has closed the connection before the end. */
  isClosed: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

export async function startCountingProvider(options: CountingProviderOptions): Promise<CountingProvider> {
  const bills: Bill[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'GET') response.end('{"object":"list","data":[]}');
    else serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as Fields;
    const wire = wireOf(request.url ?? '');
    const limit = Number(body['max_tokens'] ?? body['max_output_tokens'] ?? Infinity);
    const bill: Bill = { input: inputTokens(body, options), output: 0, limit, isClosed: false };
    bills.push(bill);
    response.on('close', () => (bill.isClosed = !response.writableFinished));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(opening(wire, bill));
    const token = 'x'.repeat(Math.floor(options.charsPerToken));
    const spare = options.charsPerToken % 1;
    let chars = 0;
    while (bill.output < limit && !response.destroyed) {
      bill.output += 1;
      if (bill.output <= (options.hiddenTokens ?? 0)) continue;
      chars += spare;
      const text = chars >= 1 ? `${token}x` : token;
      if (chars >= 1) chars -= 1;
      const flows = response.write(delta(wire, text));
      await pace(response, { flows, written: bill.output });
    }
    response.end(closing(wire, bill));
  }

  async function pace(
    response: ServerResponse,
    { flows, written }: { readonly flows: boolean; readonly written: number },
  ): Promise<void> {
    // The pace at which the model writes.
    if (options.tokensPerSecond !== undefined) await sleep(1000 / options.tokensPerSecond);
    else if (!flows) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    else if (written % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bills,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function wireOf(path: string): CountedWire {
  if (path.endsWith('/messages')) return 'messages';
  return path.endsWith('/responses') ? 'responses' : 'chat';
}

function inputTokens(body: Fields, { charsPerToken }: CountingProviderOptions): number {
  const texts = [body['system'], body['instructions'], body['messages'], body['input']];
  return Math.ceil(texts.reduce<number>((sum, value) => sum + charsIn(value), 0) / charsPerToken);
}

function charsIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + charsIn(item), 0);
  const { content, text } = (value ?? {}) as Fields;
  return charsIn(content ?? text ?? '');
}

function opening(wire: CountedWire, { input }: Bill): string {
  if (wire === 'chat') return chunk({ role: 'assistant', content: '' });
  if (wire === 'responses') return named({ type: 'response.created', response: { id: 'r', output: [] } });
  const usage = { input_tokens: input, output_tokens: 1 };
  return (
    named({ type: 'message_start', message: { id: 'm', role: 'assistant', content: [], usage } }) +
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })
  );
}

function delta(wire: CountedWire, text: string): string {
  if (wire === 'chat') return chunk({ content: text });
  if (wire === 'messages') {
    return named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
  }
  return named({
    type: 'response.output_text.delta',
    item_id: 'i',
    output_index: 0,
    content_index: 0,
    delta: text,
  });
}

function closing(wire: CountedWire, { input, output }: Bill): string {
  if (wire === 'chat') {
    const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
    return chunk({}, 'length') + data({ id: 'c', choices: [], usage }) + done;
  }
  const usage = { input_tokens: input, output_tokens: output };
  if (wire === 'messages') {
    return (
      named({ type: 'content_block_stop', index: 0 }) +
      named({ type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage }) +
      named({ type: 'message_stop' })
    );
  }
  return named({
    type: 'response.incomplete',
    response: {
      id: 'r',
      status: 'incomplete',
      output: [],
      incomplete_details: { reason: 'max_output_tokens' },
      usage,
    },
  });
}
