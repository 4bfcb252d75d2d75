import type { RequestedName } from './rehearsal-requested-names.ts';
import { hasRequirements, mergeRequirements, readRequirements } from './rehearsal-requirements.ts';
import type { Requirements } from './rehearsal-requirements.ts';
import type { CodeLanguage } from './rehearsal-requested-language.ts';
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
  readonly present?: Requirements;
  /** Whether the task's wish for tests is left to another role. */
  readonly hasTester: boolean;
}

/** All requirements. The task's wish for a length is ignored, and that for tests if they have a role of their own. */
export function requirementsOf({ task, instructions, present, hasTester }: DesignInput): Requirements {
  const { tests, length: _length, ...others } = readRequirements([task]);
  const ofTask = tests === 'wanted' && !hasTester ? { ...others, tests } : others;
  const asked = readRequirements(instructions);
  if (present === undefined) return mergeRequirements(ofTask, asked);
  // In another language the names in the existing files do not apply.
  const isOther = asked.language !== undefined && asked.language !== present.language;
  return mergeRequirements(mergeRequirements(ofTask, isOther ? { ...present, names: [] } : present), asked);
}

/** The program that the task and the requirements describe, at full length. */
export function designFor(input: DesignInput): Design {
  const { subject, instructions } = input;
  const requirements = requirementsOf(input);
  const language = languageOf(requirements);
  const isPython = language === 'py';
  const type = latestOf(requirements, 'class');
  const make = latestOf(requirements, 'function');
  const file = latestOf(requirements, 'file');
  const thing = latestOf(requirements, 'thing');
  const typeName =
    type?.of === 'class' ? type.name.replaceAll('-', '') : pascalOf(type?.name ?? subject.pascal);
  const latest = requirements.names.findLast(({ of }) => of === 'class' || of === 'function')?.of;
  const style =
    requirements.style ??
    (latest === 'class' || (latest === undefined && isPython) ? 'classes' : 'functions');
  const slug = thing === undefined ? (isPython ? subject.snake : subject.slug) : slugOf(thing.name);
  const created = isPython ? `create_${snakeOf(typeName)}` : `create${typeName}`;
  return {
    subject,
    language,
    isOneFile: requirements.layout === 'one file',
    style,
    density: 'full',
    hasComments: requirements.comments !== 'none',
    typeName: typeName.charAt(0).toUpperCase() + typeName.slice(1),
    makeName: make?.of === 'function' ? make.name.replaceAll('-', '_') : created,
    base: baseOf(file?.of === 'file' ? file.name : undefined, slug, isPython),
    rules: [...new Set(instructions.filter((text) => !hasRequirements(text)))].slice(-maxRules),
  };
}

/** The last name for one kind of thing; a name for the whole program counts for every kind. */
function latestOf({ names }: Requirements, kind: RequestedName['of']): RequestedName | undefined {
  return names.findLast(({ of }) => of === kind || of === 'thing');
}

function languageOf({ language, names }: Requirements): CodeLanguage {
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
