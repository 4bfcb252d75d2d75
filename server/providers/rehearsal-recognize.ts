import type { RequestedName } from './rehearsal-requested-names.ts';
import type { Requirements } from './rehearsal-requirements.ts';
import type { CodeFile, Fixes } from './rehearsal-code-writer.ts';

/** A program of the rehearsal that was recognized in the files of a run. */
export interface PresentProgram {
  /** How it is built, as requirements. */
  readonly requirements: Requirements;
  readonly fixes: Fixes;
}

/**
 * Detects how an earlier role built the program: its instructions may be unknown to this role. `undefined`: the
 * files contain no such program.
 */
export function recognize(files: readonly CodeFile[]): PresentProgram | undefined {
  const store = files.find(({ path, text }) => /\.(?:ts|js|py)$/.test(path) && isStore.test(text));
  if (store === undefined) return undefined;
  const { path, text } = store;
  const language = /\.(ts|js|py)$/.exec(path)?.[1] as 'ts' | 'js' | 'py';
  const isOneFile = /^(?:export const rules|RULES)\b/m.test(text);
  const type = /^(?:export )?class (?!Entry\b)(\w+)/m.exec(text)?.[1];
  const make = /^(?:export function (?!broken)|def (?!broken))(\w+)/m.exec(text)?.[1];
  const names: RequestedName[] = [
    { of: 'file', name: path },
    ...(type === undefined ? [] : [{ of: 'class', name: type } as const]),
    ...(make === undefined || type !== undefined ? [] : [{ of: 'function', name: make } as const]),
  ];
  const interfaceName = /^export interface (\w+)Options\b/m.exec(text)?.[1];
  return {
    requirements: {
      language,
      layout: isOneFile ? 'one file' : 'several files',
      style: type === undefined ? 'functions' : 'classes',
      ...(isShort(text) ? { length: 'short' } : {}),
      names:
        interfaceName === undefined || type !== undefined
          ? names
          : [{ of: 'class', name: interfaceName }, ...names],
    },
    fixes: {
      core: text.includes('entries is reached'),
      use: files.some((file) => file.text.includes('no entries')),
    },
  };
}

const isStore = /\b(?:maxEntries|max_entries)\b[\s\S]*the entry breaks/;

/** In short code the rules are checked inside `add`. */
function isShort(text: string): boolean {
  return /\brules\.(?:some|filter)|\bin RULES\b/.test(text.slice(text.indexOf('add(')));
}
