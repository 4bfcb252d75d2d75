import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cleanLine } from '../render/clean-text.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { parseScenario, type ScenarioRun } from './scenario.ts';

export interface ReadScenarioOptions {
  readonly cwd: string;
  /** Of the runs that name none. */
  readonly defaultModel: string;
}

const modules = new Set(['.ts', '.mts', '.js', '.mjs']);

/** The limit of a JSON file, in bytes. */
const maxBytes = 10 * 1024 * 1024;

const shownProblems = 10;

/**
 * Reads a scenario from a JSON file, or from the default export of a module (`.ts`, `.mts`, `.js`, `.mjs`), which is
 * executed.
 *
 * @throws CliProblem if it cannot be read, or with all of its problems.
 */
export async function readScenario(
  file: string,
  { cwd, defaultModel }: ReadScenarioOptions,
): Promise<readonly ScenarioRun[]> {
  const path = resolve(cwd, file);
  const given = await load(path);
  const parsed = parseScenario(given, defaultModel);
  if ('runs' in parsed) return parsed.runs;
  throw invalidScenario(`The scenario ${path} is not valid:`, parsed.problems);
}

/** The first problems, each on a line of bounded length. */
export function invalidScenario(what: string, problems: readonly string[]): CliProblem {
  const shown = problems.slice(0, shownProblems).map((problem) => `  ${cleanLine(problem, 300)}`);
  const more = problems.length > shown.length ? [`  and ${problems.length - shown.length} more`] : [];
  return new CliProblem([what, ...shown, ...more].join('\n'));
}

async function load(path: string): Promise<unknown> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes) throw new RangeError(`larger than ${maxBytes} bytes`);
    if (!modules.has(extname(path))) return JSON.parse(await readFile(path, 'utf8'));
    const { default: scenario } = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    if (scenario === undefined) throw new TypeError('it has no default export');
    return scenario;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliProblem(`The scenario ${path} cannot be read (${cleanLine(why, 300)}).`);
  }
}
