import { cleanPath, languageOf, scanBlocks } from '@stagewire/client/text';
import type { AttemptPlace, RunState } from '@stagewire/client';

/** A file in the text of a running attempt. The server records it, with the final content, when the attempt ends. */
export interface GrowingFile {
  readonly path: string;
  readonly language: string;
  readonly text: string;
  /** The text still grows at its end; `false` once a later block has started. */
  readonly isOpen: boolean;
}

/** The text of a running attempt that may write files. */
export interface GrowingText extends AttemptPlace {
  readonly text: string;
  /** The path of the file that the whole text becomes if it names no other. */
  readonly wholePath: string | undefined;
}

const readme = /(?:^|\/)readme(?:\.\w+)?$/i;

/** The text that may contain files now: of a running attempt whose role writes files. */
export function growingText({ stages, files }: RunState): GrowingText | undefined {
  const stage = stages.at(-1);
  const attempt = stage?.attempts.at(-1);
  if (stage === undefined || attempt?.status !== 'running') return undefined;
  const documents = stage.role === 'documenter';
  if (stage.format !== 'code' && !documents) return undefined;
  const hasReadme = files.some(({ path }) => readme.test(path));
  return {
    stage: stage.stage,
    attempt: attempt.attempt,
    text: attempt.text,
    wholePath: documents && !hasReadme ? 'README.md' : undefined,
  };
}

/** The files in a growing text, in its order; the last one of each path. */
export function growingFiles({ text, wholePath }: GrowingText): readonly GrowingFile[] {
  const files = new Map<string, GrowingFile>();
  for (const piece of scanBlocks(text, { isGrowing: true }).pieces) {
    if (piece.kind === 'wrapper' || piece.name.name === undefined || piece.name.isExcerpt) continue;
    const path = cleanPath(piece.name.name);
    const { language } = piece.name;
    // A removal is an empty block.
    if (path === undefined || language === 'delete') continue;
    files.delete(path);
    files.set(path, {
      path,
      language: language === '' ? languageOf(path) : language,
      text: text.slice(piece.start, piece.end),
      isOpen: !piece.isClosed,
    });
  }
  const namesReadme = Array.from(files.keys()).some((path) => readme.test(path));
  if (wholePath !== undefined && !namesReadme && text.trim() !== '')
    files.set(wholePath, { path: wholePath, language: languageOf(wholePath), text, isOpen: true });
  return Array.from(files.values());
}
