import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, isDelta, type RunEvent, type Stagewire } from '@stagewire/client';
import { describe, expect, test, vi } from 'vitest';
import { createProviderServer, type ProviderReply } from '../support/provider-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startProgram } from '../support/started-program.ts';

// Each starts a server and a bot: processes of their own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const quick = 'rehearsal/ttft=5,tps=0,chars=300,reasoning=0,verdict=approved';
const parrot = 'Let me write that file again, as the plan wants it. ';
const task = 'A rate limiter in TypeScript, with tests';

describe('examples/watchdog.ts', () => {
  test('cancels a stage that repeats itself, once, and leaves the other runs alone', async () => {
    await using provider = await createProviderServer({
      answer: { tokens: Array.from({ length: 2000 }, () => parrot), pace: { tokenMs: 5 } },
    });
    await using server = await startServerProcess({ env: modelEnv('coder', provider.url) });
    await using bot = startBot('watchdog', server.url);
    await bot.says(/Watching all runs from .* on\./);
    await using stagewire = connect({ url: server.url });
    const run = await stagewire.start({ task, pipeline: { roles: ['coder', 'documenter'] } });
    const other = await stagewire.start({ task, models: { coder: 'rehearsal/tps=300,chars=3000' } });
    const events = await eventsOf(stagewire, run.id);
    expect(outline(events)).toEqual([
      '1 coder started by plan',
      'cancel accepted',
      '1 coder cancelled',
      'cancel applied',
      '2 documenter started by plan',
      '2 documenter completed',
      'run.completed',
    ]);
    expect(events.find(({ type }) => type === 'command.accepted')).toMatchObject({
      command: { target: 'stage', expect: { stage: 1, attempt: 1 } },
    });
    await bot.says(new RegExp(`${run.id}, stage 1, attempt 1 repeats itself: accepted`));
    await bot.says(new RegExp(`${run.id}, stage 1, attempt 1: cancelled`));
    expect(await provider.requests[0]?.closed).toMatchObject({ whole: false });
    expect(outline(await eventsOf(stagewire, other.id)).filter((line) => /cancel/.test(line))).toEqual([]);
    expect(bot.output()).not.toContain(other.id);
  });

  test('goes on where it stood when the server was killed and comes back', async () => {
    await using provider = await createProviderServer({
      answer: { tokens: Array.from({ length: 2000 }, () => parrot), pace: { tokenMs: 5 } },
    });
    provider.enqueue({ tokens: ['The plan. '], fault: { kind: 'stall', afterDeltas: 1 } });
    const env = modelEnv('architect', provider.url);
    await using server = await startServerProcess({ env });
    await using bot = startBot('watchdog', server.url);
    await bot.says(/Watching all runs/);
    await using stagewire = connect({ url: server.url });
    const run = await stagewire.start({ task, pipeline: { roles: ['architect'] } });
    const events = run.events();
    for await (const event of events) if (event.type === 'stage.delta') break;
    await server.stop('SIGKILL');
    await using again = await startServerProcess({
      dataDir: server.dataDir,
      env: { ...env, STAGEWIRE_PORT: String(server.port) },
    });
    expect(again.url).toBe(server.url);
    expect(outline(await eventsOf(stagewire, run.id))).toEqual([
      '1 architect started by plan',
      '1 architect interrupted',
      '1 architect started by resume',
      'cancel accepted',
      '1 architect cancelled',
      'cancel applied',
      'run.completed',
    ]);
    await bot.says(/attempt 2: cancelled/);
    expect(bot.output().match(/Watching all runs/g)).toHaveLength(1);
  });
});

