import { StartInput } from '@stagewire/shared/commands';
import { z } from 'zod';
import { unitMs, parseAmount } from '@stagewire/shared/units/amount';

/** Limits of a scenario. */
const scenarioCaps = { runs: 50, commands: 20 } as const;

/** A command whose time is known. */
export interface TimedCommand {
  readonly at: CommandTime;
  readonly send: CommandToSend;
}

export type CommandTime =
  { readonly afterMessages: number } | { readonly afterMs: number; readonly stage: number | undefined };

export type CommandToSend =
  | { readonly kind: 'steer'; readonly text: string; readonly mode: 'restart' | 'continue' | 'next' }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'cancel'; readonly target: 'run' | 'stage' };

/** A kind of run of a scenario. */
export interface ScenarioRun {
  readonly name: string;
  readonly weight: number;
  readonly start: StartInput;
  readonly commands: readonly TimedCommand[];
}

const Duration = z.string().transform((text, context) => {
  const ms = parseAmount(text, { units: unitMs, allowed: ['ms', 's', 'm', 'h'] });
  if (ms !== undefined) return ms;
  context.addIssue('expected a duration with its unit, e.g. 500ms or 1.5s');
  return z.NEVER;
});

const Command = z
  .strictObject({
    after: Duration.optional(),
    afterMessages: z.int().min(1).max(100_000).optional(),
    stage: z.int().min(1).max(1000).optional(),
    steer: z.string().optional(),
    mode: z.enum(['restart', 'continue', 'next']).optional(),
    redirect: z.string().optional(),
    cancel: z.enum(['run', 'stage']).optional(),
  })
  .transform((given, context): TimedCommand => {
    const at = timeOf(given);
    const send = commandOf(given);
    if (typeof at === 'object' && typeof send === 'object') return { at, send };
    for (const problem of [at, send]) if (typeof problem === 'string') context.addIssue(problem);
    return z.NEVER;
  });

interface GivenCommand {
  readonly after?: number | undefined;
  readonly afterMessages?: number | undefined;
  readonly stage?: number | undefined;
  readonly steer?: string | undefined;
  readonly mode?: 'restart' | 'continue' | 'next' | undefined;
  readonly redirect?: string | undefined;
  readonly cancel?: 'run' | 'stage' | undefined;
}

/** The time, or what is wrong with it. */
function timeOf({ after, afterMessages, stage }: GivenCommand): CommandTime | string {
  if (after !== undefined && afterMessages === undefined) return { afterMs: after, stage };
  if (afterMessages === undefined || after !== undefined)
    return 'needs exactly one of "after" and "afterMessages"';
  return stage === undefined ? { afterMessages } : '"stage" is only possible with "after"';
}

/** The command, or what is wrong with it. */
function commandOf({ steer, mode, redirect, cancel }: GivenCommand): CommandToSend | string {
  const given = [steer, redirect, cancel].filter((it) => it !== undefined).length;
  if (given !== 1) return 'needs exactly one of "steer", "redirect" and "cancel"';
  if (mode !== undefined && steer === undefined) return '"mode" is only possible with "steer"';
  if (steer !== undefined) return { kind: 'steer', text: steer, mode: mode ?? 'restart' };
  return redirect === undefined
    ? { kind: 'cancel', target: cancel ?? 'run' }
    : { kind: 'redirect', to: redirect };
}

/** A file with a mix of runs: docs/LOAD.md describes its fields. */
const Scenario = z.strictObject({
  runs: z
    .array(
      z.strictObject({
        name: z.string().max(100).optional(),
        weight: z.number().positive().max(1e6).optional(),
        start: z.record(z.string(), z.unknown()),
        commands: z.array(Command).max(scenarioCaps.commands).optional(),
      }),
    )
    .min(1)
    .max(scenarioCaps.runs),
});

/** A scenario with all of its values, or the problems of it, one sentence each. */
export type ParsedScenario =
  { readonly runs: readonly ScenarioRun[] } | { readonly problems: readonly string[] };

/** @param defaultModel of the runs that name none. */
export function parseScenario(given: unknown, defaultModel: string): ParsedScenario {
  const parsed = Scenario.safeParse(given);
  if (!parsed.success) {
    const starts = Starts.safeParse(given).data?.runs ?? [];
    return {
      problems: [
        ...parsed.error.issues.map((issue) => problemOf(issue, [])),
        ...starts.flatMap((run, index) => {
          if (run?.start === undefined) return [];
          const input = parseStart(run.start, index, defaultModel);
          return 'problems' in input ? input.problems : [];
        }),
      ],
    };
  }
  const problems: string[] = [];
  const runs = parsed.data.runs.flatMap(({ name, weight = 1, start, commands = [] }, index) => {
    const input = parseStart(start, index, defaultModel);
    if ('start' in input) return [{ name: name ?? `run ${index + 1}`, weight, start: input.start, commands }];
    problems.push(...input.problems);
    return [];
  });
  return problems.length > 0 ? { problems } : { runs };
}

/** The starts alone, of a scenario with other problems: all are reported at once. */
const Starts = z.object({
  runs: z.array(
    z
      .object({ start: z.record(z.string(), z.unknown()) })
      .optional()
      .catch(undefined),
  ),
});

function parseStart(
  start: Readonly<Record<string, unknown>>,
  index: number,
  defaultModel: string,
): { readonly start: StartInput } | { readonly problems: readonly string[] } {
  const path = ['runs', index, 'start'];
  const problems = ['runId', 'from']
    .filter((it) => it in start)
    .map((field) => `${pathText([...path, field])}: not possible in a scenario`);
  const models = { default: defaultModel, ...(start['models'] as object | undefined) };
  const input = StartInput.safeParse({ ...start, models });
  if (!input.success) problems.push(...input.error.issues.map((issue) => problemOf(issue, path)));
  return input.success && problems.length === 0 ? { start: input.data } : { problems };
}

function problemOf({ path, message }: z.core.$ZodIssue, above: readonly PropertyKey[]): string {
  return `${pathText([...above, ...path])}: ${message}`;
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the scenario';
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
