import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunState } from '@stagewire/shared';
import { describe, expect, test, vi } from 'vitest';
import { sectionOf } from '../support/markdown-tables.ts';
import { isMissing } from '../support/missing-program.ts';
import { createModelServer } from '../support/model-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { within } from '../support/until.ts';

// Servers, programs and a kill: processes of their own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const readme = textOf('README.md');
const quick = 'rehearsal/ttft=10,tps=0,chars=300,verdict=approved';

describe('README.md, TypeScript', () => {
  test('the code is the example, to the letter', () => {
    expect(blockBelow('## TypeScript', 'ts')).toBe(textOf('examples/first-run.ts'));
  });

  test('the example starts a run, prints it, steers it and prints the outcome', async () => {
    await using server = await startServerProcess({
      env: { STAGEWIRE_MODEL: quick, STAGEWIRE_MODEL_CODER: 'rehearsal/ttft=10,tps=100,chars=500' },
    });
    await using example = start(process.execPath, {
      args: ['--conditions=@stagewire/source', 'examples/first-run.ts'],
      url: server.url,
    });
    expect(await example.exitCode).toBe(0);
    expect(example.output()).toContain('=== coder, stage 2, attempt 2 (steer)');
    expect(example.output()).toMatch(/run_\w+ completed, review: approved, \d+ tokens written/);
    expect(example.output()).toContain("The steer was { status: 'applied', stage: 2, attempt: 2 }");
    const [, runId = ''] = /(run_\w+) completed/.exec(example.output()) ?? [];
    for (const { attempts } of (await stateOf(server.url, runId)).stages) {
      expect(example.output()).toContain(attempts.at(-1)?.text);
    }
  });
});

