import type { FailureReason, ReviewIssue, Verdict } from '@stagewire/shared';
import { findCandidates } from './review-candidates.ts';
import type { Candidate, Candidates } from './review-candidates.ts';
import { hasHiddenSevere, readDocument } from './review-document.ts';
import type { ReviewReading } from './review-document.ts';
import { createReviewStream } from './review-stream.ts';
import { isSevere, mentionsSevere } from './review-synonyms.ts';

/** The result of parsing a reviewer's text. */
export interface ParsedReview {
  /** The verdict to record if no repair follows. */
  readonly verdict: Verdict;
  /** Every issue that could be read. */
  readonly issues: readonly ReviewIssue[];
  /** Why the reviewer is called again; absent if the review can be used. */
  readonly problem?: {
    readonly reason: Extract<FailureReason, 'review_unreadable' | 'review_without_issues'>;
    readonly message: string;
  };
  /** What was accepted despite its form, or ignored: at most ten sentences. */
  readonly notes: readonly string[];
}

/** Maximum number of defects, or notes, of one review: enough to repair it, few enough to read. */
const maxDefects = 10;
const maxDefectChars = 200;

/**
 * Parses the reviewer's text, with or without a fence, thinking in tags or prose around its JSON. It is lenient,
 * but never towards approval: an approval is accepted only from a single object that is valid JSON and has a list
 * of issues, all of them minor or nits, and only if no higher severity occurs anywhere in the text. The stricter of
 * the written verdict and the one that the issues require counts.
 */
export function parseReview(text: string): ParsedReview {
  const streamedIssues: ReviewIssue[] = [];
  const stream = createReviewStream((issue) => streamedIssues.push(issue));
  stream.write(text);
  const read = stream.end();
  if ('document' in read) {
    const reading = readDocument(read.document);
    if (reading !== undefined && (reading.hasList || reading.issues.length > 0))
      return assessSingleObject(reading, obstacleOf(read, reading, text));
  }
  return assessRepaired(findCandidates(text), streamedIssues, 'problem' in read ? read.problem : noObject);
}

const noObject = 'there is no JSON object with the keys "issues" and "verdict"';

