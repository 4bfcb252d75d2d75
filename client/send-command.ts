import type { Call, CallOptions } from './transport/call.ts';
import type { CancelInput, Receipt, RedirectInput, SteerInput } from './generated/contract.ts';
import { randomCommandId } from './random-id.ts';

/** The input of a procedure, whose `commandId` may be left out: then it is a new one. */
type WithoutId<Input> = Input extends unknown
  ? Omit<Input, 'commandId'> & { readonly commandId?: string | undefined }
  : never;

/** A command to a run, by its kind, with the input of its procedure. */
export type CommandInput =
  | ({ /** Gives the model an instruction: `runs.steer`. */ readonly kind: 'steer' } & WithoutId<SteerInput>)
  | ({
      /** Ends the stage and continues with another role: `runs.redirect`. */ readonly kind: 'redirect';
    } & WithoutId<RedirectInput>)
  | ({
      /** Cancels the run, or its current stage: `runs.cancel`. */ readonly kind: 'cancel';
    } & WithoutId<CancelInput>);

/** Sends a command with one call. */
export function sendCommand(
  call: Call,
  { kind, commandId = randomCommandId(), ...input }: CommandInput,
  options?: CallOptions,
): Promise<Receipt> {
  return call(`runs.${kind}`, { ...input, commandId }, options);
}
