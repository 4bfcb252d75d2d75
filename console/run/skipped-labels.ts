import { visibleName } from '@stagewire/client/text';
import type { SkippedBlock } from '@stagewire/client';

/** Why a code block was not saved as a file, in one or two sentences. */
export function skippedLabel({ reason, path }: SkippedBlock): string {
  const name = path === undefined ? undefined : visibleName(path);
  const subject = name ?? 'A code block';
  switch (reason) {
    case 'no_path':
      return 'A code block has no file name. It is only part of the text.';
    case 'path_refused':
      return `${name ?? 'The name of a code block'} is not a valid path. Paths are relative, use forward slashes and contain no invisible characters.`;
    case 'open':
      return `${subject} is incomplete: its code block was never closed. It was not saved.`;
    case 'nested':
      return `${subject} is nested in another code block and is part of that file.`;
    case 'elided':
      return `${subject} omits parts of the file, as in “the rest stays the same”. The file was not changed.`;
    case 'excerpt':
      return `${subject} is only an excerpt of a file. The file was not changed.`;
    case 'diff':
      return `${subject} is a patch, not the text of a file. It was not applied.`;
    case 'duplicate':
      return `${subject} occurs more than once. The last occurrence was saved.`;
    case 'too_many':
      return `${subject} exceeds the maximum number of files in one text.`;
    case 'no_such_file':
      return `${subject} was to be removed, but does not exist.`;
    default:
      // Of a later version.
      return `${subject} was not saved: ${String(reason satisfies never).replaceAll('_', ' ')}.`;
  }
}

/** The first line of a block, truncated; '' for an empty block. */
export function blockBeginning(text: string, { offset, chars }: SkippedBlock): string {
  const line = text
    .slice(offset, offset + chars)
    .split('\n')
    .find((it) => it.trim() !== '' && !/^\s*(?:`{3,}|~{3,})/.test(it));
  const start = line?.trim() ?? '';
  return start.length > maxFirstLineChars ? `${start.slice(0, maxFirstLineChars)}…` : start;
}

const maxFirstLineChars = 80;
