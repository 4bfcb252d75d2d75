import { fenced, findFences } from '@stagewire/shared/text/fences';
import { languageOf } from '@stagewire/shared/text/language-of';
import { numberedLines } from './numbered-lines.ts';
import type { CutBy, LeftOut, PromptFile, PromptInput } from './prompt-input.ts';
import { isBlank, joinSections, ownText } from './prompt-text.ts';

/** The sections that are the same for every role. Each is blank if it does not apply. */

export function taskSection({ task, earlierTasks, instructions }: PromptInput): string {
  const all = ownText(instructions, 'all');
  return joinSections([
    `# Task\n\n${fenced(task)}`,
    earlierTasks.length === 0
      ? ''
      : joinSections([
          '# Earlier tasks',
          'The task above continues earlier work. These tasks are done, the latest last, and what follows was made for them: design, files, notes and review. Keep what the task above does not change, and build on it.',
          ...earlierTasks.map((earlier) => fenced(earlier)),
        ]),
    isBlank(all) ? '' : `# Instructions for every role\n\nThey go before the task.\n\n${fenced(all)}`,
  ]);
}

export function contextFilesSection({ files }: PromptInput, leftOut: LeftOut): string {
  const given = files.filter(({ from }) => from === 'input');
  const [absent, shown] = partition(given, ({ path }) => leftOut.files.has(path));
  if (given.length === 0) return '';
  return joinSections([
    '# Files given with the task',
    absent.length === 0
      ? ''
      : `Left out, since the model's window is too small for all and no other text names them:\n\n${pathList(absent)}`,
    ...shown.map(fileBlock),
  ]);
}

export function designSection({ design }: PromptInput, leftOut: LeftOut): string {
  if (design === undefined || isBlank(design.text)) return '';
  const title = `# Design by the architect${cutMark(design.cutBy)}`;
  return leftOut.designProse
    ? `${title}\n\nIts prose is left out, since the model's window is too small for it.\n\n${fenced(withoutProse(design.text))}`
    : `${title}\n\n${fenced(design.text)}`;
}

/** One section per file, so that the offsets between them are known. The heading is part of the first. */
export function writtenFileSections(input: PromptInput): readonly string[] {
  const written = input.files.filter((file) => file.from === 'stage' && !isSkimmed(input, file));
  return written.map((file, index) =>
    index === 0 ? `# Files as they are now, the latest change last\n\n${fileBlock(file)}` : fileBlock(file),
  );
}

/** Whether the role's prompt contains only the path of this file. */
export function isSkimmed({ role }: PromptInput, { writer }: PromptFile): boolean {
  return writer !== undefined && role.skims?.includes(writer) === true;
}

export function notesSection({ notes }: PromptInput): string {
  const written = notes.filter(({ text, removed }) => !isBlank(text) || removed.length > 0);
  if (written.length === 0) return '';
  return joinSections([
    '# Notes of the roles beside their files',
    ...written.map(({ role, stage, text, cutBy, removed }) =>
      joinSections([
        `## ${role}, stage ${stage}${cutMark(cutBy)}`,
        isBlank(text) ? '' : fenced(text.trim()),
        removed.length === 0 ? '' : `Files removed:\n\n${fenced(removed.join('\n'))}`,
      ]),
    ),
  ]);
}

/** The headings and code blocks of a design: its file list, its signatures. */
function withoutProse(design: string): string {
  const kept: string[] = [];
  let end = 0;
  for (const { info, start, end: stop } of findFences(design)) {
    kept.push(...headings(design.slice(end, start)), fenced(design.slice(start, stop), info));
    end = stop;
  }
  return [...kept, ...headings(design.slice(end))].join('\n\n');
}

function cutMark(cutBy: CutBy | undefined): string {
  switch (cutBy) {
    case undefined:
      return '';
    case 'length':
      return ' (cut off at the limit of its length)';
    case 'interruption':
      return ' (interrupted before it was finished)';
    default:
      return cutBy satisfies never;
  }
}

export function pathList(files: readonly { readonly path: string }[]): string {
  return fenced(files.map(({ path }) => path).join('\n'));
}

function fileBlock({ path, text, elided }: PromptFile): string {
  const block = fenced(numberedLines(text), `${languageOf(path)} ${path}`);
  return elided === undefined
    ? block
    : `The author of the next file seems to have left out parts of it.\n\n${block}`;
}

function headings(text: string): string[] {
  return text.split('\n').filter((line) => /^#{1,6} /.test(line));
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter((item) => test(item)), items.filter((item) => !test(item))];
}
