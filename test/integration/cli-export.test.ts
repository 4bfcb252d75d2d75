import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  fold,
  isTransient,
  type Run,
  type RunEvent,
  type RunFile,
  type RunState,
} from '../../client/index.ts';
import type { ExportReport } from '../../cli/export/command-export.ts';
import { command, startCommand } from '../support/command-line.ts';
import { emptyFolder, runningServer } from '../support/command-scene.ts';
import { startKeyedApp } from '../support/keyed-app.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

// Each test starts several processes, and several tests run at once.
vi.setConfig({ testTimeout: 120_000 });

const crew = 'rehearsal/tps=0,ttft=0,reasoning=200,seed=3';

let server: Awaited<ReturnType<typeof runningServer>>;
let env: Readonly<Record<string, string>>;
let run: Run;
let state: RunState;
let files: readonly RunFile[];
beforeAll(async () => {
  server = await runningServer();
  env = server.env;
  run = await server.client.start({
    task: 'A clock in TypeScript, with tests',
    models: { default: crew },
    files: [{ path: 'notes/aux.md', text: 'Seconds, too: \u009b31m.\n' }],
  });
  state = await run.result();
  files = await run.files();
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose]());

async function exported(folder: string) {
  const lines = (await readFile(join(folder, 'events.jsonl'), 'utf8')).trimEnd().split('\n');
  return {
    lines,
    events: lines.map((line) => JSON.parse(line) as RunEvent),
    report: JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as ExportReport,
  };
}

const folded = (events: readonly RunEvent[]) =>
  events.reduce<RunState | undefined>((before, event) => fold(before, event), undefined);

describe.concurrent('export', () => {
  test('writes all events of a run, and its files as they are at the last one', async () => {
    await using folder = await emptyFolder();
    const { code, stdout, stderr } = await command(['export', run.id], { env, cwd: folder.path });
    const place = join(folder.path, run.id);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(`^Exported \\d+ events and ${files.length} files of run ${run.id} to ${place}\\.\n$`),
      ),
    });
    expect(stderr).toBe('notes/aux.md is saved as notes/_aux.md: its name is not safe here.\n');

    const { lines, events, report } = await exported(place);
    expect(folded(events)).toEqual(state);
    expect(events.filter(isTransient)).toEqual([]);
    expect(events.some(({ type }) => type === 'stage.reasoning')).toBe(true);
    expect(lines.join('')).not.toContain('\u009b');
    expect(report).toMatchObject({
      runId: run.id,
      status: 'completed',
      isEnded: true,
      events: lines.length,
      seq: state.seq,
      cursor: state.cursor,
      protocolVersion: 2,
    });
    expect(report).not.toHaveProperty('unknownEvents');
    expect(report.files).toHaveLength(files.length);
    for (const { path, text } of files) {
      const { savedAs = '' } = report.files.find((file) => file.path === path) ?? {};
      expect(await readFile(join(place, 'files', savedAs), 'utf8'), path).toBe(text);
    }
    const left = await readdir(place, { recursive: true });
    expect(left.filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('replaces an export only with --force, and prints its report with --json', async () => {
    await using folder = await emptyFolder();
    const save = (...more: readonly string[]) =>
      command(['export', run.id, '--out', 'made/here', '--json', ...more], { env, cwd: folder.path });
    const place = join(folder.path, 'made/here');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'run.json'), 'mine');
    const refused = await save();
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: '' });
    const { error } = JSON.parse(refused.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe('FOLDER_UNUSABLE');
    expect(error.message).toMatch(/: it is not empty \(--force .*Nothing was exported\.$/);
    expect(await readdir(place)).toEqual(['run.json']);
    const forced = await save('--force');
    expect(forced.code).toBe(0);
    const { report } = await exported(place);
    expect(JSON.parse(forced.stdout)).toEqual({ folder: place, ...report });
    expect(forced.stdout).toMatch(/^[^\n]+\n$/);
  });

  test('ends at the present of a run that is live, with the files of that point', async () => {
    await using folder = await emptyFolder();
    await using other = await runningServer();
    const live = await other.client.start({
      task: 'A clock',
      models: { default: 'rehearsal/tps=0,ttft=0,reasoning=0,seed=3,fault=reviewer.stall@100' },
      pipeline: { roles: ['coder', 'reviewer'] },
    });
    for await (const event of live.events()) if (event.type === 'stage.started' && event.stage === 2) break;
    const { code, stderr } = await command(['export', live.id], { env: other.env, cwd: folder.path });
    expect(code).toBe(0);
    const { events, report } = await exported(join(folder.path, live.id));
    expect(stderr).toContain(
      `The run is running: the export ends at seq ${report.seq}, and the run continues.\n`,
    );
    expect(report).toMatchObject({ status: 'running', isEnded: false, seq: events.at(-1)?.seq });
    expect(report.files.length).toBeGreaterThan(0);
    expect(
      folded(events)
        ?.files.map(({ path }) => path)
        .toSorted(),
    ).toEqual(report.files.map(({ path }) => path));
    await live.cancel();
  });

  test('has the links of a run that were created after its end', async () => {
    await using folder = await emptyFolder();
    await using app = await startKeyedApp();
    const { token } = await app.key({ owner: 'ada' });
    const { token: reader } = await app.key({ owner: 'ada', permissions: ['runs:read'] });
    const { token: stranger } = await app.key({ owner: 'eve' });
    const runId = await app.startRun(token);
    const as = (STAGEWIRE_TOKEN: string) => ({
      cwd: folder.path,
      env: { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN, XDG_CONFIG_HOME: folder.path },
    });
    await command(['cancel', '--run', runId], as(token));
    const { stdout: link } = await command(['share', runId], as(token));

    // To read is enough, by a key and by the link alone.
    expect((await command(['export', runId, '--out', 'read'], as(reader))).code).toBe(0);
    const { events } = await exported(join(folder.path, 'read'));
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['run.cancelled', 'run.shared']);
    const { env: none } = await emptyFolder();
    const byLink = await command(['export', link.trim(), '--out', 'link'], { env: none, cwd: folder.path });
    expect(byLink.code).toBe(0);
    expect((await exported(join(folder.path, 'link'))).events).toEqual(events);

    // Nothing is created for a run of another owner, nor for none.
    for (const id of [runId, 'run_none-of-this-name']) {
      const refused = await command(['export', id, '--out', 'foreign', '--json'], as(stranger));
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'RUN_NOT_FOUND' } });
    }
    expect(existsSync(join(folder.path, 'foreign'))).toBe(false);
    const nonsense = await command(['export', 'run', '--json'], as(token));
    expect(JSON.parse(nonsense.stderr)).toMatchObject({ error: { code: 'NO_RUN' } });
  });

  test('that was interrupted has no run.json, and leaves no part of a file', async () => {
    await using folder = await emptyFolder();
    // Slow enough for the folder to be seen before the events arrive.
    const proxy = await startTcpProxy({ targetPort: Number(new URL(server.app.url).port), latencyMs: 300 });
    await using _ = proxy;
    const place = join(folder.path, run.id);
    await using exporting = startCommand(['export', run.id], {
      env: { ...folder.env, STAGEWIRE_URL: `http://127.0.0.1:${proxy.port}` },
      cwd: folder.path,
    });
    await until(
      () => existsSync(place),
      () => `the folder: ${exporting.stderr}`,
      { timeoutMs: 60_000 },
    );
    proxy.pause();
    exporting.signal('SIGTERM');
    expect(await exporting.ended).toBe(143);
    expect(exporting.stderr).toContain('has no run.json, and what is in it is not complete.\n');
    expect(await readdir(place)).toEqual([]);
  });
});
