import { readFileSync } from 'node:fs';
import {
  closeCodes,
  defaultLimits,
  errorTable,
  failureTable,
  formatCursor,
  isEnding,
  isTerminal,
  parseCursor,
  PROTOCOL_VERSION,
} from '@stagewire/shared';
import * as commands from '@stagewire/shared/commands';
import * as contractFile from '@stagewire/shared/contract';
import { durableEvents, FeedEvent, RunDeleted, RunEvent, transientEvents } from '@stagewire/shared/events';
import * as keys from '@stagewire/shared/keys';
import * as links from '@stagewire/shared/links';
import * as audit from '@stagewire/shared/audit';
import * as traces from '@stagewire/shared/traces';
import * as primitives from '@stagewire/shared/primitives';
import * as quotas from '@stagewire/shared/quotas';
import * as state from '@stagewire/shared/state';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defaultTransportLimits } from '../../server/transport/limits.ts';
import { codeIn, sectionOf, tableBelow, wordIn } from '../support/markdown-tables.ts';
import { fieldWords, nameOf, patternOf, typeWords, valueWords } from '../support/schema-words.ts';

const document = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');
const contract = contractFile.contract;

const runEnvelope = ['type', 'runId', 'seq', 'firstSeq', 'at', 'inheritedFrom'];
const attemptEnvelope = [...runEnvelope, 'stage', 'role', 'attempt'];
const feedOpened = FeedEvent.options.find((option) => option.shape.type.value === 'feed.opened');

describe('PROTOCOL.md, events', () => {
  test('lists every durable event with exactly its payload, envelope and what it ends', () => {
    const rows = tableBelow(document, '### Durable events').map((row) => ({
      type: wordIn(row['type'] ?? ''),
      of: row['of'],
      payload: codeIn(row['payload'] ?? ''),
      ends: row['ends'],
    }));
    expect(rows).toEqual(
      durableEvents.map((event) => ({ ...eventInWords(event), ends: whatEnds(event.shape.type.value) })),
    );
  });

  test('lists every transient event with exactly its payload', () => {
    const rows = tableBelow(document, '### Transient events').map((row) => ({
      type: wordIn(row['type'] ?? ''),
      of: row['of'],
      payload: codeIn(row['payload'] ?? ''),
    }));
    const events = [...transientEvents, ...(feedOpened === undefined ? [] : [feedOpened])];
    expect(rows).toEqual(events.map(eventInWords));
  });

  test('lists the event of a deletion with exactly its payload', () => {
    const rows = tableBelow(document, '### Event of a deletion').map((row) => ({
      type: wordIn(row['type'] ?? ''),
      of: row['of'],
      payload: codeIn(row['payload'] ?? ''),
    }));
    expect(rows).toEqual([eventInWords(RunDeleted)]);
  });

  test('describes the envelopes', () => {
    const rows = tableBelow(document, '### Envelope');
    const delta = durableEvents.find((event) => event.shape.type.value === 'stage.delta');
    if (delta === undefined) throw new Error('there is no stage.delta');
    const words = fieldWords(delta, 'output').map((field) =>
      nameOf(field) === 'type' ? 'type: string' : field,
    );
    const inEnvelope = (names: readonly string[]) =>
      names.map((name) => words.find((field) => nameOf(field) === name));
    const of = (kind: string) =>
      rows.filter((row) => row['in']?.split(', ').includes(kind)).map((row) => wordIn(row['field'] ?? ''));
    expect(of('run')).toEqual(inEnvelope(runEnvelope));
    expect(of('attempt')).toEqual(inEnvelope(attemptEnvelope));
  });
});

