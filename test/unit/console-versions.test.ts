import type { ReviewState, RunFile, RunState } from '@stagewire/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { issuesOf, readFileVersions, versionAt } from '../../console/files/file-versions.ts';
import { isAtOrBefore, attemptName, reviewedAt } from '../../console/run/attempt-places.ts';
import { attemptBefore, promptChars, promptText } from '../../console/prompt/prompt-text.ts';
import { diffSize, lineDiff, withoutLineNumber } from '../../client/files/line-diff.ts';

interface Place {
  readonly stage: number;
  readonly attempt: number;
}

/** What an attempt does to the file: writes it, removes it, or nothing. */
type Deed = 'writes' | 'removes' | 'nothing';

describe('the versions of a file', () => {
  test('are all that attempts wrote and removed, with a minimum of requests', async () => {
    const runs = fc.record({
      isGiven: fc.boolean(),
      deeds: fc.array(fc.array(fc.constantFrom<Deed>('writes', 'removes', 'nothing'), { minLength: 1 }), {
        minLength: 1,
        maxLength: 6,
      }),
    });
    await fc.assert(
      fc.asyncProperty(runs, async ({ isGiven, deeds }) => {
        const attempts = deeds.flatMap((ofStage, stage) =>
          ofStage.map((deed, attempt) => ({ stage: stage + 1, attempt: attempt + 1, deed })),
        );
        const known: { readonly at: Place | undefined; readonly file: RunFile | undefined }[] = isGiven
          ? [{ at: undefined, file: given }]
          : [];
        let present: RunFile | undefined = isGiven ? given : undefined;
        const ends = attempts.map(({ deed, ...at }) => {
          if (deed === 'writes') known.push({ at, file: (present = { ...given, from: 'stage', ...at }) });
          if (deed === 'removes' && present !== undefined) known.push({ at, file: (present = undefined) });
          return { at, file: present };
        });
        // Given, removed at once, and written anew: what was given stands at no attempt's end, and is not asked for.
        fc.pre(
          !(isGiven && attempts[0]?.deed === 'removes' && known.some(({ file }) => file?.from === 'stage')),
        );
        const asked: Place[] = [];
        const versions = await readFileVersions({
          attempts: attempts.map(({ stage, attempt }) => ({ stage, attempt })),
          load: (at) => {
            asked.push(at);
            return Promise.resolve(
              ends.find((it) => isAtOrBefore(it.at, at) && isAtOrBefore(at, it.at))?.file,
            );
          },
          loadGiven: () => Promise.resolve(isGiven ? given : undefined),
        });
        expect(versions).toEqual(known);
        const gaps = ends.filter(({ file }) => file === undefined).length;
        expect(asked.length).toBeLessThanOrEqual(known.length + gaps + 1);
      }),
    );
  });

  test('of a file that the first attempt changed start with the context file', async () => {
    const written: RunFile = { ...given, text: 'new', from: 'stage', stage: 1, attempt: 1 };
    const versions = await readFileVersions({
      attempts: [{ stage: 1, attempt: 1 }],
      load: () => Promise.resolve(written),
      loadGiven: () => Promise.resolve(given),
    });
    expect(versions.map(({ file }) => file?.text)).toEqual(['given', 'new']);
  });

  test('are found by time', () => {
    const versions = [
      { at: undefined, file: given },
      { at: { stage: 2, attempt: 2 }, file: given },
      { at: { stage: 4, attempt: 1 }, file: undefined },
    ];
    const index = (at: Parameters<typeof versionAt>[1]) =>
      versions.findIndex((it) => it === versionAt(versions, at));
    expect(index(undefined)).toBe(2);
    expect(index('given')).toBe(0);
    expect(index({ stage: 2, attempt: 1 })).toBe(0);
    expect(index({ stage: 2, attempt: 2 })).toBe(1);
    expect(index({ stage: 3, attempt: 1 })).toBe(1);
    expect(index({ stage: 9, attempt: 1 })).toBe(2);
  });

  test('have the issues of the reviews that read them only', () => {
    const issue = (message: string) => ({ severity: 'major' as const, message, file: 'a.ts' });
    const review = (stage: number, ...messages: string[]): ReviewState => ({
      stage,
      attempt: 1,
      verdict: 'changes_requested',
      issues: [...messages.map(issue), { severity: 'nit', message: 'elsewhere', file: 'b.ts' }],
    });
    const reviews = [review(3, 'one', 'two'), review(5, 'three')];
    const words = (at: Place | undefined, next: Place | undefined) =>
      issuesOf('a.ts', reviews, { at, next }).map(({ stage, issue: it }) => `${stage} ${it.message}`);
    expect(words({ stage: 2, attempt: 1 }, { stage: 4, attempt: 1 })).toEqual(['3 one', '3 two']);
    expect(words({ stage: 4, attempt: 1 }, undefined)).toEqual(['5 three']);
    expect(words(undefined, { stage: 2, attempt: 1 })).toEqual([]);
    expect(words(undefined, undefined)).toEqual(['3 one', '3 two', '5 three']);
  });
});

