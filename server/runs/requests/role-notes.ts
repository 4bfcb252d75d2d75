import type { AttemptState, Role, RunState, StageState } from '@stagewire/shared';
import { readFiles, type TextFiles } from '@stagewire/shared/text/read-files';
import { withoutThought } from '@stagewire/shared/text/thought';
import type { CutBy, PromptNote, PromptText } from '../../pipeline/prompt-input.ts';
import { isBlank } from '../../pipeline/prompt-text.ts';
import { seamsOf } from '@stagewire/shared/text/seams-of';

/** Characters of one role's notes in a prompt; the middle of longer ones is left out. */
const maxNoteChars = 4000;

/** The latest text of `role` in these stages; `undefined` if it has none. */
export function latestTextOf(stages: readonly StageState[], role: Role): PromptText | undefined {
  for (const stage of stages.toReversed()) {
    const attempt = stage.role === role ? lastWritten(stage) : undefined;
    if (attempt !== undefined) return { text: withoutThought(attempt.text), cutBy: cutByOf(stage, attempt) };
  }
  return undefined;
}

/**
 * What roles wrote in addition to their files and reviews, oldest first, and what they removed. The design and
 * the reviews have their own sections.
 */
export function roleNotes(run: RunState, stages: readonly StageState[]): readonly PromptNote[] {
  const present = new Set(run.files.map(({ path }) => path));
  return stages.flatMap((stage) => {
    if (stage.format === 'json' || stage.role === 'architect') return [];
    const read = effectiveAttempts(stage).map((attempt) => readText(attempt.text, seamsIn(stage, attempt)));
    const last = lastWritten(stage);
    const isReadme = run.files.some((file) => stage.format === 'markdown' && file.stage === stage.stage);
    const texts = isReadme ? read.filter(({ files }) => files.length > 0) : read;
    return {
      role: stage.role,
      stage: stage.stage,
      text: shortened(texts.map(notesOf).join('\n\n').trim()),
      cutBy: last === undefined ? undefined : cutByOf(stage, last),
      removed: read
        .flatMap(({ removed }) => removed.map(({ path }) => path))
        .filter((path) => !present.has(path)),
    };
  });
}

/** The attempts of a stage whose files were accepted: the last one that wrote, and those that a repair completed. */
export function effectiveAttempts(stage: StageState): readonly AttemptState[] {
  const last = lastWritten(stage);
  return stage.attempts.filter(
    (attempt) =>
      attempt === last ||
      attempt.failure?.reason === 'file_open' ||
      attempt.failure?.reason === 'file_elided',
  );
}

function seamsIn(stage: StageState, attempt: AttemptState): readonly number[] {
  return seamsOf(stage, stage.attempts.indexOf(attempt));
}

function lastWritten(stage: StageState): AttemptState | undefined {
  return stage.attempts.findLast(({ text }) => !isBlank(text));
}

function cutByOf(stage: StageState, attempt: AttemptState): CutBy | undefined {
  if (attempt.status !== 'completed') return 'interruption';
  return stage.finishReason === 'length' ? 'length' : undefined;
}

/** The notes of a text without its files. An unclosed block has its own section. */
function readText(text: string, seams: readonly number[]): TextFiles {
  const read = readFiles(text, { seams, acceptElided: true });
  const open = read.skipped.find(({ reason }) => reason === 'open');
  if (open === undefined) return read;
  const before = text.slice(0, text.lastIndexOf('\n', open.offset - 2) + 1);
  return { ...read, notes: readFiles(before, { seams, acceptElided: true }).notes };
}

function notesOf({ notes }: TextFiles): string {
  return notes.replace(/\n{3,}/g, '\n\n').trim();
}

function shortened(text: string): string {
  if (text.length <= maxNoteChars) return text;
  const head = Math.ceil((maxNoteChars * 3) / 4);
  const tail = maxNoteChars - head;
  return `${text.slice(0, head)}\n\n[${text.length - maxNoteChars} characters left out]\n\n${text.slice(-tail)}`;
}