describe('PROTOCOL.md, procedures and values', () => {
  test('lists every procedure with its kind, input and output', () => {
    const rows = tableBelow(document, '## 5 Procedures').map((row) => ({
      procedure: wordIn(row['procedure'] ?? ''),
      kind: row['kind'],
      input: wordIn(row['input'] ?? ''),
      output: wordIn(row['output'] ?? ''),
      permission: row['permission'] === '–' ? null : wordIn(row['permission'] ?? ''),
      link: row['link'] === '–' ? null : wordIn(row['link'] ?? ''),
    }));
    expect(rows).toEqual(
      Object.entries(contract).map(([procedure, { kind, input, output, permission, link }]) => ({
        procedure,
        kind,
        input: input instanceof z.ZodVoid ? '–' : typeWords(input, 'input'),
        output: typeWords(output, 'output'),
        permission,
        link,
      })),
    );
  });

  test('lists exactly the fields of every input', () => {
    const inputs = [...new Set(Object.values(contract).map((procedure) => procedure.input))].filter(
      (input) => !(input instanceof z.ZodVoid),
    );
    const forms = inputs.flatMap((input) => formsOf(input, 'input'));
    expect(shapesIn('### Inputs').toSorted(byName)).toEqual(forms.toSorted(byName));
  });

  test('lists exactly the fields of every shape', () => {
    const files = [primitives, commands, keys, links, quotas, audit, traces, state, contractFile];
    const named = files.flatMap((file): unknown[] => Object.values(file));
    const schemas = named.filter((it) => it instanceof z.ZodType);
    const inputs = new Set<z.ZodType>(Object.values(contract).map((procedure) => procedure.input));
    const forms = schemas
      .filter((schema) => !inputs.has(schema))
      .filter((schema) => schema instanceof z.ZodObject || schema instanceof z.ZodUnion)
      .flatMap((schema) => formsOf(schema, 'output'));
    expect(shapesIn('### Shapes').toSorted(byName)).toEqual(forms.toSorted(byName));
  });

  test('lists every name and enumeration with its form', () => {
    const rows = tableBelow(document, '### Names and enumerations');
    const listed = Object.fromEntries(rows.map((row) => [wordIn(row['name'] ?? ''), row['form or values']]));
    // A number with bounds is written out where it is used.
    const numbers = new Set<z.ZodType>([primitives.Seq, primitives.Ordinal, primitives.Count]);
    const expected = Object.entries({ ...primitives, ...state })
      // Objects and their unions are shapes.
      .filter(([, schema]) => !(schema instanceof z.ZodObject || schema instanceof z.ZodUnion))
      .filter(([, schema]) => !numbers.has(schema))
      .map(([name, schema]) => [name, valueWords(schema)]);
    expect(listed).toEqual(Object.fromEntries(expected));
  });

  test('says of every reason of a skipped block and of a failure what it means', () => {
    const reasonsBelow = (heading: string) =>
      tableBelow(document, heading).map((row) => wordIn(row['reason'] ?? ''));
    expect(reasonsBelow('### Skipped blocks')).toEqual(primitives.SkipReason.options);
    expect(reasonsBelow('### Reasons of failures')).toEqual(primitives.FailureReason.options);
  });

  test('gives the grammar of models', () => {
    const pattern = patternOf(primitives.ModelRef);
    expect(sectionOf(document, '## 16 Models')).toContain(`\n${pattern}\n`);
    expect(pattern).not.toBe('');
  });

  test('says the version', () => {
    expect(document).toContain(`\nProtocol version: \`${PROTOCOL_VERSION}\`\n`);
  });
});

describe('PROTOCOL.md, errors and limits', () => {
  test('lists every error with all its codes', () => {
    const rows = tableBelow(document, '### Errors and their codes').map((row) => ({
      ...row,
      code: wordIn(row['code'] ?? ''),
      'tRPC code': wordIn(row['tRPC code'] ?? ''),
    }));
    expect(rows).toEqual(
      Object.entries(errorTable).map(([code, row]) => ({
        code,
        meaning: row.meaning,
        retryable: row.retryable ? 'yes' : 'no',
        'tRPC code': row.trpc,
        'JSON-RPC': String(TRPC_ERROR_CODES_BY_KEY[row.trpc]),
        HTTP: String(getHTTPStatusCodeFromError(new TRPCError({ code: row.trpc }))),
        close: 'close' in row ? String(row.close) : '',
      })),
    );
  });

  test('lists every failure', () => {
    const rows = tableBelow(document, '### Failures and their codes');
    expect(rows.map((row) => [wordIn(row['code'] ?? ''), row['meaning']])).toEqual(
      Object.entries(failureTable),
    );
    expect(primitives.Failure.shape.code.options).toEqual(Object.keys(failureTable));
  });

  test('lists every close code', () => {
    const rows = tableBelow(document, '### Close codes');
    const listed = rows.map((row) => [wordIn(row['name'] ?? ''), Number(row['code'])]);
    const ofErrors = Object.entries(errorTable).flatMap(([name, row]) =>
      'close' in row ? [[name, row.close] as const] : [],
    );
    expect(Object.fromEntries(listed)).toEqual({ ...closeCodes, ...Object.fromEntries(ofErrors) });
  });

  test('lists every limit with its default', () => {
    const rows = tableBelow(document, '### Contract limits');
    const listed = rows.map((row) => [wordIn(row['name'] ?? ''), Number(row['default'])]);
    expect(listed).toEqual(Object.entries(defaultLimits));
  });

  test('gives the defaults of the transports as the server has them', () => {
    const rows = tableBelow(document, '### Transport, delivery and attempt limits');
    const listed = rows.flatMap((row) => {
      const values = row['default']?.split(', ').map(Number) ?? [];
      return codeIn(row['name'] ?? '').map((name, index) => [name, values[index]] as const);
    });
    const ofWires = listed.filter(([name]) => name in defaultTransportLimits);
    expect(ofWires.length).toBeGreaterThan(8);
    expect(defaultTransportLimits).toMatchObject(Object.fromEntries(ofWires));
  });
});

