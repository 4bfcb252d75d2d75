import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { textOf } from '../support/source-tree.ts';

const folder = 'examples/systemd';
const units = readdirSync(folder).map((name) => `${folder}/${name}`);
const server = 'docs/deploy/stagewire.service';
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

test('the units have no setting that systemd does not know', ({ skip }) => {
  if (!hasSystemd) skip('There is no systemd-analyze.');
  const { stderr } = spawnSync('systemd-analyze', ['verify', ...units, server], { encoding: 'utf8' });
  expect(stderr).not.toMatch(/Unknown|Failed to parse|Invalid|ignoring/i);
});

test('the commands of the units are commands of this version', () => {
  const commands = units.flatMap((unit) =>
    [...textOf(unit).matchAll(/^ExecStart=.*\bstagewire (\w+)/gm)].map((it) => it[1]),
  );
  expect(new Set(commands)).toEqual(new Set(['forward', 'run']));
});
