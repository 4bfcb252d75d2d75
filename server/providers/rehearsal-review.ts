import type { ReviewIssue } from '@stagewire/shared';
import { programBefore } from './rehearsal-brief.ts';
import type { Brief } from './rehearsal-brief.ts';
import { codeWriterFor, placeOf } from './rehearsal-code.ts';
import { fill, fillingSentence } from './rehearsal-fit.ts';
import type { RehearsalShape } from './rehearsal-shape.ts';
import { inQuotes, quoted } from './rehearsal-subject.ts';

/**
 * The reviewer's JSON, issues before the verdict. With a length asked for it has exactly that many characters,
 * or its smallest form if that is longer.
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
    // Four spaces before each of its lines, a comma and a line break before it.
    const added = JSON.stringify([issue], null, 2).length + 2 * (Object.keys(issue).length + 2);
    if (length + added > shape.chars) break;
    issues.push(issue);
    length += added;
  }
  return padded(issues, verdict, { shape, brief });
}

/** What a model says when it does not keep to the form: no reader takes it for a review. */
export function writeUnparsableReview({ subject }: Brief): string {
  return `I have read the files for "${subject.title}" and on the whole they look fine, apart from one thing: {"issues": [{"severity": "major", "message": "the ${subject.parts[0]} is`;
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
      message: `As asked: ${inQuotes(quoted(latest, 160))} The files were read with that in mind.`,
    },
  ];
}

function nits({ subject, random, design }: Brief): ReviewIssue[] {
  if (random() < 0.5) return [];
  return [
    {
      severity: 'nit',
      message: `The name of the ${subject.parts[0]} rule could say what is allowed instead of what is not.`,
      file: codeWriterFor(design).paths(design)[design.isOneFile ? 'store' : 'rules'],
    },
  ];
}

function findings(brief: Brief): ReviewIssue[] {
  const { subject, random, mended } = brief;
  const files = programBefore(brief).filter(({ path }) => !/(?:^|\/)test_|\.test\./.test(path));
  const isNit = random() >= 0.5;
  if (mended.core) {
    return [
      {
        severity: 'major',
        message: `Nothing is kept on disk: after a restart every ${subject.parts[0]} is gone.`,
        ...placeOf(files, ['new Map', 'dict[']),
        suggestion: 'Write each entry to a file before it is confirmed, and read the file at the start.',
      },
    ];
  }
  const printing = files.some(({ text }) => /print\(|console\.log/.test(text));
  return [
    {
      severity: 'major',
      message: `With more entries than the limit the oldest ${subject.parts[0]} vanishes without a word; whoever added it still holds its id.`,
      ...placeOf(files, ['while ']),
      suggestion: 'Refuse the new entry, and say how many there is room for.',
    },
    {
      severity: 'minor',
      message: 'A refused entry is told that it breaks a rule, but not which one.',
      ...placeOf(files, ['def broken_rule', 'export function brokenRule', 'breaks a rule']),
      suggestion: 'Return the names of all broken rules and put them into the message.',
    },
    ...(isNit && printing
      ? [
          {
            severity: 'nit' as const,
            message: `The program prints ${subject.parts[1]} as a raw list, and nothing readable when there is none.`,
            ...placeOf(files, ['print(', 'console.log']),
            suggestion: 'Print one entry per line, or a sentence.',
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
  // Space between the tokens of JSON means nothing: an approval without issues has no other place for it.
  if (last === undefined || missing < 2) return text + ' '.repeat(missing);
  const longer = { ...last, message: `${last.message} ${fill(missing - 1, brief.subject, brief.random)}` };
  return JSON.stringify({ issues: [...issues.slice(0, -1), longer], verdict }, null, 2);
}
