import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command } from '@stagewire/shared';
import {
  interrupts,
  resolveCommands,
  type Resolution,
} from '../../../server/runs/decide/resolve-commands.ts';
import { pendingCommands } from '../../../server/runs/decide/phase.ts';
import { given } from '../../support/decider-spec.ts';
import { begin, cancelRun, cancelStage, queued, redirect, steer } from '../../support/decider-steps.ts';

const stage = (id: string) => steer(id);
const kept = (id: string) => steer(id, { mode: 'continue' });
const next = (id: string) => steer(id, { mode: 'next' });
const general = (id: string) => steer(id, { scope: 'run' });

/** A resolution in a line. */
function inBrief(resolution: Resolution): string {
  const ids = (commands: readonly { readonly commandId: string }[]) =>
    commands.map(({ commandId }) => commandId.slice(-2)).join(' ');
  switch (resolution.by) {
    case 'nothing':
      return 'nothing';
    case 'steer':
      return `steer ${ids(resolution.steers)}, ${resolution.restart ? 'restart' : 'continue'}`;
    case 'cancel-run':
      return `cancel-run ${ids([resolution.winner])}, others ${ids(resolution.others)}`;
    case 'redirect':
    case 'cancel-stage': {
      const { by, winner, carried, superseded } = resolution;
      return `${by} ${ids([winner])}, carried ${ids(carried)}, superseded ${ids(superseded)}`;
    }
    default:
      return resolution satisfies never;
  }
}

function pendingAfter(commands: readonly Command[]) {
  return pendingCommands(given(queued(['coder']), begin, ...commands).run);
}

describe('what pending commands come to, taken together', () => {
  test.each<[string, readonly Command[], string]>([
    ['none', [], 'nothing'],
    ['steers for the next stage', [next('a1'), next('a2')], 'nothing'],
    ['a steer', [stage('a1')], 'steer a1, restart'],
    ['a steer that continues', [kept('a1')], 'steer a1, continue'],
    ['steers, of which one restarts', [kept('a1'), stage('a2')], 'steer a1 a2, restart'],
    ['a steer beside one for the next stage', [next('a1'), kept('a2')], 'steer a2, continue'],
    ['a cancel of the stage', [cancelStage('a1')], 'cancel-stage a1, carried , superseded '],
    ['a redirect', [redirect('a1', 'tester')], 'redirect a1, carried , superseded '],
    [
      'the later of two',
      [cancelStage('a1'), redirect('a2', 'tester')],
      'redirect a2, carried , superseded a1',
    ],
    [
      'the later of two',
      [redirect('a1', 'tester'), cancelStage('a2')],
      'cancel-stage a2, carried , superseded a1',
    ],
    [
      'a redirect after a steer',
      [stage('a1'), redirect('a2', 'tester')],
      'redirect a2, carried , superseded a1',
    ],
    [
      'a redirect before a steer',
      [redirect('a1', 'tester'), stage('a2')],
      'redirect a1, carried , superseded a2',
    ],
    [
      'steers that outlive the stage',
      [general('a1'), next('a2'), cancelStage('a3')],
      'cancel-stage a3, carried a1 a2, superseded ',
    ],
    ['a cancel of the run', [cancelRun('a1')], 'cancel-run a1, others '],
    [
      'a cancel of the run before all',
      [general('a1'), cancelRun('a2'), redirect('a3', 'tester')],
      'cancel-run a2, others a1 a3',
    ],
  ])('%s', (_what, commands, resolution) => {
    expect(inBrief(resolveCommands(pendingAfter(commands)))).toBe(resolution);
  });

  test('the first of two cancels of the run wins', () => {
    const [first, second] = pendingAfter([cancelRun('a1')]).flatMap((one) => [
      one,
      { ...one, commandId: 'other a2' },
    ]);
    if (first === undefined || second === undefined) throw new Error('no commands');
    expect(inBrief(resolveCommands([first, second]))).toBe('cancel-run a1, others a2');
  });
});

test('the call is aborted exactly when something acts on the open attempt', () => {
  const kinds = [stage, kept, next, general, cancelStage, (id: string) => redirect(id, 'tester'), cancelRun];
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(kinds.length - 1), { maxLength: 3 }), (drawn) => {
      const pending = pendingAfter(drawn.flatMap((kind) => kinds[kind]?.(`b${kind}`) ?? []));
      expect(interrupts(pending)).toBe(resolveCommands(pending).by !== 'nothing');
    }),
  );
});
