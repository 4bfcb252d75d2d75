import type { RunEvent } from '@stagewire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../support/command-line.ts';
import { startModelCases, type ModelCases } from '../support/model-cases.ts';
import { sloppyCrew, sloppyFiles, sloppyWires } from '../support/sloppy-crew.ts';
import { sloppyFaults } from '../support/sloppy-faults.ts';

let cases: ModelCases;
beforeAll(async () => {
  cases = await startModelCases();
});
afterAll(async () => {
  await cases?.[Symbol.asyncDispose]();
});

describe.each(sloppyWires)('a crew whose answers all have faults, over the wire "%s",', (wire, provider) => {
  test('ends with the right files, and every fault is in the log and said in the terminal', async () => {
    const { runId, state, events, files, roles, requests, prompts } = await cases.play(sloppyCrew(provider));
    expect(new Set(requests.map((request) => request.wire))).toEqual(new Set([wire]));
    expect(files).toEqual(sloppyFiles);
    expect(state).toMatchObject({ status: 'completed', verdict: 'unknown' });
    expect(roles.join(' ')).toBe(
      'architect coder reviewer refiner reviewer refiner reviewer tester reviewer documenter',
    );
    expect(state.stages.map(({ attempts }) => attempts.length)).toEqual([2, 3, 1, 2, 1, 1, 1, 2, 2, 4]);
    // A thought is no material for others, with both tags or with the closing one only.
    for (const role of ['coder', 'reviewer', 'documenter'])
      expect(prompts(role).join('')).not.toMatch(/DRAFT|begin with a mock/);

    const env = { STAGEWIRE_URL: cases.url };
    const [plain, json] = await Promise.all([
      command(['watch', runId], { env }),
      command(['watch', runId, '--json'], { env }),
    ]);
    expect([plain.code, json.code]).toEqual([0, 0]);
    const printed = json.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RunEvent);
    for (const fault of sloppyFaults) {
      expect.soft(events, fault.name).toContainEqual(expect.objectContaining(fault.event));
      expect.soft(printed, fault.name).toContainEqual(expect.objectContaining(fault.event));
      expect.soft(plain.stdout, fault.name).toContain(fault.terminal);
    }
    expect(plain.stdout).toContain('── completed · unknown (the review is not reliable) ──');
    // Nothing is skipped that is not among the faults.
    const isKnown = (event: RunEvent) => sloppyFaults.some((fault) => isPart(fault.event, event));
    expect(events.filter((event) => event.type === 'artifact.skipped' && !isKnown(event))).toEqual([]);
  }, 40_000);
});

function isPart(part: object, whole: object): boolean {
  return Object.entries(part).every(([key, value]) =>
    Object.entries(whole).some(([k, v]) => k === key && v === value),
  );
}
