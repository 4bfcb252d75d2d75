import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelRef } from '@stagewire/shared/primitives';
import { parseRehearsalShape, RehearsalShapeError } from '../../server/providers/rehearsal-shape.ts';

describe('the shape of a rehearsal', () => {
  test('is every default when nothing is asked for', () => {
    expect(parseRehearsalShape('')).toEqual({
      ttftMs: 250,
      tokensPerSecond: 60,
      chars: undefined,
      seed: undefined,
      reasoningChars: undefined,
      verdict: undefined,
      faults: [],
    });
  });

  test('takes all that may be asked for', () => {
    const text =
      'ttft=300,tps=0.5,chars=8000,seed=7,reasoning=0,verdict=alternate,fault=stall@2000,fault=coder.authx2';
    expect(parseRehearsalShape(text)).toEqual({
      ttftMs: 300,
      tokensPerSecond: 0.5,
      chars: 8000,
      seed: 7,
      reasoningChars: 0,
      verdict: 'alternate',
      faults: [
        { kind: 'stall', afterChars: 2000, role: undefined, attempts: undefined },
        { kind: 'auth', afterChars: 0, role: 'coder', attempts: 2 },
      ],
    });
  });

  test('a role, a place and a count belong to one fault', () => {
    expect(parseRehearsalShape('fault=coder.error@200x2').faults).toEqual([
      { kind: 'error', afterChars: 200, role: 'coder', attempts: 2 },
    ]);
    expect(parseRehearsalShape('fault=x-ray-1.drop@0').faults[0]).toMatchObject({
      role: 'x-ray-1',
      attempts: undefined,
    });
  });

  test.each([
    [
      'speed=3',
      'speed',
      '3',
      /Unknown rehearsal option "speed".*ttft, tps, chars, seed, reasoning, verdict or fault/,
    ],
    ['toString=1', 'toString', '1', /^Unknown rehearsal option/],
    ['seed=1,', '', '', /^Unknown rehearsal option ""/],
    ['ttft', 'ttft', '', /ttft=: use a whole number from 0 to 600000 \(milliseconds\)/],
    ['ttft=-1', 'ttft', '-1', /from 0 to 600000/],
    ['ttft=1.5', 'ttft', '1.5', /a whole number/],
    ['chars=0', 'chars', '0', /from 1 to 2000000/],
    ['tps=fast', 'tps', 'fast', /tokens per second, 0 for no pacing/],
    ['tps=2000000', 'tps', '2000000', /from 0 to 1000000/],
    ['seed=0x10', 'seed', '0x10', /whole number/],
    ['seed=1=2', 'seed', '1=2', /whole number/],
    ['seed=1,seed=1', 'seed', '1', /given twice/],
    ['verdict=yes', 'verdict', 'yes', /approved, changes or alternate/],
    ['fault=stall', 'fault', 'stall', /stall, truncate, error and drop need @chars/],
    ['fault=auth@3', 'fault', 'auth@3', /refuse, auth, empty and invalid take none/],
    ['fault=explode', 'fault', 'explode', /\[role\.\]kind/],
    ['fault=error@2x0', 'fault', 'error@2x0', /x attempts/],
  ])('%s is refused with its key, its value and what is allowed', (text, key, value, message) => {
    const refused = refusalOf(text);
    expect(refused).toMatchObject({ key, value });
    expect(refused.message).toMatch(message);
    expect(refused.allowed).not.toBe('');
  });

  test('whatever is written, it is a shape or a typed refusal', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'abcdefxrtps=,.@-019'.split(''), 'fault=', 'seed=') }),
        (text) => {
          expect(outcomeOf(text)).toMatch(/^(shape|RehearsalShapeError)$/);
        },
      ),
    );
  });

  test('everything that the grammar allows can stand in a ModelRef', () => {
    const text = 'ttft=300,tps=0.5,verdict=changes,fault=x-ray-1.error@200x2';
    parseRehearsalShape(text);
    expect(ModelRef.safeParse(`rehearsal/${text}`).success).toBe(true);
  });
});

function refusalOf(text: string): RehearsalShapeError {
  try {
    parseRehearsalShape(text);
  } catch (error) {
    if (error instanceof RehearsalShapeError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

function outcomeOf(text: string): string {
  try {
    parseRehearsalShape(text);
    return 'shape';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
