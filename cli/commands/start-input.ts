import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { defaultLimits } from '@stagewire/shared';
import type { Effort, InputFile, ServerInfo, Settings, StartInput } from '@stagewire/client';
import { CliProblem } from '../terminal/cli-problem.ts';

/** The options of `run` that say what the run is. */
export interface StartOptions {
  readonly roles?: readonly string[];
  readonly withTester?: boolean;
  readonly maxRefinements?: number;
  readonly model?: string;
  readonly modelFor?: Readonly<Record<string, string>>;
  readonly effort?: Readonly<Record<string, Effort>>;
  readonly maxOutputTokens?: Readonly<Record<string, number>>;
  readonly file?: readonly string[];
  readonly instruct?: string;
  readonly instructFor?: Readonly<Record<string, string>>;
  readonly label?: Readonly<Record<string, string>>;
}

/** What `runs.start` gets. */
export function startInput(
  task: string,
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
  return {
    task,
    ...(files.length > 0 && { files }),
    ...(Object.keys(pipeline).length > 0 && { pipeline }),
    ...(Object.keys(models).length > 0 && { models }),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(Object.keys(instructions).length > 0 && { instructions }),
    ...(options.label !== undefined && { labels: { ...options.label } }),
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

/** The server orders them; a run that names none gets all but the tester. */
function rolesOf({ roles, withTester }: StartOptions, info: ServerInfo): string[] | undefined {
  if (withTester !== true) return roles === undefined ? undefined : [...roles];
  return [...new Set([...(roles ?? info.roles.map(({ role }) => role)), 'tester'])];
}

/**
 * The files that the roles read. They are read from where the person stands, and the name that the model sees is the
 * path from there.
 *
 * @throws CliProblem if one cannot be read as text.
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
        `The file ${path} is too large to be sent: a file may have ${defaultLimits.maxFileChars} characters. ` +
          'Send the part of it that matters.',
      );
    }
    bytes = await readFile(place);
  } catch (error) {
    if (error instanceof CliProblem) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why =
      { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'this user may not read it' }[
        code
      ] ?? code;
    throw new CliProblem(`The file ${path} cannot be read: ${why}. Check the path given to --file.`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below, as a file with zero bytes is.
  }
  throw new CliProblem(`The file ${path} is not text (UTF-8), and only text can be sent to a model.`);
}
