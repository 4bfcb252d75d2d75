import type { RehearsalContext, SceneFile } from './provider.ts';
import { asksOf, designFor } from './rehearsal-design.ts';
import type { Asks } from './rehearsal-asks.ts';
import { codeWriterFor, fitted, linesOf, longest, writeProgram } from './rehearsal-code.ts';
import type { CodeFile, Design, Mended } from './rehearsal-code-writer.ts';
import { recognize } from './rehearsal-present.ts';
import { readSubject } from './rehearsal-subject.ts';
import type { Subject } from './rehearsal-subject.ts';

/** What the writers of text go by. */
export interface Brief {
  readonly rehearsal: RehearsalContext;
  readonly subject: Subject;
  readonly instructions: readonly string[];
  readonly asks: Asks;
  readonly design: Design;
  /** How far earlier reviews have been answered already. */
  readonly mended: Mended;
  readonly random: () => number;
}

/** @param instructions those of the scene's that are known yet, oldest first. */
export function createBrief(
  rehearsal: RehearsalContext,
  instructions: readonly string[],
  random: () => number,
): Brief {
  const subject = readSubject(rehearsal.task);
  const known = recognize((rehearsal.files ?? []).filter(isWritten));
  // The coder is the one who decides; everybody else goes by what is there.
  const present = rehearsal.role === 'coder' ? undefined : known?.asks;
  const input = {
    task: rehearsal.task,
    subject,
    instructions,
    ...(present === undefined ? {} : { present }),
  };
  const asks = asksOf(input);
  const isLater = rehearsal.files === undefined && rehearsal.role !== 'coder' && rehearsal.visit > 1;
  return {
    rehearsal,
    subject,
    instructions,
    asks,
    design: fitted(designFor(input), asks),
    mended: known?.mended ?? { core: isLater, use: isLater },
    random,
  };
}

/** The files that a model has written, as they are now; `undefined` if nobody knows them. */
export function writtenFiles({ files }: RehearsalContext): readonly CodeFile[] | undefined {
  return files?.filter(isWritten);
}

/** What cannot be done as it was asked, in sentences. */
export function declinedIn({ asks, design, rehearsal }: Brief): readonly string[] {
  const { title } = codeWriterFor(design);
  const lines = asks.lines === undefined ? 0 : longest(design, asks.lines);
  return [
    ...(asks.foreign === undefined
      ? []
      : [
          `A rehearsal cannot write ${asks.foreign}: it knows TypeScript, JavaScript and Python, and its prose is English. It stays with ${title}.`,
        ]),
    ...(asks.lines !== undefined && lines > asks.lines.atMost
      ? [
          `It does not get below ${lines} lines without losing what it is for; ${asks.lines.atMost} were asked for.`,
        ]
      : []),
    ...(asks.tests === 'unwanted' && rehearsal.role === 'tester'
      ? ['The tester is there for tests, so there is one file of them all the same.']
      : []),
  ];
}

/** The blocks of a document that are to be kept, if it is to be shorter. */
export function shortened(blocks: readonly string[], { lines, length }: Asks): readonly string[] {
  const kept = length === 'short' ? blocks.slice(0, Math.ceil(blocks.length * 0.6)) : blocks;
  if (lines === undefined) return kept;
  const taken: string[] = [];
  for (const block of kept) {
    if (linesOf([...taken, block].join('')) <= lines.atMost) taken.push(block);
  }
  return taken;
}

/** The program as it is, or would be, before the role does anything to it. */
export function programBefore({ rehearsal, design, mended }: Brief): readonly CodeFile[] {
  return writtenFiles(rehearsal) ?? writeProgram(design, mended);
}

function isWritten({ from }: SceneFile): boolean {
  return from === 'stage';
}
