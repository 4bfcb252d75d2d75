import { useCallback, useEffect, useMemo, useState } from 'react';
import type { AttemptPlace } from '@stagewire/client';
import { useRun } from '@stagewire/client/react';
import { isEnded } from '@stagewire/client';
import { FilesPanel } from '../files/files-panel.tsx';
import { useServerInfo } from '../shell/server-info.ts';
import { useShow, type Panel, type RunView } from '../shell/route.ts';
import { CommandItem } from './command-item.tsx';
import { shownCommands } from './commands.ts';
import type { ShowFile } from './issue-list.tsx';
import { Inspector } from './inspector.tsx';
import { lazyFileViewer, lazyPromptView } from './lazy-views.ts';
import { Announcer } from './announcer.tsx';
import { useOwnCommands } from './own-commands.ts';
import { ReviewPanel } from './review-panel.tsx';
import { ControlModal, type ControlDialog } from './run-controls.tsx';
import { RunHeader } from './run-header.tsx';
import { RunEnd, RunProblem } from './run-notices.tsx';
import { useRunShortcuts } from './run-shortcuts.ts';
import { StageLine } from './stage-line.tsx';
import { StageView } from './stage-view.tsx';
import { SteerArea } from './steer-area.tsx';
import { StickyEnd } from './sticky-end.tsx';
import { UsagePanel } from './usage-panel.tsx';
import { useOwnRunCommands } from './use-own-run-commands.ts';
import { WaitingLine } from './waiting-line.tsx';

const FileViewer = lazyFileViewer.Part;
const PromptView = lazyPromptView.Part;

export interface RunPageProps {
  readonly runId: string;
  readonly view: RunView;
}

