import { useState, type FormEvent } from 'react';
import { randomCommandId } from '@stagewire/client';
import type { LinkAccess, RunShare, RunState } from '@stagewire/client';
import { useIdentity, useStagewire } from '@stagewire/client/react';
import { ExpirySelect } from '../shell/expiry-select.tsx';
import { Modal } from '../shell/modal.tsx';
import { useServerClock } from '../shell/server-clock.ts';
import { CopyButton } from '../text/code-card.tsx';
import { dateAndTime } from '../session/date-and-time.ts';
import { useShares } from './use-shares.ts';
import '../styles/session.css';

export interface ShareDialogProps {
  readonly state: RunState;
  readonly onClose: () => void;
}

const hourMs = 60 * 60 * 1000;

const expiries = [
  { label: '1 hour', ms: hourMs },
  { label: '1 day', ms: 24 * hourMs },
  { label: '7 days', ms: 7 * 24 * hourMs },
  { label: 'No expiry', ms: undefined },
] as const;
const usualExpiry = 1;

const access = [
  { may: 'read', label: 'Watch', text: 'See the run, its texts and files' },
  { may: 'control', label: 'Watch and control', text: 'Also steer, redirect and cancel the run' },
] as const satisfies readonly { may: LinkAccess; label: string; text: string }[];

/** Creates links to a run, lists those that there are, and revokes them. */
export function ShareDialog({ state, onClose }: ShareDialogProps) {
  const { runId } = state;
  const { shares, error, refresh } = useShares(runId, state);
  return (
    <Modal title="Share this run" onClose={onClose}>
      <CreateLink runId={runId} onCreated={refresh} />
      <LinkList runId={runId} shares={shares} error={error} onRevoked={refresh} />
    </Modal>
  );
}

interface Created {
  readonly url: string;
  readonly may: LinkAccess;
  readonly until: string | undefined;
}

interface CreateLinkProps {
  readonly runId: string;
  readonly onCreated: () => void;
}

function CreateLink({ runId, onCreated }: CreateLinkProps) {
  const stagewire = useStagewire();
  const clock = useServerClock();
  const [may, setMay] = useState<LinkAccess>('read');
  const [expiry, setExpiry] = useState<number>(usualExpiry);
  const [isSending, setSending] = useState(false);
  const [created, setCreated] = useState<Created>();
  const [problem, setProblem] = useState<string>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending) return;
    setSending(true);
    setProblem(undefined);
    setCreated(undefined);
    const ms = expiries[expiry]?.ms;
    const until = ms === undefined ? undefined : new Date(clock.now() + ms).toISOString();
    try {
      const input = { runId, commandId: randomCommandId(), may, ...(until !== undefined && { until }) };
      const { url } = await stagewire.procedures.runs.share(input);
      setCreated({ url, may, until });
      onCreated();
    } catch (error) {
      setProblem(`No link was created. ${error instanceof Error ? error.message : String(error)}`);
    }
    setSending(false);
  };

  return (
    <form className="control-form" onSubmit={(event) => void submit(event)}>
      <fieldset className="share-access">
        <legend>Everyone who has the link may</legend>
        {access.map((it) => (
          <label key={it.may} className="check">
            <input type="radio" name="share-may" checked={may === it.may} onChange={() => setMay(it.may)} />
            <span>
              {it.label} <span className="muted">{it.text}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="share-create">
        <ExpirySelect label="For" expiries={expiries} selected={expiry} onSelect={setExpiry} />
        <button type="submit" className="primary" aria-disabled={isSending}>
          {isSending ? 'Creating' : 'Create link'}
        </button>
      </div>
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          {problem}
        </p>
      )}
      {created === undefined ? null : <CreatedLink {...created} />}
    </form>
  );
}

function CreatedLink({ url, may, until }: Created) {
  const clock = useServerClock();
  return (
    <div className="share-created" role="status">
      <p>
        Link to {may === 'control' ? 'watch and control' : 'watch'} the run
        {until === undefined ? '' : `, until ${dateAndTime(until, clock.now())}`}. Copy it now: it is not
        shown again.
      </p>
      <p className="share-url">
        <input
          className="mono"
          aria-label="Link"
          readOnly
          value={url}
          spellCheck={false}
          onFocus={(event) => event.target.select()}
        />
        <CopyButton text={url} label="Copy link" />
      </p>
    </div>
  );
}

interface LinkListProps {
  readonly runId: string;
  readonly shares: readonly RunShare[];
  /** The list may be out of date. */
  readonly error: Error | undefined;
  readonly onRevoked: () => void;
}

function LinkList({ runId, shares, error, onRevoked }: LinkListProps) {
  const clock = useServerClock();
  const [problem, setProblem] = useState<string>();
  const nowMs = clock.now();
  const valid = shares.filter(({ until }) => until === undefined || Date.parse(until) > nowMs);
  return (
    <section aria-labelledby="share-links">
      <h3 id="share-links">Links to this run</h3>
      {valid.length === 0 ? <p className="muted">There are none.</p> : null}
      <ul className="share-list">
        {valid.toReversed().map((share) => (
          <LinkItem
            key={share.shareId}
            runId={runId}
            share={share}
            onProblem={setProblem}
            onRevoked={onRevoked}
          />
        ))}
      </ul>
      {error === undefined ? null : (
        <p className="problems" role="alert">
          The links could not be loaded. {error.message}
        </p>
      )}
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}

interface LinkItemProps {
  readonly runId: string;
  readonly share: RunShare;
  readonly onProblem: (problem: string | undefined) => void;
  readonly onRevoked: () => void;
}

function LinkItem({ runId, share, onProblem, onRevoked }: LinkItemProps) {
  const stagewire = useStagewire();
  const nowMs = useServerClock().now();
  const isOwn = useIdentity()?.actor.id === share.actor.id;
  const [isSending, setSending] = useState(false);
  const { shareId, may, until, actor, at } = share;
  const revoke = async () => {
    if (isSending) return;
    setSending(true);
    onProblem(undefined);
    try {
      await stagewire.procedures.runs.unshare({ runId, commandId: randomCommandId(), shareId });
      onRevoked();
    } catch (error) {
      onProblem(`Not revoked. ${error instanceof Error ? error.message : String(error)}`);
    }
    setSending(false);
  };
  const created = `${isOwn ? 'you' : (actor.name ?? actor.id)}, ${dateAndTime(at, nowMs)}`;
  return (
    <li>
      <span>
        {may === 'control' ? 'Watch and control' : 'Watch'}
        <span className="muted">
          {' '}
          {until === undefined ? 'no expiry' : `until ${dateAndTime(until, nowMs)}`}; created by {created}
        </span>
      </span>
      <button
        type="button"
        className="small danger"
        aria-label={`Revoke the link created by ${created}`}
        aria-disabled={isSending}
        onClick={() => void revoke()}
      >
        Revoke
      </button>
    </li>
  );
}
