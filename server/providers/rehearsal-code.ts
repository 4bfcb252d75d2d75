import type { Requirements, LineLimit } from './rehearsal-requirements.ts';
import type { CodeFile, CodeWriter, Design, Fixes } from './rehearsal-code-writer.ts';
import { pythonWriter } from './rehearsal-python.ts';
import { javascriptWriter, typescriptWriter } from './rehearsal-typescript.ts';

const writers = { ts: typescriptWriter, js: javascriptWriter, py: pythonWriter } as const;

export function codeWriterFor({ language }: Pick<Design, 'language'>): CodeWriter {
  return writers[language];
}

/** The program's files, the most important first. */
export function writeProgram(design: Design, fixes: Fixes): readonly CodeFile[] {
  const writer = codeWriterFor(design);
  const paths = writer.paths(design);
  if (design.isOneFile) return [{ path: paths.store, text: writer.whole(design, fixes) }];
  return [
    { path: paths.store, text: writer.store(design, fixes) },
    { path: paths.rules, text: writer.rules(design, fixes) },
    { path: paths.use, text: writer.use(design, fixes) },
  ];
}

/**
 * The design with as much left out as the requested length requires. It is the same before and after a review's
 * fixes, so that a refiner need not shorten the coder's code.
 */
export function fitted(design: Design, { length, lines }: Requirements): Design {
  const densities =
    length === 'short' ? (['short', 'tight'] as const) : (['full', 'short', 'tight'] as const);
  const [first] = densities;
  if (lines === undefined) return { ...design, density: first };
  const found = densities.find((density) => longest({ ...design, density }, lines) <= lines.atMost);
  return { ...design, density: found ?? 'tight' };
}

/** The number of lines of the design, as the limit counts them. */
export function longest(design: Design, { of }: LineLimit): number {
  const counts = [true, false].map((isFixed) => {
    const files = writeProgram(design, { core: isFixed, use: isFixed }).map(({ text }) => linesOf(text));
    return of === 'all' ? files.reduce((sum, count) => sum + count, 0) : Math.max(...files);
  });
  return Math.max(...counts);
}

/** Every path that the program and its tests may have had before the design was changed. */
export function formerPaths(designs: readonly Design[]): ReadonlySet<string> {
  const paths = designs.flatMap((design) =>
    (['ts', 'js', 'py'] as const).flatMap((language) => {
      const base = language === 'py' ? design.subject.snake : `src/${design.subject.slug}`;
      const variants: Design[] = [design, { ...design, language, base }];
      return variants.flatMap((variant) => {
        const writer = codeWriterFor(variant);
        return [...Object.values(writer.paths(variant)), ...writer.tests(variant).map(({ path }) => path)];
      });
    }),
  );
  return new Set(paths);
}

/** A file in an answer: a code block with the path in its info string. */
export function fenced(language: string, file: CodeFile): string {
  return `\`\`\`${language} ${file.path}\n${file.text}\`\`\`\n\n`;
}

/** The empty block that removes a file. */
export function removal(path: string): string {
  return `\`\`\`delete ${path}\n\`\`\`\n\n`;
}

export function linesOf(text: string): number {
  return text.trimEnd().split('\n').length;
}

/**
 * The file and the line, from 1, at which one of the texts first occurs; the first line of the first file if none
 * does.
 */
export function placeOf(
  files: readonly CodeFile[],
  needles: readonly string[],
): { readonly file: string; readonly line: number } {
  for (const needle of needles) {
    for (const { path, text } of files) {
      const at = text.indexOf(needle);
      if (at !== -1) return { file: path, line: text.slice(0, at).split('\n').length };
    }
  }
  return { file: files[0]?.path ?? 'README.md', line: 1 };
}
