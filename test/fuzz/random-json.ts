import { randomUUID } from 'node:crypto';
import type { Dice } from './dice.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const keys = [
  'id',
  'method',
  'params',
  'path',
  'input',
  'runId',
  'text',
  'files',
  'labels',
  'limits',
  'jsonrpc',
  'lastEventId',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'then',
  'toJSON',
  'length',
] as const;
const numbers = [0, -0, 1, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e21, 5e-324] as const;

/** Any JSON, not deep and not long. */
export function randomJson(dice: Dice, depth = 0): Json {
  switch (dice.below(depth > 4 ? 5 : 8)) {
    case 0:
      return null;
    case 1:
      return dice.isLucky(0.5);
    case 2:
      return dice.pick(numbers);
    case 3:
      return dice.text(20);
    case 4:
      return dice.pick(['runs.get', 'query', 'run_00000000', 'any', '1-1-00000000', 'coder', '2.0', '']);
    case 5:
      return Array.from({ length: dice.below(5) }, () => randomJson(dice, depth + 1));
    default: {
      const fields = Array.from(
        { length: dice.below(5) },
        () => [dice.isLucky(0.7) ? dice.pick(keys) : dice.text(10), randomJson(dice, depth + 1)] as const,
      );
      return Object.fromEntries(fields);
    }
  }
}

/** A call as clients make it, of any procedure, about this run. */
export function validCall(dice: Dice, runId: string): { [key: string]: Json } {
  const commandId = randomUUID();
  const about = { runId, commandId };
  const [method, path, input] = dice.pick<readonly [string, string, Json | undefined]>([
    ['query', 'server.info', undefined],
    ['query', 'runs.get', { runId }],
    ['query', 'runs.files', { runId, path: 'README.md', at: { stage: 1, attempt: 1 } }],
    ['query', 'runs.prompt', { runId, stage: 1, attempt: 1 }],
    [
      'query',
      'runs.list',
      { limit: 2, status: ['completed'], labels: { a: 'b' }, before: `2026-01-01T00:00:00.000Z~${runId}` },
    ],
    [
      'mutation',
      'runs.start',
      {
        runId: `run_again-${dice.below(20)}`,
        task: 'again',
        files: [{ path: 'a.ts', text: 'a' }],
        instructions: { coder: 'x' },
        pipeline: { roles: ['coder'], maxRefinements: 0 },
        limits: { maxAttemptsPerStage: 1 },
        labels: { a: 'b' },
        settings: { coder: { effort: 'low' } },
      },
    ],
    ['mutation', 'runs.steer', { ...about, text: 'more', mode: 'next', expect: 'any', scope: 'run' }],
    ['mutation', 'runs.redirect', { ...about, to: 'coder', expect: { stage: 1, attempt: 1 } }],
    ['mutation', 'runs.cancel', { ...about, target: 'run', expect: { role: 'coder' }, reason: 'enough' }],
    ['subscription', 'runs.events', { runId, lastEventId: null, include: { reasoning: true } }],
    ['subscription', 'runs.feed', { lastEventId: 'feed-1', labels: { a: 'b' }, include: { text: true } }],
  ]);
  const id = dice.isLucky(0.5) ? dice.below(50) : `call-${dice.below(50)}`;
  if (dice.isLucky(0.1)) return { id, method: 'subscription.stop' };
  return { id, method, params: input === undefined ? { path } : { path, input } };
}

/** The value with some of its fields removed, renamed, replaced, nested or added. */
export function mutateJson(value: Json, dice: Dice): Json {
  if (dice.isLucky(0.1)) return randomJson(dice);
  if (Array.isArray(value)) {
    const items = value.map((item) => (dice.isLucky(0.4) ? mutateJson(item, dice) : item));
    return dice.isLucky(0.2) ? [...items, ...items] : items;
  }
  if (typeof value === 'string') return dice.isLucky(0.5) ? mutateText(value, dice) : value;
  if (typeof value === 'number' && dice.isLucky(0.4)) return value + 1 + dice.below(3);
  if (typeof value !== 'object' || value === null) return dice.isLucky(0.3) ? randomJson(dice, 3) : value;
  const fields = Object.entries(value).flatMap(([key, field]): (readonly [string, Json])[] => {
    switch (dice.below(10)) {
      case 0:
        return [];
      case 1:
        return [[dice.isLucky(0.5) ? dice.pick(keys) : dice.text(8), field]];
      case 2:
        return [[key, { [key]: field }]];
      case 3:
      case 4:
        return [[key, field]];
      default:
        return [[key, mutateJson(field, dice)]];
    }
  });
  if (dice.isLucky(0.15)) fields.push([dice.pick(keys), randomJson(dice, 2)]);
  return Object.fromEntries(fields);
}

/** JSON that `JSON.stringify` would not write: very deep, very wide, a key twice, `__proto__` as a key of its own. */
export function oddJsonText(dice: Dice, call: Json): string {
  const text = JSON.stringify(call);
  const depth = dice.pick([100, 3000, 50_000]);
  switch (dice.below(7)) {
    case 0:
      return `{"id":1,"method":"query","params":{"path":"runs.get","input":${'['.repeat(depth)}1${']'.repeat(depth)}}}`;
    case 1:
      return `{"id":1,"method":"query","params":{"path":"runs.list","input":${'{"labels":'.repeat(depth)}1${'}'.repeat(depth)}}}`;
    case 2:
      return text.replace('{', '{"__proto__":{"polluted":true},');
    case 3:
      return text.replace(
        /\{(?!.*\{)/,
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},',
      );
    case 4:
      return `{"id":1,"method":"query","params":{"path":"runs.get","input":{"${'k'.repeat(dice.below(200_000))}":1}}}`;
    case 5:
      return text.slice(0, dice.below(text.length));
    default:
      return `[${Array.from({ length: 1 + dice.below(600) }, () => text).join(',')}]`;
  }
}

function mutateText(text: string, dice: Dice): string {
  switch (dice.below(5)) {
    case 0:
      return dice.text(30);
    case 1:
      return text.slice(0, dice.below(text.length + 1));
    case 2:
      return text.repeat(1 + dice.below(400));
    case 3:
      return `${text.slice(0, 3)}${dice.text(3)}${text.slice(3)}`;
    default:
      return text.toUpperCase();
  }
}
