import type { AttemptPlace, RunState } from '@stagewire/client';
import {
  StagewireProvider,
  useFileVersions,
  useRun,
  useRunFile,
  useRunFiles,
  useRunPrompt,
  useRuns,
  useStage,
  useUnfinishedFiles,
  type UseRun,
} from '@stagewire/client/react';

/** What the components tell whoever watches them: a test, by way of the page. */
export interface Watcher {
  rendered(name: string): void;
  saw?(run: UseRun): void;
}

interface ShownProps {
  readonly runId: string;
  readonly watcher: Watcher;
  readonly name: string;
}

/** A whole run, as an app would show it. */
export function ShownRun({ runId, watcher, name, initial }: ShownProps & { readonly initial?: RunState }) {
  const run = useRun(runId, { initial });
  watcher.rendered(name);
  watcher.saw?.(run);
  const text = run.state?.stages.flatMap(({ attempts }) => attempts.at(-1)?.text ?? '').join('|');
  return (
    <section data-name={name}>
      <b>{run.status}</b> <i>{run.connection.status}</i> <pre>{text}</pre>
      <ul>
        {[...run.pendingCommands, ...(run.state?.commands ?? [])].map(({ commandId, status }) => (
          <li key={commandId}>{status}</li>
        ))}
      </ul>
      <input onFocus={run.captureTarget} onBlur={run.releaseTarget} aria-label={name} />
    </section>
  );
}

export function ShownStage({ runId, watcher, name, stage }: ShownProps & { readonly stage: number }) {
  const shown = useStage(runId, stage);
  watcher.rendered(name);
  return (
    <section data-name={name}>
      <pre>{shown?.attempts.at(-1)?.text}</pre>
    </section>
  );
}

interface ShownAtProps extends ShownProps {
  readonly at: AttemptPlace | undefined;
}

export function ShownFile({ runId, watcher, name, path, at }: ShownAtProps & { readonly path: string }) {
  const { status, file, error, retry } = useRunFile(runId, path, at);
  watcher.rendered(name);
  return (
    <section data-name={name}>
      <b>{status}</b> <pre>{file?.text}</pre> <i>{error?.message}</i>
      <button onClick={retry}>retry</button>
    </section>
  );
}

/** The list of files, the versions of each, and what is being written. */
export function ShownFiles({ runId, watcher, name, at }: ShownAtProps) {
  const files = useRunFiles(runId, { at });
  const unfinished = useUnfinishedFiles(runId);
  const { versions } = useFileVersions(runId, 'a.ts');
  watcher.rendered(name);
  return (
    <section data-name={name}>
      <b>{files?.map(({ path }) => path).join(' ') ?? 'unknown'}</b>
      <pre>{versions.map(({ stage, attempt, text }) => `${stage}.${attempt}: ${text}`).join('|')}</pre>
      <i>{unfinished.map(({ path, text }) => `${path}: ${text}`).join('|')}</i>
    </section>
  );
}

export function ShownPrompt({ runId, watcher, name, at }: ShownAtProps) {
  const { status, prompt, error, retry } = useRunPrompt(runId, at);
  watcher.rendered(name);
  return (
    <section data-name={name}>
      <b>{status}</b> <pre>{prompt?.messages.map(({ text }) => text).join('|')}</pre> <i>{error?.message}</i>
      <button onClick={retry}>retry</button>
    </section>
  );
}

export function ShownRuns({ watcher }: { readonly watcher: Watcher }) {
  const { runs, status } = useRuns({ labels: { team: 'a' }, limit: 3 });
  watcher.rendered('list');
  return (
    <section data-name="list">
      <b>{status}</b>
      {runs.map((run) => (
        <p key={run.runId}>
          {run.task}: {run.status} {run.current?.role}
        </p>
      ))}
    </section>
  );
}

/** What a server renders and a page takes over. */
export function RenderedApp({ url, initial, watcher }: RenderedAppProps) {
  return (
    <StagewireProvider url={url}>
      <ShownRun runId={initial.runId} name="run" watcher={watcher} initial={initial} />
    </StagewireProvider>
  );
}

export interface RenderedAppProps {
  readonly url: string;
  readonly initial: RunState;
  readonly watcher: Watcher;
}
