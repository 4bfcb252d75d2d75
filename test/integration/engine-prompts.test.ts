import { describe, expect, test } from 'vitest';
import type { EventOf, StartInput } from '@stagewire/shared';
import { principal, createEngine, settle, type EngineOptions } from '../support/engine.ts';
import { fencedBlocks } from '../support/fenced-blocks.ts';
import { accept, changes, scene, steer, type Scene } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

const roles = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'];
const approved = '{"checked":[],"issues":[],"verdict":"approved"}';
const file = (path: string, text: string) => `\`\`\`ts ${path}\n${text}\n\`\`\`\n`;

/** The open attempt's first message as it was sent. */
function sent({ provider }: Pick<Scene, 'provider'>): string {
  return provider.call.request.messages[0]?.text ?? '';
}

/** What is shown of each path, in order. */
function shown(at: Pick<Scene, 'provider'>): [string, string][] {
  return fencedBlocks(sent(at)).blocks.flatMap(({ info, content }): [string, string][] => {
    const [, path] = info.split(' ');
    return path === undefined || path === 'src/app.ts' || path === 'src/old.ts' || path === 'README.md'
      ? []
      : [[path, content]];
  });
}

async function prompts(at: Scene) {
  const state = await at.engine.state(at.runId);
  const places = state.stages.flatMap(({ stage, attempts }) =>
    attempts.map(({ attempt }) => ({ stage, attempt })),
  );
  return Promise.all(
    places.map((place) =>
      settle(at.engine.clock, at.engine.supervisor.prompt({ runId: at.runId, ...place }, principal)),
    ),
  );
}

describe('the files in a prompt', () => {
  const coded = `Three files.\n\n${file('a.ts', 'A1')}\n${file('b.ts', 'B1')}\n${file('c.ts', 'C1')}`;

  test('are those of the run as they are now, each once, by their last change', async () => {
    const at = await scene(
      ['# Design', coded, changes, `Mended.\n\n${file('a.ts', 'A2')}`, changes, file('b.ts', 'B3')],
      { pipeline: { roles, maxRefinements: 2 } },
    );
    const expected = [
      ['c.ts', '1| C1\n'],
      ['a.ts', '1| A2\n'],
      ['b.ts', '1| B3\n'],
    ];
    expect(shown(at)).toEqual(expected);
    at.provider.call.answer(approved);
    await at.engine.clock.runTurns();
    expect(at.provider.call.request.rehearsal.role).toBe('tester');
    expect(shown(at)).toEqual(expected);
    expect(sent(at)).not.toMatch(/A1|B1/);
  });

  test('take context files out of their section once a role has changed them', async () => {
    const at = await scene(['# Design', file('lib.ts', 'NEW')], {
      pipeline: { roles },
      files: [
        { path: 'lib.ts', text: 'OLD\n' },
        { path: 'other.ts', text: 'OTHER\n' },
      ],
    });
    expect(shown(at)).toEqual([
      ['other.ts', '1| OTHER\n'],
      ['lib.ts', '1| NEW\n'],
    ]);
  });

  test('are followed by what roles said beside them, not by their texts', async () => {
    const at = await scene(['# Design', coded], { pipeline: { roles } });
    const [note, ...more] = fencedBlocks(sent(at)).blocks.filter(({ content }) =>
      content.includes('Three files.'),
    );
    expect(sent(at)).toContain('## coder, stage 2\n\n```');
    expect(note?.content).not.toMatch(/A1|B1|C1/);
    expect(more).toEqual([]);
  });
});

