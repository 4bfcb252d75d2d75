import type { ProcedureMap, RunState, Stagewire } from '@stagewire/client';
import { expectOf } from '@stagewire/shared';
import { modeOf, type Draft } from './draft.ts';

/** Sends the command of a draft. @returns the receipt; rejects like the methods of `Run`. */
export function sendDraft(
  draft: Draft,
  {
    client,
    state,
    commandId,
  }: { readonly client: Stagewire; readonly state: RunState; readonly commandId: string },
): Promise<unknown> {
  const { runs } = client.procedures;
  const { runId } = state;
  const text = draft.line.text.trim();
  const expect = expectOf(draft.seen, state);
  switch (draft.kind) {
    case 'steer': {
      const mode = modeOf(draft, state);
      const input: ProcedureMap['runs.steer']['input'] = {
        runId,
        commandId,
        text,
        expect,
        scope: draft.scope,
        ...(mode === 'restart-without-draft' ? { mode: 'restart', draft: 'drop' } : { mode }),
      };
      return runs.steer(input);
    }
    case 'redirect':
      return runs.redirect({ runId, commandId, to: draft.to, ...(text !== '' && { text }), expect });
    case 'cancel': {
      const reason = text === '' ? {} : { reason: text };
      // Cancelling a run applies in every stage.
      if (draft.target === 'run') return runs.cancel({ runId, commandId, target: 'run', ...reason });
      return runs.cancel({ runId, commandId, target: 'stage', expect, ...reason });
    }
    default:
      draft satisfies never;
      return Promise.resolve();
  }
}
