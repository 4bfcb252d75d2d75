import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allChecks, chooseChecks } from '../../cli/verify/all-checks.ts';
import { parseSse } from '../../cli/verify/sse-frames.ts';

const document = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');

describe('the checks and PROTOCOL.md', () => {
  const defined = [...document.matchAll(/^- \*\*([A-Z]\d+)\b/gm)].map((match) => match[1] ?? '');
  const cited = new Set(allChecks.flatMap(({ rule, also = [] }) => [rule, ...also]));

  test('every rule that a check cites is there', () => {
    const sections = [...document.matchAll(/^## (\d+) /gm)].map((match) => `§${match[1]}`);
    expect(sections.length).toBeGreaterThan(15);
    expect([...cited].filter((rule) => !defined.includes(rule) && !sections.includes(rule))).toEqual([]);
  });

  test('every rule is cited, but those about others than a server', () => {
    const aboutOthers = {
      'readers and later versions': ['K1', 'K2', 'K3', 'K5', 'K6'],
      'what a client does': ['W8', 'C17', 'H3', 'H4', 'H6', 'P3', 'P72'],
      'what depends on how the server is started, and on what is silent': [
        'P64',
        'P65',
        'P71',
        'P73',
        'P76',
        'P77',
        'P79',
        'P81',
        'P82',
        'P83',
      ],
      'what several nodes of one log do, whose tests stop and restore their database': [
        'P56',
        'P59',
        'P60',
        'P61',
        'P62',
        'P63',
      ],
      'what the model said, which only the provider knows': ['E7'],
      'damage and shortage that nobody can cause from outside': ['P20', 'P21', 'A24'],
    };
    const others = Object.values(aboutOthers).flat();
    expect(defined.filter((rule) => !cited.has(rule)).toSorted()).toEqual(others.toSorted());
  });

  test('every check has a name of its own, and its place as its number', () => {
    expect(new Set(allChecks.map(({ rule, name }) => `${rule} ${name}`)).size).toBe(allChecks.length);
    expect(allChecks.map(({ number }) => number)).toEqual(allChecks.map((_check, index) => index + 1));
  });

  test('are chosen by number, by rule, by a rule beside it, and by group', () => {
    expect(chooseChecks([])).toBe(allChecks);
    expect(chooseChecks(['3']).map(({ number }) => number)).toEqual([3]);
    expect(chooseChecks(['D7']).map(({ rule }) => rule)).toEqual(['D7']);
    expect(chooseChecks(['F5']).map(({ rule }) => rule)).toEqual(['P13']);
    expect(new Set(chooseChecks(['R']).map(({ rule }) => rule.charAt(0)))).toEqual(new Set(['R']));
    expect(chooseChecks(['Z9'])).toEqual([]);
  });
});

describe('server-sent events', () => {
  test('are read line by line, comments and what is unfinished left out', () => {
    const text =
      'event: connected\ndata: {}\n\n\n: a comment\n\ndata: {"a":1}\nid: 1-2-x\n\nevent: ping\ndata:\n\ndata: cut';
    expect(parseSse(text)).toEqual([
      { event: 'connected', data: '{}', order: ['event', 'data'] },
      { event: 'message', data: '{"a":1}', id: '1-2-x', order: ['data', 'id'] },
      { event: 'ping', data: '', order: ['event', 'data'] },
    ]);
  });

  test('may have several lines of data, and other line ends', () => {
    expect(parseSse('data: a\r\ndata:b\r\nid\r\n\r\n')).toEqual([
      { event: 'message', data: 'a\nb', id: '', order: ['data', 'data', 'id'] },
    ]);
  });
});
