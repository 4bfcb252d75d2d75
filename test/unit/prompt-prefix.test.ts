import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildPrompt } from '../../server/pipeline/prompt.ts';
import type { PromptFile, PromptInput } from '../../server/pipeline/prompt-input.ts';
import { roles } from '../../server/pipeline/roles.ts';
import { contextFile, promptInput } from '../support/prompt-input.ts';

// What is sent again costs a tenth where a provider's cache knows it, so the beginning of a prompt must be the beginning
// of the one before: up to the first file that has changed, whichever roles have their turn.

const paths = ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.md'];
const text = fc.string({ maxLength: 400, unit: fc.constantFrom('x', ' ', '\n', '`') });

/** Paths that a stage writes, or removes where there is no text. */
const changes = fc.dictionary(fc.constantFrom(...paths), fc.option(text), { maxKeys: 3 });
const stage = fc.record({
  role: fc.constantFrom(...roles.filter(({ skims }) => skims === undefined)),
  design: fc.constantFrom(null, null, null, null, '# One', '# Two'),
  note: text,
  changes,
});

interface Shown {
  readonly input: PromptInput;
  readonly message: { readonly text: string; readonly cacheEnds?: readonly number[] };
}

function play(
  given: readonly PromptFile[],
  stages: readonly {
    role: PromptInput['role'];
    design: string | null;
    note: string;
    changes: Record<string, string | null>;
  }[],
): Shown[] {
  let files = [...given];
  let input = promptInput({ files });
  return stages.map(({ role, design, note, changes }, index) => {
    input = { ...input, role, files };
    const [message = { text: '' }] = buildPrompt(input).messages;
    const shown = { input, message };
    for (const [path, written] of Object.entries(changes)) {
      files = files.filter((file) => file.path !== path);
      if (written !== null) files.push({ path, text: written, from: 'stage', stage: index + 1 });
    }
    input = {
      ...input,
      notes: [...input.notes, { role: role.role, stage: index + 1, text: note, removed: [] }],
      ...(design === null ? {} : { design: { text: design } }),
    };
    return shown;
  });
}

test('a prompt begins as the one before it, up to the first file that has changed', () => {
  const given = [contextFile('a.ts', 'given\n'), contextFile('z.ts', 'given too\n')];
  const inputsOf = (files: readonly PromptFile[]) => files.filter(({ from }) => from === 'input').length;
  let compared = 0;
  fc.assert(
    fc.property(fc.array(stage, { minLength: 2, maxLength: 8 }), (stages) => {
      const shown = play(given, stages);
      for (const [index, { input, message }] of shown.slice(1).entries()) {
        const before = shown[index];
        if (before === undefined || input.design !== before.input.design) continue;
        // Context files stand before the design: with one of them gone, what comes behind has moved.
        if (inputsOf(input.files) !== inputsOf(before.input.files)) continue;
        const changed = before.input.files.findIndex((file, at) => file !== input.files[at]);
        const kept = before.input.files.slice(0, changed === -1 ? undefined : changed);
        const [beginning] = buildPrompt({ ...before.input, files: kept, notes: [] }).messages;
        const end = beginning?.cacheEnds?.at(-1) ?? 0;
        expect(message.text.slice(0, end)).toBe(before.message.text.slice(0, end));
        expect(message.text.slice(0, end)).toContain('# Task');
        compared += 1;
      }
    }),
  );
  expect(compared).toBeGreaterThan(50);
});

test('with no file and no design changed, all ends for a cache are what they were', () => {
  fc.assert(
    fc.property(
      fc.array(stage, { minLength: 2, maxLength: 6 }),
      fc.constantFrom(...roles),
      fc.constantFrom(...roles),
      (stages, one, other) => {
        const { input } = play([contextFile('a.ts', 'given\n')], stages).at(-1) ?? { input: promptInput() };
        const [first] = buildPrompt({ ...input, role: one }).messages;
        const note = { role: 'coder', stage: 9, text: 'More.', removed: [] };
        const [second] = buildPrompt({ ...input, role: other, notes: [...input.notes, note] }).messages;
        expect(second?.cacheEnds).toEqual(first?.cacheEnds);
        const end = first?.cacheEnds?.at(-1) ?? 0;
        expect(second?.text.slice(0, end)).toBe(first?.text.slice(0, end));
      },
    ),
  );
});
