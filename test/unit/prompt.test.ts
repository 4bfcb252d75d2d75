import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPrompt } from '../../server/pipeline/prompt.ts';
import type { PromptInput } from '../../server/pipeline/prompt.ts';
import { findRole, roles } from '../../server/pipeline/roles.ts';

function role(name: string) {
  const found = findRole(name);
  if (found === undefined) throw new Error(`no role ${name}`);
  return found;
}

function input(more: Partial<PromptInput> = {}): PromptInput {
  return {
    role: role('coder'),
    task: 'Build a clock.',
    files: [],
    instructions: {},
    sources: [],
    issues: [],
    steers: [],
    ...more,
  };
}

function textsOf(more: Partial<PromptInput>): string[] {
  return buildPrompt(input(more)).messages.map(({ text }) => text);
}

describe('a first attempt', () => {
  test('is one message of the user, with the task', () => {
    expect(buildPrompt(input()).messages).toEqual([{ role: 'user', text: '# Task\n\nBuild a clock.' }]);
  });

  test('has the instructions for all, then those of its role, behind the system prompt', () => {
    const { system } = buildPrompt(
      input({ instructions: { coder: 'Use Rust.', all: 'Be brief.', tester: 'Use vitest.' } }),
    );
    expect(system.startsWith(role('coder').system)).toBe(true);
    expect(system.endsWith('Be brief.\n\nUse Rust.')).toBe(true);
    expect(system).not.toContain('vitest');
  });

  test('shows the files by path, if the role reads files', () => {
    const files = [{ path: 'src/a.ts', text: 'let a;\n' }];
    expect(textsOf({ files })[0]).toContain('```ts src/a.ts\nlet a;\n```');
    expect(textsOf({ files, role: { ...role('coder'), readsFiles: false } })[0]).not.toContain('src/a.ts');
  });

  test('shows the texts of the roles it reads, in the order given, and marks those cut off', () => {
    const [text = ''] = textsOf({
      sources: [
        { role: 'refiner', text: 'REFINED', partial: false },
        { role: 'architect', text: 'DESIGN', partial: true },
        { role: 'documenter', text: 'MANUAL', partial: false },
      ],
    });
    expect(text).toContain('# Text of the refiner\n');
    expect(text).toContain('# Text of the architect (cut off before it was finished)\n');
    expect(text.indexOf('REFINED')).toBeLessThan(text.indexOf('DESIGN'));
    expect(text).not.toContain('MANUAL');
  });

  test('lists the issues of the review for the refiner only', () => {
    const issues = [
      { severity: 'major' as const, message: 'It leaks.', file: 'a.ts', line: 3, suggestion: 'Close it.' },
    ];
    const [refiner] = textsOf({ role: role('refiner'), issues });
    expect(refiner).toContain('1. [major in a.ts, line 3] It leaks.\nSuggestion: Close it.');
    expect(textsOf({ issues })[0]).not.toContain('It leaks.');
  });

  test('ends with what was said while the run was under way', () => {
    const [text = ''] = textsOf({
      steers: [
        { text: 'Use UTC.', kind: 'steer' },
        { text: 'Once more.', kind: 'redirect' },
      ],
    });
    expect(text.indexOf('Use UTC.')).toBeGreaterThan(text.indexOf('Build a clock.'));
    expect(text).toContain('When the work was sent to another role:\n\n```\nOnce more.\n```');
  });
});

