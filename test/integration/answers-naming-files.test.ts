import { afterAll, beforeAll, describe } from 'vitest';
import { startCrewServer, testCases, type CrewCase, type CrewServer } from '../support/crew-case.ts';

let crew: CrewServer;
beforeAll(async () => {
  crew = await startCrewServer();
});
afterAll(() => crew[Symbol.asyncDispose]());

/** Ways to name a block, in one answer, each up to its opening fence and the first lines below it. */
function naming(
  title: string,
  forms: readonly (readonly [path: string | null, ...lines: string[]])[],
): CrewCase {
  const answer: string[] = [];
  const files: Record<string, readonly string[]> = {};
  for (const [index, [path, ...lines]] of forms.entries()) {
    const opening = lines.findLastIndex((line) => /^[`~]{3}/.test(line));
    const fence = /^[`~]+/.exec(lines[opening] ?? '')?.[0] ?? '';
    answer.push(...lines, `content ${index}`, fence, '');
    if (path !== null) files[path] = [...lines.slice(opening + 1), `content ${index}`];
  }
  return { title, answers: { coder: [answer] }, right: { files, calls: { coder: 1 } } };
}

describe('files named in the info string', () => {
  testCases(
    () => crew,
    [
      naming('as pages of v0, Docusaurus and others write it', [
        ['app/page.tsx', '```tsx file="app/page.tsx"'],
        ['components/list.tsx', '```tsx filename="components/list.tsx" showLineNumbers'],
        ['src/a.ts', '```ts title="src/a.ts"'],
        ['src/b.ts', "```ts title='src/b.ts' {1,3-4}"],
        ['src/c.ts', '```typescript:src/c.ts'],
        ['src/d.ts', '```src/d.ts'],
        ['src/e.ts', '```ts // src/e.ts'],
        ['src/f.py', '```python # src/f.py'],
        ['src/g.js', '```js src/g.js (new)'],
        ['src/h.ts', '```{.ts filename="src/h.ts"}'],
        ['src/i.ts', '```ts path=src/i.ts'],
        ['src/k.ts', '``` ts src/k.ts'],
        ['src/l.ts', '```ts `src/l.ts`'],
        ['src/m.ts', '```ts **src/m.ts**'],
      ]),
      naming('with Windows paths', [
        ['src/a.cs', '```csharp src\\a.cs'],
        ['src/b.cs', '```csharp .\\src\\b.cs'],
        ['Tests/QueueTests.cs', '**Tests\\QueueTests.cs**', '', '```csharp'],
        ['Queue.sln', '```text Queue.sln'],
        ['Properties/launchSettings.json', '### `Properties\\launchSettings.json`', '```json'],
      ]),
      naming('with brackets, at signs and dollars that belong to the path', [
        ['app/(shop)/[...slug]/page.tsx', '```tsx app/(shop)/[...slug]/page.tsx'],
        ['app/@modal/default.tsx', '```tsx app/@modal/default.tsx'],
        ['app/[[...all]]/page.tsx', '**app/[[...all]]/page.tsx**', '```tsx'],
        ['src/routes/+page.svelte', '```svelte src/routes/+page.svelte'],
        ['app/routes/users.$id.tsx', '### app/routes/users.$id.tsx', '```tsx'],
        ['src/__init__.py', '```python src/__init__.py'],
        ['tests/__init__.py', '**tests/__init__.py**', '```python'],
        ['[id].tsx', '```tsx [id].tsx'],
        ['pages/_app.tsx', '#### `pages/_app.tsx`', '```tsx'],
        ['docs/My Notes.md', '```md "docs/My Notes.md"'],
      ]),
      naming(
        'with files at the root, of many ecosystems',
        (
          'go.sum Jenkinsfile Rakefile Justfile Caddyfile Dockerfile.dev VERSION NOTICE py.typed Main.hs main.jl Token.sol build.zig ' +
          'run.bat schema.prisma index.astro app.properties queue.service dune-project mix.exs rebar.config Package.swift composer.json ' +
          'Gemfile Procfile Vagrantfile CMakeLists.txt meson.build WORKSPACE BUILD.bazel flake.nix stack.yaml queue.cabal pom.xml ' +
          'LICENSE CODEOWNERS Podfile Snakefile SConstruct Tiltfile Earthfile Containerfile nginx.conf requirements.txt setup.cfg ' +
          'MANIFEST.in configure.ac Makefile.am deps.edn project.clj shard.yml gleam.toml pubspec.yaml main.tf Chart.yaml .env.example ' +
          '.gitignore .dockerignore .editorconfig .npmrc .nvmrc .prettierrc .eslintrc.cjs .github/workflows/ci.yml gradlew mvnw ' +
          'App.csproj Directory.Build.props build.sbt settings.gradle.kts go.work Cargo.lock uv.lock .python-version .tool-versions ' +
          'compose.yaml Makefile Brewfile DESCRIPTION NAMESPACE vite.config.ts index.html.erb paper.tex report.qmd main.typ'
        )
          .split(' ')
          .map((path) => [path, `\`\`\`text ${path}`] as const),
      ),
      naming('by words that are no path', [
        [null, '```js live'],
        [null, '```ts twoslash'],
        [null, '```bash npm install'],
        [null, '```python main'],
        [null, '```text output'],
        [null, '```console $'],
        [null, '```mermaid graph'],
        [null, '```ts {1,3}'],
        [null, '```diff -u'],
        ['src/a.ts', '```ts src/a.ts'],
      ]),
      {
        title: 'by paths that may not be: absolute, above the root, below a home, on a drive',
        answers: {
          coder: [
            [
              '```ts /app/src/a.ts\nA\n```\n\n```ts ../b.ts\nB\n```\n\n```ts ~/c.ts\nC\n```\n',
              '```ts C:\\queue\\d.ts\nD\n```\n\n```ts src/e.ts\nE\n```\n\n```ts src/../../f.ts\nF\n```',
            ],
          ],
        },
        right: {
          files: { 'src/e.ts': 'E\n' },
          skipped: [
            'path_refused /app/src/a.ts',
            'path_refused ../b.ts',
            'path_refused ~/c.ts',
            'path_refused C:\\queue\\d.ts',
            'path_refused src/../../f.ts',
          ],
        },
      },
    ],
  );
});

describe('files named beside the block', () => {
  testCases(
    () => crew,
    [
      naming('as GPT, Claude and Gemini head them', [
        [
          'src/layout.tsx',
          '**1. `src/layout.tsx` (Updated)**',
          '*This component reads the headers.*',
          '',
          '```tsx',
        ],
        ['src/styles/colors.js', '**File: `src/styles/colors.js`**', '```javascript'],
        ['src/score.py', '### File: `src/score.py`', '```python'],
        ['Cargo.toml', '📄 **Cargo.toml**', '', '```toml'],
        ['src/main.rs', '### 📁 `src/main.rs`', '', '```rust'],
        ['game/main.py', 'File game/main.py:', '`````'],
        ['config.fish', 'config.fish', '```'],
        ['main.py', '[main.py](./main.py)', '', '```python'],
        ['entry.py', '---------------------', 'File: entry.py', '', '```python'],
        ['src/a.ts', '<summary>src/a.ts</summary>', '', '```ts'],
        ['src/b.ts', '## 3) src/b.ts', '', '```ts'],
        ['src/c.ts', 'Create a new file called `src/c.ts` with the following content:', '', '```ts'],
        ['src/d.ts', "Here's `src/d.ts`:", '```ts'],
        ['src/e.ts', '// src/e.ts', '```ts'],
        ['src/f.ts', '=== src/f.ts ===', '```ts'],
        ['src/g.ts', '**Filename:** `src/g.ts`', '', '```ts'],
        ['src/h.ts', '- `src/h.ts` - the entry point', '', '```ts'],
        ['src/i.ts', '| `src/i.ts` |', '```ts'],
        ['.gitignore', '**.gitignore**', '```'],
        ['Makefile', '#### Makefile', '```makefile'],
        ['go.mod', '`go.mod`:', '```'],
        ['Dockerfile', '### 4. Dockerfile', '```dockerfile'],
      ]),
      naming('in the language of the task', [
        ['src/a.ts', '文件：src/a.ts', '```ts'],
        ['src/b.ts', '### 文件 2：`src/b.ts`', '```ts'],
        ['src/c.ts', '创建 `src/c.ts`：', '```ts'],
        ['src/d.ts', 'Archivo: `src/d.ts`', '```ts'],
        ['src/e.ts', 'Fichier : `src/e.ts`', '```ts'],
        ['src/f.ts', '**Datei: src/f.ts**', '```ts'],
        ['src/g.ts', 'Файл: `src/g.ts`', '```ts'],
        ['src/h.ts', 'ファイル: `src/h.ts`', '```ts'],
        ['src/i.ts', '### Arquivo: src/i.ts', '```ts'],
        ['src/j.ts', '파일: `src/j.ts`', '```ts'],
        ['src/k.ts', 'Plik: `src/k.ts`', '```ts'],
      ]),
      naming('in a comment of the first lines', [
        ['src/a.py', '```python', '#!/usr/bin/env python3', '# src/a.py'],
        ['app/page.tsx', '```tsx', '"use client"', '', '// app/page.tsx'],
        ['public/index.html', '```html', '<!DOCTYPE html>', '<!-- public/index.html -->'],
        ['src/b.ts', '```typescript', '// file: src/b.ts', ''],
        ['styles/site.css', '```css', '/* styles/site.css */'],
        ['db/schema.sql', '```sql', '-- db/schema.sql'],
        ['src/app.php', '```php', '<?php', '// src/app.php'],
        ['src/c.lua', '```lua', '-- src/c.lua'],
        ['entry.py', '```python', '# File: entry.py'],
        ['run.bat', '```bat', ':: run.bat'],
        ['src/core.clj', '```clojure', ';; src/core.clj'],
        ['src/Shop/Cart.cs', '```csharp', '// src/Shop/Cart.cs'],
      ]),
      naming('by a sentence about it, or by another block', [
        [null, 'Run `src/a.ts` like this:', '```sh'],
        [null, 'The error came from src/a.ts because of this line:', '```'],
        [null, 'Output of `node src/a.ts`:', '```text'],
        ['src/a.ts', '```ts src/a.ts'],
        [null, 'Then test it:', '```bash'],
      ]),
      {
        title: 'in items of a list, their blocks indented',
        answers: {
          coder: [
            [
              '1. **package.json**\n\n    ```json\n    {\n      "private": true\n    }\n    ```\n',
              '2. `src/a.ts`:\n\n   ```ts\n   if (a) {\n     b();\n   }\n   ```\n',
              '- src/b.ts\n  ```ts\n  B\n  ```',
            ],
          ],
        },
        right: {
          files: {
            'package.json': ['{', '  "private": true', '}'],
            'src/a.ts': ['if (a) {', '  b();', '}'],
            'src/b.ts': 'B\n',
          },
        },
      },
      {
        title: 'in a fence behind words in its line',
        answers: {
          coder: [
            [
              'Here it is: ```ts src/a.ts',
              'A',
              '```',
              '',
              '**Then:** ```ts src/b.ts',
              '# Here: ```ts src/c.ts',
              '```',
            ],
          ],
        },
        right: {
          files: { 'src/a.ts': 'A\n', 'src/b.ts': '# Here: ```ts src/c.ts\n' },
          calls: { coder: 1 },
        },
      },
    ],
  );
});

describe('files in tags', () => {
  testCases(
    () => crew,
    [
      {
        title: 'of Bolt, Dyad, Lovable and Cline',
        answers: {
          coder: [
            [
              '<boltArtifact id="queue" title="Queue">',
              '<boltAction type="file" filePath="package.json">\n{}',
              '</boltAction>\n<boltAction type="shell">npm install</boltAction>\n</boltArtifact>\n',
              '<dyad-write path="src/a.ts" description="the queue">\nA\n</dyad-write>\n',
              '<lov-write file_path="src/b.ts">B\n</lov-write>\n',
              '<write_to_file>\n<path>src/c.ts</path>\n<content>\nC\n</content>\n</write_to_file>',
            ],
          ],
        },
        right: {
          files: { 'package.json': '{}\n', 'src/a.ts': 'A\n', 'src/b.ts': 'B\n', 'src/c.ts': 'C\n' },
        },
      },
      {
        title: 'of other tools, with CDATA, with a fence inside, with a name in single quotes',
        answers: {
          coder: [
            [
              "<file name='src/a.ts'>\n<![CDATA[\nif (a < b && b > c) go();\n]]>\n</file>\n",
              '<file path="src/b.ts">\n```ts\nB\n```\n</file>\n',
              '<create_file path="src/c.ts">\nC\n</create_file>\n',
              '<code filename="src/d.html">\n<div><p>D</p></div>\n</code>',
            ],
          ],
        },
        right: {
          files: {
            'src/a.ts': 'if (a < b && b > c) go();\n',
            'src/b.ts': 'B\n',
            'src/c.ts': 'C\n',
            'src/d.html': '<div><p>D</p></div>\n',
          },
        },
      },
      {
        title: 'beside fenced files, and a tag that is left open',
        answers: {
          coder: [
            ['```ts src/a.ts', 'A', '```', '', '<file path="src/b.ts">', 'B'],
            ['<file path="src/b.ts">', 'B', '</file>'],
          ],
        },
        right: {
          files: { 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' },
          skipped: ['open src/b.ts'],
          calls: { coder: 2 },
        },
      },
      {
        title: 'a whole answer as one JSON object of files is asked for again',
        answers: {
          coder: ['{"files": [{"path": "src/a.ts", "content": "A\\n"}]}', ['```ts src/a.ts', 'A', '```']],
        },
        right: { files: { 'src/a.ts': 'A\n' }, calls: { coder: 2 } },
      },
    ],
  );
});
