import { describe, expect, test } from 'vitest';
import { DeliveryAccount } from '../bench/peers/delivery-account.ts';
import { numberedToken, numbersIn } from '../bench/peers/numbered-tokens.ts';
import { textOf as textOfFile } from '../support/source-tree.ts';
import { asMarkdown, type PeersReport } from '../bench/peers/peers-report.ts';

const textOf = (...numbers: readonly number[]) => numbers.map(numberedToken).join('');

function accountOf(...texts: readonly string[]): DeliveryAccount {
  const account = new DeliveryAccount();
  for (const text of texts) account.text(text);
  return account;
}

const found = ({ lost, duplicated, outOfOrder, receivedAgain }: DeliveryAccount) => ({
  lost,
  duplicated,
  outOfOrder,
  receivedAgain,
});

describe('a numbered token', () => {
  test('says which one it is, alone and among others', () => {
    const numbers = [0, 9, 10, 35, 36, 1_299_999, 1_500_000];
    expect(numbersIn(textOf(...numbers))).toEqual(numbers);
    expect(new Set(numbers.map((number) => numberedToken(number).length))).toEqual(new Set([5]));
  });

  test('is not taken for one when it is cut or moved', () => {
    const text = textOf(1, 2, 3);
    expect(() => numbersIn(text.slice(0, -1))).toThrow('whole tokens');
    expect(() => numbersIn(text.slice(1, -4))).toThrow('not a token');
  });
});

describe('the account of what a subscriber received', () => {
  test.each([
    ['all, in pieces of any size', [textOf(0, 1), textOf(2, 3, 4)], {}],
    ['a gap', [textOf(0, 1), textOf(4, 5)], { lost: 2 }],
    ['a gap that is filled late', [textOf(0, 1, 4), textOf(2, 3)], { outOfOrder: 2 }],
    ['a token twice', [textOf(0, 1), textOf(1, 2)], { duplicated: 1, receivedAgain: 1 }],
    [
      'an old part again and a gap',
      [textOf(0, 1, 2), textOf(0, 1), textOf(5)],
      { lost: 2, duplicated: 2, receivedAgain: 2 },
    ],
    ['two in the wrong order', [textOf(0, 2, 1, 3)], { outOfOrder: 1 }],
    ['nothing', [], {}],
  ] as const)('%s', (_what, texts, expected) => {
    const clean = { lost: 0, duplicated: 0, outOfOrder: 0, receivedAgain: 0 };
    expect(found(accountOf(...texts))).toEqual({ ...clean, ...expected });
  });

  test('what has not come yet is missing, but not lost', () => {
    const account = accountOf(textOf(0, 1, 2));
    expect(account.missingIn(0, 10)).toBe(7);
    expect(account.lost).toBe(0);
    expect([account.has(2), account.has(3)]).toEqual([true, false]);
  });

  test('a replay from the beginning that replaces the text is sent again, and duplicates nothing', () => {
    const account = accountOf(textOf(0, 1, 2));
    account.restart();
    expect(account.missingIn(0, 3)).toBe(3);
    account.text(textOf(0, 1, 2, 3));
    expect(found(account)).toEqual({ lost: 0, duplicated: 0, outOfOrder: 0, receivedAgain: 3 });
  });

  test('counts numbers of any size, and calls back for each token', () => {
    const heard: number[] = [];
    const account = new DeliveryAccount((number) => heard.push(number));
    account.text(textOf(5000, 1_300_000));
    account.text(textOf(1_300_001));
    expect(heard).toEqual([5000, 1_300_000, 1_300_001]);
    expect(account.countIn(0, 1_400_000)).toBe(3);
  });
});

describe('the packages of the other systems', () => {
  interface Manifest {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
  }
  const read = (path: string) => JSON.parse(textOfFile(path)) as Manifest;

  test('are pinned exactly, and in no other manifest', () => {
    const versions = Object.entries(read('test/peers/package.json').dependencies);
    expect(versions.length).toBeGreaterThan(5);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    const { dependencies, devDependencies } = read('package.json');
    const house = Object.keys({ ...dependencies, ...devDependencies });
    expect(versions.filter(([name]) => house.includes(name))).toEqual([]);
  });
});

describe('the table beside other systems', () => {
  const report: PeersReport = {
    environment: {
      at: '2026-01-01T10:20:30.000Z',
      cores: 2,
      cpu: 'a CPU',
      system: 'linux',
      node: 'v24',
      versions: {},
      sqlite: '3',
      loadBefore: 0.1,
      loadDuring: 1.5,
    },
    rounds: 2,
    quick: false,
    tookMs: 60_000,
    peers: [
      {
        name: 'ours',
        versions: { one: '1.0.0' },
        rounds: {
          away: [
            { lost: 1, caughtUpMs: 10 },
            { lost: 2, caughtUpMs: 30 },
          ],
          kill: [{ kept: 0.5, nextTokenMs: Number.NaN }],
        },
        problems: { kill: ['waited 25000 ms for its end'], start: ['no port'] },
      },
      { name: 'theirs', versions: { two: '2.0.0' }, notMeasured: 'no such thing', rounds: {}, problems: {} },
    ],
  };
  const markdown = asMarkdown(report);

  test('adds up what was lost, has the median of the rest, and says what there is no figure of', () => {
    expect(markdown).toContain('tokens lost | 3 |');
    expect(markdown).toContain('| back → has what was missed | 20 (10–30) ms |');
    expect(markdown).toContain('delivered text that is still there | 50 % |');
    expect(markdown).toContain('| kill → next token | – |');
    expect(markdown).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('says which system was not measured and what has no figure in every round, and why', () => {
    expect(markdown).toContain('theirs was not measured: no such thing.');
    expect(markdown).toContain('ours had a round without figures: no port.');
    expect(markdown).toContain('figures of 1 round only: waited 25000 ms for its end.');
    expect(markdown).toContain('| ours |\n');
  });
});
