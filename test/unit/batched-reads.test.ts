import { expect, test } from 'vitest';
import { createBatchedReads } from '../../server/cluster/postgres/batched-reads.ts';

function scene(maxBatch?: number) {
  const batches: (readonly string[])[] = [];
  const answers: PromiseWithResolvers<ReadonlyMap<string, string>>[] = [];
  const find = createBatchedReads<string>({
    read(ids) {
      batches.push(ids);
      const answer = Promise.withResolvers<ReadonlyMap<string, string>>();
      answers.push(answer);
      return answer.promise;
    },
    ...(maxBatch !== undefined && { maxBatch }),
  });
  return { find, batches, answers };
}

test('a thousand reads are two statements: the first one, and one for all that have waited', async () => {
  const { find, batches, answers } = scene(2000);
  const found = Array.from({ length: 1000 }, (_, index) => find(`${index}`));
  expect(batches).toEqual([['0']]);
  answers[0]?.resolve(new Map([['0', 'zero']]));
  expect(await found[0]).toBe('zero');
  expect(batches.map(({ length }) => length)).toEqual([1, 999]);
  answers[1]?.resolve(new Map([['7', 'seven']]));
  expect(await Promise.all(found)).toEqual([
    'zero',
    ...Array(6).fill(undefined),
    'seven',
    ...Array(992).fill(undefined),
  ]);
});

test('one statement has no more than a batch', async () => {
  const { find, batches, answers } = scene(10);
  const found = Array.from({ length: 25 }, (_, index) => find(`${index}`));
  for (let at = 0; at < 4; at += 1) {
    answers[at]?.resolve(new Map());
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(found);
  expect(batches.map(({ length }) => length)).toEqual([1, 10, 10, 4]);
});

test('a read that is in progress is not used for a later request: it may be older', async () => {
  const { find, answers } = scene();
  const before = find('key');
  const after = find('key');
  const same = find('key');
  answers[0]?.resolve(new Map([['key', 'valid']]));
  expect(await before).toBe('valid');
  answers[1]?.resolve(new Map([['key', 'revoked']]));
  expect([await after, await same]).toEqual(['revoked', 'revoked']);
  expect(answers).toHaveLength(2);
});

test('a statement that fails fails for its own reads only', async () => {
  const { find, answers } = scene();
  const [first, second] = [find('a'), find('b')];
  answers[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  answers[1]?.resolve(new Map([['b', 'found']]));
  expect(await second).toBe('found');
});
