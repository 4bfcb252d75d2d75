import { describe, expect, test } from 'vitest';
import { contentsIn, lines, skippedIn } from '../support/files-in-text.ts';

const rootNames =
  'go.mod go.sum Queue.csproj App.fsproj Queue.sln build.gradle settings.gradle build.gradle.kts Jenkinsfile Rakefile Justfile justfile Caddyfile Dockerfile Dockerfile.dev Containerfile Makefile Procfile Gemfile Pipfile Brewfile Vagrantfile VERSION NOTICE LICENSE CODEOWNERS py.typed Main.hs main.jl Token.sol build.zig build.zig.zon run.bat schema.prisma index.astro analysis.ipynb app.properties queue.service main.ml Program.fs core.clj script.pl view.ejs page.hbs paper.tex gradlew .gitignore .env.example mix.exs Cargo.lock flake.nix main.odin'.split(
    ' ',
  );

describe('a clean second word of an info string is the path, whatever its extension', () => {
  test.each(rootNames)('%s', (name) => {
    expect(contentsIn(`\`\`\`text ${name}\nx\n\`\`\`\n`)).toEqual({ [name]: 'x\n' });
  });
});

describe('what stands around the path in an info string is no part of it', () => {
  test.each([
    ['ts (src/a.ts)', 'src/a.ts'],
    ['ts [src/a.ts]', 'src/a.ts'],
    ['ts src/a.ts:', 'src/a.ts'],
    ['ts src/a.ts:1-20', 'src/a.ts'],
    ['ts src/a.ts#L1-L20', 'src/a.ts'],
    ['ts src/a.ts lines 3-9', 'src/a.ts'],
    ['ts src/a.ts (lines 3-9)', 'src/a.ts'],
    ['12:15:src/a.ts', 'src/a.ts'],
    ['ts file:src/a.ts', 'src/a.ts'],
    ['ts file: src/a.ts', 'src/a.ts'],
    ['ts|src/a.ts', 'src/a.ts'],
    ['ts:src/a.ts', 'src/a.ts'],
    ['ts "src/a.ts"', 'src/a.ts'],
    ["ts 'src/a.ts'", 'src/a.ts'],
    ['ts <src/a.ts>', 'src/a.ts'],
    ['ts **src/a.ts**', 'src/a.ts'],
    ['ts {src/a.ts}', 'src/a.ts'],
    ['ts - src/a.ts', 'src/a.ts'],
    ['ts name=src/a.ts', 'src/a.ts'],
    ['ts name="src/a.ts" showLineNumbers', 'src/a.ts'],
    ['ts showLineNumbers filename="src/a.ts"', 'src/a.ts'],
    ['ts src/a.ts (new)', 'src/a.ts'],
    ['ts src/a.ts {1,3-4}', 'src/a.ts'],
    ['ts ./src/a.ts', 'src/a.ts'],
    ['ts src\\a.ts', 'src/a.ts'],
    ['ts .\\src\\a.ts', 'src/a.ts'],
    ['md "docs/My Notes.md"', 'docs/My Notes.md'],
    ["md path='docs/My Notes.md'", 'docs/My Notes.md'],
    ['md path=docs/My Notes.md', 'docs/My Notes.md'],
    ['md docs/My Notes.md', 'docs/My Notes.md'],
    ['tsx app/[id]/page.tsx', 'app/[id]/page.tsx'],
    ['tsx [id].tsx', '[id].tsx'],
    ['tsx (auth)/page.tsx', '(auth)/page.tsx'],
    ['tsx app/(auth)/[...slug]/page.tsx', 'app/(auth)/[...slug]/page.tsx'],
    ['ts routes/$id.ts', 'routes/$id.ts'],
    ['ts @types/a.d.ts', '@types/a.d.ts'],
    ['dockerfile docker/Dockerfile', 'docker/Dockerfile'],
    ['sh scripts/run', 'scripts/run'],
  ])('%s', (info, path) => {
    expect(contentsIn(`\`\`\`${info}\nx\n\`\`\`\n`)).toEqual({ [path]: 'x\n' });
  });

  test.each([
    'js live',
    'ts twoslash',
    'python main',
    'python 3.11',
    'json Response',
    'text Output',
    'console Output of the command',
    'md docs/My Notes',
    'bash npm install express.js',
    'bash npm run build',
    'ts title="Call it"',
    'vue.js',
    'dockerfile',
    'text/html',
    'c++',
    'ts 1.2',
  ])('and this is no path: %s', (info) => {
    expect(contentsIn(`\`\`\`${info}\nx\n\`\`\`\n`)).toEqual({});
    expect(skippedIn(`\`\`\`${info}\nx\n\`\`\`\n`)).toEqual(['no_path']);
  });

  test.each([
    '~/src/a.ts',
    '/etc/a.ts',
    'C:\\a.ts',
    '..\\a.ts',
    '../a.ts',
    'src/../a.ts',
    'src//a.ts',
    '\\\\host\\a.ts',
  ])('and this one is refused: %s', (path) => {
    const text = `b.ts\n\`\`\`ts ${path}\nx\n\`\`\`\n`;
    expect(contentsIn(text)).toEqual({});
    expect(skippedIn(text)[0]).toMatch(/^path_refused /);
  });
});

