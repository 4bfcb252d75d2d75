import type { CodeFile, CodeState, CodeWriter } from './rehearsal-code-writer.ts';
import { pythonWriter } from './rehearsal-python.ts';
import type { Subject } from './rehearsal-subject.ts';
import { typescriptWriter } from './rehearsal-typescript.ts';

export function codeWriterFor(subject: Subject): CodeWriter {
  return subject.language === 'py' ? pythonWriter : typescriptWriter;
}

/** The program's files, most telling first. */
export function writeProgram(subject: Subject, state: CodeState): readonly CodeFile[] {
  const writer = codeWriterFor(subject);
  const paths = writer.paths(subject);
  // Instructions beyond the latest three would make a file of comments.
  const latest = { ...state, instructions: distinct(state.instructions).slice(-3) };
  return [
    { path: paths.store, text: writer.store(subject, latest) },
    { path: paths.rules, text: writer.rules(subject, latest) },
    { path: paths.use, text: writer.use(subject, latest) },
  ];
}

/** A file as it stands in an answer: its path in the fence's info string. */
export function fenced(language: string, file: CodeFile): string {
  return `\`\`\`${language} ${file.path}\n${file.text}\`\`\`\n\n`;
}

/** The line, from 1, at which `needle` first stands in `text`; 1 if it does not. */
export function lineOf(text: string, needle: string): number {
  return text.slice(0, Math.max(0, text.indexOf(needle))).split('\n').length;
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
