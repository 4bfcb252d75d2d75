import { connect, type Run } from '@stagewire/client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { counterTable, trendTable } from '../../cli/load/figures.ts';
import { parseScenario } from '../../cli/load/scenario.ts';
import { parseThreshold } from '../../cli/load/threshold.ts';
import { codeBlockBelow, codeBlocksIn } from '../support/code-blocks.ts';
import { startServerProcess } from '../support/server-process.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';

// Each command is started through npm, on a machine that may be busy.
vi.setConfig({ testTimeout: 90_000 });

const readme = textOf('README.md');
const load = textOf('docs/LOAD.md');
const quick = 'rehearsal/ttft=10,tps=2000,reasoning=0,chars=200';
const stalling = 'rehearsal/ttft=0,tps=0,reasoning=0,fault=stall@20';

describe('README.md, quick start', () => {
  test('without a key the server prints the lines of the document', async () => {
    const printed = codeBlockBelow(readme, 'Quick start', '')
      .replace('11434', '1')
      .replace(/:\d+\n$/, '');
    await using server = startProgram(process.execPath, {
      args: ['--conditions=@stagewire/source', 'server/main.ts'],
      // Whatever answers at Ollama's own port here: nothing does at this one.
      env: { STAGEWIRE_PORT: '0', STAGEWIRE_LOG: 'memory', OLLAMA_BASE_URL: 'http://127.0.0.1:1/v1' },
    });
    await server.says(/Stagewire ready at .*\n/);
    const [before = '', after = ''] = printed.split('…');
    expect(server.stdout()).toContain(before);
    expect(server.stdout()).toContain(after);
  });

  test('its two commands are those that the project has', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    const commands = codeBlocksIn(readme).filter(({ heading }) => heading === 'Quick start');
    expect(commands.map(({ code }) => code).filter((code) => code.startsWith('npm'))).toEqual([
      'npm ci && npm start\n',
      'npm ci && npm test\n',
    ]);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['start', 'test']));
  });
});

describe('README.md, command line', () => {
  test('a run is shown, and steered, skipped, redirected and cancelled as printed', async () => {
    await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: stalling } });
    await using stagewire = connect({ url: server.url });
    const env = { STAGEWIRE_URL: server.url };
    await using shown = shell(codeBlockBelow(readme, 'Command line', 'sh'), env);
    const [, runId = ''] = await shown.says(/(run_\w+)/);
    const run = stagewire.run(runId);
    expect(await speakerOf(run, 1)).toBe('architect');
    await run.cancel({ target: 'stage' });
    expect(await speakerOf(run, 2)).toBe('coder');

    const transcript = codeBlockBelow(readme, 'Command line', '').split(/^\$ /m).slice(1);
    expect(transcript).toHaveLength(4);
    for (const step of transcript) {
      const [command = '', ...printed] = step.trimEnd().split('\n');
      await using program = shell(command, env);
      expect(await program.exitCode).toBe(0);
      const expected = printed.join('\n').replaceAll(/run_\w+/g, runId);
      expect(program.stdout().trimEnd()).toBe(expected);
    }
    expect(await shown.exitCode).toBe(130);
  });
});

describe('docs/LOAD.md', () => {
  test('verify says what is printed, but for its times', async () => {
    await using server = await startServerProcess();
    await using verify = shell(codeBlockBelow(load, 'verify', 'sh'), { STAGEWIRE_URL: server.url });
    expect(await verify.exitCode).toBe(0);
    const printed = codeBlockBelow(load, 'verify', '').trimEnd().split('\n');
    expect(printed.length).toBeGreaterThan(3);
    const said = withoutTimes(verify.stdout()).split('\n');
    for (const line of printed) expect(said).toContain(withoutTimes(line));
  });

  test('load has all options of the other blocks, and its scenario is valid', async () => {
    const scenario: unknown = JSON.parse(codeBlockBelow(load, 'Scenarios', 'json'));
    expect(parseScenario(scenario, 'rehearsal')).toMatchObject({
      runs: [{ weight: 7 }, { commands: [{}, {}] }, { weight: 1 }],
    });
    const commands = codeBlocksIn(load).flatMap(({ code }) =>
      [...code.matchAll(/npx stagewire load (?:\\\n|.)*/g)].map(([command]) => command),
    );
    expect(commands).toHaveLength(4);
    const path = await mkdtemp(join(tmpdir(), 'stagewire-documents-'));
    onTestFinished(() => rm(path, { recursive: true, force: true }));
    for (const command of commands) {
      // At the addresses of the document another server may be running.
      const harmless = command
        .replaceAll(/load\.(?:html|json|xml)/g, `${path}/$&`)
        .replaceAll(/127\.0\.0\.1:\d+(\d)/g, '127.0.0.1:$1');
      await using program = shell(harmless, {
        STAGEWIRE_URL: 'http://127.0.0.1:1',
        GITHUB_STEP_SUMMARY: `${path}/summary.md`,
      });
      // The options are accepted, and no server is there.
      await program.says(/No Stagewire server responds at http:\/\/127\.0\.0\.1:/);
      expect(await program.exitCode).toBe(1);
    }
  });

  test('its thresholds are some that load takes', () => {
    const named = codeBlockBelow(load, 'Thresholds', '').trim().split(/ {2,}/);
    expect(named).toHaveLength(4);
    expect(named.map((text) => parseThreshold(text).text)).toEqual(named);
  });

  test('load prints the figures that are printed, and looks at the thresholds that are named', async () => {
    await using server = await startServerProcess();
    // Shorter, and with runs that take no seconds each: what it prints is the same.
    const command = `${codeBlockBelow(load, 'load', 'sh').trimEnd()} --model ${quick}`
      .replace('--duration 30s', '--duration 2s')
      .replace('--warmup 5s', '--warmup 0s');
    await using program = shell(command, { STAGEWIRE_URL: server.url });
    await program.exitCode;
    const rows = (text: string) =>
      [...text.matchAll(/^([a-z_]{4,}) {2,}/gm)].flatMap(([, name = '']) =>
        name === 'missed' ? [] : [name],
      );
    const printed = rows(codeBlockBelow(load, 'load', ''));
    expect(printed.length).toBeGreaterThan(15);
    // What did not happen in two seconds has no row.
    expect(rows(program.stdout()).length).toBeGreaterThan(10);
    // Counters that depend on timing are not in the sample, but in the table of counters.
    const undocumented = (name: string) => !printed.includes(name) && !load.includes(`\`${name}\``);
    expect(rows(program.stdout()).filter(undocumented)).toEqual([]);
    const known = [...Object.keys(trendTable), ...Object.keys(counterTable), 'errors', 'server', 'generator'];
    expect(printed.filter((name) => !known.includes(name))).toEqual([]);
    for (const [, threshold] of command.matchAll(/--threshold '(\S+)'/g)) {
      expect(program.stdout()).toMatch(
        new RegExp(`^(?:met|missed|not judged) +${threshold?.replaceAll('.', '\\.')} `, 'm'),
      );
    }
  });
});

function shell(command: string, env: Readonly<Record<string, string>>) {
  return startProgram('bash', { args: ['-euc', command], cwd: projectRoot, env });
}

/** The role of a stage, as soon as it has said something. */
async function speakerOf(run: Run, stage: number): Promise<string> {
  for await (const event of run.events()) {
    if (event.type === 'stage.delta' && event.stage === stage) return event.role;
  }
  throw new Error(`Nobody spoke in stage ${stage} of ${run.id}.`);
}

function withoutTimes(text: string): string {
  return text.replaceAll(/ [\d,.]+ m?s$/gm, '').trimEnd();
}
