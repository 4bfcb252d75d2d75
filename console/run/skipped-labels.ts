import { visibleName } from '@stagewire/client/text';
import type { SkippedBlock } from '@stagewire/client';

/** Why a block of a text became no file, in one sentence. */
export function skippedLabel({ reason, path }: SkippedBlock): string {
  const name = path === undefined ? undefined : visibleName(path);
  const it = name ?? 'A code block';
  switch (reason) {
    case 'no_path':
      return 'A code block names no file. It stays in the text only.';
    case 'path_refused':
      return `${name ?? 'The name of a code block'} is not a path that a file may have. A path is relative, has forward slashes and nothing in it that cannot be seen.`;
    case 'open':
      return `${it} was not finished: its block was never closed. It is no file of the run.`;
    case 'nested':
      return `${it} stands inside another block, and is a part of that file.`;
    case 'elided':
      return `${it} leaves out parts of the file, as in “the rest stays the same”. The file stays as it was.`;
    case 'excerpt':
      return `${it} is only a part of a file. The file stays as it was.`;
    case 'diff':
      return `${it} is a patch and not the text of a file. It was not applied.`;
    case 'duplicate':
      return `${it} stands in the text more than once. The last one counts.`;
    case 'too_many':
      return `${it} is one file too many for one text.`;
    case 'no_such_file':
      return `${it} was to be removed, but there was no such file.`;
    default:
      // A reason of a later version.
      return `${it} was not taken: ${String(reason satisfies never).replaceAll('_', ' ')}.`;
  }
}

/** How a block begins, to find it by; '' for one that has nothing in it. Long lines are cut. */
export function blockBeginning(text: string, { offset, chars }: SkippedBlock): string {
  const line = text
    .slice(offset, offset + chars)
    .split('\n')
    .find((it) => it.trim() !== '' && !/^\s*(?:`{3,}|~{3,})/.test(it));
  const words = line?.trim() ?? '';
  return words.length > maxBeginningChars ? `${words.slice(0, maxBeginningChars)}…` : words;
}

const maxBeginningChars = 80;
