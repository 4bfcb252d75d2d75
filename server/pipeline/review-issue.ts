import type { ReviewIssue } from '@stagewire/shared';
import { parseSeverity, mostSevere } from './review-synonyms.ts';
import type { Severity } from './review-synonyms.ts';

/** The result of reading one element of a review's list. */
export type IssueReading =
  | { readonly issue: ReviewIssue; readonly remark?: string }
  /** Why it is not an issue, as a phrase after "issue 3". */
  | { readonly leftOut: string };

/** Accepted names of each field, normalized to letters; the first one with a value counts. */
const names = {
  severity: ['severity', 'level', 'priority', 'sev'],
  /** Read only where none of the others has a known value. */
  kind: ['importance', 'impact', 'criticality', 'type', 'kind', 'category', 'label'],
  message: [
    'message',
    'description',
    'comment',
    'text',
    'issue',
    'problem',
    'body',
    'msg',
    'details',
    'detail',
    'content',
    'explanation',
    'finding',
    'summary',
    'title',
  ],
  file: ['file', 'path', 'filename', 'filepath', 'location'],
  line: ['line', 'lines', 'linenumber', 'lineno', 'startline', 'linestart', 'linerange', 'location'],
  suggestion: [
    'suggestion',
    'fix',
    'recommendation',
    'suggestedfix',
    'suggestions',
    'recommendedfix',
    'remedy',
    'solution',
    'resolution',
    'proposal',
    'advice',
  ],
} as const;

/**
 * Reads one issue: severity words are normalized, synonymous field names are accepted, numbers are read from text.
 * An unknown severity counts as major. `null` and blank fields, and lines below 1, mean "does not apply" and are
 * omitted. Only an element without a message is rejected.
 *
 * @param severity Of an issue without its own, from the list by severity that contains it.
 */
export function readIssue(value: unknown, severity?: Severity): IssueReading {
  if (typeof value === 'string') {
    if (value.trim() === '') return { leftOut: 'is blank' };
    return {
      issue: { severity: severity ?? 'major', message: value },
      ...(severity === undefined ? { remark: 'is a text without a severity and counts as major' } : {}),
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { leftOut: 'is not an object' };
  const fields = normalizedFields(value);
  const message = firstOf(names.message, fields, messageOf);
  if (message === undefined) return { leftOut: 'has no "message"' };

  const known =
    mostSevere(names.severity.map((name) => parseSeverity(fields.get(name)))) ??
    severity ??
    mostSevere(names.kind.map((name) => parseSeverity(fields.get(name))));
  const place = firstOf(names.file, fields, placeOf);
  const line = firstOf(names.line, fields, lineIn) ?? place?.line;
  const suggestion = firstOf(names.suggestion, fields, messageOf);
  return {
    issue: {
      severity: known ?? 'major',
      message,
      ...(place === undefined ? {} : { file: place.file }),
      ...(line === undefined ? {} : { line }),
      ...(suggestion === undefined ? {} : { suggestion }),
    },
    ...(known === undefined ? { remark: remarkOn(firstOf(names.severity, fields, shown)) } : {}),
  };
}

/** Whether an object looks like an issue rather than like a review or something else. */
export function looksLikeIssue(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const fields = normalizedFields(value);
  return fields.has('message') || names.severity.some((name) => parseSeverity(fields.get(name)) !== undefined)
    ? 'issue' in readIssue(value)
    : false;
}

/** An object's fields by their names in lower-case letters and digits, without separators between words. */
export function normalizedFields(value: object): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [key, field] of Object.entries(value)) {
    const folded = key.toLowerCase().replace(/[^a-z0-9]/g, '');
    if (fields.get(folded) === undefined || fields.get(folded) === null) fields.set(folded, field);
  }
  return fields;
}

/** The line number in a number, a text such as `"12"`, `"L12"` or `"12-15"`, or a range. */
function lineIn(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 1 ? value : undefined;
  if (typeof value === 'string') {
    const digits = /^(?:[^\d]*?[^\d.-])?(\d{1,9})(?!\d|\.\w|\.\d)/.exec(value.trim().slice(0, 80))?.[1];
    return digits === undefined ? undefined : lineIn(Number(digits));
  }
  if (Array.isArray(value)) return lineIn(value[0]);
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = normalizedFields(value);
  return firstOf(['line', 'start', 'startline', 'from', 'begin'], fields, (field) =>
    typeof field === 'object' ? undefined : lineIn(field),
  );
}

/** A file's path, without a line number after it. */
function placeOf(value: unknown): { readonly file: string; readonly line?: number } | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const inner = firstOf(
      ['file', 'path', 'filename', 'filepath'],
      normalizedFields(value),
      (field) => field,
    );
    return typeof inner === 'string' ? placeOf(inner) : undefined;
  }
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const path = withSlashes(value);
  const [, file, digits] = /^(.*\.\w+)(?::|#L|:L)(\d{1,9})(?:[:,-]L?\d+)*$/.exec(path) ?? [];
  if (file === undefined) return { file: path };
  const line = lineIn(Number(digits));
  return { file, ...(line === undefined ? {} : { line }) };
}

/** `"src\test.ts"` is valid JSON with a tab, but was meant as a Windows path. */
function withSlashes(path: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '\t': '/t',
    '\b': '/b',
    '\f': '/f',
    '\n': '/n',
    '\r': '/r',
  };
  const slashed = path.trim().replace(/[\t\b\f\n\r]/g, (char) => escapes[char] ?? char);
  return slashed.replace(/\\+/g, '/').replace(/^\.\//, '');
}

function messageOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return undefined;
  const joined = value.filter((part) => typeof part === 'string').join('\n');
  return joined.trim() === '' ? undefined : joined;
}

function shown(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function remarkOn(severity: string | undefined): string {
  if (severity === undefined || severity.trim() === '') return 'has no severity and counts as major';
  return `has the unknown severity ${JSON.stringify(severity.slice(0, 40))} and counts as major`;
}

function firstOf<Found>(
  keys: readonly string[],
  fields: ReadonlyMap<string, unknown>,
  read: (value: unknown) => Found | undefined,
): Found | undefined {
  for (const key of keys) {
    const found = fields.has(key) ? read(fields.get(key)) : undefined;
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}
