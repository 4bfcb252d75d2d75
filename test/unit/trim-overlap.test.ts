import { fold, mergeDeltas, type RunEvent, type RunState } from '@stagewire/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTrimmer } from '../../client/streams/trim-overlap.ts';
import { createRunScript } from '../support/run-script.ts';

/** A run whose text and thoughts come in pieces of these sizes. */
function runOf(pieces: readonly { readonly thinks: boolean; readonly chars: number }[]): RunEvent[] {
  const script = createRunScript('run_trim-overlap');
  const said = pieces.flatMap(({ thinks, chars }, index) => {
    const text = String.fromCharCode(97 + (index % 26)).repeat(chars);
    return (thinks ? script.reasoning(text) : script.deltas(text)).events;
  });
  return [
    ...createRunScript('run_trim-overlap').begin().events,
    ...renumbered(said, 4),
    ...ending(script, 4),
  ];
}

function renumbered(events: readonly RunEvent[], by: number): RunEvent[] {
  return events.map((event) => ({ ...event, seq: event.seq + by }));
}

function ending(script: ReturnType<typeof createRunScript>, by: number): RunEvent[] {
  return renumbered(script.complete().events, by);
}

/** Neighbouring deltas merged, up to as many as the sizes say. */
function merged(events: readonly RunEvent[], sizes: readonly number[]): RunEvent[] {
  const out: RunEvent[] = [];
  let room = 0;
  let drawn = 0;
  for (const event of events) {
    const last = out.at(-1);
    const both = last === undefined || room <= 0 ? undefined : mergeDeltas(last, event);
    if (both !== undefined) out.pop();
    else room = sizes[drawn++ % sizes.length] ?? 1;
    room -= 1;
    out.push(both ?? event);
  }
  return out;
}

const stateOf = (events: readonly RunEvent[]) => events.reduce<RunState | undefined>(fold, undefined);
const pieces = fc.array(fc.record({ thinks: fc.boolean(), chars: fc.integer({ min: 1, max: 9 }) }), {
  maxLength: 40,
});
const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 10 });
const handOver = fc.record({ at: fc.nat(60), back: fc.nat(12), sizes });

describe('trimming what overlaps', () => {
  test('every seq comes once and the text is whole, however hand-overs overlap', () => {
    fc.assert(
      fc.property(pieces, sizes, fc.array(handOver, { maxLength: 6 }), (sizesOfPieces, first, handOvers) => {
        const log = runOf(sizesOfPieces);
        const trim = createTrimmer({ after: 0 });
        const read: RunEvent[] = [];
        let stream = merged(log, first);
        for (const { at, back, sizes: next } of [...handOvers, { at: Infinity, back: 0, sizes: [1] }]) {
          for (const event of stream.slice(0, at)) {
            const trimmed = trim(event);
            expect(trimmed).not.toBe('gap');
            if (typeof trimmed === 'object') read.push(trimmed);
          }
          const lastSeq = read.at(-1)?.seq ?? 0;
          stream = merged(log.slice(Math.max(0, lastSeq - back)), next);
        }
        for (const event of stream) {
          const trimmed = trim(event);
          if (typeof trimmed === 'object') read.push(trimmed);
        }
        let lastSeq = 0;
        for (const event of read) {
          expect(event.firstSeq ?? event.seq).toBe(lastSeq + 1);
          lastSeq = event.seq;
        }
        expect(lastSeq).toBe(log.length);
        const text = (events: readonly RunEvent[]) =>
          events.flatMap((event) => (event.type === 'stage.delta' ? [event.text] : [])).join('');
        expect(text(read)).toBe(text(log));
        expect(stateOf(read)).toEqual(stateOf(log));
      }),
      { seed: 20261122, numRuns: 300 },
    );
  });

  test('what is missing is told as a gap', () => {
    const log = runOf([{ thinks: false, chars: 3 }]);
    const trim = createTrimmer({ after: 0 });
    expect(trim(log[0]!)).toBe(log[0]);
    expect(trim(log[2]!)).toBe('gap');
    expect(trim(log[1]!)).toBe(log[1]);
    expect(trim(log[1]!)).toBe('seen');
  });

  test('the feed, whose seqs have gaps, is only kept from saying things twice', () => {
    const log = runOf([]);
    const trim = createTrimmer({ after: undefined, gapsAllowed: true });
    expect(trim(log[2]!)).toBe(log[2]);
    expect(trim(log[1]!)).toBe('seen');
    expect(trim(log[5]!)).toBe(log[5]);
  });

  test('what only fills a gap passes and moves nothing', () => {
    const log = runOf([]);
    const waiting = { ...log[0]!, type: 'run.waiting', phase: 'queued', elapsedMs: 1 } as unknown as RunEvent;
    const trim = createTrimmer({ after: 0 });
    expect(trim(log[0]!)).toBe(log[0]);
    expect(trim(waiting)).toBe(waiting);
    expect(trim(waiting)).toBe(waiting);
    expect(trim(log[1]!)).toBe(log[1]);
  });
});
