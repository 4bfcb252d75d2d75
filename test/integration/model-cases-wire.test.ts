import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startModelCases, type CaseAnswer, type ModelCases } from '../support/model-cases.ts';
import type { SeenRequest } from '../support/provider-server.ts';
import type { ProviderAnswer } from '../support/provider-script.ts';
import { chatDelta, chatEvents } from '../support/read-body.ts';
import { block } from '../support/scene.ts';

let cases: ModelCases;
beforeAll(async () => {
  cases = await startModelCases();
});
afterAll(async () => {
  await cases?.[Symbol.asyncDispose]();
});

const file = block('src/a.ts', 'A');
const files = { 'src/a.ts': 'A\n' };
/** Chunks of a Chat Completions stream as they are, with `[DONE]` behind them. */
const stream = (...chunks: readonly object[]): ProviderAnswer => rawStream(chatEvents(...chunks));
const rawStream = (text: string): ProviderAnswer => ({ fault: { kind: 'raw', body: Buffer.from(text) } });
const refused = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  ({ fault: { kind: 'http', status, body, headers } }) satisfies ProviderAnswer;

/** Refuses every request of which `isRefused` is true. */
function refusing(isRefused: (body: SeenRequest['body']) => boolean, refusal: ProviderAnswer): CaseAnswer {
  return ({ body }) => (isRefused(body) ? refusal : file);
}

const failedWith = (code: string, message: string | RegExp = '') =>
  ({ status: 'failed', failure: { code, message: expect.stringMatching(message) as string } }) as const;

// One after the other: while a provider has rejected a call, those of other runs wait.
describe('a provider that asks for patience', () => {
  test('for a minute’s quota, in the words of a spent account, is waited for as long as it says', async () => {
    const quota = refused(429, {
      error: {
        code: 429,
        message:
          'You exceeded your current quota, please check your plan and billing details. Quota exceeded for requests per minute. Please retry in 1.5s.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' }],
      },
    });
    const { state, events } = await cases.play({ answers: { coder: [quota, file] } });
    expect(state.status).toBe('completed');
    expect(waitsIn(events)).toEqual([expect.toSatisfy((ms: number) => ms >= 1500 && ms < 5000)]);
  });

  test('in a sentence only, is waited for as long as that says', async () => {
    const limit = refused(429, {
      error: {
        message: 'Rate limit reached on tokens per min. Please try again in 2.5s.',
        code: 'rate_limit_exceeded',
      },
    });
    const { state, events } = await cases.play({ answers: { coder: [limit, file] } });
    expect(state.status).toBe('completed');
    expect(waitsIn(events)).toEqual([expect.toSatisfy((ms: number) => ms >= 2500 && ms < 6000)]);
  });

  test('has used no token for what it refused', async () => {
    const limit = refused(429, { error: { message: 'slow down' } }, { 'retry-after-ms': '20' });
    const answer = { tokens: [file], usage: { input: 11, output: 7 } };
    const { state, requests } = await cases.play({ answers: { coder: [limit, limit, answer] } });
    expect(requests).toHaveLength(3);
    expect(state).toMatchObject({ status: 'completed', usage: { inputTokens: 11, outputTokens: 7 } });
  });
});

function waitsIn(events: readonly object[]): readonly unknown[] {
  return events.flatMap((event) =>
    'type' in event && event.type === 'stage.failed' && 'retryInMs' in event ? [event.retryInMs] : [],
  );
}

describe.concurrent('a prompt that is too long is told as that', () => {
  const gemini = 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).';
  test.each([
    ['Gemini', gemini, '1048576'],
    [
      'Cohere',
      'too many tokens: total number of tokens in the prompt cannot exceed 128000 - received 150000.',
      '128000',
    ],
    [
      'Together',
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8192. Given: 9000 `inputs` tokens and 512 `max_new_tokens`',
      '8192',
    ],
  ])('in the words of %s', async (_, message, number) => {
    const answer = refused(400, { error: { message, type: 'invalid_request_error' } });
    const { state, requests } = await cases.play({ answers: { coder: [answer] } });
    expect(state).toMatchObject(failedWith('CONTEXT_TOO_LONG', number));
    expect(requests).toHaveLength(1);
  });

  test('also where the error stands in a list', async () => {
    const answer = refused(400, [{ error: { code: 400, message: gemini, status: 'INVALID_ARGUMENT' } }]);
    const { state } = await cases.play({ answers: { coder: [answer] } });
    expect(state).toMatchObject(failedWith('CONTEXT_TOO_LONG', '1048576'));
  });
});