/** One run: its stages, what the one that is looked at says, and the means to interfere. */
export function RunPage({ runId, view }: RunPageProps) {
  const run = useRun(runId);
  const { state, waiting, pendingCommands } = run;
  const own = useOwnCommands();
  const info = useServerInfo();
  const commands = useOwnRunCommands(run, own);
  const [dialog, setDialog] = useState<ControlDialog>();
  const show = useShow(runId, view);

  const showStage = useCallback(
    (stage: number | undefined, attempt?: number) =>
      show({ ...stageItself, stage, attempt, ...panelAside() }),
    [show],
  );
  const showFile = useCallback<ShowFile>(
    (file, line, at) => show({ ...stageItself, file, line, at, ...panelAside() }),
    [show],
  );
  const showPrompt = useCallback(
    (prompt: AttemptPlace) => show({ ...stageItself, prompt, ...panelAside() }),
    [show],
  );
  const closeAside = useCallback(() => show(stageItself), [show]);
  const setPanel = useCallback((panel: Panel | undefined) => show({ panel }), [show]);

  const current = state?.stages.at(-1);
  const stage = state?.stages.find((it) => it.stage === view.stage) ?? current;
  const attempt = stage?.attempts.find((it) => it.attempt === view.attempt) ?? stage?.attempts.at(-1);
  const shown = useMemo(
    () => shownCommands(state, pendingCommands, own.has),
    [state?.commands, pendingCommands, own],
  );
  useRunShortcuts({ state, stage, attempt, showStage, showPrompt, setPanel, setDialog });

  const [task = ''] = (state?.task ?? '').trim().split('\n', 1);
  const standing = state?.status === 'running' ? (current?.role ?? 'running') : state?.status;
  useEffect(() => {
    if (standing !== undefined) document.title = `${standing}: ${task.slice(0, 80)}`;
  }, [standing, task]);

  if (state === undefined) return <RunProblem runId={runId} error={run.error} />;
  const { file, prompt } = view;
  const isAside = file !== undefined || prompt !== undefined;
  const closePrompt = () => {
    // Who came by a link to the prompt goes on to its attempt; who came from there goes back, to what is live perhaps.
    const isOfShown = prompt?.stage === stage?.stage && prompt?.attempt === attempt?.attempt;
    if (prompt === undefined || isOfShown) closeAside();
    else showStage(prompt.stage, prompt.attempt);
  };
  const ended = isEnded(state);
  const live = !ended && stage === current && attempt === stage?.attempts.at(-1);
  const roles = info?.roles.map((it) => it.role) ?? state.pipeline.roles;

  return (
    <div className={`run-page${view.panel === undefined ? '' : ' has-panel'}`}>
      <section className="run-main" aria-label="Run">
        <RunHeader state={state} onOpen={setDialog} onPanel={setPanel} />
        <StageLine
          state={state}
          shown={file === undefined ? (prompt?.stage ?? stage?.stage) : undefined}
          onShow={showStage}
        />
        {run.error === undefined || ended ? null : <RunProblem runId={runId} error={run.error} />}
        <StickyEnd
          sticks={live && !isAside}
          contentKey={isAside ? asideKey(view) : `${stage?.stage}-${attempt?.attempt}`}
          live={{ isShown: live && !isAside, isThere: !ended, show: () => showStage(undefined) }}
        >
          {prompt !== undefined ? (
            <PromptView
              state={state}
              at={prompt}
              changes={view.changes === true}
              onClose={closePrompt}
              onChanges={(changes) => show({ changes: changes ? true : undefined })}
            />
          ) : file !== undefined ? (
            <FileViewer
              state={state}
              path={file}
              at={view.at}
              line={view.line}
              changes={view.changes === true}
              onClose={closeAside}
              onShow={show}
            />
          ) : stage === undefined || attempt === undefined ? null : (
            <StageView
              state={state}
              stage={stage}
              attempt={attempt}
              onShowAttempt={(number) => showStage(stage.stage, number)}
              onShowPrompt={(number) => showPrompt({ stage: stage.stage, attempt: number })}
              onShowFile={showFile}
            />
          )}
          {live && !isAside ? (
            <WaitingLine
              state={state}
              waiting={waiting}
              stage={stage}
              attempt={attempt}
              lost={run.connection.status === 'lost'}
            />
          ) : null}
          {ended && !isAside && stage === current ? (
            <RunEnd state={state} onShowStage={showStage} onShowFile={showFile} />
          ) : null}
        </StickyEnd>
        <SteerArea state={state} shown={shown} commands={commands} capture={run} ended={ended} />
      </section>
      <Inspector
        panel={view.panel ?? 'commands'}
        counts={{
          commands: shown.length || undefined,
          review: state.review?.issues.length || undefined,
          files: state.files.length || undefined,
          usage: undefined,
        }}
        onPanel={setPanel}
        onClose={() => setPanel(undefined)}
      >
        {{
          commands: () =>
            shown.length === 0 ? (
              <p className="empty">
                {ended
                  ? 'Nobody told this run anything.'
                  : 'No commands yet. What you or others tell this run stands here, with what became of it.'}
              </p>
            ) : (
              <ol className="commands">
                {shown.toReversed().map((it) => (
                  <CommandItem
                    key={it.commandId}
                    shown={it}
                    state={state}
                    commands={commands}
                    again={commands.again}
                  />
                ))}
              </ol>
            ),
          review: () => <ReviewPanel state={state} onShowFile={showFile} onShowStage={showStage} />,
          files: () => <FilesPanel state={state} shown={view.file} onShow={showFile} />,
          usage: () => <UsagePanel state={state} />,
        }}
      </Inspector>
      {dialog === undefined ? null : (
        <ControlModal
          dialog={dialog}
          state={state}
          roles={roles}
          commands={commands}
          onClose={() => setDialog(undefined)}
        />
      )}
      <Announcer state={state} shown={shown} />
    </div>
  );
}

/** Nothing but the stage: no file and no prompt. */
const stageItself = {
  file: undefined,
  line: undefined,
  at: undefined,
  prompt: undefined,
  changes: undefined,
} satisfies RunView;

/** Another one of these begins at its top. */
function asideKey({ file, at, prompt, changes }: RunView): string {
  return JSON.stringify([file, at, prompt, changes]);
}

/** Where the panel lies over the stage, it goes when something else is asked for. */
function panelAside(): { panel?: undefined } {
  return matchMedia('(width < 1180px)').matches ? { panel: undefined } : {};
}
