import type { CodeLanguage } from './rehearsal-requested-language.ts';
import type { Subject } from './rehearsal-subject.ts';

export interface CodeFile {
  readonly path: string;
  readonly text: string;
}

/** How the simulated program is built: from the task and the requirements. */
export interface Design {
  readonly subject: Subject;
  readonly language: CodeLanguage;
  readonly isOneFile: boolean;
  readonly style: 'classes' | 'functions';
  /**
   * `short`: without parts that only explain. `tight`: also without empty lines, and a single file without a main
   * program.
   */
  readonly density: 'full' | 'short' | 'tight';
  readonly hasComments: boolean;
  /** The class, or the type of the object that the function creates. */
  readonly typeName: string;
  /** The function that creates the store, where there is no class. */
  readonly makeName: string;
  /** The path of the store without its extension. */
  readonly base: string;
  /** Instructions that the rehearsal cannot interpret: each becomes a rule of the program. */
  readonly rules: readonly string[];
}

/** Which issues of a review are fixed. */
export interface Fixes {
  /** A full store rejects new entries, and the error names every broken rule. */
  readonly core: boolean;
  /** The program prints readable output. */
  readonly use: boolean;
}

/** Writes the files of a simulated program in one language. */
export interface CodeWriter {
  /** The language in the info string of a code fence. */
  readonly language: string;
  /** The language's name in prose. */
  readonly title: string;
  /** The start of a line comment. */
  readonly comment: string;
  paths(design: Design): { readonly rules: string; readonly store: string; readonly use: string };
  rules(design: Design, fixes: Fixes): string;
  store(design: Design, fixes: Fixes): string;
  use(design: Design, fixes: Fixes): string;
  /** Store, rules and program in one file. */
  whole(design: Design, fixes: Fixes): string;
  /** A further file, for texts that are to be longer; may be called any number of times. */
  extra(design: Design, number: number): CodeFile;
  tests(design: Design): readonly CodeFile[];
  /** How to start the program, and how to use its store from code. */
  usage(design: Design): {
    readonly start: string;
    readonly test: string;
    readonly code: string;
    readonly option: string;
  };
}

/** Joins lines of code, without those that were left out, and without empty lines where the density requires it. */
export function codeText(design: Design, lines: readonly (string | false)[]): string {
  const text = lines
    .filter((line) => line !== false)
    .join('\n')
    .replace(/\n{4,}/g, '\n\n\n');
  return `${(design.density === 'tight' ? text.replace(/\n{2,}/g, '\n') : text).trim()}\n`;
}

/** The text of a test file or a further file, which is never shortened. */
export function plainText(text: string): string {
  return `${text.trim()}\n`;
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