describe.concurrent('how a stream may end', () => {
  test('[DONE] without a finish_reason is an end', async () => {
    const answer = stream(chatDelta({ content: file }));
    const played = await cases.play({ maxAttemptsPerStage: 2, answers: { coder: [answer] } });
    expect(played.state.status).toBe('completed');
    expect(played.files).toEqual(files);
    expect(played.requests).toHaveLength(1);
  });

  test('neither [DONE] nor a finish_reason is none: the answer was cut off', async () => {
    const answer = rawStream(`data: ${JSON.stringify(chatDelta({ content: file }))}\n\n`);
    const { state } = await cases.play({ maxAttemptsPerStage: 1, answers: { coder: [answer] } });
    expect(state).toMatchObject(failedWith('PROVIDER_TRUNCATED'));
  });

  test('MAX_TOKENS is the length limit', async () => {
    const answer = stream(chatDelta({ content: file }), chatDelta({}, 'MAX_TOKENS'));
    const { state, events } = await cases.play({ answers: { coder: [answer] } });
    expect(events).toContainEqual(expect.objectContaining({ type: 'stage.interrupted', cause: 'length' }));
    expect(state.stages[0]).toMatchObject({ status: 'completed', finishReason: 'length' });
  });
});

describe.concurrent('what an endpoint does not take is left out, and it is asked again', () => {
  test('stream_options', async () => {
    const answer = refusing(
      (body) => body['stream_options'] !== undefined,
      refused(400, { message: 'stream_options: Extra inputs are not permitted' }),
    );
    const played = await cases.play({ answers: { coder: [answer] } });
    expect(played.state.status).toBe('completed');
    expect(played.files).toEqual(files);
    expect(played.requests).toHaveLength(2);
  });

  test('a system message: its text goes into the first message of the user', async () => {
    const answer = refusing(
      (body) => rolesIn(body).includes('system'),
      refused(400, {
        object: 'error',
        message: 'System role not supported',
        type: 'BadRequestError',
        code: 400,
      }),
    );
    const { state, requests, prompts } = await cases.play({ answers: { coder: [answer] } });
    expect(state.status).toBe('completed');
    expect(requests.map(({ body }) => rolesIn(body))).toEqual([['system', 'user'], ['user']]);
    expect(prompts('coder')[1]).toContain('You are one of a crew of software engineers');
  });

  test.each([
    [
      'the model’s own output limit',
      8192,
      'max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for this model',
    ],
    [
      'what the input leaves of the window',
      20_000,
      'input length and `max_tokens` exceed context limit: 180000 + 32000 > 200000, decrease input length or `max_tokens` and try again',
    ],
  ])('an answer longer than %s', async (_, most, message) => {
    const answer = refusing(
      (body) => Number(body['max_tokens']) > most,
      refused(400, { type: 'error', error: { type: 'invalid_request_error', message } }),
    );
    const played = await cases.play({ provider: 'anthropic', answers: { coder: [answer] } });
    expect(played.state.status).toBe('completed');
    expect(played.files).toEqual(files);
    expect(played.requests).toHaveLength(2);
  });
});

function rolesIn(body: SeenRequest['body']): readonly string[] {
  return (body['messages'] as readonly { readonly role: string }[]).map(({ role }) => role);
}

describe.concurrent('an answer of another form', () => {
  test('a completion as one JSON document is read, with its usage', async () => {
    const completion = {
      id: 'x',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: file }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
    };
    const answer: ProviderAnswer = {
      fault: { kind: 'document', contentType: 'application/json', body: JSON.stringify(completion) },
    };
    const played = await cases.play({ maxAttemptsPerStage: 1, answers: { coder: [answer] } });
    expect(played.files).toEqual(files);
    expect(played.state).toMatchObject({
      status: 'completed',
      usage: { inputTokens: 3, outputTokens: 5, source: 'final' },
    });
  });

  test('events under the label of a JSON document are read as events', async () => {
    const body = chatEvents(chatDelta({ content: file }, 'stop'));
    const answer: ProviderAnswer = { fault: { kind: 'document', contentType: 'application/json', body } };
    const played = await cases.play({ maxAttemptsPerStage: 1, answers: { coder: [answer] } });
    expect(played.state.status).toBe('completed');
    expect(played.files).toEqual(files);
  });
});

describe.concurrent('an answer without a word says why', () => {
  test('every token went into reasoning: with their number, and no third call', async () => {
    const answer: ProviderAnswer = {
      reasoning: ['Hm, let me see. '],
      finish: 'length',
      usage: { input: 11, output: 4096, reasoning: 4096 },
    };
    const { state, requests } = await cases.play({ answers: { coder: [answer] } });
    expect(state).toMatchObject(failedWith('OUTPUT_INVALID', /4,?096/));
    expect(state.failure).toMatchObject({ reason: 'output_limit', retryable: false });
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  test('the model called a tool', async () => {
    const call = { index: 0, id: 't', type: 'function', function: { name: 'write_file', arguments: '{}' } };
    const answer = stream(
      chatDelta({ role: 'assistant', content: null, tool_calls: [call] }),
      chatDelta({}, 'tool_calls'),
    );
    const { state } = await cases.play({ maxAttemptsPerStage: 1, answers: { coder: [answer] } });
    expect(state).toMatchObject(failedWith('OUTPUT_INVALID', /tool/));
    expect(state.failure).toMatchObject({ reason: 'tool_call' });
  });
});
