import { z } from 'zod';
import type { Command } from './commands.ts';
import { linkShape } from './link-shape.ts';
import { CommandId, Instant, LinkAccess, RunId, ShareId } from './primitives.ts';

/** Links to a run: their commands, and what is stored of them. The token of a link is never stored. */

export const ShareInput = z
  .strictObject({ runId: RunId, commandId: CommandId, may: LinkAccess, until: Instant.optional() })
  .meta({ id: 'ShareInput' });

export const UnshareInput = z
  .strictObject({ runId: RunId, commandId: CommandId, shareId: ShareId })
  .meta({ id: 'UnshareInput' });

export const ShareReceipt = z
  .strictObject({ shareId: ShareId, url: z.string() })
  .meta({ id: 'ShareReceipt' });

/** A link that was not removed. */
export const RunShare = z.strictObject({ ...linkShape, at: Instant }).meta({ id: 'RunShare' });

export type ShareInput = z.infer<typeof ShareInput>;
export type UnshareInput = z.infer<typeof UnshareInput>;
export type ShareReceipt = z.infer<typeof ShareReceipt>;
export type RunShare = z.infer<typeof RunShare>;

/** A command about the links of a run. It changes nothing in the run itself, and is accepted after its end as well. */
export type LinkCommand =
  (ShareInput & { readonly kind: 'share' }) | (UnshareInput & { readonly kind: 'unshare' });

/** Every command to a run. */
export type RunCommand = Command | LinkCommand;
