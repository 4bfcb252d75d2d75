import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultAnswerTokens, fitPrompt, promptTokens } from '../../server/pipeline/fit-prompt.ts';
import { buildPrompt } from '../../server/pipeline/prompt.ts';
import { contextFile, promptInput, roleOf, writtenFile } from '../support/prompt-input.ts';

const big = 'x'.repeat(8000);
const issue = { severity: 'minor' as const, message: big };
const input = promptInput({
  role: roleOf('reviewer'),
  task: 'Mend used.ts.',
  files: [
    contextFile('lib/used.ts', big),
    contextFile('lib/small.ts', 'y'.repeat(4000)),
    contextFile('lib/large.ts', 'z'.repeat(12_000)),
    writtenFile('src/a.ts', `import '../lib/named.ts';\n`),
    contextFile('lib/named.ts', 'n'.repeat(4000)),
  ],
  design: {
    text: `# Goal\n\n${'Prose. '.repeat(600)}\n\n\`\`\`files\nsrc/a.ts\n\`\`\`\n\n## Checks\n\nMore prose.\n`,
  },
  review: { stage: 3, verdict: 'approved', issues: [issue] },
  reviews: 1,
});

const whole = promptTokens(buildPrompt(input));
/** A window in which so many tokens of the whole prompt have no room. */
const lacking = (tokens: number) =>
  fitPrompt(input, { contextTokens: whole - tokens + 100, answerTokens: 100 });
const textOf = (fitted: ReturnType<typeof fitPrompt>) => fitted.prompt.messages[0]?.text ?? '';

describe('a prompt that is longer than the window', () => {
  test('is left as it is while nobody knows the window, or it fits to the token', () => {
    expect(fitPrompt(input, { contextTokens: undefined, answerTokens: undefined }).prompt).toEqual(
      buildPrompt(input),
    );
    expect(lacking(0).prompt).toEqual(buildPrompt(input));
    expect(lacking(1).prompt).not.toEqual(buildPrompt(input));
  });

  test('first loses context files that no other text names, the largest first', () => {
    expect(textOf(lacking(1000))).not.toContain('zzzz');
    expect(textOf(lacking(1000))).toContain('yyyy');
    expect(textOf(lacking(3500))).not.toContain('yyyy');
    for (const kept of ['xxxx', 'nnnn', 'Prose.']) expect(textOf(lacking(3500))).toContain(kept);
  });

  test('says which, in the place where they were', () => {
    expect(textOf(lacking(3500))).toContain(
      'no other text names them:\n\n```\nlib/small.ts\nlib/large.ts\n```',
    );
  });

  test('then loses the review where it is a report, and says so', () => {
    const text = textOf(lacking(5000));
    expect(text).not.toContain('[minor]');
    expect(text).toContain(
      "# Review 1, the latest\n\nIt is left out, since the model's window is too small for it.",
    );
    expect(text).toContain('Prose.');
  });

  test('keeps the issues of the refiner, whose work they are', () => {
    const of = { ...input, role: roleOf('refiner') };
    const contextTokens = promptTokens(buildPrompt(of)) - 5000;
    expect(fitPrompt(of, { contextTokens, answerTokens: 1 }).prompt.messages[0]?.text).toContain('[minor]');
  });

  test('then loses the prose of the design, and keeps its headings and blocks', () => {
    const text = textOf(lacking(6500));
    expect(text).toContain('# Goal\n\n```files\nsrc/a.ts\n```\n\n## Checks\n');
    expect(text).not.toContain('Prose.');
    expect(text).not.toContain('More prose.');
    expect(lacking(6500).problem).toBeUndefined();
  });

  test('at last is a problem, with the estimate, the window and what takes the most', () => {
    const { problem } = fitPrompt(input, { contextTokens: 4000, answerTokens: 500 });
    expect(problem).toMatch(
      /^the prompt has about \d+ tokens \(estimated, 4 characters each\), and the model's context window of 4000 tokens leaves 3500 for it; the largest parts are context files \d+, /,
    );
  });

  test('leaves room for the answer: what is set, else the default, a quarter of the window at most', () => {
    const fits = (contextTokens: number, answerTokens: number | undefined) =>
      fitPrompt(promptInput({ task: big }), { contextTokens, answerTokens }).problem === undefined;
    const tokens = promptTokens(buildPrompt(promptInput({ task: big })));
    expect(fits(tokens * 4, 50_000)).toBe(true);
    expect(fits(Math.ceil((tokens * 4) / 3), 50_000)).toBe(true);
    expect(fits(Math.floor((tokens * 4) / 3) - 4, 50_000)).toBe(false);
    expect(fits(tokens + 100, 100)).toBe(true);
    expect(fits(tokens + 99, 100)).toBe(false);
    expect(defaultAnswerTokens).toBe(8000);
  });

  test('fits whenever it is no problem', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: whole + 2000 }),
        fc.option(fc.nat(5000), { nil: undefined }),
        (contextTokens, answerTokens) => {
          const { prompt, problem } = fitPrompt(input, { contextTokens, answerTokens });
          const room =
            contextTokens - Math.min(answerTokens ?? defaultAnswerTokens, Math.floor(contextTokens / 4));
          expect(problem === undefined).toBe(promptTokens(prompt) <= room);
        },
      ),
    );
  });
});
