import { z } from 'zod';
import { defaultLimits } from './limits.ts';
import {
  Amount,
  AttemptTarget,
  CommandId,
  Currency,
  Cursor,
  Labels,
  ModelRef,
  Ordinal,
  Owner,
  Role,
  RunId,
  Settings,
  StartFrom,
  TraceParent,
} from './primitives.ts';
import { isCleanRelativePath, maxPathChars, pathProblem } from './text/file-path.ts';

/** Inputs of commands. Every object is strict: an unknown field is rejected, and the error names it. */

const FilePath = z
  .string()
  .min(1)
  .max(maxPathChars)
  .refine(isCleanRelativePath, { error: ({ input }) => pathProblem(String(input)) });

export const InputFile = z
  .strictObject({ path: FilePath, text: z.string().max(defaultLimits.maxFileChars) })
  .meta({ id: 'InputFile' });

const Instruction = z.string().min(1).max(defaultLimits.maxInstructionChars);

const startInput = z
  .strictObject({
    task: z.string().trim().min(1).max(defaultLimits.maxTaskChars).optional(),
    runId: RunId.optional(),
    owner: Owner.optional(),
    from: StartFrom.optional(),
    files: z
      .array(InputFile)
      .max(defaultLimits.maxFiles)
      .refine(havePathsOfTheirOwn, 'two files have one path')
      .optional(),
    instructions: z.record(Role, Instruction).optional(),
    pipeline: z
      .strictObject({
        roles: z.array(Role).min(1).max(16).optional(),
        maxRefinements: z.int().min(0).max(5).optional(),
      })
      .optional(),
    models: z.record(Role, ModelRef).optional(),
    settings: Settings.optional(),
    limits: z
      .strictObject({
        maxAttemptsPerStage: z.int().min(1).max(defaultLimits.maxAttemptsPerStageAllowed).optional(),
        maxDurationMs: z.int().min(1000).max(defaultLimits.maxDurationMs).optional(),
        maxTokens: z.int().positive().optional(),
        maxCost: Amount.optional(),
        currency: Currency.optional(),
      })
      .optional(),
    labels: Labels.refine(
      (labels) => Object.keys(labels).length <= defaultLimits.maxLabels,
      `at most ${defaultLimits.maxLabels} labels`,
    ).optional(),
    traceparent: TraceParent.optional(),
  })
  .refine(({ task, from }) => task !== undefined || from !== undefined, {
    error: 'required without `from`',
    path: ['task'],
  })
  .meta({ id: 'StartInput', anyOf: [{ required: ['task'] }, { required: ['from'] }] });

/** What TypeScript cannot infer from the refinement above. */
type TaskOrFrom = { readonly task: string } | { readonly from: StartFrom };

export const StartInput = startInput as typeof startInput & z.ZodType<TaskOrFrom, TaskOrFrom>;

export const Expect = z
  .union([
    z.literal('any'),
    z.strictObject({ stage: Ordinal, attempt: Ordinal.optional() }),
    z.strictObject({ role: Role }),
  ])
  .meta({ id: 'Expect' });

const CommandText = z.string().trim().min(1).max(defaultLimits.maxCommandTextChars);
const common = { runId: RunId, commandId: CommandId };

export const SteerInput = z
  .strictObject({
    ...common,
    text: CommandText,
    mode: z.enum(['restart', 'continue', 'next']).default('restart'),
    expect: Expect,
    scope: z.enum(['stage', 'run']).default('run'),
    draft: z.enum(['keep', 'drop']).optional(),
  })
  .meta({ id: 'SteerInput' });

export const RedirectInput = z
  .strictObject({ ...common, to: Role, text: CommandText.optional(), expect: Expect })
  .meta({ id: 'RedirectInput' });

const CancelReason = z.string().max(defaultLimits.maxReasonChars).optional();

export const CancelInput = z
  .discriminatedUnion('target', [
    z.strictObject({
      ...common,
      target: z.literal('run'),
      expect: Expect.optional(),
      reason: CancelReason,
    }),
    z.strictObject({ ...common, target: z.literal('stage'), expect: Expect, reason: CancelReason }),
  ])
  .meta({ id: 'CancelInput' });

/** A command as it is stored: the whole parsed input, with its kind. */
export const Command = z
  .union([
    SteerInput.extend({ kind: z.literal('steer') }),
    RedirectInput.extend({ kind: z.literal('redirect') }),
    CancelInput.options[0].extend({ kind: z.literal('cancel') }),
    CancelInput.options[1].extend({ kind: z.literal('cancel') }),
  ])
  .meta({ id: 'Command' });

export const Receipt = z
  .strictObject({ commandId: CommandId, cursor: Cursor, target: AttemptTarget.nullable() })
  .meta({
    id: 'Receipt',
  });

export const StartReceipt = z.strictObject({ runId: RunId, cursor: Cursor }).meta({ id: 'StartReceipt' });

export type StartInput = z.infer<typeof StartInput>;
export type SteerInput = z.infer<typeof SteerInput>;
export type RedirectInput = z.infer<typeof RedirectInput>;
export type CancelInput = z.infer<typeof CancelInput>;
export type Command = z.infer<typeof Command>;
export type Expect = z.infer<typeof Expect>;
export type Receipt = z.infer<typeof Receipt>;
export type StartReceipt = z.infer<typeof StartReceipt>;
export type InputFile = z.infer<typeof InputFile>;

function havePathsOfTheirOwn(files: readonly { readonly path: string }[]): boolean {
  return new Set(files.map((file) => file.path)).size === files.length;
}