describe('README.md, curl', () => {
  test.skipIf(isMissing('curl'))(
    'the commands start a run, subscribe to it until its end and steer it',
    async () => {
      await using server = await startServerProcess({
        env: { STAGEWIRE_MODEL: quick, STAGEWIRE_MODEL_ARCHITECT: 'rehearsal/ttft=10,tps=100,chars=800' },
      });
      await using shell = start('bash', {
        args: ['-euc', blockBelow('## curl', 'sh')],
        url: server.url,
      });
      expect(await shell.exitCode).toBe(0);
      const output = shell.output();
      expect(output).toMatch(
        /^\{"result":\{"data":\{"runId":"run_curl-\d+","cursor":"1-1-[0-9a-f]{8}"\}\}\}/,
      );
      expect(output).toMatch(/\{"result":\{"data":\{"commandId":"7f0c1e52-[^}]*"target":\{"stage":1,/);
      expect(output).toMatch(/data: \{"type":"command\.applied",.*"commandId":"7f0c1e52-.*"attempt":2\}/);
      expect(output).toMatch(/data: \{"type":"run\.completed"/);
      expect(output.trimEnd().endsWith('event: return\ndata:')).toBe(true);
    },
  );
});

describe('README.md, Python', () => {
  test.skipIf(isMissing('python3'))(
    'the watchdog cancels what is too long, and misses nothing over a kill -9',
    async () => {
      const env = { STAGEWIRE_MODEL: quick, STAGEWIRE_MODEL_CODER: 'rehearsal/ttft=10,tps=60,chars=4000' };
      await using folder = await scratch();
      await using server = await startServerProcess({ dataDir: folder.path, env });
      const runId = await startRun(server.url);
      await using watchdog = start('python3', {
        args: ['examples/watchdog.py', runId, '--max-chars', '1500'],
        url: server.url,
      });
      await watchdog.says('stage 2, coder, attempt 1');
      const written = async () => (await stateOf(server.url, runId)).stages[1]?.attempts[0]?.text.length ?? 0;
      await expect.poll(written, { timeout: 20_000 }).toBeGreaterThan(900);
      await server.stop('SIGKILL');
      await using again = await startServerProcess({
        dataDir: folder.path,
        env: { ...env, STAGEWIRE_PORT: String(server.port) },
      });
      expect(await watchdog.exitCode).toBe(0);
      const { seq, stages } = await stateOf(again.url, runId);
      expect(watchdog.output()).toMatch(/Connection lost; resuming after 1-\d+-[0-9a-f]{8}\./);
      // Each attempt once: behind no cursor, the first stage would come again.
      expect(watchdog.lines().filter((line) => !line.startsWith('Connection lost'))).toEqual([
        'stage 1, architect, attempt 1',
        'stage 2, coder, attempt 1',
        'stage 2, coder, attempt 2',
        '  cancelled: more than 1500 characters',
        'stage 3, reviewer, attempt 1',
        'stage 4, documenter, attempt 1',
        `${runId}: run.completed, seq ${seq}`,
      ]);
      expect(stages[1]).toMatchObject({ role: 'coder', status: 'cancelled' });
      // What the first attempt had written counts: else 900 and 1500 more would be there.
      expect(stages[1]?.attempts.at(-1)?.text.length).toBeLessThan(2400);
    },
  );

  test.skipIf(isMissing('python3'))(
    'the watchdog cancels a model that says the same again and again',
    async () => {
      let closed = 0;
      await using model = await createModelServer((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const delta = { content: 'Let me write that file again, as the plan wants it. ' };
        const chunk = JSON.stringify({
          id: 'x',
          object: 'chat.completion.chunk',
          choices: [{ index: 0, delta }],
        });
        const timer = setInterval(() => response.write(`data: ${chunk}\n\n`), 5);
        response.on('close', () => {
          clearInterval(timer);
          closed += 1;
        });
      });
      await using server = await startServerProcess({
        env: { STAGEWIRE_MODEL: 'compatible/parrot', COMPATIBLE_BASE_URL: `${model.url}/v1` },
      });
      const runId = await startRun(server.url, { pipeline: { roles: ['coder', 'documenter'] } });
      await using watchdog = start('python3', { args: ['examples/watchdog.py', runId], url: server.url });
      expect(await watchdog.exitCode).toBe(0);
      const { seq } = await stateOf(server.url, runId);
      expect(watchdog.lines()).toEqual([
        'stage 1, coder, attempt 1',
        '  cancelled: its last 80 characters for the 4th time',
        'stage 2, documenter, attempt 1',
        '  cancelled: its last 80 characters for the 4th time',
        `${runId}: run.completed, seq ${seq}`,
      ]);
      expect(closed).toBe(2);
    },
  );

  test.skipIf(isMissing('python3'))(
    'the watchdog says what is wrong with a run that is not there',
    async () => {
      await using server = await startServerProcess();
      await using watchdog = start('python3', {
        args: ['examples/watchdog.py', 'run_not-there'],
        url: server.url,
      });
      expect(await watchdog.exitCode).toBe(1);
      expect(watchdog.lines()).toEqual([expect.stringContaining('run_not-there')]);
    },
  );
});

/** The one code block of a language below a heading. */
function blockBelow(heading: string, language: string): string {
  const [block, ...more] = sectionOf(readme, heading)
    .split('```' + language + '\n')
    .slice(1);
  if (block === undefined || more.length > 0)
    throw new Error(`${heading} should have one block of ${language}`);
  return block.slice(0, block.indexOf('```'));
}

/** A program in the project's folder; what it prints on both outputs is gathered. */
function start(program: string, { args, url }: { readonly args: readonly string[]; readonly url: string }) {
  const child = spawn(program, args, {
    cwd: projectRoot,
    env: { ...process.env, STAGEWIRE_URL: url, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const closed = once(child, 'close').then(([code]) => code as number | null);
  return {
    output: () => text,
    lines: () => text.trimEnd().split('\n'),
    exitCode: closed,
    async says(words: string) {
      while (!text.includes(words)) {
        const more = Promise.race([once(child.stdout, 'data'), closed]);
        await within(more, () => `"${words}" to be said, and not: ${text}`, { timeoutMs: 30_000 });
        if (child.exitCode !== null && !text.includes(words)) throw new Error(`it ended with: ${text}`);
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) child.kill('SIGKILL');
      await closed;
    },
  };
}

async function scratch() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function startRun(url: string, more: object = {}): Promise<string> {
  const response = await fetch(`${url}/trpc/runs.start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ task: 'A rate limiter, with tests', ...more }),
  });
  const { result } = (await response.json()) as { result: { data: { runId: string } } };
  return result.data.runId;
}

async function stateOf(url: string, runId: string): Promise<RunState> {
  const input = encodeURIComponent(JSON.stringify({ runId }));
  const response = await fetch(`${url}/trpc/runs.get?input=${input}`);
  const { result } = (await response.json()) as { result: { data: RunState } };
  return result.data;
}
