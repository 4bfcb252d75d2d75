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
  const files = after.draft.blocks.filter(isFence);
  if (isSameDesign(before.design, after.design)) {
    const known = new Set(before.draft.blocks.filter(isFence).map(pathOf));
    if (files.every((block) => known.has(pathOf(block)))) return undefined;
    // Further files, such as tests: those that are there already stay as they are.
    const present = new Set([...sofar.matchAll(openingFence)].map(([, path = '']) => path));
    return files.filter((block) => !present.has(pathOf(block))).join('');
  }
  if (files.length > 0) {
    const paths = new Set(files.map(pathOf));
    const stale = [...new Set([...sofar.matchAll(openingFence)].map(([, path = '']) => path))];
    return [...stale.filter((path) => !paths.has(path)).map(removal), ...files].join('');
  }
  const old = new Set(before.draft.blocks);
  const sections = after.draft.blocks.filter((block) => block.startsWith('## '));
  const changed = sections.filter((block) => !old.has(block) || !sofar.includes(block.trimEnd()));
  return changed.length === 0 ? undefined : changed.join('');
}

const openingFence = /^```(?!delete )\S+ (\S+)$/gm;

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
