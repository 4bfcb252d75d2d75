import { cleanPath } from '@stagewire/shared/text/file-path';
import { findFences } from '@stagewire/shared/text/fences';

/** Maximum number of paths in a design; further ones are ignored. */
const maxPlannedFiles = 500;

/**
 * The paths of a design's file list: the lines of its code blocks with the info string `files`, without the markup
 * that models add (bullets, backticks, a remark after the path). Folders and lines that are not a path are ignored.
 */
export function plannedFiles(design: string): readonly string[] {
  const lines = findFences(design)
    .filter(({ info, isClosed }) => isClosed && /^files?$/i.test(info))
    .flatMap(({ start, end }) => design.slice(start, end).split('\n'));
  const paths = lines.flatMap((line) => {
    const name = line
      .trim()
      .replace(/^(?:[-*+]|\d{1,3}[.)])\s+/, '')
      .split(/\s/, 1)[0]
      ?.replace(/^`(.*)`[:,]?$/, '$1')
      .replace(/[:,]$/, '');
    const path = name === undefined || name === '' || name.endsWith('/') ? undefined : cleanPath(name);
    return path === undefined || path.startsWith('#') || path.startsWith('//') ? [] : [path];
  });
  return [...new Set(paths)].slice(0, maxPlannedFiles);
}
