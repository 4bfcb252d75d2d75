import type { ReviewIssue } from '@stagewire/shared';
import { normalizedFields, looksLikeIssue, readIssue } from './review-issue.ts';
import { parseSeverity, parseVerdict, isSevere } from './review-synonyms.ts';
import type { Severity, WrittenVerdict } from './review-synonyms.ts';

/** The review that was read from one JSON document. */
export interface ReviewReading {
  /** `undefined`: missing or unknown. */
  readonly verdict: WrittenVerdict | undefined;
  /** The verdict as it was written, truncated; absent if there is none. */
  readonly verdictText?: string;
  readonly hasList: boolean;
  readonly issues: readonly ReviewIssue[];
  /** What is wrong with elements of the list, such as `issue 3 has no "message"`. */
  readonly leftOut: readonly string[];
  /** What was accepted despite its form. */
  readonly remarks: readonly string[];
  /** The document is a plain review: its two keys, at the top level, and nothing else decided. */
  readonly isPlain: boolean;
}

const listNames = ['issues', 'findings', 'problems', 'defects', 'bugs', 'comments', 'violations', 'errors'];
const verdictNames = [
  'verdict',
  'decision',
  'approved',
  'approval',
  'result',
  'status',
  'outcome',
  'conclusion',
];
const severityNames: ReadonlySet<string> = new Set(['severity', 'level', 'priority', 'sev']);
/** Maximum depth of wrappers such as `{"review": {…}}` around a review. */
const maxWrappers = 4;

/** Further issues are ignored, which rules out approval. */
const maxIssues = 1000;

/** Reads a parsed document, whatever wraps the review in it. `undefined`: it contains neither issues nor a verdict. */
export function readDocument(document: unknown): ReviewReading | undefined {
  return readAt(document, 0);
}

/**
 * Whether a field such as `severity` has the value blocker or major anywhere in the document, inside or outside its
 * list.
 */
export function hasHiddenSevere(document: unknown): boolean {
  const left: unknown[] = [document];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, field] of Object.entries(value)) {
      const isSeverity = severityNames.has(key.toLowerCase().replace(/[^a-z]/g, ''));
      if (isSeverity && isSevere(parseSeverity(field))) return true;
      if (typeof field === 'object') left.push(field);
    }
  }
  return false;
}

function readAt(document: unknown, depth: number): ReviewReading | undefined {
  if (depth > maxWrappers) return undefined;
  if (typeof document === 'string') return readAt(parsed(document), depth + 1);
  if (typeof document !== 'object' || document === null) return undefined;
  if (Array.isArray(document)) return readList(document, depth);

  const fields = normalizedFields(document);
  const listName = listNames.find((name) => isListLike(fields.get(name), name));
  const groups = listName === undefined ? groupsOf(fields) : undefined;
  const verdictName = verdictNames.find((name) => parseVerdict(fields.get(name)) !== undefined);
  const hasVerdict = verdictName !== undefined || fields.has('verdict');
  const hasIssues = listName !== undefined || groups !== undefined;
  const inner = hasIssues ? undefined : innerReading(document, depth);
  if (!hasIssues && !hasVerdict) return inner;
  if (!hasVerdict && looksLikeIssue(document)) return undefined;

  const rejects = verdictNames.some((name) => parseVerdict(fields.get(name)) === 'changes_requested');
  const written = rejects ? 'changes_requested' : parseVerdict(fields.get(verdictName ?? 'verdict'));
  const text = fields.get(verdictName ?? 'verdict');
  const list = listName === undefined ? groups : fields.get(listName);
  const read = hasIssues ? readIssues(list) : inner;
  const own = document as { readonly issues?: unknown; readonly verdict?: unknown };
  return {
    verdict: written ?? (hasIssues ? undefined : inner?.verdict),
    ...(text === undefined ? {} : { verdictText: JSON.stringify(text).slice(0, 60) }),
    hasList: Array.isArray(list),
    issues: read?.issues ?? [],
    leftOut: read?.leftOut ?? [],
    remarks: read?.remarks ?? [],
    isPlain:
      depth === 0 &&
      Array.isArray(own.issues) &&
      typeof own.verdict === 'string' &&
      verdictName === 'verdict',
  };
}

