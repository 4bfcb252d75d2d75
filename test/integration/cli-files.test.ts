import { execFile } from 'node:child_process';
import { lstat, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Run, RunFile } from '../../client/index.ts';
import { unfinishedFiles } from '../../client/text.ts';
import { command, startCommand } from '../support/command-line.ts';
import { emptyFolder, runningServer } from '../support/command-scene.ts';

// Each test starts several processes, and several tests run at once.
vi.setConfig({ testTimeout: 60_000 });

const crew = 'rehearsal/tps=0,ttft=0,reasoning=0,seed=3';

let server: Awaited<ReturnType<typeof runningServer>>;
let env: Readonly<Record<string, string>>;
/** A run that has ended, in which the refiner wrote the coder's files again. */
let run: Run;
let files: readonly RunFile[];
beforeAll(async () => {
  server = await runningServer();
  env = server.env;
  run = await server.client.start({
    task: 'A clock in TypeScript, with tests',
    models: { default: crew },
    files: [{ path: 'notes/wishes.md', text: 'Seconds, too.\n' }],
  });
  await run.result();
  files = await run.files();
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose]());

const of = (path: string) => files.find((file) => file.path === path)?.text;

describe.concurrent('files', () => {
  test('lists them with what wrote each, of the newest run that has ended', async () => {
    const { code, stdout, stderr } = await command(['files', run.id], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(files.length);
    expect(stdout).toMatch(/^notes\/wishes\.md +markdown +1 line +14 B {2}context file$/m);
    expect(stdout).toMatch(
      /^README\.md +markdown +\d+ lines +[\d,]+ B {2}stage \d \(documenter\), attempt 1$/m,
    );

    const { stdout: json } = await command(['files', '--json'], { env });
    const report = JSON.parse(json) as { runId: string; status: string; files: { path: string }[] };
    expect(report).toMatchObject({ runId: run.id, status: 'completed', unfinished: [] });
    expect(report.files.map(({ path }) => path)).toEqual(files.map(({ path }) => path).toSorted());
    expect(report.files.find(({ path }) => path === 'notes/wishes.md')).toEqual({
      path: 'notes/wishes.md',
      language: 'markdown',
      from: 'input',
      bytes: 14,
      lines: 1,
    });
  });

  test('prints one as it is, also of an earlier point, and the same as JSON', async () => {
    const path = files.find(({ stage }) => stage === 4)?.path ?? '';
    const latest = await command(['files', run.id, '--path', `./${path}`], { env });
    expect(latest).toEqual({ code: 0, stderr: '', stdout: of(path) });
    const earlier = await command(['files', run.id, '--path', path, '--at', '2'], { env });
    const [before] = await run.files({ path, at: { stage: 2, attempt: 1 } });
    expect(earlier.stdout).toBe(before?.text);
    expect(before?.text).not.toBe(of(path));
    const { stdout } = await command(['files', run.id, '--path', path, '--at', '2.1', '--json'], { env });
    expect(JSON.parse(stdout)).toEqual(before);
    const given = await command(['files', run.id, '--path', 'notes/wishes.md', '--at', 'given'], { env });
    expect(given.stdout).toBe('Seconds, too.\n');
  });

  test('compares two points, as a patch that git applies', async () => {
    await using folder = await emptyFolder();
    const cwd = folder.path;
    await command(['files', run.id, '--at', '2', '--out', 'old'], { env, cwd });
    const { stdout } = await command(['files', run.id, '--diff', '2..6'], { env });
    await writeFile(join(cwd, 'a.patch'), stdout);
    await promisify(execFile)('git', ['init', '-q'], { cwd: join(cwd, 'old') });
    await promisify(execFile)('git', ['apply', '../a.patch'], { cwd: join(cwd, 'old') });
    for (const { path, text } of files) {
      expect(await readFile(join(cwd, 'old', path), 'utf8'), path).toBe(text);
    }
    const json = await command(['files', run.id, '--diff', '2', '--at', '6.1', '--json'], { env });
    const patches = JSON.parse(json.stdout) as { files: { path: string; change: string; patch: string }[] };
    expect(patches).toMatchObject({ from: { stage: 2, attempt: 1 }, to: { stage: 6, attempt: 1 } });
    expect(patches.files.find(({ path }) => path === 'README.md')?.change).toBe('added');
    expect(patches.files.map(({ patch }) => patch).join('')).toBe(stdout);
    const same = await command(['files', run.id, '--diff', '6'], { env });
    expect(same).toEqual({ code: 0, stdout: '', stderr: 'No differences.\n' });
  });

  test('saves them, again without a change, and over others only with --force', async () => {
    await using folder = await emptyFolder();
    const cwd = folder.path;
    const save = (...more: readonly string[]) =>
      command(['files', run.id, '--out', 'made/here', ...more], { env, cwd });
    const first = await save();
    expect(first.code).toBe(0);
    expect(first.stdout).toContain(`Saved ${files.length} files in ${join(cwd, 'made/here')}.\n`);
    for (const { path, text } of files) {
      expect(await readFile(join(cwd, 'made/here', path), 'utf8')).toBe(text);
    }
    expect((await save()).stdout).toContain(`(${files.length} unchanged).\n`);

    await writeFile(join(cwd, 'made/here/README.md'), 'mine');
    await mkdir(join(cwd, 'made/here/notes/more'));
    const refused = await save('--json');
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: '' });
    const { error } = JSON.parse(refused.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe('FILES_CONFLICT');
    expect(error.message).toContain('Nothing was written');
    expect(error.message).toContain('\n  README.md: a different file is there\nUse --force');
    expect(await readFile(join(cwd, 'made/here/README.md'), 'utf8')).toBe('mine');
    const forced = await save('--force', '--json');
    const { saved } = JSON.parse(forced.stdout) as { saved: { files: { path: string; result: string }[] } };
    expect(saved.files.filter(({ result }) => result !== 'unchanged')).toEqual([
      { path: 'README.md', savedAs: 'README.md', result: 'replaced' },
    ]);
    expect(await readFile(join(cwd, 'made/here/README.md'), 'utf8')).toBe(of('README.md'));
    // No temporary file is left.
    const left = await readdir(join(cwd, 'made/here'), { recursive: true });
    expect(left.filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  test('names every conflict before it writes anything, and never leaves the folder', async () => {
    await using folder = await emptyFolder();
    const { path: cwd } = folder;
    await mkdir(join(cwd, 'elsewhere'));
    await mkdir(join(cwd, 'out'));
    await symlink(join(cwd, 'elsewhere'), join(cwd, 'out/src'));
    await mkdir(join(cwd, 'out/README.md'));
    await writeFile(join(cwd, 'out/notes'), 'a file');
    const { code, stderr } = await command(['files', run.id, '--out', 'out', '--force'], { env, cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('\n  README.md: a folder with this name is there\n');
    expect(stderr).toContain('\n  notes/wishes.md: notes is not a folder\n');
    for (const { path } of files.filter((file) => file.path.startsWith('src/'))) {
      expect(stderr).toContain(`\n  ${path}: src is a link that leads out of the folder\n`);
    }
    expect(stderr).toContain('\nUse another folder.\n');
    expect(await readdir(join(cwd, 'elsewhere'))).toEqual([]);
    expect(await readdir(join(cwd, 'out/README.md'))).toEqual([]);
  });

  test('replaces a link at the place of a file, and not what it leads to', async () => {
    await using folder = await emptyFolder();
    const { path: cwd } = folder;
    await mkdir(join(cwd, 'out'));
    await writeFile(join(cwd, 'secret'), 'keep');
    await symlink(join(cwd, 'secret'), join(cwd, 'out/README.md'));
    expect((await command(['files', run.id, '--out', 'out'], { env, cwd })).code).toBe(1);
    expect((await command(['files', run.id, '--out', 'out', '--force'], { env, cwd })).code).toBe(0);
    expect(await readFile(join(cwd, 'secret'), 'utf8')).toBe('keep');
    expect((await lstat(join(cwd, 'out/README.md'))).isSymbolicLink()).toBe(false);
  });

  test('saves a ZIP whose bytes depend on nothing else', async () => {
    await using folder = await emptyFolder();
    const cwd = folder.path;
    const zip = (name: string, zone: string, ...more: readonly string[]) =>
      command(['files', run.id, '--zip', name, ...more], { env: { ...env, TZ: zone }, cwd });
    expect((await zip('one.zip', 'UTC')).code).toBe(0);
    const { stdout } = await zip('two.zip', 'Asia/Tokyo', '--json');
    const bytes = await readFile(join(cwd, 'one.zip'));
    expect(bytes.equals(await readFile(join(cwd, 'two.zip')))).toBe(true);
    expect(JSON.parse(stdout)).toMatchObject({ zip: { file: join(cwd, 'two.zip'), bytes: bytes.length } });
    const entries = Object.entries(unzipSync(bytes)).map(([name, text]) => [name, strFromU8(text)]);
    expect(entries).toEqual(
      files
        .map(({ path, text }) => [`${run.id}/${path}`, text])
        .toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1)),
    );
    await writeFile(join(cwd, 'one.zip'), 'mine');
    const refused = await zip('one.zip', 'UTC', '--out', 'both');
    expect(refused.stderr).toContain('exists. Use --force to replace it.');
    // The conflict of the one leaves the other unwritten.
    expect(await readdir(cwd)).not.toContain('both');
  });

  test.each([
    [['--at', '9'], 'has no stage 9: it has 1 to 6.'],
    [['--at', '2.7'], 'Stage 2 of run'],
    [['--at', 'x'], 'Expected a stage (2), a stage and attempt (2.1), or given.'],
    [['--diff', '1..2..3'], 'Expected one point (2) or two (2..4.1).'],
    [['--diff', '1', '--out', 'x'], '--diff compares files and saves none'],
    [['--path', 'no/such.ts'], 'has no file no/such.ts.'],
  ])('rejects %j in one sentence', async (args, said) => {
    const { code, stdout, stderr } = await command(['files', run.id, ...args], { env });
    expect(stderr).toContain(said);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe.concurrent('what is incomplete is marked on standard error', () => {
  test('of a run that is writing, and that was cancelled', async () => {
    await using other = await runningServer();
    const stalling = 'rehearsal/tps=0,ttft=0,reasoning=0,seed=3,fault=stall@600';
    const live = await other.client.start({
      task: 'A clock',
      models: { default: stalling },
      pipeline: { roles: ['coder'] },
    });
    for await (const event of live.events()) {
      if (event.type === 'stage.delta' && event.offset + event.text.length >= 600) break;
    }
    const none = await command(['files'], { env: other.env });
    expect(none.stderr).toContain('No run has ended yet.');
    const writing = await command(['files', live.id, '--json'], { env: other.env });
    const { unfinished } = JSON.parse(writing.stdout) as { unfinished: { path: string }[] };
    const [open] = unfinished;
    expect(unfinished).toMatchObject([{ stage: 1, attempt: 1, isClosed: false }]);
    expect(writing.stderr).toContain('The run is running: its files may still change.\n');
    expect(writing.stderr).toContain(
      `${open?.path} is not included: attempt 1 of stage 1 is still writing it.\n`,
    );
    await live.cancel();
    await live.result();
    const ended = await command(['files'], { env: other.env });
    expect(ended.stderr).toContain('The run is cancelled: these are the last files that were recorded.\n');
    expect(ended.stderr).toContain(`${open?.path} is not included: attempt 1 of stage 1 did not complete.\n`);
    expect(ended.stdout).toBe('No files.\n');
  });
});

describe.concurrent('run --out', () => {
  test('saves the files when the run has ended', async () => {
    await using folder = await emptyFolder();
    const { path: cwd, env: own } = folder;
    const args = ['run', 'A clock', '--model', crew, '--roles', 'coder', '--out', 'made', '--json'];
    const { code, stderr } = await command(args, { env: own, cwd });
    expect(code).toBe(0);
    const saved = await readdir(join(cwd, 'made'), { recursive: true });
    expect(saved.length).toBeGreaterThan(0);
    expect(stderr).toContain(`in ${join(cwd, 'made')}.\n`);
  });

  test('saves the last ones of a run that failed, and says so', async () => {
    await using folder = await emptyFolder();
    const { path: cwd, env: own } = folder;
    const args = [
      'run',
      'A clock',
      '--model',
      `${crew},fault=documenter.auth`,
      '--roles',
      'coder,documenter',
    ];
    const { code, stdout, stderr } = await command([...args, '--out', '.', '--force'], { env: own, cwd });
    expect(code).toBe(1);
    expect(stdout).toContain('── failed · PROVIDER_AUTH ──');
    expect(stderr).toContain('The run is failed: these are the last files that were recorded.\n');
    expect(stdout).toMatch(/\nSaved [1-9]\d* files? in /);
  });

  test.each([
    ['is not empty', 'it is not empty (--force'],
    ['is a file', 'it is not a folder'],
    ['is below a file', 'a part of its path is not a folder'],
  ])('starts nothing if the folder %s', async (what, why) => {
    await using folder = await emptyFolder();
    const { path: cwd, env: own } = folder;
    await mkdir(join(cwd, 'full'));
    await writeFile(join(cwd, 'full/file'), '');
    const out = { 'is not empty': 'full', 'is a file': 'full/file', 'is below a file': 'full/file/x' }[what];
    const args = ['run', 'A clock', '--out', out ?? ''];
    const { code, stdout, stderr } = await command(args, { env: own, cwd });
    expect(stderr).toContain(why);
    expect(stderr).toMatch(/^The folder [^\n]* Nothing was started\.\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('says which command saves them elsewhere, if something has come in between', async () => {
    await using folder = await emptyFolder();
    const { path: cwd } = folder;
    await using watched = await runningServer();
    const live = await watched.client.start({
      task: 'A clock',
      models: { default: 'rehearsal/tps=0,ttft=0,reasoning=0,seed=3,fault=stall@1500' },
      pipeline: { roles: ['coder'] },
    });
    await using watch = startCommand(['watch', '--out', 'made'], { env: watched.env, cwd });
    for await (const event of live.events()) {
      if (event.type === 'stage.delta' && event.offset + event.text.length >= 1500) break;
    }
    await watch.sees('stage 1');
    const closed = unfinishedFiles(await live.snapshot()).find(({ isClosed }) => isClosed);
    await mkdir(join(cwd, 'made', closed?.path ?? ''), { recursive: true });
    await live.cancel({ target: 'stage' });
    expect(await watch.ended).toBe(1);
    expect(watch.stderr).toContain(`\n  ${closed?.path}: a folder with this name is there\n`);
    expect(watch.stderr).toContain(`files ${live.id} --out FOLDER\n`);
    const elsewhere = await command(['files', live.id, '--out', 'other'], { env: watched.env, cwd });
    expect(elsewhere.code).toBe(0);
    expect(await readFile(join(cwd, 'other', closed?.path ?? ''), 'utf8')).toBe(closed?.text);
  });
});
