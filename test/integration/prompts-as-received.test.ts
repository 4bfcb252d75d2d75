import { connect, type Role, type Run } from '@stagewire/client';
import { expect, test } from 'vitest';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import type { ProviderAnswer } from '../support/provider-script.ts';
import { createProviderServer, type SeenRequest } from '../support/provider-server.ts';

const roles: readonly Role[] = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'];
const soon = { timeout: 15_000, interval: 10 };
const code = (text: string) => `Written.\n\n\`\`\`ts src/a.ts\n${text}\n\`\`\`\n`;
const changes =
  '{"checked":[],"issues":[{"severity":"major","file":"src/a.ts","problem":"Wrong","fix":"Right"}],"verdict":"changes_requested"}';
const approved = '{"checked":[],"issues":[],"verdict":"approved"}';
const stalled = (text: string): ProviderAnswer => ({
  tokens: [text, 'never sent'],
  fault: { kind: 'stall', afterDeltas: 1 },
});

/** What each role answers, call by call; the last answer again and again. */
const answers: Readonly<Record<string, readonly ProviderAnswer[]>> = {
  architect: ['# Design\n\nOne file.\n'],
  coder: [stalled('A first '), stalled(code('half of it')), code('export const a = 1;')],
  reviewer: ['This is no review.', changes, approved],
  refiner: [code('export const a = 2;')],
  tester: [
    { tokens: ['```ts test/a', 'lost'], fault: { kind: 'truncate', afterDeltas: 1 } },
    '```ts test/a.test.ts\nok();\n```\n',
  ],
  documenter: [stalled('# Read'), '# Read me\n'],
};

test.each(['compatible', 'openai', 'anthropic'] as const)(
  'runs.prompt returns what the provider has received, for every role and attempt, over %s',
  { timeout: 60_000 },
  async (provider) => {
    const counts = new Map<string, number>();
    await using server = await createProviderServer({
      answer({ body }) {
        const role = String(body['model']);
        const nth = counts.get(role) ?? 0;
        counts.set(role, nth + 1);
        const own = answers[role] ?? [];
        return own[Math.min(nth, own.length - 1)] ?? '';
      },
    });
    const asked = () => server.requests.filter(({ wire }) => wire !== 'models');
    const app = await startApp({
      runs: { retryBaseMs: 10, retryCapMs: 20 },
      config: readConfig({
        STAGEWIRE_PORT: '0',
        STAGEWIRE_LOG: 'memory',
        STAGEWIRE_MODEL: 'rehearsal',
        COMPATIBLE_BASE_URL: `${server.url}/v1`,
        OPENAI_BASE_URL: `${server.url}/v1`,
        OPENAI_API_KEY: 'sk-test-0123456789',
        ANTHROPIC_BASE_URL: server.url,
        ANTHROPIC_API_KEY: 'sk-ant-test-0123456789',
      }),
    });
    await using closing = new AsyncDisposableStack();
    closing.defer(() => app.close());
    const client = closing.use(connect({ url: app.url }));
    const models = Object.fromEntries(roles.map((role) => [role, `${provider}/${role}`]));

    const run = await client.start({
      task: 'A small queue.',
      models,
      pipeline: { roles: [...roles], maxRefinements: 2 },
      instructions: { all: 'Write British English.', coder: 'Indent by three.' },
      files: [{ path: 'notes.md', text: 'One\nTwo\n' }],
    });
    await waitsIn(run, 'coder', 1);
    await run.steer('Use tabs.');
    await waitsIn(run, 'coder', 2);
    await run.steer('Now the rest.', { mode: 'continue' });
    await waitsIn(run, 'documenter', 1);
    await run.redirect('coder', { text: 'One more function.' });
    await run.result();
    const first = await compare(run, asked());
    expect(first).toEqual([
      'architect 1 plan',
      'coder 1 plan',
      'coder 2 steer',
      'coder 3 steer',
      'reviewer 1 plan',
      'reviewer 2 repair',
      'refiner 1 review',
      'reviewer 1 plan',
      'tester 1 plan',
      'tester 2 retry',
      'documenter 1 plan',
      'coder 1 redirect',
      'reviewer 1 plan',
      'tester 1 plan',
      'documenter 1 plan',
    ]);

    const before = asked().length;
    const fork = await client.start({ from: { runId: run.id, stage: 3 } });
    await fork.result();
    const own = await compare(fork, asked().slice(before));
    expect(own).toEqual(['reviewer 1 plan', 'tester 1 plan', 'documenter 1 plan']);
    const followUp = await client.start({ from: { runId: fork.id }, task: 'Now faster.' });
    await followUp.result();
    expect(await compare(followUp, asked().slice(before + own.length))).toHaveLength(5);
  },
);

/** Resolves when the model of this attempt has sent text. */
async function waitsIn(run: Run, role: Role, attempt: number): Promise<void> {
  await expect
    .poll(async () => {
      const stage = (await run.snapshot()).stages.at(-1);
      const last = stage?.attempts.at(-1);
      return last?.text === '' ? undefined : [stage?.role, last?.attempt];
    }, soon)
    .toEqual([role, attempt]);
}

/** Compares the prompts of the run's own attempts with the requests, one each, and returns what the attempts were. */
async function compare(run: Run, requests: readonly SeenRequest[]): Promise<string[]> {
  const { stages } = await run.snapshot();
  const attempts = stages.flatMap((stage) =>
    stage.attempts
      .filter(({ inheritedFrom }) => inheritedFrom === undefined)
      .map(({ attempt, cause }) => ({ stage: stage.stage, role: stage.role, attempt, cause })),
  );
  expect(requests.map(({ body }) => body['model'])).toEqual(attempts.map(({ role }) => role));
  for (const [index, { stage, attempt }] of attempts.entries()) {
    const { system, messages, exact } = await run.prompt({ stage, attempt });
    expect(exact).toBe(true);
    expect({ system, messages }).toEqual(receivedBy(requests[index]?.body ?? {}));
  }
  return attempts.map(({ role, attempt, cause }) => `${role} ${attempt} ${cause}`);
}

interface Turn {
  readonly role: string;
  readonly content: unknown;
}

/** The texts of a request's body of any of the three APIs. */
function receivedBy(body: Readonly<Record<string, unknown>>) {
  const turns = (body['messages'] ?? body['input']) as readonly Turn[];
  const systems = turns.filter(({ role }) => role === 'system' || role === 'developer');
  const system = [body['system'], body['instructions'], ...systems.map(({ content }) => content)];
  return {
    system: system.map(textOf).join(''),
    messages: turns
      .filter((turn) => !systems.includes(turn))
      .map(({ role, content }) => ({ role, text: textOf(content) })),
  };
}

function textOf(content: unknown): string {
  if (Array.isArray(content)) return content.map((part: { readonly text: string }) => part.text).join('');
  return typeof content === 'string' ? content : '';
}
