import { expect, test } from 'vitest';
import { startKeyedApp } from '../support/keyed-app.ts';

// The memory of the answer was charged before the owner was checked: TOO_LARGE said that the run exists, and how long it is.
test.each(['runs.get', 'runs.files', 'runs.prompt'])(
  'a batch of %s is answered alike for a large run of another owner and for a missing one',
  async (path) => {
    await using app = await startKeyedApp({ transport: { maxAnswerBytes: 200_000 } });
    const { token: victim } = await app.key({ owner: 'victim' });
    const { token } = await app.key({ owner: 'other' });
    const response = await app.fetch('/trpc/runs.start', victim, {
      task: 'Build it',
      files: [{ path: 'big.txt', text: 'x'.repeat(150_000) }],
    });
    const started = (await response.json()) as {
      readonly result: { readonly data: { readonly runId: string } };
    };
    const attempt = path === 'runs.prompt' ? { stage: 1, attempt: 1 } : {};
    const codes = async (runId: string) => {
      const input = encodeURIComponent(
        JSON.stringify({ 0: { runId, ...attempt }, 1: { runId, ...attempt } }),
      );
      const answer = await app.fetch(`/trpc/${path},${path}?batch=1&input=${input}`, token);
      return [...(await answer.text()).matchAll(/"stagewire":\{"code":"(\w+)"/g)].map(([, code]) => code);
    };
    expect(await codes('run_missing-000000001')).toEqual(['RUN_NOT_FOUND', 'RUN_NOT_FOUND']);
    expect(await codes(started.result.data.runId)).toEqual(['RUN_NOT_FOUND', 'RUN_NOT_FOUND']);
  },
);
