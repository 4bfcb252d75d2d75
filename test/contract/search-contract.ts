import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunSummary } from '@stagewire/shared';
import { matchesSearch, searchWords } from '@stagewire/shared/text/search';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import type { OpenLog } from './event-log-contract.ts';

const tasks = ['A queue in TypeScript', 'STRAẞE und Café', 'İstanbul ferry times', '日本語の形態素解析', ''];

/** What every log must do with the words of a search. */
export function searchContract(open: OpenLog): void {
  test.each([
    ['every word, in any case and order', 'TYPESCRIPT queue', [1]],
    ['a part of a word', 'ueu', [1]],
    ['one word in the task, one in a label', 'queue ada', [1]],
    ['a label’s value, not its name', 'owner-of-it', []],
    ['full case folding', 'strasse', [2]],
    ['the decomposed form', 'cafe\u0301', [2]],
    ['accents matter', 'cafe', []],
    ['the dot of an i does not', 'istanbul FERRY', [3]],
    ['a language without spaces', '形態素', [4]],
    ['the beginning of a run id', runIdOf(3).toUpperCase(), [3]],
    ['no other part of a run id', runIdOf(3).slice(4), []],
    ['no wildcard', 'q%e', []],
    ['a wide space separates words', 'queue\u3000typescript', [1]],
    ['a word that nothing has', 'queue zebra', []],
  ])('a search finds %s', async (_name, search, expected) => {
    await using it = await open();
    for (const [index, task] of tasks.entries()) {
      const labels = { 'owner-of-it': index === 0 ? 'Ada Lovelace' : 'Bob' };
      await it.log.append(createRunScript(runIdOf(index + 1)).begin({ task, labels }));
    }
    const query = { limit: 9, search: searchWords(search) };
    const found = (await it.log.list(query)).map(({ runId }) => runId);
    expect(found).toEqual(expected.map(runIdOf));
    expect((await it.log.listPage(query)).runs.map(({ runId }) => runId)).toEqual(found);
  });

  test(
    'pages of any size, with status, labels and a search, bring each run that fits once',
    { timeout: 60_000 },
    async () => {
      await using it = await open();
      const words = ['alpha', 'beta', 'gamma'];
      for (let number = 1; number <= 40; number += 1) {
        const run = createRunScript(runIdOf(number), { startMs: Date.UTC(2026, 0, 1, 0, number % 7) });
        const task = words.filter((_, bit) => (number & (1 << bit)) !== 0).join(' ');
        await it.log.append(run.begin({ task, labels: number % 3 === 0 ? { team: 'red' } : {} }));
        if (number % 2 === 0) await it.log.append(run.complete());
      }
      const all = await it.log.list({ limit: 100 });
      await fc.assert(
        fc.asyncProperty(
          fc.subarray(words),
          fc.boolean(),
          fc.constantFrom(undefined, 'completed' as const, 'running' as const),
          fc.integer({ min: 1, max: 9 }),
          async (search, isRed, status, limit) => {
            const expected = all.filter(
              (run) =>
                matchesSearch(run, search) &&
                (!isRed || run.labels['team'] === 'red') &&
                (status === undefined || run.status === status),
            );
            const found: RunSummary[] = [];
            let before: { readonly queuedAt: string; readonly runId: string } | undefined;
            do {
              const page = await it.log.listPage({
                limit,
                search,
                ...(isRed && { labels: { team: 'red' } }),
                ...(status !== undefined && { status: [status] }),
                ...(before !== undefined && { before }),
              });
              found.push(...page.runs);
              before = page.next ?? (page.runs.length < limit ? undefined : page.runs.at(-1));
            } while (before !== undefined);
            expect(found).toEqual(expected);
          },
        ),
        { numRuns: 60 },
      );
    },
  );
}
