import type { ReviewIssue } from '@stagewire/shared';

export type Severity = ReviewIssue['severity'];
export type WrittenVerdict = 'approved' | 'changes_requested';

/** Most severe first. */
const severities = ['blocker', 'major', 'minor', 'nit'] as const satisfies readonly Severity[];

/**
 * Synonyms of each severity, normalized. P0 to P3 and S1 to S4 as in issue trackers; sev0 is no more severe than
 * sev1.
 */
const severityWords: Readonly<Record<Severity, string>> = {
  blocker:
    'blocker blockers blocking block critical crit fatal severe catastrophic emergency showstopper highest urgent alert p0 s0 s1 sev0 sev1',
  major:
    'major majors high error errors err important serious significant bug defect required must p1 s2 sev2',
  minor: 'minor minors medium med moderate warning warnings warn normal average mid nonblocking p2 s3 sev3',
  nit: 'nit nits nitpick nitpicks low lowest info information informational informative trivial style stylistic suggestion suggestions cosmetic note notice hint optional polish tip typo negligible p3 p4 p5 s4 s5 sev4 sev5',
};

const severityOf: ReadonlyMap<string, Severity> = new Map(
  severities.flatMap((severity) => severityWords[severity].split(' ').map((word) => [word, severity])),
);

const approvals: ReadonlySet<string> = new Set(
  (
    'approve|approved|approves|approval|pass|passed|passes|passing|ok|okay|lgtm|accept|accepted|accepts|acceptable|' +
    'looks good|looks good to me|ship it|good to go|ready to merge'
  ).split('|'),
);

const refusals =
  /\b(?:chang\w*|reject\w*|fail\w*|block\w*|den(?:y|ied)|declin\w*|needs?|revis\w*|rework\w*|redo|fix\w*|improv\w*|refus\w*|disapprov\w*|unapproved|unacceptable|insufficient|not|no|nack|must)\b/;

/** Both verdicts in one value: the list of allowed values, copied from the prompt. */
const eitherVerdict = /\bapprov\w*\b.{0,5}(?:\||\bor\b).{0,5}\b(?:chang|reject|request)/;

/** The severity that a few words mean, the most severe of several; `undefined` if none is known. */
export function parseSeverity(words: unknown): Severity | undefined {
  if (typeof words !== 'string') return undefined;
  const plain = normalized(words.slice(0, maxWordsChars)).replace(/\bnon blocking\b/g, 'nonblocking');
  const joined = severityOf.get(plain.replaceAll(' ', ''));
  return joined ?? mostSevere(plain.split(' ').map((word) => severityOf.get(word)));
}

/**
 * The verdict that a few words mean; `undefined` if it is ambiguous. An approval must be one of a few fixed
 * phrases; any word of rejection makes it a rejection.
 */
export function parseVerdict(words: unknown): WrittenVerdict | undefined {
  if (words === false) return 'changes_requested';
  if (typeof words !== 'string' || words.length > maxWordsChars) return undefined;
  const plain = normalized(words);
  if (approvals.has(plain)) return 'approved';
  if (eitherVerdict.test(words.toLowerCase())) return undefined;
  return refusals.test(plain) ? 'changes_requested' : undefined;
}

export function mostSevere(found: readonly (Severity | undefined)[]): Severity | undefined {
  return severities.find((severity) => found.includes(severity));
}

export function isSevere(severity: Severity | undefined): boolean {
  return severity === 'blocker' || severity === 'major';
}

/**
 * Whether something like the field `severity` with a value of a blocker or a major issue occurs anywhere in the
 * text, in any spelling, quotes or escapes. It is a safety check: false positives are acceptable, false negatives
 * are not.
 */
export function mentionsSevere(text: string): boolean {
  return severeField.test(text);
}

/** Longer than any value, so that a long text in its place costs nothing. */
const maxWordsChars = 80;

const severeField = new RegExp(
  `severity[^\\p{L}\\p{N}]{0,16}(?:very )?(?:${`${severityWords.blocker} ${severityWords.major}`.replaceAll(' ', '|')})(?![\\p{L}\\p{N}])`,
  'iu',
);

function normalized(words: string): string {
  return words
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
