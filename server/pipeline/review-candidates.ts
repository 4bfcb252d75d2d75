import type { ReviewIssue } from '@stagewire/shared';
import { readDocument } from './review-document.ts';
import type { ReviewReading } from './review-document.ts';
import { looksLikeIssue, readIssue } from './review-issue.ts';
import { readNearJson } from './review-near-json.ts';
import type { NearJson } from './review-near-json.ts';

/** A review found in a text that is not a single valid object. */
export interface Candidate {
  readonly reading: ReviewReading;
  readonly ending: NearJson['ending'];
  readonly flaws: readonly string[];
  /** It only shows the format: its values are placeholders. */
  readonly isPlaceholder: boolean;
  /** Like `isPlaceholder`, or the text before it introduces it as an example. */
  readonly isExample: boolean;
}

export interface Candidates {
  /** In the order of the text, without duplicates. */
  readonly candidates: readonly Candidate[];
  /** Issues outside any review. */
  readonly loose: readonly ReviewIssue[];
  /** What was skipped or merged, as sentences. */
  readonly notes: readonly string[];
}

/** Longer texts are not repaired. Many times the longest review, and still read within a second at worst. */
const maxRepairableChars = 262_144;
/** How often the text may be read again from a later bracket, in multiples of its length. */
const maxPasses = 8;
const closingTags = ['</think>', '</thinking>'];
const leadingThought = /^\s*<(think(?:ing)?)>/;
const start = /\{(?=\s*(?:["'“`\\}{]|[\p{L}_$][\p{L}\p{N}_$-]{0,60}\s*[:=]|\/\/|\/\*|#))|\[(?=\s*\{)/gu;
const announcesFormat =
  /\b(?:format|schema|example|template|shape|structure|form|like this|for instance|e\.g\.)[^\n{}]{0,60}\n{0,2}(?:```\w*\n)?\s*$/i;
/**
 * Only punctuation, or one word of a template. What follows the first `\W*` must contain a letter, so that it can
 * start at one place only: two adjacent runs of `\W` would take quadratic time.
 */
const placeholder = /^\W*(?:(?:<[^<>\w]{0,80}\w[^<>]{0,80}>|string|text|message|description)\W*)?$/i;

/** Finds every review in the text that can be read despite its form, after removing thoughts at its start. */
export function findCandidates(text: string): Candidates {
  const visible = withoutLeadingThoughts(text);
  if (visible.length > maxRepairableChars)
    return { candidates: [], loose: [], notes: ['The text is too long to be repaired.'] };
  const whole = candidatesIn(visible);
  const behind = Math.max(...closingTags.map((tag) => endOfLast(visible, tag)));
  if (behind === -1 || whole.candidates.length < 2) return whole;
  // Without an opening tag, the text before the closing one was a draft, unless nothing follows it.
  const final = candidatesIn(visible.slice(behind));
  return final.candidates.length === 0
    ? whole
    : { ...final, notes: [...final.notes, 'The text before the closing thinking tag was ignored.'] };
}

/** The end of the last `tag` in `text`, -1 if there is none. Linear: the text may contain nothing but tags. */
function endOfLast(text: string, tag: string): number {
  const at = text.lastIndexOf(tag);
  return at === -1 ? -1 : at + tag.length;
}

function withoutLeadingThoughts(text: string): string {
  let at = 0;
  for (;;) {
    const tag = leadingThought.exec(text.slice(at, at + 2000))?.[1];
    if (tag === undefined) return text.slice(at);
    const closing = `</${tag}>`;
    const end = text.indexOf(closing, at);
    if (end === -1) return '';
    at = end + closing.length;
  }
}

function candidatesIn(text: string): Candidates {
  const found: Candidate[] = [];
  const loose: ReviewIssue[] = [];
  const notes: string[] = [];
  const known = new Set<string>();
  let spent = 0;
  for (let at = 0; ;) {
    if (spent > maxPasses * text.length) {
      notes.push('The rest of the text was not read: it has too many unclosed brackets.');
      break;
    }
    start.lastIndex = at;
    const from = start.exec(text)?.index;
    if (from === undefined) break;
    const near = readNearJson(text, from);
    at = from + 1;
    if (near === undefined) continue;
    spent += near.to - from;
    const { value, to, ending, flaws } = near;
    const reading = readDocument(value);
    if (reading === undefined && looksLikeIssue(value)) {
      const issue = readIssue(value);
      if ('issue' in issue && !placeholder.test(issue.issue.message)) loose.push(issue.issue);
      at = to;
      continue;
    }
    // A value that ran past its own bracket has consumed the text after it.
    if (reading === undefined) {
      if (ending === 'closed') at = to;
      continue;
    }
    at = to;
    const key = JSON.stringify(reading);
    if (known.has(key)) notes.push('The same review occurs more than once in the text.');
    else {
      const isPlaceholder = hasPlaceholders(reading);
      const isExample = isPlaceholder || announcesFormat.test(text.slice(Math.max(0, from - 120), from));
      found.push({ reading, ending, flaws, isPlaceholder, isExample });
    }
    known.add(key);
  }
  return { ...merged(found, loose), notes: [...new Set(notes)] };
}

/** A verdict without a list and separate issues are one review in pieces. */
function merged(
  found: readonly Candidate[],
  loose: readonly ReviewIssue[],
): Pick<Candidates, 'candidates' | 'loose'> {
  const [only] = found;
  if (only === undefined || found.length > 1 || only.reading.hasList || loose.length === 0)
    return { candidates: found, loose };
  const reading = { ...only.reading, issues: [...only.reading.issues, ...loose], isPlain: false };
  return { candidates: [{ ...only, reading }], loose: [] };
}

function hasPlaceholders({ issues, verdict, verdictText }: ReviewReading): boolean {
  if (issues.length > 0) return issues.every(({ message }) => placeholder.test(message));
  return verdict === undefined && verdictText !== undefined && /[…|<]|\.\.\./.test(verdictText);
}
