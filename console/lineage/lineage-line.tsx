import { GitFork } from 'lucide-react';
import type { Lineage, RunState } from '@stagewire/client';
import { capitalized } from '../shell/labels.ts';
import { useOffers } from '../session/use-offers.ts';
import { Link } from '../shell/link.tsx';
import { comparePath, runPath } from '../shell/route.ts';
import { lineageKind } from './lineage-text.ts';
import { useSource } from './use-source.ts';

/** Longer tasks are cut in the line. */
const maxTaskChars = 80;

/** Which run this run started from, and where. */
export function LineageLine({ state }: { readonly state: RunState }) {
  const { from } = state;
  return from === undefined ? null : <Line state={state} from={from} />;
}

function Line({ state, from }: { readonly state: RunState; readonly from: Lineage }) {
  // A link permits one run: the source is only named.
  const seesSource = useOffers('runs.get', from.runId);
  const source = useSource(seesSource ? from.runId : undefined);
  const isGone = source.status === 'deleted' || source.status === 'removed';
  const [first = ''] = (source.status === 'found' ? source.task : '').trim().split('\n', 1);
  // A rerun has the task of its source: its id says more than the task once again.
  const isOtherTask = first !== '' && first !== state.task.trim().slice(0, first.length);
  const name = isOtherTask ? (
    first.slice(0, maxTaskChars) + (first.length > maxTaskChars ? '…' : '')
  ) : (
    <span className="mono">{from.runId}</span>
  );
  return (
    <p className="lineage">
      <span className="lineage-text">
        <GitFork size={13} aria-hidden="true" /> {lineageKind(from)} of{' '}
        {!seesSource ? (
          name
        ) : isGone ? (
          <>
            <span className="mono">{from.runId}</span>{' '}
            <span className="badge">{source.status === 'deleted' ? 'Deleted' : 'Deleted or expired'}</span>
          </>
        ) : (
          <Link href={runPath(from.runId)} title={from.runId}>
            {name}
          </Link>
        )}
        {placeText(state, from)}
      </span>
      {isGone || !seesSource ? null : (
        <Link href={comparePath(from.runId, state.runId)}>Compare with its source</Link>
      )}
    </p>
  );
}

/** ` from Coder, stage 2` of a rerun, ` at Coder, stage 2, attempt 1` of a fork. */
function placeText({ stages }: RunState, { stage, attempt }: Lineage): string {
  if (stage === undefined) return '';
  const role = stages.find((it) => it.stage === stage)?.role;
  const place = `${role === undefined ? '' : `${capitalized(role)}, `}stage ${stage}`;
  return attempt === undefined ? `, from ${place}` : `, at ${place}, attempt ${attempt}`;
}