describe('examples/critic.ts', () => {
  test('steers the reviewer that names a security problem, once, and nobody else', async () => {
    const note = { severity: 'minor', message: 'The query is open to SQL injection.' };
    const leak = { severity: 'minor', message: 'Passwords are in the log.' };
    await using provider = await createProviderServer({
      answer: ({ body }) => {
        const steered = JSON.stringify(body).includes('Look for more of them in every file');
        return steered ? review([leak, leak], 'approved') : noteAndStall(note);
      },
    });
    await using server = await startServerProcess({ env: modelEnv('reviewer', provider.url) });
    await using bot = startBot('critic', server.url);
    await bot.says(/Reading reviews from .* on\./);
    await using stagewire = connect({ url: server.url });
    const run = await stagewire.start({ task });
    const events = await eventsOf(stagewire, run.id);
    expect(outline(events).slice(4)).toEqual([
      '3 reviewer started by plan',
      'steer accepted',
      '3 reviewer interrupted',
      '3 reviewer started by steer',
      'steer applied',
      '3 reviewer completed',
      '4 documenter started by plan',
      '4 documenter completed',
      'run.completed',
    ]);
    expect(events.find(({ type }) => type === 'command.accepted')).toMatchObject({
      command: { expect: { stage: 3 }, scope: 'stage' },
      target: { stage: 3, role: 'reviewer', attempt: 1 },
    });
    await bot.says(/stage 3 noted "The query is open to SQL injection\.": accepted/);
    await bot.says(/stage 3 noted "Passwords are in the log\.": /);
  });

  test('comes too late for a reviewer that has finished, and steers nobody else instead', async () => {
    const note = { severity: 'minor', message: 'The query is open to SQL injection.' };
    await using provider = await createProviderServer({ answer: review([note], 'approved') });
    await using server = await startServerProcess({
      env: {
        ...modelEnv('reviewer', provider.url),
        STAGEWIRE_MODEL_DOCUMENTER: 'rehearsal/ttft=0,tps=0,fault=stall@100',
      },
    });
    await using bot = startBot('critic', server.url);
    await bot.says(/Reading reviews/);
    bot.signal('SIGSTOP');
    await using stagewire = connect({ url: server.url });
    const run = await stagewire.start({ task });
    for await (const event of run.events()) if (event.type === 'stage.started' && event.stage === 4) break;
    bot.signal('SIGCONT');
    await bot.says(/stage 3 noted "The query is open to SQL injection\.": STAGE_MISMATCH/);
    expect((await run.snapshot()).commands).toEqual([]);
  });
});

describe('examples/critic.py', () => {
  test('resumes after kill -9, and steers each reviewer once', async () => {
    const note = { severity: 'minor', message: 'The query is open to SQL injection.' };
    await using provider = await createProviderServer({
      answer: ({ body }) => {
        const steered = JSON.stringify(body).includes('Look for more of them in every file');
        return steered ? review([], 'approved') : noteAndStall(note);
      },
    });
    await using server = await startServerProcess({ env: modelEnv('reviewer', provider.url) });
    await using stagewire = connect({ url: server.url });
    const cursor = join(server.dataDir, 'critic.cursor');
    const start = () =>
      startProgram('python3', {
        args: ['examples/critic.py', '--cursor', cursor],
        env: { STAGEWIRE_URL: server.url },
      });
    const steersOf = async (runId: string) =>
      (await stagewire.run(runId).snapshot()).commands.filter(({ kind }) => kind === 'steer').length;
    let before = '';
    let first = '';
    {
      await using bot = start();
      await bot.says(/Watching\./);
      await expect.poll(() => readFile(cursor, 'utf8').catch(() => '')).not.toBe('');
      before = await readFile(cursor, 'utf8');
      const run = await stagewire.start({ task });
      first = run.id;
      await bot.says(new RegExp(`${first}, stage 3: accepted`));
      await run.result();
      bot.signal('SIGKILL');
      await bot.exitCode;
    }
    // While no bot is running, and with the events of the first run still to be processed, as if it was killed before.
    const missed = await stagewire.start({ task });
    await writeFile(cursor, before);
    await using bot = start();
    await bot.says(/Watching, after /);
    await bot.says(new RegExp(`${first}, stage 3: accepted`));
    await bot.says(new RegExp(`${missed.id}, stage 3: accepted`));
    await missed.result();
    expect([await steersOf(first), await steersOf(missed.id)]).toEqual([1, 1]);
    bot.signal('SIGTERM');
    expect(await bot.exitCode).toBe(0);
  });

  test('says at once that no server is there, and again', async () => {
    for (const [program, args] of [
      ['python3', ['examples/critic.py', '--cursor', join(tmpdir(), 'stagewire-never-written.cursor')]],
      [process.execPath, ['--conditions=@stagewire/source', 'examples/critic.ts']],
    ] as const) {
      await using bot = startProgram(program, { args, env: { STAGEWIRE_URL: 'http://127.0.0.1:4599' } });
      await bot.says(/No connection to .*Retrying[^]*(?:No connection to|does not respond).*Retrying/);
      expect(bot.stdout()).toBe('');
    }
  });
});