/** A list of one document, or of issues without a wrapper. */
function readList(document: readonly unknown[], depth: number): ReviewReading | undefined {
  if (document.some(looksLikeIssue))
    return { verdict: undefined, hasList: true, isPlain: false, ...readIssues(document) };
  const readings = document.slice(0, 3).flatMap((element) => readAt(element, depth + 1) ?? []);
  const [only] = readings;
  return document.length <= 2 && only !== undefined ? combined(readings) : undefined;
}

function innerReading(document: object, depth: number): ReviewReading | undefined {
  const values = Object.values(document).slice(0, 20);
  const readings = values.flatMap((value) =>
    typeof value === 'object' || (typeof value === 'string' && /^\s*[{[]/.test(value))
      ? (readAt(value, depth + 1) ?? [])
      : [],
  );
  return readings.length === 0 ? undefined : combined(readings);
}

function combined(readings: readonly ReviewReading[]): ReviewReading {
  const verdicts = readings.map(({ verdict }) => verdict);
  return {
    verdict: verdicts.includes('changes_requested')
      ? 'changes_requested'
      : verdicts.find((it) => it !== undefined),
    hasList: readings.some(({ hasList }) => hasList),
    issues: readings.flatMap(({ issues }) => issues),
    leftOut: readings.flatMap(({ leftOut }) => leftOut),
    remarks: readings.flatMap(({ remarks }) => remarks),
    isPlain: false,
  };
}

function readIssues(list: unknown): Pick<ReviewReading, 'issues' | 'leftOut' | 'remarks'> {
  const issues: ReviewIssue[] = [];
  const leftOut: string[] = [];
  const remarks: string[] = [];
  const elements = elementsOf(list);
  if (elements.length > maxIssues)
    leftOut.push(`issue ${maxIssues + 1} exceeds the limit of ${maxIssues} issues`);
  elements.slice(0, maxIssues).forEach(({ element, severity }, index) => {
    const read = readIssue(element, severity);
    if ('leftOut' in read) leftOut.push(`issue ${index + 1} ${read.leftOut}`);
    else issues.push(read.issue);
    if ('remark' in read && read.remark !== undefined) remarks.push(`issue ${index + 1} ${read.remark}`);
  });
  if (!Array.isArray(list)) remarks.push('the issues are not a list');
  return { issues, leftOut, remarks };
}

interface Element {
  readonly element: unknown;
  readonly severity?: Severity;
}

/** The elements of a list, of a single issue in place of a list, or of lists by severity. */
function elementsOf(list: unknown): readonly Element[] {
  if (list === null || list === undefined) return [];
  if (Array.isArray(list)) return list.map((element: unknown) => ({ element }));
  if (typeof list === 'string')
    return list.trim() === '' || /^\W*(?:none|no issues)\W*$/i.test(list) ? [] : [{ element: list }];
  if (typeof list !== 'object') return [{ element: list }];
  if (looksLikeIssue(list)) return [{ element: list }];
  return Object.entries(list).flatMap(([key, value]): readonly Element[] => {
    const severity = parseSeverity(key);
    const elements: readonly unknown[] = Array.isArray(value) ? value : [value];
    return elements.map((element) => ({ element, ...(severity === undefined ? {} : { severity }) }));
  });
}

function isListLike(value: unknown, name: string): boolean {
  if (value === undefined) return false;
  if (name === 'issues' || Array.isArray(value)) return true;
  return typeof value === 'object' && value !== null && looksLikeIssue(value);
}

/** `{"blockers": […], "majors": […]}`: lists by severity without an outer list. */
function groupsOf(fields: ReadonlyMap<string, unknown>): object | undefined {
  const groups = [...fields].filter(
    ([key, value]) => Array.isArray(value) && parseSeverity(key) !== undefined,
  );
  return groups.length === 0 ? undefined : Object.fromEntries(groups);
}

function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A string that is not JSON is not a review: it is ignored.
    return undefined;
  }
}
