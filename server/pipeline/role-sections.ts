import type { ReviewIssue, SkipReason } from '@stagewire/shared';
import { fenced } from '@stagewire/shared/text/fences';
import { languageOf } from '@stagewire/shared/text/language-of';
import { plannedFiles } from './planned-files.ts';
import { answerWithReadme } from './prompts/documenter.ts';
import type { LeftOut, PromptInput, PromptReview } from './prompt-input.ts';
import { isBlank, joinSections, ownText } from './prompt-text.ts';
import { findReadme } from '@stagewire/shared/text/readme';
import { isSkimmed, pathList } from './shared-sections.ts';

/** The sections that differ by role or by stage. Each is blank if it does not apply. */

/** Maximum lines about skipped blocks in one prompt; the rest is counted. */
const maxSkipLines = 20;

export function skippedSection({ skipped }: PromptInput): string {
  if (skipped.length === 0) return '';
  const lines = skipped.map(({ role, reason, path }) => {
    const what = path === undefined ? 'a block' : path;
    return `${what} (${role}): ${skipExplanation(reason)}`;
  });
  const counted = [...Map.groupBy(lines, (line) => line)].map(([line, { length }]) =>
    length === 1 ? line : `${line}, ${length} times`,
  );
  const more = counted.length - maxSkipLines;
  const shown = more > 0 ? [...counted.slice(0, maxSkipLines), `and ${more} more`] : counted;
  return `# Code blocks that became no file\n\n${fenced(shown.join('\n'))}`;
}

/** Files of which the role needs only the paths. */
export function skimmedSection(input: PromptInput): string {
  const skimmed = input.files.filter((file) => isSkimmed(input, file));
  return skimmed.length === 0 ? '' : `# More files, without their text\n\n${pathList(skimmed)}`;
}

export function unfinishedSection({ unfinished }: PromptInput): string {
  if (unfinished.length === 0) return '';
  return joinSections([
    '# Unfinished file',
    'The text ended inside this block. It is no file of the result until it is written whole.',
    ...unfinished.map(({ role, path, text }) =>
      joinSections([
        `By the ${role}:`,
        fenced(text, path === undefined ? '' : `${languageOf(path)} ${path}`),
      ]),
    ),
  ]);
}

export function reviewSection({ role, review, reviews }: PromptInput, leftOut: LeftOut): string {
  if (review === undefined || role.review === 'none') return '';
  if (role.review === 'issues') {
    return review.issues.length === 0
      ? ''
      : `# Issues that the reviewer found\n\n${fenced(listOf(review.issues))}`;
  }
  const title = `# Review ${reviews}, the latest`;
  if (leftOut.review) return `${title}\n\nIt is left out, since the model's window is too small for it.`;
  return joinSections([
    title,
    `${verdictSentence(review)} Its line numbers are those of the files as they were then.`,
    review.issues.length === 0 ? '' : fenced(listOf(review.issues)),
  ]);
}

/** The role's duties, the run's instructions for it, and the form of its answer. */
export function roleSection(input: PromptInput): string {
  const { role, instructions, files } = input;
  const instruction = ownText(instructions, role.role);
  const readme = role.role === 'documenter' ? findReadme(files.map(({ path }) => path)) : undefined;
  return joinSections([
    `# Your role: ${role.role}`,
    role.prompt.duties,
    role.role === 'reviewer' ? reviewFacts(input) : '',
    isBlank(instruction)
      ? ''
      : `Instructions for the ${role.role}, which go before everything above:\n\n${fenced(instruction)}`,
    readme === undefined ? role.prompt.answer : answerWithReadme(readme),
  ]);
}

/** Facts that a reviewer cannot see in the files. */
function reviewFacts(input: PromptInput): string {
  const { files, design, review, reviews, notes, lacksCode } = input;
  const written = files.filter(({ from }) => from === 'stage');
  const present = new Set(files.map(({ path }) => path));
  const missing = plannedFiles(design?.text ?? '').filter((path) => !present.has(path));
  const changed = review === undefined ? [] : written.filter(({ stage = 0 }) => stage > review.stage);
  const removed = notes.filter(({ stage }) => stage > (review?.stage ?? 0)).flatMap((note) => note.removed);
  return joinSections([
    lacksCode
      ? 'There is no file: no role has written one, so the task is not done. Report that as a blocker.'
      : '',
    missing.length === 0
      ? ''
      : `Planned but missing:\n\n${pathList(missing.map((path) => ({ path })))}\n\nReport one that the task needs.`,
    reviews === 0
      ? ''
      : `This is review ${reviews + 1}. See first whether the issues of the review above are solved, and report those that are not. An issue that was declined with a good reason need not be reported again.`,
    changed.length === 0 ? '' : `Changed since that review:\n\n${pathList(changed)}`,
    removed.length === 0 || review === undefined
      ? ''
      : `Removed since that review:\n\n${pathList(removed.map((path) => ({ path })))}`,
  ]);
}

function listOf(issues: readonly ReviewIssue[]): string {
  const items = issues.map(({ severity, message, file, line, suggestion }, index) => {
    const place = file === undefined ? '' : ` in ${file}${line === undefined ? '' : `, line ${line}`}`;
    const hint = suggestion === undefined ? '' : `\nSuggestion: ${suggestion}`;
    return `${index + 1}. [${severity}${place}] ${message}${hint}`;
  });
  return items.join('\n\n');
}

function verdictSentence({ verdict, issues }: PromptReview): string {
  const none = issues.length === 0 ? ' It names no issue.' : '';
  switch (verdict) {
    case 'approved':
      return `It approves the code.${none}`;
    case 'changes_requested':
      return `It asks for changes.${none}`;
    case 'unknown':
      return `It gives no verdict that could be used.${none}`;
    case null:
      return `The reviewer was stopped before it gave a verdict.${none}`;
    default:
      return verdict satisfies never;
  }
}

function skipExplanation(reason: SkipReason): string {
  switch (reason) {
    case 'no_path':
      return 'nothing names its file';
    case 'path_refused':
      return 'its path is not a clean relative path';
    case 'open':
      return 'it was never closed, so the file is unfinished';
    case 'nested':
      return 'it stands inside another block';
    case 'elided':
      return 'it leaves out parts of the file that is there, so the file above was kept';
    case 'excerpt':
      return 'it is only a part of a file that is there, so the file above was kept';
    case 'diff':
      return 'it is a diff, not a whole file';
    case 'duplicate':
      return 'a later block has the same path, and that one was taken';
    case 'too_many':
      return 'there were too many files in one answer';
    case 'no_such_file':
      return 'it removes a file that is not there';
    default:
      return reason satisfies never;
  }
}
