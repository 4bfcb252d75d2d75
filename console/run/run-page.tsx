import { useCallback, useEffect, useMemo, useState } from 'react';
import type { AttemptPlace } from '@stagewire/client';
import { useRun } from '@stagewire/client/react';
import { counted, isEnded } from '@stagewire/client';
import { FilesPanel } from '../files/files-panel.tsx';
import { capitalized } from '../shell/labels.ts';
import { useServerInfo } from '../shell/server-info.ts';
import { useUpdateView, type Panel, type RunView } from '../shell/route.ts';
import { CommandItem } from './command-item.tsx';
import { shownCommands } from './commands.ts';
import { issueCount } from './issue-count.ts';
import type { ShowFile } from './issue-list.tsx';
import { lazyFileViewer, lazyInspector, lazyPromptView } from './lazy-views.ts';
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
const Inspector = lazyInspector.Part;
const PromptView = lazyPromptView.Part;

export interface RunPageProps {
  readonly runId: string;
  readonly view: RunView;
}

/** The page of one run: stages, the text of the selected one, controls and panels. */
export function RunPage({ runId, view }: RunPageProps) {
  const run = useRun(runId);
  const { state, waiting, pendingCommands } = run;
  const own = useOwnCommands();
  const info = useServerInfo();
  const commands = useOwnRunCommands(run, own);
  const [dialog, setDialog] = useState<ControlDialog>();
  const show = useUpdateView(runId, view);

  const showStage = useCallback(
    (stage: number | undefined, attempt?: number) =>
      show({ ...stageOnly, stage, attempt, ...closedOverlay() }),
    [show],
  );
  const showFile = useCallback<ShowFile>(
    (file, line, at) => show({ ...stageOnly, file, line, at, ...closedOverlay() }),
    [show],
  );
  const showPrompt = useCallback(
    (prompt: AttemptPlace) => show({ ...stageOnly, prompt, ...closedOverlay() }),
    [show],
  );
  const closeDetail = useCallback(() => show(stageOnly), [show]);
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
  const statusText = state?.status === 'running' ? (current?.role ?? 'running') : state?.status;
  useEffect(() => {
    if (statusText !== undefined) document.title = `${capitalized(statusText)}: ${task.slice(0, 80)}`;
  }, [statusText, task]);

  if (state === undefined) return <RunProblem runId={runId} error={run.error} />;
  const { file, prompt } = view;
  const hasDetail = file !== undefined || prompt !== undefined;
  const closePrompt = () => {
    // Opened by a link, the prompt closes to its attempt; else to the previous view, which may be live.
    const isOfShown = prompt?.stage === stage?.stage && prompt?.attempt === attempt?.attempt;
    if (prompt === undefined || isOfShown) closeDetail();
    else showStage(prompt.stage, prompt.attempt);
  };
  const ended = isEnded(state);
  const issues = state.review?.issues ?? [];
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
          sticks={live && !hasDetail}
          contentKey={hasDetail ? detailKey(view) : `${stage?.stage}-${attempt?.attempt}`}
          live={{ isShown: live && !hasDetail, exists: !ended, show: () => showStage(undefined) }}
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
              onClose={closeDetail}
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
          {live && !hasDetail ? (
            <WaitingLine
              state={state}
              waiting={waiting}
              stage={stage}
              attempt={attempt}
              lost={run.connection.status === 'lost'}
            />
          ) : null}
          {ended && !hasDetail && stage === current ? (
            <RunEnd state={state} onShowStage={showStage} onShowFile={showFile} />
          ) : null}
        </StickyEnd>
        <SteerArea state={state} shown={shown} commands={commands} capture={run} ended={ended} />
      </section>
      <Inspector
        panel={view.panel ?? 'commands'}
        counts={{
          commands: { count: shown.length, label: counted(shown.length, 'command') },
          review: { count: issues.length, label: issueCount(issues) },
          files: { count: state.files.length, label: counted(state.files.length, 'file') },
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
                  ? 'No commands were sent.'
                  : 'No commands yet. All commands to this run appear here with their outcome.'}
              </p>
            ) : (
              <ol className="commands">
                {shown.toReversed().map((it) => (
                  <CommandItem
                    key={it.commandId}
                    shown={it}
                    state={state}
                    commands={commands}
                    retarget={commands.retarget}
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

/** Closes the file or prompt view. */
const stageOnly = {
  file: undefined,
  line: undefined,
  at: undefined,
  prompt: undefined,
  changes: undefined,
} satisfies RunView;

/** When this key changes, the view scrolls to its top. */
function detailKey({ file, at, prompt, changes }: RunView): string {
  return JSON.stringify([file, at, prompt, changes]);
}

/** Closes the panel where it covers the stage. */
function closedOverlay(): { panel?: undefined } {
  return matchMedia('(width < 1180px)').matches ? { panel: undefined } : {};
}
