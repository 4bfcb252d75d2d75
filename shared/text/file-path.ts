/** Languages by extension. Also what tells a file's name from a word with a dot in it. */
const languages: Readonly<Record<string, string>> = {
  ...named('bash', 'sh bash zsh'),
  ...named('c', 'c h'),
  ...named('cpp', 'cc cpp cxx hh hpp'),
  ...named('csharp', 'cs'),
  ...named('css', 'css'),
  ...named('csv', 'csv'),
  ...named('dart', 'dart'),
  ...named('elixir', 'ex exs'),
  ...named('go', 'go'),
  ...named('graphql', 'graphql gql'),
  ...named('html', 'html htm'),
  ...named('ini', 'ini cfg conf env'),
  ...named('java', 'java'),
  ...named('js', 'js mjs cjs'),
  ...named('json', 'json jsonc json5'),
  ...named('jsx', 'jsx'),
  ...named('kotlin', 'kt kts'),
  ...named('lua', 'lua'),
  ...named('markdown', 'md mdx markdown'),
  ...named('php', 'php'),
  ...named('powershell', 'ps1'),
  ...named('proto', 'proto'),
  ...named('python', 'py pyi'),
  ...named('r', 'r'),
  ...named('ruby', 'rb'),
  ...named('rust', 'rs'),
  ...named('scala', 'scala'),
  ...named('scss', 'scss sass less'),
  ...named('sql', 'sql'),
  ...named('svelte', 'svelte'),
  ...named('swift', 'swift'),
  ...named('terraform', 'tf'),
  ...named('text', 'txt log lock'),
  ...named('toml', 'toml'),
  ...named('ts', 'ts mts cts'),
  ...named('tsx', 'tsx'),
  ...named('vue', 'vue'),
  ...named('xml', 'xml svg'),
  ...named('yaml', 'yaml yml'),
};

const wholeNames: ReadonlySet<string> = new Set(['Dockerfile', 'Makefile', 'Procfile', 'Gemfile', 'LICENSE']);

/** Products that are called like a file: as a heading they name a topic. */
const products: ReadonlySet<string> = new Set(
  'node.js next.js nuxt.js vue.js react.js angular.js nest.js express.js three.js d3.js chart.js'.split(' '),
);

/** Where a name was found decides how much it must look like a path to be taken for one. */
export type NameSource = 'info' | 'line';

/**
 * Could `name` be meant as a file's path? By its shape only: whether the path may be recorded is for
 * `cleanPath`. `info` wants a slash, a known extension, a known name or a leading dot; `line` wants the same, and an
 * extension beside the slash, since it stands among prose.
 */
export function looksLikePath(name: string, source: NameSource): boolean {
  if (/\s/.test(name)) return false;
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  if (base === '') return false;
  if (wholeNames.has(base) || /^\.[a-z][\w.-]*$/i.test(base)) return true;
  const hasSlash = base !== name;
  if (hasSlash) return source === 'info' || /\.[a-z][\w-]{0,11}$/i.test(base);
  if (source === 'line' && products.has(base.toLowerCase())) return false;
  return Object.hasOwn(languages, extensionOf(base));
}

/** Characters of a path. */
export const maxPathChars = 512;

/** Is `path` relative, clean and with forward slashes? It is a name for the model, never a place on the server's disk. */
export function isCleanRelativePath(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be in a path
  if (/[\\\u0000-\u001f\u007f]/.test(path) || /^[A-Za-z]:/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** The path as it is recorded, without a leading `./`; `undefined` if it may not be: see the paths of `InputFile`. */
export function cleanPath(path: string): string | undefined {
  const bare = path.startsWith('./') ? path.slice(2) : path;
  return bare.length <= maxPathChars && isCleanRelativePath(bare) ? bare : undefined;
}

/** The language that the path's extension stands for, or `text`. */
export function languageOf(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1);
  if (base === 'Dockerfile' || base === 'Makefile') return base.toLowerCase();
  const extension = extensionOf(base);
  return Object.hasOwn(languages, extension) ? (languages[extension] ?? 'text') : 'text';
}

function extensionOf(base: string): string {
  return base.slice(base.lastIndexOf('.') + 1 || base.length).toLowerCase();
}

function named(language: string, extensions: string): Record<string, string> {
  return Object.fromEntries(extensions.split(' ').map((extension) => [extension, language]));
}
