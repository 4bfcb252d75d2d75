import { StagewireProvider } from '@stagewire/client/react';
import { stagewire } from './access.ts';
import { Account } from './account.tsx';
import { ConnectionPill } from './connection-pill.tsx';
import { NewRun } from './new-run.tsx';
import { RunList } from './run-list.tsx';
import { RunPage } from './run-page.tsx';
import { SignIn } from './sign-in.tsx';
import { useSelectedRun } from './use-selected-run.ts';

export function App() {
  const [runId, select] = useSelectedRun();
  return (
    <StagewireProvider client={stagewire}>
      <div className="app" data-view={runId === undefined ? 'list' : 'run'}>
        <header className="top">
          <a className="brand" href="#">
            <span aria-hidden="true">◆</span> Desk
          </a>
          <span className="row">
            <ConnectionPill />
            <Account />
          </span>
        </header>
        <nav className="side" aria-label="Runs">
          <NewRun onStarted={select} />
          <RunList selected={runId} />
        </nav>
        <main>
          {runId === undefined ? (
            <div className="empty">
              <h1>What shall be built?</h1>
              <p>Describe a task. An architect plans it, a coder writes it, and a reviewer checks it.</p>
            </div>
          ) : (
            <RunPage key={runId} runId={runId} />
          )}
        </main>
        <SignIn />
      </div>
    </StagewireProvider>
  );
}