describe('an attempt after an interrupted one', () => {
  const steers = [{ text: 'Use UTC.', kind: 'steer' as const }];

  test('to begin anew shows the draft as the assistant, then the instruction', () => {
    const { messages } = buildPrompt(input({ steers, draft: { text: 'const now', mode: 'restart' } }));
    expect(messages.map((message) => message.role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[0]?.text).not.toContain('Use UTC.');
    expect(messages[1]?.text).toBe('const now');
    expect(messages[2]?.text).toContain('Use UTC.');
    expect(messages[2]?.text).toContain('Start your answer again from scratch');
  });

  test('to go on needs no instruction', () => {
    const texts = textsOf({ draft: { text: 'const now', mode: 'continue' } });
    expect(texts[2]).toContain('Go on exactly where the text stops');
    expect(texts[2]).toContain('The text stops outside any code block.');
  });

  test('to go on inside an open code block is told not to open another', () => {
    const text = 'Notes.\n\n```ts src/a.ts\nconst a';
    expect(textsOf({ draft: { text, mode: 'continue' } })[2]).toContain('do not open a new code fence');
    const closed = `${text}\n\`\`\`\n`;
    expect(textsOf({ draft: { text: closed, mode: 'continue' } })[2]).not.toContain('do not open a new');
  });

  test('leaves a blank draft out and says everything in one message', () => {
    const { messages } = buildPrompt(input({ steers, draft: { text: ' \n', mode: 'continue' } }));
    expect(messages).toHaveLength(1);
    expect(messages[0]?.text).toContain('Use UTC.');
    expect(messages[0]?.text).not.toContain('interrupted');
  });
});

describe('a repair', () => {
  test('shows the answer and what is wrong with it', () => {
    const { messages } = buildPrompt(
      input({ role: role('reviewer'), repair: { text: 'Looks good!', problem: 'there is no JSON' } }),
    );
    expect(messages.map((message) => message.role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[1]?.text).toBe('Looks good!');
    expect(messages[2]?.text).toContain('there is no JSON');
  });

  test('of an empty answer says so in the first message', () => {
    expect(textsOf({ repair: { text: '', problem: 'it is empty' } })).toHaveLength(1);
  });

  test('that was interrupted itself shows both answers, each followed by what to do', () => {
    const { messages } = buildPrompt(
      input({ repair: { text: 'bad', problem: 'no' }, draft: { text: 'better', mode: 'restart' } }),
    );
    expect(messages.map((message) => message.role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
  });
});

const anyText = fc.oneof(fc.string(), fc.constantFrom('', ' \n', '```', '````\n~~~~', 'a\n```\nb', '# Task'));
const anyInput: fc.Arbitrary<PromptInput> = fc.record({
  role: fc.constantFrom(...roles),
  task: fc.string({ minLength: 1 }),
  files: fc.array(fc.record({ path: fc.constantFrom('a.ts', 'b`.md', 'c/d'), text: anyText }), {
    maxLength: 3,
  }),
  instructions: fc.dictionary(fc.constantFrom('all', 'coder', 'reviewer'), anyText),
  sources: fc.array(
    fc.record({
      role: fc.constantFrom(...roles.map((definition) => definition.role)),
      text: anyText,
      partial: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  issues: fc.array(
    fc.record({ severity: fc.constantFrom('major' as const, 'nit' as const), message: anyText }),
    {
      maxLength: 2,
    },
  ),
  steers: fc.array(
    fc.record({ text: anyText, kind: fc.constantFrom('steer' as const, 'redirect' as const) }),
    {
      maxLength: 3,
    },
  ),
  draft: fc.option(
    fc.record({ text: anyText, mode: fc.constantFrom('restart' as const, 'continue' as const) }),
    { nil: undefined },
  ),
  repair: fc.option(fc.record({ text: anyText, problem: anyText }), { nil: undefined }),
});

describe('every prompt', () => {
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

  test('shows a draft as it is, and keeps the part before the steers the same in every attempt', () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const { messages } = buildPrompt(any);
        const bare = buildPrompt({ ...any, steers: [], draft: undefined, repair: undefined }).messages[0];
        expect(messages[0]?.text.startsWith(bare?.text ?? 'none')).toBe(true);
        const draft = any.draft?.text ?? '';
        const said = messages.filter(({ role: who }) => who === 'assistant').map(({ text }) => text);
        expect(said.some((text) => text.endsWith(draft)) || draft.trim() === '').toBe(true);
      }),
    );
  });
});
