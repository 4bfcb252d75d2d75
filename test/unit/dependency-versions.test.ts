import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const root = new URL('../../', import.meta.url);

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8')) as Manifest;
}

const server = manifest('server/package.json');
const client = manifest('client/package.json');

// Their behaviour on aborts, errors and wire formats was measured at these versions, and npm installs another
// without a word where the machine's own Node does not fit.
test.for([
  ['openai', '7.57.0', server],
  ['@anthropic-ai/sdk', '1.12.0', server],
  ['undici', '8.12.4', server],
  ['@trpc/server', '11.25.2', server],
  ['ws', '8.23.0', server],
  ['zod', '4.6.7', server],
] as const)('%s is %s, pinned and installed', ([name, version, pinnedBy]) => {
  expect(pinnedBy.dependencies?.[name]).toBe(version);
  expect(manifest(`node_modules/${name}/package.json`).version).toBe(version);
});

// A library that pinned it exactly would bring a second copy into an app that uses another version.
test.for(['@trpc/client', '@trpc/server'])('the client allows later versions of %s', (name) => {
  expect(client.dependencies?.[name]).toBe('^11.25.2');
  expect(manifest(`node_modules/${name}/package.json`).version).toBe('11.25.2');
});

test('the tests run on the Node that the project pins', () => {
  expect(process.versions.node).toBe('24.21.0');
  expect(manifest('package.json').dependencies?.['node']).toBe('24.21.0');
});
