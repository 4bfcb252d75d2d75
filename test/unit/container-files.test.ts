import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '../../server/process/config.ts';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';

// No container engine runs these files here: what they name must at least be there.

const dockerfile = textOf('Dockerfile');
const compose = textOf('compose.yaml');

test('the image has the Node that the project requires, and a server that listens for others', () => {
  const { dependencies } = JSON.parse(textOf('package.json')) as { dependencies: { node: string } };
  const [major] = dependencies.node.split('.');
  expect(dockerfile.match(/^FROM node:(\d+)/gm)).toEqual([`FROM node:${major}`, `FROM node:${major}`]);
  expect(dockerfile).toMatch(/^USER node$/m);
  const env = Object.fromEntries(
    [...dockerfile.matchAll(/(STAGEWIRE_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  );
  expect(readConfig({ ...env, STAGEWIRE_PUBLIC_URL: 'https://localhost' })).toMatchObject({
    auth: ['keys'],
    host: '0.0.0.0',
    port: Number(/^EXPOSE (\d+)$/m.exec(dockerfile)?.[1]),
  });
});

test('compose.yaml sets variables that a server accepts, and mounts files that are there', () => {
  const env = Object.fromEntries(
    [...compose.matchAll(/^ +([A-Z][A-Z_]+): (\S+)$/gm)]
      .filter(([, name = '']) => !/^POSTGRES_|_SITE$|_FILE$/.test(name))
      .map(([, name = '', value = '']) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')]),
  );
  expect(Object.keys(env)).toContain('STAGEWIRE_NODE_NAME');
  const config = readConfig({ ...env, STAGEWIRE_AUTH: 'keys', STAGEWIRE_DATABASE_URL: 'postgres://a@b/c' });
  expect(config.publicUrl).toBe('https://localhost');
  for (const [, path = ''] of compose.matchAll(/^ +- \.\/(\S+?):/gm)) {
    expect(existsSync(`${projectRoot}${path}`), path).toBe(true);
  }
});

test('the balancer has the nodes of compose.yaml, at the port of the image', () => {
  const [, services = ''] = compose.split(/^services:$/m);
  const nodes = [...services.matchAll(/^ {2}(node-\d+):$/gm)].map(([, name]) => `${name}:4600`);
  expect(/reverse_proxy (.*) \{/.exec(textOf('docs/deploy/Caddyfile'))?.[1]).toBe(nodes.join(' '));
});

test('the commands of docs/OPERATIONS.md name services and secrets of compose.yaml', () => {
  const code = codeBlocksIn(textOf('docs/OPERATIONS.md'))
    .filter(({ heading }) => heading === 'Containers')
    .map((block) => block.code)
    .join('');
  for (const [name] of code.matchAll(/node-\d/g)) expect(compose).toContain(`  ${name}:\n`);
  for (const [path] of code.matchAll(/secrets\/[\w-]+/g)) expect(compose).toContain(`file: ./${path}\n`);
  expect([...code.matchAll(/secrets\/[\w-]+/g)].length).toBeGreaterThan(2);
});
