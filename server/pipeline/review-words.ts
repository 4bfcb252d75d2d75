import type { ReviewIssue } from '@stagewire/shared';

export type Severity = ReviewIssue['severity'];
export type WrittenVerdict = 'approved' | 'changes_requested';

/** Gravest first. */
const severities = ['blocker', 'major', 'minor', 'nit'] as const satisfies readonly Severity[];

/** Folded words of each severity. P0 to P3 and S1 to S4 as trackers use them; sev0 is no graver than sev1. */
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

/** Both verdicts in one value: the list of what may be written, copied from a prompt. */
const eitherVerdict = /\bapprov\w*\b.{0,5}(?:\||\bor\b).{0,5}\b(?:chang|reject|request)/;

/** The severity that a word or a few words stand for, the gravest of several; `undefined` if none is known. */
export function foldSeverity(words: unknown): Severity | undefined {
  if (typeof words !== 'string') return undefined;
  const folded = folding(words.slice(0, maxWordsChars)).replace(/\bnon blocking\b/g, 'nonblocking');
  const joined = severityOf.get(folded.replaceAll(' ', ''));
  return joined ?? gravest(folded.split(' ').map((word) => severityOf.get(word)));
}

/**
 * The verdict that a word or a few words stand for; `undefined` if that is not beyond doubt. An approval has to be
 * one of a few fixed phrases; any word of refusal makes it a refusal.
 */
export function foldVerdict(words: unknown): WrittenVerdict | undefined {
  if (words === false) return 'changes_requested';
  if (typeof words !== 'string' || words.length > maxWordsChars) return undefined;
  const folded = folding(words);
  if (approvals.has(folded)) return 'approved';
  if (eitherVerdict.test(words.toLowerCase())) return undefined;
  return refusals.test(folded) ? 'changes_requested' : undefined;
}

export function gravest(found: readonly (Severity | undefined)[]): Severity | undefined {
  return severities.find((severity) => found.includes(severity));
}

export function isSevere(severity: Severity | undefined): boolean {
  return severity === 'blocker' || severity === 'major';
}

/**
 * Whether something that looks like the field `severity` with a blocker's or a major issue's value stands anywhere
 * in the text, in whatever spelling, quotes or escapes. It is a guard, so it finds too much rather than too little.
 */
export function mentionsSevere(text: string): boolean {
  return severeField.test(text);
}

/** More than a value of one word needs, so that a long text in its place costs nothing. */
const maxWordsChars = 80;

const severeField = new RegExp(
  `severity[^\\p{L}\\p{N}]{0,16}(?:very )?(?:${`${severityWords.blocker} ${severityWords.major}`.replaceAll(' ', '|')})(?![\\p{L}\\p{N}])`,
  'iu',
);

function folding(words: string): string {
  return words
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
