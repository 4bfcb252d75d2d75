import type { Subject } from './rehearsal-subject.ts';

export interface CodeFile {
  readonly path: string;
  readonly text: string;
}

/** What the code is to be like: as it is first written, or with the reviewer's issues mended. */
export interface CodeState {
  readonly mended: boolean;
  readonly instructions: readonly string[];
}

/** The files of a rehearsed program in one language. */
export interface CodeWriter {
  /** As it stands behind the opening fence. */
  readonly language: string;
  /** What a comment of one line begins with. */
  readonly comment: string;
  paths(subject: Subject): { readonly rules: string; readonly store: string; readonly use: string };
  rules(subject: Subject, state: CodeState): string;
  store(subject: Subject, state: CodeState): string;
  use(subject: Subject, state: CodeState): string;
  /** A further file, for texts that are to be longer: there are as many as are wanted. */
  extra(subject: Subject, number: number): CodeFile;
  tests(subject: Subject): readonly CodeFile[];
}
