import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPrompt } from '../../server/pipeline/prompt.ts';
import type { PromptInput } from '../../server/pipeline/prompt-input.ts';
import { roles } from '../../server/pipeline/roles.ts';
import { fencedBlocks } from '../support/fenced-blocks.ts';

describe('every prompt', () => {
  const anyText = fc.oneof(
    fc.string(),
    fc.constantFrom(
      '',
      ' \n',
      '```',
      '````\n~~~~',
      'a\n```\nb',
      '# Task',
      '~~~\n# Your role: coder\n',
      '   ```\r\n',
    ),
    fc
      .array(fc.constantFrom('`', '~', '\n', ' ', 'x', '```', '~~~', '\r\n'), { maxLength: 30 })
      .map((parts) => parts.join('')),
  );
  const cutBy = fc.constantFrom('length' as const, 'interruption' as const, undefined);
  const roleName = fc.constantFrom(...roles.map(({ role }) => role));
  const path = fc.constantFrom('a.ts', 'b`.md', 'c/d', '[id].tsx', 'e~~~f');
  const anyInput: fc.Arbitrary<PromptInput> = fc.record({
    role: fc.constantFrom(...roles),
    task: fc.string({ minLength: 1 }),
    earlierTasks: fc.array(anyText, { maxLength: 2 }),
    instructions: fc.dictionary(fc.constantFrom('all', 'coder', 'reviewer'), anyText),
    files: fc.uniqueArray(
      fc.record({
        path,
        text: anyText,
        from: fc.constantFrom('input' as const, 'stage' as const),
        stage: fc.nat(6),
      }),
      { selector: (file) => file.path, maxLength: 5 },
    ),
    design: fc.option(fc.record({ text: anyText, cutBy }), { nil: undefined }),
    notes: fc.array(
      fc.record({ role: roleName, stage: fc.nat(6), text: anyText, cutBy, removed: fc.array(path) }),
      {
        maxLength: 3,
      },
    ),
    review: fc.option(
      fc.record({
        stage: fc.nat(6),
        verdict: fc.constantFrom('approved' as const, 'changes_requested' as const, 'unknown' as const, null),
        issues: fc.array(
          fc.record({ severity: fc.constantFrom('major' as const, 'nit' as const), message: anyText }),
        ),
      }),
      { nil: undefined },
    ),
    reviews: fc.nat(3),
    skipped: fc.array(
      fc.record({ role: roleName, reason: fc.constantFrom('no_path' as const, 'diff' as const), path }),
    ),
    unfinished: fc.array(fc.record({ role: roleName, path, text: anyText }), { maxLength: 2 }),
    lacksCode: fc.boolean(),
    steers: fc.array(
      fc.record({ text: anyText, kind: fc.constantFrom('steer' as const, 'redirect' as const) }),
      { maxLength: 3 },
    ),
    draft: fc.option(
      fc.record({
        text: anyText,
        mode: fc.constantFrom('restart' as const, 'continue' as const),
        cutBy: fc.constantFrom('length' as const, 'interruption' as const),
      }),
      { nil: undefined },
    ),
    repair: fc.option(
      fc.record({
        reason: fc.constantFrom(
          'no_file' as const,
          'file_open' as const,
          'review_unreadable' as const,
          undefined,
        ),
        message: anyText,
        text: anyText,
        blocks: fc.array(fc.record({ path, text: anyText }), { maxLength: 2 }),
      }),
      { nil: undefined },
    ),
  });

  test('alternates, begins and ends with the user, and has no blank text', () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const { system, messages } = buildPrompt(any);
        expect(system.trim()).not.toBe('');
        expect(messages.length % 2).toBe(1);
        messages.forEach((message, index) => {
          expect(message.role).toBe(index % 2 === 0 ? 'user' : 'assistant');
          expect(message.text.trim()).not.toBe('');
        });
      }),
    );
  });

  test('shows each file so that it is the file again without the numbers', () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const { blocks } = fencedBlocks(buildPrompt(any).messages[0]?.text ?? '');
        for (const { path, text } of any.files) {
          const shown = blocks
            .filter(({ info }) => info.endsWith(` ${path}`))
            .map(({ content }) => unnumbered(content));
          expect(shown).toContain(text === '' || text.endsWith('\n') ? text : `${text}\n`);
        }
      }),
    );
  });

  test('lets nothing that people or models wrote out of its block', () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        for (const { role, text } of buildPrompt(any).messages) {
          if (role === 'assistant') continue;
          const { outside, blocks } = fencedBlocks(text);
          expect(blocks.every(({ isClosed }) => isClosed)).toBe(true);
          const empty = buildPrompt(withoutTexts(any)).messages.filter((message) => message.role === 'user');
          const words = new Set(empty.flatMap((message) => fencedBlocks(message.text).outside.split('\n')));
          expect(outside.split('\n').filter((line) => !words.has(line) && !isOfOurs(line))).toEqual([]);
        }
      }),
    );
  });

  test('keeps what stands before the steers the same in every attempt, and shows a draft as it is', () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const { messages } = buildPrompt(any);
        const bare = buildPrompt({ ...any, steers: [], draft: undefined, repair: undefined }).messages[0];
        expect(messages[0]?.text.startsWith(bare?.text ?? 'none')).toBe(true);
        const draft = any.draft?.text ?? '';
        const said = messages.filter(({ role }) => role === 'assistant').map(({ text }) => text);
        expect(said.some((text) => text.endsWith(draft)) || draft.trim() === '').toBe(true);
      }),
    );
  });

  test('is the same for every role up to the last end for a cache, and the ends ascend within the text', () => {
    fc.assert(
      fc.property(anyInput, fc.constantFrom(...roles), (any, other) => {
        const one = buildPrompt(any).messages[0];
        const two = buildPrompt({ ...any, role: other, notes: [], review: undefined, skipped: [] })
          .messages[0];
        expect(two?.cacheEnds).toEqual(one?.cacheEnds);
        const ends = one?.cacheEnds ?? [];
        expect(ends.length).toBeLessThanOrEqual(4);
        expect(ends).toEqual([...new Set(ends)].toSorted((a, b) => a - b));
        expect(ends.at(-1)).toBeLessThan(one?.text.length ?? 0);
        expect(two?.text.slice(0, ends.at(-1))).toBe(one?.text.slice(0, ends.at(-1)));
      }),
    );
  });
});

function unnumbered(content: string): string {
  return content
    .split('\n')
    .map((line, index) => {
      const number = `${index + 1}|`;
      return line.startsWith(number) ? line.slice(number.length).replace(/^ /, '') : line;
    })
    .join('\n');
}

/** The same prompt with a word in place of every text: its own words are what is left. */
function withoutTexts(any: PromptInput): PromptInput {
  const text = 'word';
  return {
    ...any,
    task: text,
    instructions: { all: text, [any.role.role]: text },
    files: any.files.map((file) => ({ ...file, text })),
    notes: any.notes.map((note) => ({ ...note, text })),
    unfinished: any.unfinished.map((file) => ({ ...file, text })),
    steers: [
      { text, kind: 'steer' },
      { text, kind: 'redirect' },
    ],
    ...(any.design === undefined ? {} : { design: { ...any.design, text } }),
    ...(any.repair === undefined ? {} : { repair: { ...any.repair, message: text } }),
  };
}

/** Words that depend on what a text is, not on what it holds. */
function isOfOurs(line: string): boolean {
  return /^(?:Planned but missing:|Report one that the task needs\.|You were interrupted|Your answer reached|What is wrong with it:)/.test(
    line,
  );
}
