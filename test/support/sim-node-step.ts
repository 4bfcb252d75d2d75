import type { RandomSource } from '../../server/runtime/random.ts';
import type { SimLinkFaults } from './sim-link.ts';
import { drawStep } from './sim-step.ts';

/** One thing that happens to the nodes, their network, or those who use them. */
export type NodeStep =
  | { readonly do: 'advance' | 'restart' | 'deploy' | 'cut link' | 'hold store'; readonly ms: number }
  | { readonly do: 'start'; readonly input: Readonly<Record<string, unknown>> }
  | { readonly do: 'start from'; readonly from: Readonly<Record<string, unknown>>; readonly task?: string }
  | { readonly do: 'follow'; readonly reasoning: boolean }
  | { readonly do: 'command'; readonly path: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly do: 'crash in append'; readonly nth: number }
  | { readonly do: 'bad link'; readonly faults: Partial<SimLinkFaults> }
  | { readonly do: 'send again' | 'disconnect' | 'resume' | 'crash' | 'freeze' | 'thaw' | 'delete' };

/** How far the clock of a machine is ahead of the log's, in whole milliseconds: in half of the draws it is right. */
export function drawSkewMs(random: RandomSource): number {
  return random.next() < 0.5 ? 0 : Math.round((random.next() * 2 - 1) * 25_000);
}

/**
 * How a link behaves, by chance: half of the time each fault is absent. A quarter of the links loses every notification, as
 * one does whose session for them has died: where only some are lost, the next one repairs what was missed before it shows.
 */
export function drawFaults(random: RandomSource): Partial<SimLinkFaults> {
  const part = (most: number) => (random.next() < 0.5 ? 0 : random.next() * most);
  return {
    latencyMs: 1 + part(30),
    lostAnswers: part(0.2),
    lostNotifications: random.next() < 0.25 ? 1 : part(0.6),
    doubledNotifications: part(0.5),
  };
}

/** The next step, by chance: half of what happens to one server, half of what happens to several. */
export function drawNodeStep(random: RandomSource): NodeStep {
  const upTo = (most: number) => Math.floor(random.next() * (most + 1));

  if (random.next() < 0.6) {
    const step = drawStep(random);
    switch (step.do) {
      case 'advance':
      case 'restart':
        return { do: step.do, ms: step.ms };
      case 'start':
      case 'start from':
      case 'follow':
      case 'command':
      case 'crash in append':
        return step;
      case 'send again':
      case 'disconnect':
      case 'resume':
      case 'crash':
      case 'delete':
        return { do: step.do };
      default:
        return { do: 'advance', ms: upTo(400) };
    }
  }
  const draws: readonly (readonly [weight: number, draw: () => NodeStep])[] = [
    [6, () => ({ do: 'advance', ms: upTo(4000) })],
    [3, () => ({ do: 'start', input: startInput() })],
    [3, () => ({ do: 'follow', reasoning: true })],
    [3, () => ({ do: 'freeze' })],
    [4, () => ({ do: 'thaw' })],
    [3, () => ({ do: 'delete' })],
    [3, () => ({ do: 'cut link', ms: 1 + upTo(6000) })],
    [2, () => ({ do: 'hold store', ms: 1 + upTo(6000) })],
    [3, () => ({ do: 'deploy', ms: 1 + upTo(8000) })],
    [
      4,
      () => ({
        do: 'bad link',
        faults: drawFaults(random),
      }),
    ],
  ];
  let left = random.next() * draws.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, draw] of draws) {
    left -= weight;
    if (left < 0) return draw();
  }
  return { do: 'advance', ms: 1 };

  function startInput(): Readonly<Record<string, unknown>> {
    const limits = { maxAttemptsPerStage: 4, maxDurationMs: 40_000 };
    return { task: 'Sort a list', pipeline: { roles: ['coder', 'tester'], maxRefinements: 0 }, limits };
  }
}
