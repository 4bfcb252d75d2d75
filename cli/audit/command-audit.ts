import type { AuditEntry, AuditPage } from '@stagewire/client';
import { counted } from '@stagewire/shared/units/count';
import { cleanLine } from '../render/clean-text.ts';
import { jsonLine } from '../render/json-line.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { connectTo } from '../terminal/connect-to.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { keepProcessAlive } from '../terminal/keep-process-alive.ts';
import { requireAdmin } from '../terminal/require-admin.ts';
import { instantOf, type Since } from '../trace/parse-since.ts';

export interface AuditOptions {
  readonly since: Since;
  /** The id or the name of an actor. @default all */
  readonly actor?: string;
  /** @default all owners */
  readonly owner?: string;
  /** The id of a run. @default everything */
  readonly run?: string;
  /** Print one line of JSON per record. */
  readonly json?: boolean;
}

/** `audit`: prints who did what, oldest first, page by page. */
export async function commandAudit(context: CliContext, options: AuditOptions): Promise<number> {
  const { screen } = context;
  const { actor, owner, run, json = false } = options;
  using awake = new DisposableStack();
  awake.use(keepProcessAlive());
  await using client = await connectTo(context);
  const info = await client.info();
  requireAdmin(info, 'audit');
  const since = instantOf(options.since, info.now);
  const wanted = {
    since,
    ...(actor !== undefined && { actor }),
    ...(owner !== undefined && { owner }),
    ...(run !== undefined && { runId: run }),
  };
  let scanned = 0;
  let after: string | undefined;
  do {
    const page: AuditPage = await client.procedures.audit.list({
      ...wanted,
      ...(after !== undefined && { after }),
    });
    scanned += page.scanned;
    after = page.next;
    const lines = page.items.map((entry) => (json ? jsonLine(entry) : lineOf(entry)));
    screen.showStatus(undefined);
    if (lines.length > 0) await screen.write(`${lines.join('\n')}\n`);
    screen.showStatus(`Looked at ${counted(scanned, 'event')}`);
  } while (after !== undefined);
  screen.showStatus(undefined);
  return exitCodes.done;
}

/** `2026-11-28T10:00:00.000Z  ada (key:…)  runs.cancel  owner team  run_…  <command id>`. */
function lineOf({ at, actor, procedure, owner, runId, subject, times, node }: AuditEntry): string {
  const who = actor.name === undefined ? actor.id : `${actor.name} (${actor.id})`;
  const cells = [at, who, procedure, `owner ${owner}`, runId, subject];
  if (times > 1) cells.push(`${times} times`);
  if (node !== undefined) cells.push(`node ${node}`);
  return cells.flatMap((cell) => (cell === undefined ? [] : [cleanLine(cell)])).join('  ');
}
