import type { RunCommand } from '@stagewire/shared';
import { Command } from '@stagewire/shared/commands';
import { ShareInput, UnshareInput } from '@stagewire/shared/links';
import { z } from 'zod';

const RelayedCommand = z.union([
  Command,
  ShareInput.extend({ kind: z.literal('share') }),
  UnshareInput.extend({ kind: z.literal('unshare') }),
]);

/**
 * Reads a command that another node has sent, which may be of a later version: one that this version does not know as a whole
 * must not be decided in part.
 *
 * @returns `undefined` for such a command.
 */
export function readRelayedCommand(json: string): RunCommand | undefined {
  const { data } = RelayedCommand.safeParse(parse(json));
  return data;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
