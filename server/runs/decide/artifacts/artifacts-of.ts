import type { EventBody, StageState } from '@stagewire/shared';
import { TextParts } from '@stagewire/shared/primitives';
import { readFiles, type TextFiles } from '@stagewire/shared/text/read-files';
import { isWholeReadme, writesFiles } from '@stagewire/shared/text/readme';
import { readmeParts } from '@stagewire/shared/text/readme-parts';
import { seamsOf } from '@stagewire/shared/text/seams-of';
import { textOf } from './files-of.ts';
import { attemptRef, type OpenPhase } from '../phase.ts';
import type { RunProgress } from '../progress.ts';

/** The files in an attempt's text. */
export interface Artifacts {
  /** `artifact.recorded`, `artifact.removed` and `artifact.skipped`, in the order of the text. */
  readonly bodies: readonly EventBody[];
  /** The parsed files; `undefined` if the role writes none, or if the whole text is a README. */
  readonly read: TextFiles | undefined;
}

export interface ArtifactsOptions {
  /** The model has finished the text: it was neither truncated nor aborted. */
  readonly isWhole: boolean;
  /** No repair follows, so a new file with omissions is accepted. */
  readonly acceptElided: boolean;
}

/**
 * The files of an attempt whose text is kept: those of a stage with format `code`, and of the documenter. If
 * the run has no README, the documenter's whole text becomes one. Pure; reads the text once.
 */
export function artifactsOf(
  progress: RunProgress,
  phase: OpenPhase,
  { isWhole, acceptElided }: ArtifactsOptions,
): Artifacts {
  const { stage, attempt } = phase;
  if (!writesFiles(stage) || attempt.text.trim() === '') {
    return { bodies: [], read: undefined };
  }
  const seams = seamsOf(stage, stage.attempts.indexOf(attempt));
  const read = readFiles(attempt.text, { ...presentFiles(progress), seams, acceptElided });
  if (isWholeReadme(stage, progress.run.files, read)) {
    return { bodies: readmeOf(phase, seams, isWhole), read: undefined };
  }
  return { bodies: inTextOrder(phase, read), read };
}

/**
 * New files with omissions from an earlier attempt that the repair has not completed: kept rather than lost. A
 * path that the same text removes is not new. `read` is the parse of the stage's last text.
 */
export function unrepairedFiles(
  progress: RunProgress,
  phase: OpenPhase,
  read: TextFiles | undefined,
): EventBody[] {
  const { stage, attempt } = phase;
  const now = presentFiles(progress);
  const given = new Set([...(read?.files ?? []), ...(read?.removed ?? [])].map(({ path }) => path));
  return stage.attempts.flatMap((earlier, index) => {
    const missing = earlier.skipped.flatMap(({ reason, path }) =>
      reason === 'elided' && path !== undefined && !given.has(path) && now.present(path) === undefined
        ? [path]
        : [],
    );
    if (earlier === attempt || missing.length === 0) return [];
    const seams = seamsOf(stage, index);
    const removed = new Set(readFiles(earlier.text, { seams }).removed.map(({ path }) => path));
    const { files } = readFiles(earlier.text, { ...now, seams, acceptElided: true });
    const taken = files.filter(({ path }) => missing.includes(path) && !removed.has(path));
    for (const { path } of taken) given.add(path);
    return taken.map((file) => recorded(stage, earlier.attempt, file));
  });
}

/** Looks up the texts of the run's files; assembles them on demand. */
function presentFiles(progress: RunProgress) {
  const { files } = progress.run;
  const byPath = new Map(files.map((file) => [file.path, file]));
  return {
    present(path: string): string | undefined {
      const file = byPath.get(path);
      return file === undefined ? undefined : textOf(progress, file);
    },
    elidedPaths: new Set(files.filter(({ elided }) => elided).map(({ path }) => path)),
  };
}

function readmeOf(phase: OpenPhase, seams: readonly number[], isWhole: boolean): EventBody[] {
  const { text } = phase.attempt;
  const parts = readmeParts(text, seams);
  const [first] = parts;
  if (first === undefined) return [];
  const path = 'README.md';
  if (isWhole) {
    return [recorded(phase.stage, phase.attempt.attempt, { path, language: 'markdown', parts })];
  }
  const { offset } = first;
  return [
    {
      type: 'artifact.skipped',
      ...attemptRef(phase),
      reason: 'open',
      path,
      offset,
      chars: text.length - offset,
    },
  ];
}

function inTextOrder(phase: OpenPhase, { files, removed, skipped }: TextFiles): EventBody[] {
  const { stage, attempt } = phase;
  const placed = [
    ...files.map((file) => ({
      offset: file.parts[0]?.offset ?? 0,
      body: recorded(stage, attempt.attempt, file),
    })),
    ...removed.map(({ path, offset, chars }) => ({
      offset,
      body: { type: 'artifact.removed' as const, ...attemptRef(phase), path, offset, chars },
    })),
    ...skipped.map(({ reason, path, offset, chars }) => ({
      offset,
      body: {
        type: 'artifact.skipped' as const,
        ...attemptRef(phase),
        reason,
        ...(path === undefined ? {} : { path }),
        offset,
        chars,
      },
    })),
  ];
  return placed.toSorted((one, other) => one.offset - other.offset).map(({ body }) => body);
}

function recorded(
  { stage, role }: StageState,
  attempt: number,
  { path, language, parts, elided }: TextFiles['files'][number],
): EventBody {
  const more = elided === undefined ? {} : { elided };
  const at = { stage, role, attempt, path };
  // An event that does not fit its schema could not be appended, and would end the run.
  if (!TextParts.safeParse(parts).success) {
    const { offset = 0 } = parts[0] ?? {};
    const { offset: last = 0, chars = 0 } = parts.at(-1) ?? {};
    return { type: 'artifact.skipped', ...at, reason: 'too_many', offset, chars: last + chars - offset };
  }
  return { type: 'artifact.recorded', stage, role, attempt, path, language, parts: [...parts], ...more };
}
