import { expect } from 'vitest';
import type { Damage } from './attacked-server.ts';

/** What is measured comes from /proc. */
export const isUnmeasurable = process.platform !== 'linux' && process.env['CI'] !== 'true';

const maxRssBytes = 700_000_000;
const maxLoopDelayMs = 250;
const maxHealthMs = 1500;

/**
 * The bounds of a server with a heap of 256 MB: its memory stays below 700 MB, 99 of 100 looks at its event loop find it
 * late by less than 250 ms, and `/healthz` is answered within 1.5 s. Times are what they would be with a processor for
 * the server alone: beside other work everything takes longer, which is not the server's fault.
 */
export function expectWithin(damage: Damage, name: string): void {
  console.log(`${name}: ${told(damage)}`);
  expect(damage.peakRssBytes, 'bytes of memory').toBeLessThan(maxRssBytes);
  expect(damage.loopDelayMs.p99 / damage.slowdown, 'timing: delay of the event loop').toBeLessThan(
    maxLoopDelayMs,
  );
  expect(damage.slowestHealthMs / damage.slowdown, 'timing: /healthz').toBeLessThan(maxHealthMs);
}

function told({ peakRssBytes, loopDelayMs: { p50, p99, max }, slowdown, slowestHealthMs }: Damage): string {
  const [half, most, longest, health] = [p50, p99, max, slowestHealthMs].map((ms) =>
    Math.round(ms / slowdown),
  );
  return `RSS ${Math.round(peakRssBytes / 1e6)} MB, loop p50 ${half} p99 ${most} max ${longest} ms, /healthz ${health} ms, slowed down ${slowdown.toFixed(1)} times`;
}
