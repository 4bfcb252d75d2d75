import type { ReviewIssue } from '@stagewire/shared';
import { programBefore } from './rehearsal-brief.ts';
import type { Brief } from './rehearsal-brief.ts';
import { codeWriterFor, placeOf } from './rehearsal-code.ts';
import { fill, fillingSentence } from './rehearsal-fit.ts';
import type { RehearsalShape } from './rehearsal-shape.ts';
import { inQuotes, quoted } from './rehearsal-subject.ts';

/**
 * The reviewer's JSON, issues before the verdict. If a length is requested it has exactly that many chars, or its
 * minimal form if that is longer.
 */
export function writeReview(brief: Brief, shape: RehearsalShape): string {
  const approved = approves(shape.verdict, brief.rehearsal.visit);
  const verdict = approved ? 'approved' : 'changes_requested';
  const issues = [...answerTo(brief), ...(approved ? nits(brief) : findings(brief))];
  const written = () => JSON.stringify({ issues, verdict }, null, 2);
  if (shape.chars === undefined) return written();

  while (issues.length > (approved ? 0 : 1) && written().length > shape.chars) issues.pop();
  let length = written().length;
  for (let number = 1; ; number += 1) {
    const issue = remark(brief, number);
    // Each of its lines is indented by four spaces, and a comma and a line break precede it.
    const added = JSON.stringify([issue], null, 2).length + 2 * (Object.keys(issue).length + 2);
    if (length + added > shape.chars) break;
    issues.push(issue);
    length += added;
  }
  return padded(issues, verdict, { shape, brief });
}

/** The answer of a model that does not keep to the format: it cannot be parsed as a review. */
export function writeUnparsableReview({ subject }: Brief): string {
  return `I have read the files for "${subject.title}". They look good overall, except for one issue: {"issues": [{"severity": "major", "message": "the ${subject.parts[0]} is`;
}

function approves(verdict: RehearsalShape['verdict'], visit: number): boolean {
  switch (verdict) {
    case 'approved':
      return true;
    case 'changes':
      return false;
    case 'alternate':
      return visit % 2 === 0;
    case undefined:
      return visit > 1;
    default:
      return verdict satisfies never;
  }
}

function answerTo({ instructions }: Brief): ReviewIssue[] {
  const latest = instructions.at(-1);
  if (latest === undefined) return [];
  return [
    {
      severity: 'nit',
      message: `As instructed: ${inQuotes(quoted(latest, 160))} The review takes this into account.`,
    },
  ];
}

function nits({ subject, random, design }: Brief): ReviewIssue[] {
  if (random() < 0.5) return [];
  return [
    {
      severity: 'nit',
      message: `The name of the ${subject.parts[0]} rule should describe what is allowed, not what is forbidden.`,
      file: codeWriterFor(design).paths(design)[design.isOneFile ? 'store' : 'rules'],
    },
  ];
}

function findings(brief: Brief): ReviewIssue[] {
  const { subject, random, fixes } = brief;
  const files = programBefore(brief).filter(({ path }) => !/(?:^|\/)test_|\.test\./.test(path));
  const isNit = random() >= 0.5;
  if (fixes.core) {
    return [
      {
        severity: 'major',
        message: `Entries are kept in memory only: every ${subject.parts[0]} is lost on a restart.`,
        ...placeOf(files, ['new Map', 'dict[']),
        suggestion: 'Write each entry to a file before it is confirmed, and read the file on startup.',
      },
    ];
  }
  const printing = files.some(({ text }) => /print\(|console\.log/.test(text));
  return [
    {
      severity: 'major',
      message: `When the limit is exceeded, the oldest ${subject.parts[0]} is removed silently, although its caller still holds the id.`,
      ...placeOf(files, ['while ']),
      suggestion: 'Reject the new entry, and name the limit in the error.',
    },
    {
      severity: 'minor',
      message: 'The error for a rejected entry does not say which rule it breaks.',
      ...placeOf(files, ['def broken_rule', 'export function brokenRule', 'breaks a rule']),
      suggestion: 'Return the names of all broken rules and include them in the message.',
    },
    ...(isNit && printing
      ? [
          {
            severity: 'nit' as const,
            message: `The program prints ${subject.parts[1]} as a raw list, and nothing readable when the list is empty.`,
            ...placeOf(files, ['print(', 'console.log']),
            suggestion: 'Print one entry per line, or a message when there is none.',
          },
        ]
      : []),
  ];
}

function remark({ subject, random }: Brief, number: number): ReviewIssue {
  return {
    severity: 'nit',
    message: `Remark ${number}: ${fillingSentence(subject, random).trim()}`,
    suggestion: fillingSentence(subject, random).trim(),
  };
}

function padded(
  issues: ReviewIssue[],
  verdict: string,
  { shape, brief }: { readonly shape: RehearsalShape; readonly brief: Brief },
): string {
  const text = JSON.stringify({ issues, verdict }, null, 2);
  const last = issues.at(-1);
  const missing = (shape.chars ?? 0) - text.length;
  if (missing <= 0) return text;
  // White space between JSON tokens is ignored: an approval without issues can only be padded there.
  if (last === undefined || missing < 2) return text + ' '.repeat(missing);
  const longer = { ...last, message: `${last.message} ${fill(missing - 1, brief.subject, brief.random)}` };
  return JSON.stringify({ issues: [...issues.slice(0, -1), longer], verdict }, null, 2);
}
