import type { CodeLanguage } from './rehearsal-ask-language.ts';
import type { Subject } from './rehearsal-subject.ts';

export interface CodeFile {
  readonly path: string;
  readonly text: string;
}

/** How the rehearsed program is to be: what the task names, and what was asked for. */
export interface Design {
  readonly subject: Subject;
  readonly language: CodeLanguage;
  readonly isOneFile: boolean;
  readonly style: 'classes' | 'functions';
  /** `short`: without what only explains. `tight`: also without empty lines, and in one file without a way to start it. */
  readonly density: 'full' | 'short' | 'tight';
  readonly hasComments: boolean;
  /** The class, or the type of what the function makes. */
  readonly typeName: string;
  /** The function that makes one, where there is no class. */
  readonly makeName: string;
  /** The path of the store without its extension. */
  readonly base: string;
  /** Instructions that the rehearsal has no better answer to than a rule of their own. */
  readonly rules: readonly string[];
}

/** Which issues of a review are put right. */
export interface Mended {
  /** A full store refuses, and a refusal names its rules. */
  readonly core: boolean;
  /** The program prints something readable. */
  readonly use: boolean;
}

/** The files of a rehearsed program in one language. */
export interface CodeWriter {
  /** As it stands behind the opening fence. */
  readonly language: string;
  /** The language's name in prose. */
  readonly title: string;
  /** What a comment of one line begins with. */
  readonly comment: string;
  paths(design: Design): { readonly rules: string; readonly store: string; readonly use: string };
  rules(design: Design, mended: Mended): string;
  store(design: Design, mended: Mended): string;
  use(design: Design, mended: Mended): string;
  /** Store, rules and program in the place of the three. */
  whole(design: Design, mended: Mended): string;
  /** A further file, for texts that are to be longer: there are as many as are wanted. */
  extra(design: Design, number: number): CodeFile;
  tests(design: Design): readonly CodeFile[];
  /** How the program is started, and how its store is used from code. */
  usage(design: Design): {
    readonly start: string;
    readonly test: string;
    readonly code: string;
    readonly option: string;
  };
}

/** Lines of code without those that were left out, and without empty ones where that was asked for. */
export function codeText(design: Design, lines: readonly (string | false)[]): string {
  const text = lines
    .filter((line) => line !== false)
    .join('\n')
    .replace(/\n{4,}/g, '\n\n\n');
  return `${(design.density === 'tight' ? text.replace(/\n{2,}/g, '\n') : text).trim()}\n`;
}

/** A file of tests or a further file: never shortened, since nothing of it only explains. */
export function plainText(text: string): string {
  return `${text.trim()}\n`;
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
