import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAttackedServer, type AttackedServer } from '../support/attacked-server.ts';
import { expectWithin, isUnmeasurable } from '../support/damage-bounds.ts';
import { hostileAnswers, startHostileModel, type HostileModel } from '../support/hostile-model.ts';
import { post } from '../support/peer-attacks.ts';
import { rawRequest } from '../support/raw-request.ts';
import { sizes, timeoutMs } from './sizes.ts';

// With a heap of 256 MB, whatever a model answers: the process stays within the bounds of `damage-bounds.ts`, the run
// ends and says why, what was written up to then is kept, and a later start takes everything up again.

const size = sizes.attacks;

let server: AttackedServer;
let model: HostileModel;

describe.skipIf(isUnmeasurable)('a server whose models are hostile', () => {
  beforeAll(async () => {
    model = await startHostileModel({ bytes: size.modelBytes, tokens: size.tokens });
    server = await startAttackedServer({ env: { COMPATIBLE_BASE_URL: model.url } });
  }, timeoutMs);

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
  });

  test.each(Object.keys(hostileAnswers))(
    'a model that answers with %s',
    async (answer) => {
      let runId = '';
      const damage = await server.suffer(async () => {
        const untilMs = performance.now() + size.secondsEach * 1000;
        do {
          runId = `run_hostile-${randomUUID()}`;
          await endOf(runId, answer);
        } while (performance.now() < untilMs);
      });
      const { body } = await rawRequest(server.port, { path: pathOf(runId) });
      const { failure } = (JSON.parse(body) as { result: { data: { failure?: Failure } } }).result.data;
      expectWithin(damage, answer);
      expect(failure?.code).toMatch(/^(?:LIMIT_REACHED|PROVIDER_\w+)$/);
      if (!answer.startsWith('endless-text') && !answer.startsWith('endless-reasoning')) return;
      expect(failure?.code).toBe('LIMIT_REACHED');
      expect(body.length).toBeGreaterThan(3_900_000);
    },
    timeoutMs,
  );

  test(
    'after a kill it starts again and serves',
    async () => {
      await server.restart('SIGKILL');
      expect(await post(server.port, 'runs.start', { task: 'one more' })).toBe(200);
    },
    timeoutMs,
  );
});

interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Starts a run with this model and waits for its end. */
async function endOf(runId: string, answer: string): Promise<void> {
  const input = {
    runId,
    task: 'be hostile',
    pipeline: { roles: ['documenter'] },
    models: { default: `compatible/${answer}` },
    limits: { maxAttemptsPerStage: 1 },
  };
  expect(await post(server.port, 'runs.start', input)).toBe(200);
  const statusNow = async () => {
    const { body } = await rawRequest(server.port, { path: '/trpc/runs.list?input=%7B%7D' });
    return new RegExp(`"${runId}"[^{]*?"status":"(\\w+)"`).exec(body)?.[1] ?? body.slice(0, 300);
  };
  await expect.poll(statusNow, { timeout: timeoutMs, interval: 200 }).toMatch(/^(?:failed|completed)$/);
}

function pathOf(runId: string): string {
  return `/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`;
}