describe('a prompt in the log', () => {
  test('is answered as it was sent, for every attempt, and said to be exact', async () => {
    const at = await scene(['# Design'], { pipeline: { roles } });
    at.provider.call.say('Half');
    await at.engine.clock.runTurns();
    await accept(at, steer('Use tabs.'));
    await at.engine.clock.advance(250);
    at.provider.call.answer(file('a.ts', 'A'));
    await at.engine.clock.runTurns();
    at.provider.call.answer('not a review');
    await at.engine.clock.runTurns();
    const answered = await prompts(at);
    expect(answered).toHaveLength(at.provider.calls.length);
    expect(answered.map(({ role, attempt }) => `${role} ${attempt}`)).toEqual([
      'architect 1',
      'coder 1',
      'coder 2',
      'reviewer 1',
      'reviewer 2',
    ]);
    for (const [index, { system, messages, exact }] of answered.entries()) {
      const request = at.provider.calls[index]?.request;
      expect(exact).toBe(true);
      expect(system).toBe(request?.system);
      expect(messages).toEqual(request?.messages.map(({ role, text }) => ({ role, text })));
    }
  });

  test('has a hash in the event that starts its attempt', async () => {
    const at = await scene(['# Design'], { pipeline: { roles } });
    const hashes = (await at.engine.events(at.runId)).flatMap((event) =>
      event.type === 'stage.started' ? [event.promptHash] : [],
    );
    expect(hashes).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  test('leaves a draft out that a steer drops, and shows it else', async () => {
    for (const draft of ['keep', 'drop'] as const) {
      const at = await scene([], { pipeline: { roles: ['coder'] } });
      at.provider.call.say('Round in circles');
      await at.engine.clock.runTurns();
      await accept(at, steer('Begin anew.', 'restart', { draft }));
      await at.engine.clock.advance(250);
      const { messages } = at.provider.call.request;
      expect(messages.some(({ text }) => text.includes('Round in circles'))).toBe(draft === 'keep');
      expect(messages.at(-1)?.text).toContain('Begin anew.');
      expect((await prompts(at)).at(-1)?.exact).toBe(true);
    }
  });
});

describe('the model’s window', () => {
  async function withWindow(contextTokens: number, input: Partial<StartInput>) {
    const provider = createScriptedProvider();
    const options: EngineOptions = { provider, limitsOf: () => ({ contextTokens }) };
    const engine = createEngine(options);
    const runId = await engine.start({ pipeline: { roles: ['coder'] }, ...input });
    const started = (await engine.events(runId)).find((event) => event.type === 'stage.started');
    return { provider, engine, runId, started: started as EventOf<'stage.started'> };
  }

  test('is recorded, and the prompt made to fit it comes out again', async () => {
    const files = [
      { path: 'named.ts', text: 'NAMED\n'.repeat(200) },
      { path: 'other.ts', text: 'OTHER\n'.repeat(3000) },
    ];
    const at = await withWindow(4000, { task: 'Change named.ts.', files });
    expect(at.started.contextTokens).toBe(4000);
    expect(sent(at)).toContain('NAMED');
    expect(sent(at)).not.toContain('OTHER');
    expect(sent(at)).toContain('no other text names them:\n\n```\nother.ts\n```');
    const [prompt] = await prompts(at);
    expect(prompt).toMatchObject({ exact: true, messages: [{ text: sent(at) }] });
  });

  test('that is too small fails the run before the call, with the numbers and no usage', async () => {
    const at = await withWindow(2000, { task: 'word '.repeat(3000) });
    await at.engine.clock.runTurns();
    expect(at.provider.calls).toHaveLength(0);
    const state = await at.engine.state(at.runId);
    expect(state).toMatchObject({
      status: 'failed',
      failure: { code: 'CONTEXT_TOO_LONG', retryable: false },
      usage: { inputTokens: 0, outputTokens: 0 },
    });
    expect(state.failure?.message).toMatch(
      /about \d{4} tokens .* window of 2000 tokens leaves 1500 .* task and instructions \d{4}/,
    );
    expect((await prompts(at)).at(0)?.exact).toBe(true);
  });

  test('caps the output that a run asks for', async () => {
    const at = await withWindow(4000, { settings: { coder: { maxOutputTokens: 64_000 } } });
    const { maxOutputTokens = 0 } = at.provider.call.request;
    expect(maxOutputTokens).toBeGreaterThan(2500);
    expect(maxOutputTokens).toBeLessThan(4000);
  });
});

test('settings of a role are asked of its model only, and the run names its cache', async () => {
  const at = await scene([], {
    pipeline: { roles },
    settings: { architect: { effort: 'high', maxOutputTokens: 500 } },
  });
  const { effort, maxOutputTokens, cacheKey } = at.provider.call.request;
  expect({ effort, maxOutputTokens, cacheKey }).toEqual({
    effort: 'high',
    maxOutputTokens: 500,
    cacheKey: at.runId,
  });
  at.provider.call.answer('# Design');
  await at.engine.clock.runTurns();
  expect(at.provider.call.request).not.toHaveProperty('effort');
  expect(at.provider.call.request).not.toHaveProperty('maxOutputTokens');
});
