import type { AskedName } from './rehearsal-ask-name.ts';
import { asksForSomething, followedBy, readAsks } from './rehearsal-asks.ts';
import type { Asks } from './rehearsal-asks.ts';
import type { CodeLanguage } from './rehearsal-ask-language.ts';
import type { Design } from './rehearsal-code-writer.ts';
import type { Subject } from './rehearsal-subject.ts';

/** Maximum number of instructions that become rules: the latest ones are used. */
const maxRules = 3;

export interface DesignInput {
  readonly task: string;
  readonly subject: Subject;
  /** Oldest first. */
  readonly instructions: readonly string[];
  /** What the existing files show; requirements in the instructions override it. */
  readonly present?: Asks;
}

/** All requirements. The task's wishes for tests and length are ignored: tests have a role of their own. */
export function asksOf({ task, instructions, present }: DesignInput): Asks {
  const { tests: _tests, length: _length, ...ofTask } = readAsks([task]);
  const asked = readAsks(instructions);
  if (present === undefined) return followedBy(ofTask, asked);
  // In another language the names in the existing files do not apply.
  const isOther = asked.language !== undefined && asked.language !== present.language;
  return followedBy(followedBy(ofTask, isOther ? { ...present, names: [] } : present), asked);
}

/** The program that the task and the requirements describe, at full length. */
export function designFor(input: DesignInput): Design {
  const { subject, instructions } = input;
  const asks = asksOf(input);
  const language = languageOf(asks);
  const isPython = language === 'py';
  const type = latestOf(asks, 'class');
  const make = latestOf(asks, 'function');
  const file = latestOf(asks, 'file');
  const thing = latestOf(asks, 'thing');
  const typeName =
    type?.of === 'class' ? type.name.replaceAll('-', '') : pascalOf(type?.name ?? subject.pascal);
  const latest = asks.names.findLast(({ of }) => of === 'class' || of === 'function')?.of;
  const style =
    asks.style ?? (latest === 'class' || (latest === undefined && isPython) ? 'classes' : 'functions');
  const slug = thing === undefined ? (isPython ? subject.snake : subject.slug) : slugOf(thing.name);
  const created = isPython ? `create_${snakeOf(typeName)}` : `create${typeName}`;
  return {
    subject,
    language,
    isOneFile: asks.layout === 'one file',
    style,
    density: 'full',
    hasComments: asks.comments !== 'none',
    typeName: typeName.charAt(0).toUpperCase() + typeName.slice(1),
    makeName: make?.of === 'function' ? make.name.replaceAll('-', '_') : created,
    base: baseOf(file?.of === 'file' ? file.name : undefined, slug, isPython),
    rules: [...new Set(instructions.filter((text) => !asksForSomething(text)))].slice(-maxRules),
  };
}

/** The last name for one kind of thing; a name for the whole program counts for every kind. */
function latestOf({ names }: Asks, kind: AskedName['of']): AskedName | undefined {
  return names.findLast(({ of }) => of === kind || of === 'thing');
}

function languageOf({ language, names }: Asks): CodeLanguage {
  if (language !== undefined) return language;
  const extension = names
    .map(({ name }) => /\.(ts|js|mjs|py)$/.exec(name)?.[1])
    .findLast((it) => it !== undefined);
  if (extension === 'py') return 'py';
  return extension === 'js' || extension === 'mjs' ? 'js' : 'ts';
}

function baseOf(file: string | undefined, slug: string, isPython: boolean): string {
  const bare = (file ?? slug).replace(/\.(?:ts|js|mjs|py)$/, '');
  // A file name with an extension is used as the complete path.
  const path = isPython || bare.includes('/') || bare !== (file ?? slug) ? bare : `src/${bare}`;
  return isPython ? path.replaceAll('-', '_') : path;
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
}

function pascalOf(name: string): string {
  return wordsOf(name)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function slugOf(name: string): string {
  return wordsOf(name).join('-').toLowerCase();
}

function snakeOf(name: string): string {
  return wordsOf(name).join('_').toLowerCase();
}