describe('a line before the block names its file', () => {
  test.each([
    '#### File 1: src/a.ts',
    '### `src/a.ts` — what it is',
    '### `src/a.ts` - what it is',
    'Create `src/a.ts`:',
    '**1. src/a.ts**',
    '1. **src/a.ts**',
    '### 1. Create `src/a.ts`',
    '### Step 2: Create src/a.ts',
    '--- src/a.ts ---',
    '=== src/a.ts ===',
    '// src/a.ts',
    '📄 src/a.ts',
    '### 📁 `src/a.ts`',
    '✅ **src/a.ts**',
    'Here is `src/a.ts`:',
    "Here's the full content of `src/a.ts`:",
    'Now the file `src/a.ts`:',
    'First, `src/a.ts`:',
    'Let’s create `src/a.ts`:',
    "Let's start with `src/a.ts`:",
    'Save this as `src/a.ts`:',
    '**File: `src/a.ts`**',
    '**Path:** src/a.ts',
    'FILE: src/a.ts',
    '[src/a.ts](src/a.ts)',
    '### [`src/a.ts`](./src/a.ts)',
    '"src/a.ts"',
    '### The queue (src/a.ts)',
    '### The queue (`src/a.ts`)',
    '## Entry point: `src/a.ts`',
    '## Code: src/a.ts',
    '**src/a.ts** (new file)',
    '**`src/a.ts`** – holds the queue',
    'src/a.ts: the queue',
    '- src/a.ts',
    '2) `src/a.ts`',
    '<file path="src/a.ts">',
    'The content of src/a.ts is as follows:',
    'Updated `src/a.ts`:',
    '`src/a.ts` (updated):',
    'src\\a.ts',
    '_src/a.ts_',
    '<summary>src/a.ts</summary>',
    '<h3><code>src/a.ts</code></h3>',
    '## Code: src/a.ts',
    '===== src/a.ts =====',
    '→ src/a.ts',
    '*File: src/a.ts*',
    'New file: `src/a.ts`',
  ])('%s', (line) => {
    expect(contentsIn(`${line}\n\`\`\`ts\nx\n\`\`\`\n`)).toEqual({ 'src/a.ts': 'x\n' });
    expect(contentsIn(`Words.\n\n${line}\n\n\n\`\`\`\nx\n\`\`\`\n`)).toEqual({ 'src/a.ts': 'x\n' });
  });

  test.each([
    'We now change `src/a.ts`, which calls `src/b.ts`:',
    '`src/a.ts` imports `src/b.ts`:',
    'src/a.ts and src/b.ts',
    'Run `src/a.ts`:',
    'See `src/a.ts` for the whole code.',
    'The tests for `src/a.ts`:',
    'Use it like this (as src/a.ts does):',
    'Nothing in `src/a.ts` needs to change:',
    'In `src/a.ts` we change this:',
    'This is what the loop in src/a.ts does:',
    'I moved the code from `src/a.ts`.',
    '### How to run src/a.ts',
    '### Usage of `src/a.ts`',
    '### Tests for `src/a.ts`',
    'Output of src/a.ts:',
    '`console.log`:',
    '### Node.js',
    'https://example.com/a.ts',
    '| src/a.ts | the queue |',
    '> src/a.ts is fine, but src/b.ts is not',
    'Delete `src/a.ts`:',
    'e.g. src/a.ts',
  ])('but a line that only speaks about one does not: %s', (line) => {
    expect(contentsIn(`${line}\n\n\`\`\`ts\nx\n\`\`\`\n`)).toEqual({});
  });

  test('also with a sentence between', () => {
    expect(contentsIn('### src/a.ts\n\nThis is the entry point of the app.\n\n```ts\nx\n```\n')).toEqual({
      'src/a.ts': 'x\n',
    });
    expect(contentsIn('**`src/a.py`**\nKeeps the jobs in their order.\n```python\nx\n```\n')).toEqual({
      'src/a.py': 'x\n',
    });
  });

  test('but not if that sentence is about something else, or the block is a command', () => {
    expect(contentsIn('### src/a.ts\n\nRun it:\n\n```sh\nnode src/a.ts\n```\n')).toEqual({});
    expect(contentsIn('### src/a.ts\n\nIt keeps jobs.\n\n```sh\nnode x\n```\n')).toEqual({});
    expect(contentsIn('### src/a.ts\n\nIt is like `src/b.ts`.\n\n```ts\nx\n```\n')).toEqual({});
    expect(contentsIn('### src/a.ts\n\nOne.\n\nTwo.\n\n```ts\nx\n```\n')).toEqual({});
    expect(contentsIn('`src/a.ts`\n```console\n$ node\n```\n')).toEqual({});
  });

  test('for the next block only', () => {
    const text = '### src/a.ts\n```ts\nx\n```\n\nThe same in short.\n\n```ts\ny\n```\n';
    expect(contentsIn(text)).toEqual({ 'src/a.ts': 'x\n' });
  });
});

