const languages = [
  'bash',
  'c',
  'cpp',
  'csharp',
  'css',
  'diff',
  'docker',
  'go',
  'html',
  'ini',
  'java',
  'javascript',
  'json',
  'jsx',
  'kotlin',
  'markdown',
  'php',
  'python',
  'ruby',
  'rust',
  'sql',
  'swift',
  'toml',
  'tsx',
  'typescript',
  'yaml',
] as const;

/** A language that the console can highlight. */
export type CodeLanguage = (typeof languages)[number];

const otherNames: Readonly<Record<string, CodeLanguage>> = {
  'c++': 'cpp',
  'c#': 'csharp',
  cs: 'csharp',
  dockerfile: 'docker',
  golang: 'go',
  js: 'javascript',
  jsonc: 'json',
  kt: 'kotlin',
  md: 'markdown',
  mjs: 'javascript',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  ts: 'typescript',
  yml: 'yaml',
  zsh: 'bash',
};

/** The language of a fence's info string; `undefined` for one that is not highlighted. */
export function codeLanguage(given: string): CodeLanguage | undefined {
  const name = given.toLowerCase();
  return (
    languages.find((it) => it === name) ?? (Object.hasOwn(otherNames, name) ? otherNames[name] : undefined)
  );
}
