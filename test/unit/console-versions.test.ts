import type { FileState, ReviewState, RunState } from '@stagewire/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fileIssuesOf } from '../../console/files/file-issues-of.ts';
import { pointOfVersion, versionIndexAt } from '../../console/files/version-index.ts';
import { attemptName, reviewedAt } from '../../console/run/attempt-places.ts';
import { attemptBefore, promptChars, promptText } from '@stagewire/client/text';
import { fileVersions, filesAt } from '../../client/files/run-files.ts';

interface Place {
  readonly stage: number;
  readonly attempt: number;
}

/** What an attempt does to the file, or a follow-up after it. */
type Deed = 'writes' | 'removes' | 'nothing' | 'is given again';

describe('the version of a file at a point', () => {
  const runs = fc.record({
    isGiven: fc.boolean(),
    deeds: fc.array(
      fc.array(fc.constantFrom<Deed>('writes', 'removes', 'nothing', 'is given again'), { minLength: 1 }),
      { minLength: 1, maxLength: 6 },
    ),
  });

  test('is the file that the run had then, and a removal is selected by its attempt', () => {
    fc.assert(
      fc.property(runs, ({ isGiven, deeds }) => {
        const run = runWith(isGiven, deeds);
        const versions = fileVersions(run, 'a.ts');
        for (const at of [undefined, 'given', ...endsOf(run)] as const) {
          const present = filesAt(run, at)?.find(({ path }) => path === 'a.ts');
          expect(versions[versionIndexAt(run, 'a.ts', at)]?.file ?? undefined).toBe(present);
        }
        for (const [index, { stage: number, attempt }] of versions.entries()) {
          if (number === undefined || attempt === undefined) continue;
          expect(versionIndexAt(run, 'a.ts', { stage: number, attempt })).toBe(index);
        }
      }),
    );
  });

  test('leads back to the same version, unless it was replaced before an attempt ended', () => {
    fc.assert(
      fc.property(runs, ({ isGiven, deeds }) => {
        const run = runWith(isGiven, deeds);
        const known = ['given' as const, ...endsOf(run)].map((at) => versionIndexAt(run, 'a.ts', at));
        for (const index of fileVersions(run, 'a.ts').keys()) {
          if (!known.includes(index)) continue;
          expect(versionIndexAt(run, 'a.ts', pointOfVersion(run, 'a.ts', index))).toBe(index);
        }
      }),
    );
  });

  test('is the latest one or unknown in the state of an older server', () => {
    const { fileHistory: _, ...older } = runWith(true, [['writes'], ['writes']]);
    expect(versionIndexAt(older, 'a.ts', undefined)).toBe(0);
    expect(versionIndexAt(older, 'a.ts', { stage: 1, attempt: 1 })).toBe(-1);
    expect(versionIndexAt(older, 'a.ts', 'given')).toBe(-1);
    expect(versionIndexAt(older, 'b.ts', undefined)).toBe(-1);
    expect(pointOfVersion(older, 'a.ts', 0)).toEqual({ stage: 2, attempt: 1 });
  });
});

describe('a version of a file', () => {
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
      fileIssuesOf('a.ts', reviews, { at, next }).map(({ stage, issue: it }) => `${stage} ${it.message}`);
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

/** A run in which the attempts of each stage do that to one file. */
function runWith(isGiven: boolean, deeds: readonly (readonly Deed[])[]): RunState {
  const input: FileState = { path: 'a.ts', language: 'ts', from: 'input', parts: [] };
  const history: NonNullable<RunState['fileHistory']> = [];
  let present: FileState | null = isGiven ? { ...input } : null;
  if (present !== null) history.push({ files: [{ path: 'a.ts', file: present }] });
  const stages = deeds.map((ofStage, index) => {
    for (const [attemptIndex, deed] of ofStage.entries()) {
      const at = { stage: index + 1, attempt: attemptIndex + 1 };
      const change = (file: FileState | null) => {
        present = file;
        history.push({ ...at, files: [{ path: 'a.ts', file }] });
      };
      if (deed === 'writes') change({ ...input, from: 'stage', ...at });
      if (deed === 'is given again') change({ ...input });
      if (deed === 'removes' && present !== null) change(null);
    }
    const attempts = ofStage.map((_, at) => ({ attempt: at + 1, status: 'completed' }));
    return { stage: index + 1, role: 'coder', format: 'code', attempts };
  });
  const files = present === null ? [] : [present];
  return { stages, files, fileHistory: history } as unknown as RunState;
}

function endsOf({ stages }: RunState): readonly Place[] {
  return stages.flatMap(({ stage: number, attempts }) =>
    attempts.map(({ attempt }) => ({ stage: number, attempt })),
  );
}

function stage(number: number, role: string, attempts: number) {
  return {
    stage: number,
    role,
    attempts: Array.from({ length: attempts }, (_, at) => ({ attempt: at + 1 })),
  };
}
