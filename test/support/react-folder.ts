import { join } from 'node:path';
import { projectRoot } from './source-tree.ts';

/** The variable that names a folder `node_modules` with another version of React, its DOM and their types. */
export const reactFolderVariable = 'STAGEWIRE_TEST_REACT';

const ofReact = /^(?:@types\/)?react(?:-dom)?$/;

/** The folder of a package that is installed for the tests: of this project, or of the version of React that is tested. */
export function packageFolder(name: string): string {
  const folder = process.env[reactFolderVariable];
  return folder === undefined || !ofReact.test(name)
    ? join(projectRoot, 'node_modules', name)
    : join(folder, name);
}

/** For `resolve.alias` of Vite: imports of React lead to the version that is tested. */
export const reactAlias = ['react', 'react-dom'].map((name) => ({
  find: new RegExp(`^${name}(?=/|$)`),
  replacement: packageFolder(name),
}));