describe('a comment in the first lines names the file', () => {
  test.each([
    ['a shebang', ['#!/usr/bin/env python3', '# bin/run.py'], 'bin/run.py'],
    ['"use client"', ['"use client";', '// app/page.tsx'], 'app/page.tsx'],
    ['a doctype', ['<!DOCTYPE html>', '<!-- public/index.html -->'], 'public/index.html'],
    ['an XML declaration', ['<?xml version="1.0"?>', '<!-- pom.xml -->'], 'pom.xml'],
    ['PHP’s tag', ['<?php', '// src/index.php'], 'src/index.php'],
    ['an empty line', ['', '// src/a.ts'], 'src/a.ts'],
    ['nothing, with words behind', ['// src/a.ts - the queue'], 'src/a.ts'],
    ['nothing, as a label', ['// filename: src/a.ts'], 'src/a.ts'],
    ['nothing, in a doc comment', ['/** src/a.ts */'], 'src/a.ts'],
    ['nothing, in JSX', ['{/* src/a.tsx */}'], 'src/a.tsx'],
    ['nothing, with backslashes', ['// src\\a.ts'], 'src/a.ts'],
  ])('below %s', (_what, head, path) => {
    const content = lines(...head, 'x');
    expect(contentsIn(`\`\`\`\n${content}\`\`\`\n`)).toEqual({ [path]: content });
  });

  test.each([
    ['// see src/a.ts'],
    ['const a = 1;', '// src/a.ts'],
    ['// uses src/a.ts and src/b.ts'],
    ['# Title'],
  ])('but not: %s', (...head) => {
    expect(contentsIn(`\`\`\`ts\n${lines(...head)}x\n\`\`\`\n`)).toEqual({});
  });
});

describe('an excerpt is taken only where there is no such file', () => {
  const blocks = [
    '```ts src/a.ts:1-3\nx\n```\n',
    '```ts src/a.ts#L4\nx\n```\n',
    '```ts src/a.ts lines 3-9\nx\n```\n',
    '```3:9:src/a.ts\nx\n```\n',
    'Add to `src/a.ts`:\n```ts\nx\n```\n',
    '### Change `src/a.ts`\n```ts\nx\n```\n',
    'Update `src/a.ts`:\n\n```ts\nx\n```\n',
    'In `src/a.ts`:\n```ts\nx\n```\n',
    '`src/a.ts` (lines 3-9):\n```ts\nx\n```\n',
    '`src/a.ts` (excerpt):\n```ts\nx\n```\n',
  ];
  test.each(blocks)('%j', (text) => {
    expect(contentsIn(text)).toEqual({ 'src/a.ts': 'x\n' });
    const present = (path: string) => (path === 'src/a.ts' ? 'whole\n' : undefined);
    expect(contentsIn(text, { present })).toEqual({});
    expect(skippedIn(text, { present })).toEqual(['excerpt src/a.ts']);
  });

  test('nor one that the text wrote before', () => {
    const text = '```ts src/a.ts\nwhole\n```\n\nAdd to `src/a.ts`:\n```ts\nx\n```\n';
    expect(contentsIn(text)).toEqual({ 'src/a.ts': 'whole\n' });
    expect(skippedIn(text)).toEqual(['excerpt src/a.ts']);
  });

  test.each([
    'Updated `src/a.ts`:',
    'Create `src/a.ts`:',
    'Add the file `src/a.ts`:',
    '`src/a.ts` (updated)',
    'Write the full code in `src/a.ts`:',
  ])('and this is the whole: %s', (line) => {
    expect(contentsIn(`${line}\n\`\`\`ts\nx\n\`\`\`\n`, { present: () => 'old\n' })).toEqual({
      'src/a.ts': 'x\n',
    });
  });
});
