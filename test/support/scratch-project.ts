import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from './started-program.ts';
import { projectRoot } from './source-tree.ts';

export interface ScratchProject extends AsyncDisposable {
  readonly path: string;
  /** Writes a file of its own. */
  write(name: string, text: string): Promise<void>;
  /** What the compiler says against these files, with the project's own settings; nothing if they are right. */
  typeProblems(...names: readonly string[]): Promise<string>;
}

/** A folder in which a reader's own files see what they would see in the project's folder; it goes with the test. */
export async function createScratchProject(): Promise<ScratchProject> {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-reader-'));
  for (const shared of ['node_modules', 'examples', 'package.json']) {
    await symlink(join(projectRoot, shared), join(path, shared));
  }
  const write = (name: string, text: string) => writeFile(join(path, name), text);
  return {
    path,
    write,
    async typeProblems(...names) {
      const config = { extends: join(projectRoot, 'tsconfig.json'), include: [], files: names };
      const typeRoots = [join(projectRoot, 'node_modules/@types')];
      await write('tsconfig.json', JSON.stringify({ ...config, compilerOptions: { typeRoots } }));
      await using compiler = startProgram(join(projectRoot, 'node_modules/.bin/tsc'), { cwd: path });
      await compiler.exitCode;
      return compiler.output();
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
