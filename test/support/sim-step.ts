import type { RandomSource } from '../../server/runtime/random.ts';

/** One thing that happens to the server or to those who use it. Who it happens to is drawn when it happens. */
export type SimStep =
  | { readonly do: 'advance' | 'log fails' | 'restart'; readonly ms: number }
  | { readonly do: 'start'; readonly input: Readonly<Record<string, unknown>> }
  | { readonly do: 'start from'; readonly from: Readonly<Record<string, unknown>>; readonly task?: string }
  | { readonly do: 'follow'; readonly reasoning: boolean }
  | { readonly do: 'command'; readonly path: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly do: 'crash in append'; readonly nth: number }
  | {
      readonly do:
        | 'feed'
        | 'come back'
        | 'send again'
        | 'bad cursor'
        | 'disconnect'
        | 'resume'
        | 'leave'
        | 'stop reading'
        | 'read again'
        | 'crash'
        | 'remove'
        | 'unshare'
        | 'delete';
    };

const roles = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'] as const;

/** The first step: without a run there is nothing to simulate. */
export const firstStep: SimStep = {
  do: 'start',
  input: { task: 'Begin', limits: { maxAttemptsPerStage: 4, maxDurationMs: 30_000 } },
};

/** The next step, by chance: what happens often in life comes often. */
export function drawStep(random: RandomSource): SimStep {
  const upTo = (most: number) => Math.floor(random.next() * (most + 1));
  const one = <T>(...from: readonly [T, ...T[]]): T => from[upTo(from.length - 1)] ?? from[0];
  const flip = (probability: number) => random.next() < probability;

  const expectation = () =>
    flip(0.6) ? 'any' : flip(0.5) ? { role: one(...roles) } : { stage: 1 + upTo(3) };

  const draws: readonly (readonly [weight: number, draw: () => SimStep])[] = [
    [24, () => ({ do: 'advance', ms: upTo(400) })],
    [4, () => ({ do: 'advance', ms: 1500 + upTo(5000) })],
    [5, () => ({ do: 'start', input: startInput() })],
    [5, drawStartFrom],
    [16, () => ({ do: 'follow', reasoning: flip(0.7) })],
    [2, () => ({ do: 'feed' })],
    [2, () => ({ do: 'come back' })],
    [14, drawCommand],
    [4, () => ({ do: 'send again' })],
    [3, () => ({ do: 'bad cursor' })],
    [6, () => ({ do: 'disconnect' })],
    [8, () => ({ do: 'resume' })],
    [2, () => ({ do: 'leave' })],
    [5, () => ({ do: 'stop reading' })],
    [5, () => ({ do: 'read again' })],
    [3, () => ({ do: 'crash' })],
    [2, () => ({ do: 'crash in append', nth: 1 + upTo(3) })],
    [2, () => ({ do: 'restart', ms: upTo(500) })],
    [3, () => ({ do: 'log fails', ms: 1 + upTo(2500) })],
    [2, () => ({ do: 'remove' })],
    [6, () => ({ do: 'command', path: 'runs.share', input: { may: one('read', 'control') } })],
    [3, () => ({ do: 'unshare' })],
    [5, () => ({ do: 'delete' })],
  ];

  let left = random.next() * draws.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, draw] of draws) {
    left -= weight;
    if (left < 0) return draw();
  }
  return { do: 'advance', ms: 1 };

  function startInput(): Readonly<Record<string, unknown>> {
    const chosen = roles.filter((role) => role === 'coder' || flip(0.5));
    return {
      task: one('Build a URL shortener', 'Sort a list'),
      pipeline: { roles: chosen, maxRefinements: upTo(2) },
      limits: { maxAttemptsPerStage: 4, maxDurationMs: one(15_000, 40_000) },
      ...(flip(0.2) ? { files: [{ path: 'a.ts', text: 'let a = 1;' }] } : {}),
    };
  }

  /** Most of these fit a run that has ended, and some fit none. */
  function drawStartFrom(): SimStep {
    const task = flip(0.8) ? { task: one('Now add tests', 'Sort a list') } : {};
    if (flip(0.5)) return { do: 'start from', from: {}, ...task };
    const attempt = flip(0.5) ? { attempt: 1 + upTo(1) } : {};
    return { do: 'start from', from: { stage: 1 + upTo(3), ...attempt }, ...task };
  }

  function drawCommand(): SimStep {
    const kind = upTo(9);
    if (kind < 5) {
      const mode = one('restart', 'continue', 'next');
      const scope = one('stage', 'run');
      return {
        do: 'command',
        path: 'runs.steer',
        input: { text: 'use Hono', mode, scope, expect: expectation() },
      };
    }
    if (kind < 7) {
      const text = flip(0.5) ? { text: 'again' } : {};
      return {
        do: 'command',
        path: 'runs.redirect',
        input: { to: one(...roles), expect: expectation(), ...text },
      };
    }
    if (kind < 9) {
      return { do: 'command', path: 'runs.cancel', input: { target: 'stage', expect: expectation() } };
    }
    return { do: 'command', path: 'runs.cancel', input: { target: 'run' } };
  }
}