describe('examples/router.ts', () => {
  test('sends a run with a blocker back to the architect, once, however many blockers there are', async () => {
    const blocker = { severity: 'blocker', message: 'Two processes share one file.' };
    await using provider = await createProviderServer({ answer: review([blocker], 'changes_requested') });
    provider.enqueue(noteAndStall(blocker));
    await using server = await startServerProcess({ env: modelEnv('reviewer', provider.url) });
    await using bot = startBot('router', server.url);
    // Two of them do no more than one: they make the same command.
    await using twin = startBot('router', server.url);
    await Promise.all([bot, twin].map((it) => it.says(/Reading reviews from .* on\./)));
    await using stagewire = connect({ url: server.url });
    const run = await stagewire.start({ task, pipeline: { maxRefinements: 1 } });
    const events = await eventsOf(stagewire, run.id);
    expect(outline(events).slice(4)).toEqual([
      '3 reviewer started by plan',
      'redirect accepted',
      '3 reviewer interrupted',
      'redirect applied',
      '4 architect started by redirect',
      '4 architect completed',
      '5 coder started by plan',
      '5 coder completed',
      '6 reviewer started by plan',
      '6 reviewer completed',
      '7 refiner started by review',
      '7 refiner completed',
      '8 reviewer started by plan',
      '8 reviewer completed',
      '9 documenter started by plan',
      '9 documenter completed',
      'run.completed',
    ]);
    expect(events.find(({ type }) => type === 'command.accepted')).toMatchObject({
      command: {
        text: 'The review found a problem that a refinement cannot fix: Two processes share one file.',
      },
      target: { stage: 3, role: 'reviewer', attempt: 1 },
    });
    await bot.says(/stage 3 noted a blocker: accepted/);
    await bot.says(/stage 6 noted a blocker: skipped, already redirected/);
    await bot.says(/stage 8 noted a blocker: skipped, already redirected/);
    await twin.says(/stage 3 noted a blocker: accepted/);
  });
});

function startBot(name: string, url: string) {
  return startProgram(process.execPath, {
    args: ['--conditions=@stagewire/source', `examples/${name}.ts`],
    env: { STAGEWIRE_URL: url },
  });
}

/** One role is played by the test's provider, all others by a quick rehearsal. */
function modelEnv(role: string, providerUrl: string): Readonly<Record<string, string>> {
  return {
    STAGEWIRE_MODEL: quick,
    [`STAGEWIRE_MODEL_${role.toUpperCase()}`]: 'compatible/test-model',
    COMPATIBLE_BASE_URL: `${providerUrl}/v1`,
  };
}

function review(issues: readonly object[], verdict: string): string {
  return JSON.stringify({ issues, verdict });
}

/** A review that breaks off after its first issue: its reviewer is at work until somebody ends it. */
function noteAndStall(issue: object): Awaited<ReturnType<ProviderReply>> {
  return {
    tokens: [`{"issues": [${JSON.stringify(issue)},`, ' '],
    fault: { kind: 'stall', afterDeltas: 1 },
  };
}

async function eventsOf(stagewire: Stagewire, runId: string): Promise<readonly RunEvent[]> {
  return await Array.fromAsync(stagewire.run(runId).events());
}

/** What happened to attempts and commands, a line each. */
function outline(events: readonly RunEvent[]): string[] {
  const kinds = new Map<string, string>();
  return events.flatMap((event) => {
    if (isDelta(event)) return [];
    switch (event.type) {
      case 'stage.started':
        return [`${event.stage} ${event.role} started by ${event.cause}`];
      case 'stage.completed':
      case 'stage.interrupted':
      case 'stage.cancelled':
      case 'stage.failed':
        return [`${event.stage} ${event.role} ${event.type.slice('stage.'.length)}`];
      case 'command.accepted':
        kinds.set(event.commandId, event.command.kind);
        return [`${event.command.kind} accepted`];
      case 'command.applied':
      case 'command.dropped':
        return [`${kinds.get(event.commandId)} ${event.type.slice('command.'.length)}`];
      case 'run.completed':
      case 'run.failed':
      case 'run.cancelled':
        return [event.type];
      default:
        return [];
    }
  });
}