describe('PROTOCOL.md, examples', () => {
  const lines = document
    .split('\n')
    .map((line) => line.replace(/^(?:→|←|data:) ?/, ''))
    .filter((line) => /^\{.*\}$/.test(line));

  test('there are some, and all are JSON', () => {
    expect(lines.length).toBeGreaterThan(12);
    expect(() => lines.map((line): unknown => JSON.parse(line))).not.toThrow();
  });

  test('every event in them is one', () => {
    const events = lines.flatMap((line) => eventsIn(JSON.parse(line)));
    expect(events.length).toBeGreaterThan(3);
    expect(events.map((event) => RunEvent.safeParse(event).error)).toEqual(events.map(() => undefined));
  });

  test('cursors in them are cursors, that of an event is of this event', () => {
    const runId = /run_0mi[a-z0-9]+/.exec(document)?.[0] ?? '';
    const cursors = document.match(/\b\d+-\d+-[0-9a-f]{8}\b(?!-)/g) ?? [];
    expect(cursors.length).toBeGreaterThan(5);
    expect(cursors.filter((cursor) => parseCursor(cursor) === undefined)).toEqual([]);
    expect(cursors).toContain(formatCursor(runId, { epoch: 1, seq: 6, at: '2026-11-22T10:15:31.004Z' }));
  });

  test('every error in them has the codes of the table', () => {
    const errors = lines.flatMap((line) => errorsIn(JSON.parse(line)));
    expect(errors.length).toBeGreaterThan(1);
    for (const error of errors) {
      const row = errorTable[error.data.stagewire.code];
      expect(error).toMatchObject({
        code: TRPC_ERROR_CODES_BY_KEY[row.trpc],
        data: { code: row.trpc, stagewire: { retryable: row.retryable } },
      });
    }
  });

  test('every rule it refers to is there, once', () => {
    const defined = [...document.matchAll(/^- \*\*([A-Z]\d+)\b/gm)].map((match) => match[1]);
    const named = [...document.matchAll(/\*\*([A-Z]\d+)\*\*/g)].map((match) => match[1]);
    expect(new Set(defined).size).toBe(defined.length);
    expect(named.filter((rule) => !defined.includes(rule))).toEqual([]);
  });
});

type EventSchema =
  (typeof durableEvents)[number] | (typeof transientEvents)[number] | NonNullable<typeof feedOpened>;

interface ErrorExample {
  readonly code: number;
  readonly data: { readonly code: string; readonly stagewire: { readonly code: keyof typeof errorTable } };
}

function eventInWords(event: EventSchema) {
  const fields = Object.keys(event.shape);
  const of = !fields.includes('runId') ? 'feed' : fields.includes('role') ? 'attempt' : 'run';
  const envelope = of === 'feed' ? ['type', 'at'] : of === 'attempt' ? attemptEnvelope : runEnvelope;
  const payload = fieldWords(event, 'output').filter((field) => !envelope.includes(nameOf(field)));
  return { type: event.shape.type.value, of, payload };
}

function whatEnds(type: string): string {
  if (isTerminal({ type })) return 'run';
  return isEnding({ type }) ? 'attempt' : '';
}

/** The forms of a named schema, as the document's lists say them. */
function formsOf(schema: z.ZodType, side: 'input' | 'output'): [string, string[]][] {
  const name = typeWords(schema, side);
  const options = schema instanceof z.ZodUnion ? (schema.options as readonly z.ZodType[]) : [schema];
  return options.map((option) => [
    name,
    option instanceof z.ZodObject ? fieldWords(option, side) : [typeWords(option, side)],
  ]);
}

/** The items of the form `Name` = `field: type` … below a heading. */
function shapesIn(heading: string): [string, string[]][] {
  const items = sectionOf(document, heading).split(/^- /m).slice(1);
  return items.flatMap((item) => {
    const match = /^`(\w+)` = ([^]*)$/.exec(item.replaceAll(/\n\s*/g, ' '));
    return match?.[1] === undefined ? [] : [[match[1], codeIn(match[2] ?? '')] as [string, string[]]];
  });
}

function byName(one: [string, string[]], other: [string, string[]]): number {
  return one[0].localeCompare(other[0]);
}

function eventsIn(example: unknown): unknown[] {
  const { type, result } = example as { type?: string; result?: { data?: { data?: { type?: string } } } };
  if (type !== undefined) return [example];
  return result?.data?.data?.type === undefined ? [] : [result.data.data];
}

function errorsIn(example: unknown): ErrorExample[] {
  const { error } = example as { error?: ErrorExample };
  return error === undefined ? [] : [error];
}
