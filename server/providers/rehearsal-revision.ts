import { removal } from './rehearsal-code.ts';
import type { Design } from './rehearsal-code-writer.ts';
import type { Draft } from './rehearsal-fit.ts';

interface Version {
  readonly draft: Draft;
  readonly design: Design;
}

/**
 * What a continued text has to repeat because an instruction that arrived in its middle changes more than the rest:
 * files in their new form, removals of files that moved, and sections that would be different or are missing.
 * `undefined`: nothing.
 *
 * @param sofar The text before it, with its open block closed.
 */
export function writeRevision(before: Version, after: Version, sofar: string): string | undefined {
  if (isSameDesign(before.design, after.design)) return undefined;
  const files = after.draft.blocks.filter(isFence);
  if (files.length > 0) {
    const paths = new Set(files.map(pathOf));
    const stale = [
      ...new Set([...sofar.matchAll(/^```(?!delete )\S+ (\S+)$/gm)].map(([, path = '']) => path)),
    ];
    return [...stale.filter((path) => !paths.has(path)).map(removal), ...files].join('');
  }
  const old = new Set(before.draft.blocks);
  const sections = after.draft.blocks.filter((block) => block.startsWith('## '));
  const changed = sections.filter((block) => !old.has(block) || !sofar.includes(block.trimEnd()));
  return changed.length === 0 ? undefined : changed.join('');
}

/** Added rules appear in files that are still to be written; every other change affects all files. */
function isSameDesign(one: Design, other: Design): boolean {
  const bare = (design: Design) => JSON.stringify({ ...design, rules: [] });
  return bare(one) === bare(other);
}

function isFence(block: string): boolean {
  return block.startsWith('```');
}

function pathOf(block: string): string {
  return /^```\S+ (\S+)/.exec(block)?.[1] ?? '';
}
