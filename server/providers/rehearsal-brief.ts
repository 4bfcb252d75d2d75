import type { RehearsalContext, RehearsalFile } from './provider.ts';
import { requirementsOf, designFor } from './rehearsal-design.ts';
import type { Requirements } from './rehearsal-requirements.ts';
import { codeWriterFor, fitted, linesOf, longest, writeProgram } from './rehearsal-code.ts';
import type { CodeFile, Design, Fixes } from './rehearsal-code-writer.ts';
import { recognize } from './rehearsal-recognize.ts';
import { readSubject } from './rehearsal-subject.ts';
import type { Subject } from './rehearsal-subject.ts';

/** The input of the functions that write a role's text. */
export interface Brief {
  readonly rehearsal: RehearsalContext;
  readonly subject: Subject;
  readonly instructions: readonly string[];
  readonly requirements: Requirements;
  readonly design: Design;
  /** Which issues earlier reviews have already had fixed. */
  readonly fixes: Fixes;
  readonly random: () => number;
}

/** @param instructions Those of the rehearsal that are known so far, oldest first. */
export function createBrief(
  rehearsal: RehearsalContext,
  instructions: readonly string[],
  random: () => number,
): Brief {
  const subject = readSubject(rehearsal.task);
  const known = recognize((rehearsal.files ?? []).filter(isWritten));
  // The coder decides how the program is built; every other role follows the files that exist.
  const present = rehearsal.role === 'coder' ? undefined : known?.requirements;
  const input = {
    task: rehearsal.task,
    subject,
    instructions,
    hasTester: rehearsal.hasTester ?? true,
    ...(present === undefined ? {} : { present }),
  };
  const requirements = requirementsOf(input);
  const isLater = rehearsal.files === undefined && rehearsal.role !== 'coder' && rehearsal.visit > 1;
  return {
    rehearsal,
    subject,
    instructions,
    requirements,
    design: fitted(designFor(input), requirements),
    fixes: known?.fixes ?? { core: isLater, use: isLater },
    random,
  };
}

/** The files that a model has written, as they are now; `undefined` if the caller does not know them. */
export function writtenFiles({ files }: RehearsalContext): readonly CodeFile[] | undefined {
  return files?.filter(isWritten);
}

/** Requirements that cannot be met, as sentences. */
export function declinedIn({ requirements, design, rehearsal }: Brief): readonly string[] {
  const { title } = codeWriterFor(design);
  const lines = requirements.lines === undefined ? 0 : longest(design, requirements.lines);
  return [
    ...(requirements.foreign === undefined
      ? []
      : [
          `The rehearsal cannot write ${requirements.foreign}: it supports TypeScript, JavaScript and Python, and its prose is English. The code is in ${title}.`,
        ]),
    ...(requirements.fileCount === undefined ||
    requirements.layout === 'one file' ||
    requirements.fileCount === 3
      ? []
      : [
          `The rehearsal writes one file or three files, and tests in files of their own; ${requirements.fileCount} files were requested.`,
        ]),
    ...(requirements.lines !== undefined && lines > requirements.lines.atMost
      ? [`The code needs at least ${lines} lines; the requested limit is ${requirements.lines.atMost}.`]
      : []),
    ...(requirements.tests === 'unwanted' && rehearsal.role === 'tester'
      ? ['Tests were declined, but writing them is the tester’s only task, so there is one test file.']
      : []),
  ];
}

/** The blocks of a document that fit the requested length. */
export function shortened(blocks: readonly string[], { lines, length }: Requirements): readonly string[] {
  const kept = length === 'short' ? blocks.slice(0, Math.ceil(blocks.length * 0.6)) : blocks;
  if (lines === undefined) return kept;
  const taken: string[] = [];
  for (const block of kept) {
    if (linesOf([...taken, block].join('')) <= lines.atMost) taken.push(block);
  }
  return taken;
}

/** The program as it is, or would be, before the role changes it. */
export function programBefore({ rehearsal, design, fixes }: Brief): readonly CodeFile[] {
  return writtenFiles(rehearsal) ?? writeProgram(design, fixes);
}

function isWritten({ from }: RehearsalFile): boolean {
  return from === 'stage';
}