test('a review is of the files before its stage, or of the context files', () => {
  const state = { stages: [stage(1, 'coder', 1), stage(2, 'coder', 3), stage(3, 'reviewer', 2)] };
  expect(reviewedAt(state as RunState, 3)).toEqual({ stage: 2, attempt: 3 });
  expect(reviewedAt({ stages: [stage(1, 'reviewer', 1)] } as unknown as RunState, 1)).toBe('given');
  expect(attemptName(state as RunState, { stage: 1, attempt: 1 })).toBe('Coder, stage 1');
  expect(attemptName(state as RunState, { stage: 2, attempt: 3 })).toBe('Coder, stage 2, attempt 3');
});

describe('a prompt', () => {
  test('is compared with the previous attempt, else with the last one of the same role', () => {
    const stages = [
      stage(1, 'architect', 1),
      stage(2, 'reviewer', 2),
      stage(3, 'refiner', 1),
      stage(4, 'reviewer', 1),
    ];
    const before = (at: Place) => attemptBefore({ stages } as unknown as RunState, at);
    expect(before({ stage: 2, attempt: 2 })).toEqual({ stage: 2, attempt: 1 });
    expect(before({ stage: 4, attempt: 1 })).toEqual({ stage: 2, attempt: 2 });
    expect(before({ stage: 3, attempt: 1 })).toBeUndefined();
  });

  test('has a size in characters, and one text to copy', () => {
    const prompt = {
      stage: 1,
      role: 'coder',
      attempt: 1,
      model: 'rehearsal',
      system: 'Be short.',
      messages: [
        { role: 'user' as const, text: 'Task\n' },
        { role: 'assistant' as const, text: '' },
      ],
      exact: true,
    };
    expect(promptChars(prompt)).toBe(14);
    expect(promptText(prompt)).toBe('[System]\nBe short.\n\n[User]\nTask\n\n');
  });
});

describe('the diff of two texts', () => {
  const texts = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
    .map((lines) => lines.join('\n'));

  test('has all lines of both, each once and in order', () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const parts = lineDiff(before, after);
        const lines = (...kinds: string[]) =>
          parts.filter(({ kind }) => kinds.includes(kind)).flatMap((part) => part.lines);
        expect(lines('same', 'removed')).toEqual(linesOf(before));
        expect(lines('same', 'added')).toEqual(linesOf(after));
      }),
    );
  });

  test('ignores line numbers, as in a prompt', () => {
    const parts = lineDiff('1| a\n2| b\n', '1| new\n2| a\n3| b\n', { keyOf: withoutLineNumber });
    expect(parts).toEqual([
      { kind: 'added', lines: ['1| new'] },
      { kind: 'same', lines: ['2| a', '3| b'] },
    ]);
  });

  test('is fast and correct for texts with little in common', () => {
    const long = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}`).join('\n');
    const begun = performance.now();
    const parts = lineDiff(`head\n${long('old')}\ntail`, `head\n${long('new')}\ntail\n`);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(diffSize(parts)).toEqual({ added: 20_000, removed: 20_000 });
    expect(parts.map(({ kind }) => kind)).toEqual(['same', 'removed', 'added', 'same']);
  });
});

const given: RunFile = { path: 'a.ts', language: 'ts', text: 'given', from: 'input' };

function stage(number: number, role: string, attempts: number) {
  return {
    stage: number,
    role,
    attempts: Array.from({ length: attempts }, (_, at) => ({ attempt: at + 1 })),
  };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
