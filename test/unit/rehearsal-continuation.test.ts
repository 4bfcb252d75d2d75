import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lines, texts } from '../support/rehearsal-lines.ts';

describe('a steer', () => {
  test.each(texts)('is answered near the start of the %s’s text and changes what follows', (role) => {
    const text = lines({ role, instructions: ['Use metric units only'] }, 'seed=1');
    expect(text.slice(0, 200)).toContain('As instructed: “Use metric units only”');
    const consequence = /As instructed: Use metric units only|'instruction 1 metric units only'/;
    expect(text).toMatch(consequence);
    expect(lines({ role }, 'seed=1')).not.toMatch(consequence);
  });

  test.each(texts)('with `continue` goes on in the %s’s text where it stopped, with an answer', (role) => {
    const whole = lines({ role }, 'seed=1');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.length }), (chars) => {
        const kept = whole.slice(0, chars);
        const more = lines({ role, keptText: kept, attempt: 2, instructions: ['Be polite'] }, 'seed=1');
        const together = kept + more;
        expect(together.match(/As instructed: “Be polite”/g)).toHaveLength(1);
        // Nothing is lost or said twice: without the answer it is one of the texts that would have come anyway.
        const bare = together.replace(/\n[^\n]*As instructed[^\n]*(?=\n|$)/, '').replace(/\n+/g, '\n');
        const asked = lines({ role, instructions: ['Be polite'] }, 'seed=1').replace(
          /As instructed: “Be polite”. The text[^\n]*\n/,
          '',
        );
        expect([whole, asked].map((text) => text.replace(/\n+/g, '\n').trim())).toContain(bare.trim());
        expect((together.match(/^```/gm) ?? []).length % 2).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('is answered in a comment when the text stopped inside a file', () => {
    const whole = lines({}, 'seed=1');
    const kept = whole.slice(0, whole.indexOf('lastId = 0'));
    const more = lines({ keptText: kept, instructions: ['Be polite'] }, 'seed=1');
    expect(more).toMatch(/^lastId = 0;\n {2}\/\/ As instructed: “Be polite”/);
  });

  test('twice in one stage is answered twice, and the text still goes on', () => {
    const whole = lines({ role: 'architect' }, 'seed=1');
    const one = whole.slice(0, 400);
    const two =
      one + lines({ role: 'architect', keptText: one, instructions: ['Be polite'] }, 'seed=1').slice(0, 700);
    const three =
      two + lines({ role: 'architect', keptText: two, instructions: ['Be polite', 'Be kind'] }, 'seed=1');
    expect(three).toContain('As instructed: “Be polite”.');
    expect(three).toContain('As instructed: “Be kind”.');
    expect(three.trimEnd().endsWith(whole.slice(-200))).toBe(true);
  });

  test('after somebody else’s text is answered too, and closes the file that was open', () => {
    const kept = 'Something another model said:\n```ts src/a.ts\nconst a = 1';
    const more = lines({ keptText: kept, instructions: ['Be polite'] });
    expect(more).toMatch(/^\n\/\/ As instructed: “Be polite”[^\n]*\n```\n\n/);
  });

  test('a text that goes on without one (after a crash) goes on exactly', () => {
    const whole = lines({ role: 'tester' }, 'seed=1');
    expect(lines({ role: 'tester', keptText: whole.slice(0, 777), attempt: 2 }, 'seed=1')).toBe(
      whole.slice(777),
    );
    expect(lines({ role: 'tester', keptText: whole, attempt: 2 }, 'seed=1')).not.toBe('');
  });
});
