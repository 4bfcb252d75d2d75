'use client';

import { connect, type Stagewire } from '@stagewire/client';
import {
  StagewireProvider,
  useAnswer,
  useConnection,
  useDeleteRun,
  useFileVersions,
  useIdentity,
  useIsDeleted,
  useMay,
  useModels,
  useRun,
  useRunFile,
  useRunFiles,
  useRunPrompt,
  useRuns,
  useStage,
  useStagewire,
  useUnfinishedFiles,
} from '@stagewire/client/react';

/** The page of a Next.js app that calls every hook, below a provider of each kind, while it is prerendered. */
// oxlint-disable-next-line import/no-default-export -- Next.js reads a page by it
export default function HooksPage() {
  return (
    <>
      <StagewireProvider url={url} token={() => 'a token'}>
        <Hooks />
      </StagewireProvider>
      <StagewireProvider client={client}>
        <Hooks />
      </StagewireProvider>
    </>
  );
}

const url = 'http://127.0.0.1:1';
const client = connect({ url });
const runId = 'run_0';

function Hooks() {
  const stagewire = useStagewire();
  const results = {
    answer: useAnswer(infoOf(stagewire)).status,
    connection: useConnection().status,
    deleteRun: typeof useDeleteRun(),
    fileVersions: useFileVersions(runId, 'a.ts').versions,
    identity: useIdentity() ?? null,
    isDeleted: useIsDeleted(runId),
    may: useMay('runs.steer', runId),
    models: useModels().status,
    run: useRun(runId).status,
    runFile: useRunFile(runId, 'a.ts').status,
    runFiles: useRunFiles(runId) ?? null,
    runPrompt: useRunPrompt(runId, { stage: 1, attempt: 1 }).status,
    runs: useRuns({}).status,
    stage: useStage(runId, 1) ?? null,
    unfinishedFiles: useUnfinishedFiles(runId),
  };
  return <pre>{JSON.stringify(results)}</pre>;
}

const asks = new WeakMap<Stagewire, () => Promise<unknown>>();

/** The same function for each client, as `useAnswer` requires. */
function infoOf(stagewire: Stagewire): () => Promise<unknown> {
  const ask = asks.get(stagewire) ?? (() => stagewire.info());
  asks.set(stagewire, ask);
  return ask;
}