/** Why the text's only object cannot approve anything, whatever its verdict; `undefined` if it can. */
function obstacleOf(
  {
    from,
    to,
    document,
    hasRepeatedKey,
  }: { from: number; to: number; document: unknown; hasRepeatedKey: boolean },
  reading: ReviewReading,
  text: string,
): string | undefined {
  const defect = syntaxErrorOf(text.slice(from, to));
  if (defect !== undefined) return `the JSON object is not valid JSON: ${defect}`;
  const isWrapped = /[[{]\s*$/.test(text.slice(Math.max(0, from - 100), from));
  if (isWrapped || !reading.isPlain || !reading.hasList)
    return 'the object must have the two keys "issues" (a list) and "verdict" (a text), with nothing around it';
  if (hasRepeatedKey) return 'a key of the object occurs twice';
  if (mentionsSevere(text) || hasHiddenSevere(document))
    return 'a severity of "blocker" or "major" occurs outside the list of issues';
  return undefined;
}

/** A review whose text contains exactly one object. */
function assessSingleObject(reading: ReviewReading, obstacle: string | undefined): ParsedReview {
  const { issues, leftOut, remarks } = reading;
  const notes = sentences([
    ...(reading.verdict === 'approved' && hasSevereIssue(reading)
      ? ['An approval with a blocker or a major issue counts as changes_requested']
      : []),
    ...remarks,
    ...leftOut.map((it) => `${it} and was ignored`),
  ]);
  if (reading.verdict === 'changes_requested' || hasSevereIssue(reading)) return requested(reading, notes);
  const defects = [
    ...leftOut,
    ...(reading.verdict === undefined ? [verdictDefect(reading)] : []),
    ...(obstacle === undefined ? [] : [obstacle]),
  ];
  if (defects.length > 0) return unreadable(defects, issues, notes);
  return { verdict: 'approved', issues, notes };
}

/** A review that had to be repaired to be read; it cannot approve. */
function assessRepaired(
  { candidates, loose, notes: found }: Candidates,
  streamedIssues: readonly ReviewIssue[],
  defect: string,
): ParsedReview {
  const [only, ...others] = withoutExamples(candidates);
  // If the review is unreadable, an apparent example may be real; only placeholders are certainly none.
  const real = candidates.filter(({ isPlaceholder }) => !isPlaceholder);
  const issues = distinct([...streamedIssues, ...real.flatMap(({ reading }) => reading.issues), ...loose]);
  if (only === undefined) return unreadable([defect], issues, sentences(found));

  const all = [only, ...others];
  const flaws = [...new Set(all.flatMap((it) => it.flaws))];
  const choice = [
    ...(all.length < candidates.length ? ['An example of the format was ignored'] : []),
    ...(others.length === 0 ? [] : ['The issues of several objects were merged']),
    ...found,
  ];
  // Its problem describes why the review is unusable, so the notes describe only where the issues come from.
  const fewNotes = sentences(choice);
  const notes = sentences([
    flaws.length === 0
      ? `The review was read although ${defect}`
      : `The JSON was read despite ${flaws.join(', ')}`,
    ...choice,
    ...all.flatMap(({ reading }) => [
      ...reading.remarks,
      ...reading.leftOut.map((it) => `${it} and was ignored`),
    ]),
  ]);
  const verdicts = new Set(all.map(({ reading }) => reading.verdict));
  const reading = {
    ...only.reading,
    issues: distinct([...all.flatMap((it) => it.reading.issues), ...loose]),
  };

  if (all.some(isCutOff)) return unreadable([cutOff], issues, fewNotes);
  if (others.length > 0 && verdicts.size > 1)
    return unreadable(['there is more than one object'], issues, fewNotes);
  if (verdicts.has('changes_requested')) return requested(reading, notes);
  if (!verdicts.has('approved') && hasSevereIssue(reading) && only.ending === 'closed')
    return requested(reading, notes);
  return unreadable(
    [
      ...(only.reading.verdict === undefined ? [verdictDefect(only.reading)] : []),
      flaws.length === 0 ? defect : `${defect}: it has ${flaws.join(', ')}`,
      ...all.flatMap((it) => it.reading.leftOut),
    ],
    issues,
    fewNotes,
  );
}

/** An unclosed list may be complete or not; without a verdict after it, the text was cut off. */
function isCutOff({ ending, reading }: Candidate): boolean {
  return ending === 'cut' || (ending === 'open' && reading.verdict === undefined);
}

const cutOff = 'the JSON object is incomplete';

/** Examples are ignored only if there is another candidate. */
function withoutExamples(candidates: readonly Candidate[]): readonly Candidate[] {
  const real = candidates.filter(({ isExample }) => !isExample);
  return real.length === 0 ? candidates : real;
}

function requested(reading: ReviewReading, notes: readonly string[]): ParsedReview {
  const { issues, leftOut } = reading;
  if (issues.length > 0) return { verdict: 'changes_requested', issues, notes };
  const defects = [
    'the verdict is "changes_requested", but there is no issue that could be fixed',
    ...leftOut,
  ];
  return { ...unreadable(defects, [], notes), problem: problemOf('review_without_issues', defects) };
}

function unreadable(
  defects: readonly string[],
  issues: readonly ReviewIssue[],
  notes: readonly string[],
): ParsedReview & { readonly verdict: 'unknown' } {
  return { verdict: 'unknown', issues, problem: problemOf('review_unreadable', defects), notes };
}

function problemOf(
  reason: NonNullable<ParsedReview['problem']>['reason'],
  defects: readonly string[],
): NonNullable<ParsedReview['problem']> {
  const named = [...new Set(defects)].slice(0, maxDefects).map((it) => it.slice(0, maxDefectChars));
  return { reason, message: named.join('; ').toWellFormed() };
}

function verdictDefect({ verdictText }: ReviewReading): string {
  return verdictText === undefined
    ? 'the key "verdict" is missing'
    : `the verdict is ${verdictText}, but must be "approved" or "changes_requested"`;
}

function hasSevereIssue({ issues }: ReviewReading): boolean {
  return issues.some(({ severity }) => isSevere(severity));
}

function sentences(parts: readonly string[]): readonly string[] {
  const bounded = [...new Set(parts)]
    .slice(0, maxDefects)
    .map((it) => it.slice(0, maxDefectChars).toWellFormed());
  return bounded.map((it) => `${it.charAt(0).toUpperCase()}${it.slice(1)}${it.endsWith('.') ? '' : '.'}`);
}

function distinct(issues: readonly ReviewIssue[]): readonly ReviewIssue[] {
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}

/** Approval depends on `JSON.parse` itself, not on the incremental parser. */
function syntaxErrorOf(json: string): string | undefined {
  try {
    JSON.parse(json);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
