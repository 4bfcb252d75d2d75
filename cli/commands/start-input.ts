import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { defaultLimits } from '@stagewire/shared';
import type { Effort, InputFile, ServerInfo, Settings, StartFrom, StartInput } from '@stagewire/client';
import { CliProblem } from '../terminal/cli-problem.ts';

/** The options of `run` that describe the run. */
export interface StartOptions {
  readonly from?: StartFrom;
  readonly roles?: readonly string[];
  readonly withTester?: boolean;
  readonly maxRefinements?: number;
  readonly model?: string;
  readonly modelFor?: Readonly<Record<string, string>>;
  readonly effort?: Readonly<Record<string, Effort>>;
  readonly maxOutputTokens?: Readonly<Record<string, number>>;
  readonly maxTokens?: number;
  readonly maxCost?: string;
  readonly file?: readonly string[];
  readonly instruct?: string;
  readonly instructFor?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
  readonly owner?: string;
}

/**
 * The input of `runs.start`.
 *
 * @param task Required without `options.from`.
 */
export function startInput(
  task: string | undefined,
  options: StartOptions,
  { info, files }: { readonly info: ServerInfo; readonly files: InputFile[] },
): StartInput {
  const roles = rolesOf(options, info);
  const pipeline = {
    ...(roles !== undefined && { roles }),
    ...(options.maxRefinements !== undefined && { maxRefinements: options.maxRefinements }),
  };
  const models = { ...(options.model !== undefined && { default: options.model }), ...options.modelFor };
  const instructions = {
    ...(options.instruct !== undefined && { all: options.instruct }),
    ...options.instructFor,
  };
  const settings = settingsOf(options);
  const limits = {
    ...(options.maxTokens !== undefined && { maxTokens: options.maxTokens }),
    ...(options.maxCost !== undefined && { maxCost: options.maxCost }),
  };
  const { from } = options;
  return {
    ...(from === undefined ? { task: task ?? '' } : { from, ...(task === undefined ? {} : { task }) }),
    ...(files.length > 0 && { files }),
    ...(Object.keys(pipeline).length > 0 && { pipeline }),
    ...(Object.keys(models).length > 0 && { models }),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(Object.keys(instructions).length > 0 && { instructions }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(options.label !== undefined && { labels: { ...options.label } }),
    ...(options.owner !== undefined && { owner: options.owner }),
  };
}

function settingsOf({ effort = {}, maxOutputTokens = {} }: StartOptions): Settings {
  const roles = new Set([...Object.keys(effort), ...Object.keys(maxOutputTokens)]);
  return Object.fromEntries(
    [...roles].map((role) => [
      role,
      {
        ...(effort[role] !== undefined && { effort: effort[role] }),
        ...(maxOutputTokens[role] !== undefined && { maxOutputTokens: maxOutputTokens[role] }),
      },
    ]),
  );
}

/** The server sorts the roles; a run without roles gets all except the tester. */
function rolesOf({ roles, withTester }: StartOptions, info: ServerInfo): string[] | undefined {
  if (withTester !== true) return roles === undefined ? undefined : [...roles];
  return [...new Set([...(roles ?? info.roles.map(({ role }) => role)), 'tester'])];
}

/**
 * The files for the prompts. Paths are relative to the user's folder; the relative path is the name in the prompt.
 *
 * @throws CliProblem if a file cannot be read as text.
 */
export function contextFiles({ file = [] }: StartOptions, cwd: string): Promise<InputFile[]> {
  return Promise.all(file.map((path) => contextFile(path, cwd)));
}

async function contextFile(path: string, cwd: string): Promise<InputFile> {
  const place = resolve(cwd, path);
  const fromHere = relative(cwd, place);
  const name = fromHere.startsWith('..') || isAbsolute(fromHere) ? basename(place) : fromHere;
  return { path: name.split(sep).join('/'), text: await readText(path, place) };
}

async function readText(path: string, place: string): Promise<string> {
  let bytes: Buffer;
  try {
    const { size } = await stat(place);
    // A character takes at most four bytes.
    if (size > defaultLimits.maxFileChars * 4) {
      throw new CliProblem(
        `The file ${path} is too large: the limit is ${defaultLimits.maxFileChars} characters. ` +
          'Pass only the relevant part of it.',
      );
    }
    bytes = await readFile(place);
  } catch (error) {
    if (error instanceof CliProblem) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why =
      { ENOENT: 'no such file', EISDIR: 'it is a directory', EACCES: 'permission denied' }[code] ?? code;
    throw new CliProblem(`The file ${path} cannot be read: ${why}. Check the path given to --file.`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Reported below, like a file with NUL bytes.
  }
  throw new CliProblem(`The file ${path} is not UTF-8 text; only text files can be sent to a model.`);
}
