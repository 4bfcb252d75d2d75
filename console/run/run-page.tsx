import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { AttemptPlace, AttemptState } from '@stagewire/client';
import { useRun } from '@stagewire/client/react';
import { isEnded } from '@stagewire/client';
import { resultText } from '../result/result-text.ts';
import { capitalized } from '../shell/labels.ts';
import { isNarrow, useIsNarrow } from '../shell/narrow.ts';
import { useServerInfo } from '../shell/server-info.ts';
import { useOffers } from '../session/use-offers.ts';
import { useUpdateView, type Panel, type RunView } from '../shell/route.ts';
import { shownCommands } from './commands.ts';
import type { ShowFile } from './issue-list.tsx';
import { lazyFileViewer, lazyPromptView, lazyRunResult } from './lazy-views.ts';
import { Announcer } from './announcer.tsx';
import { useOwnCommands } from './own-commands.ts';
import { ControlModal, type ControlDialog } from './run-controls.tsx';
import { RunHeader } from './run-header.tsx';
import { defaultPanel, RunPanels } from './run-panels.tsx';
import { RunProblem } from './run-problem.tsx';
import { useRunShortcuts } from './run-shortcuts.ts';
import { StageLine } from './stage-line.tsx';
import { StageView } from './stage-view.tsx';
import { SteerArea } from './steer-area.tsx';
import { StickyEnd } from './sticky-end.tsx';
import { usePanelEscape } from './use-panel-escape.ts';
import { useOwnRunCommands } from './use-own-run-commands.ts';
import { WaitingLine } from './waiting-line.tsx';

const FileViewer = lazyFileViewer.Part;
const PromptView = lazyPromptView.Part;
const RunResult = lazyRunResult.Part;

export interface RunPageProps {
  readonly runId: string;
  readonly view: RunView;
}

/** The events of an ended run arrive within this time on a slow machine, too; until then its end is not new. */
const replayMs = 300;

/** The page of one run: stages, the text of the selected one, controls and panels. */
export function RunPage({ runId, view }: RunPageProps) {
  const run = useRun(runId);
  const { state, waiting, pendingCommands } = run;
  const own = useOwnCommands();
  const info = useServerInfo();
  const commands = useOwnRunCommands(run, own);
  const [dialog, setDialog] = useState<ControlDialog>();
  const [suggestion, setSuggestion] = useState<{ readonly text: string }>();
  const canControl = useOffers('runs.cancel', runId);
  const canReadPrompt = useOffers('runs.prompt', runId);
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
  const ended = state !== undefined && isEnded(state);
  const setPanel = useCallback((panel: Panel | undefined) => show({ panel }), [show]);
  const closePanel = useCallback(() => setPanel(undefined), [setPanel]);
  const suggest = useCallback(
    (text: string) => {
      setSuggestion({ text });
      show(closedOverlay());
    },
    [show],
  );
  const firstFile = state?.files.find(({ from }) => from === 'stage')?.path;
  const openFiles = useCallback(
    // In a wide window the panel is beside the text, and may be open already.
    () => show({ ...stageOnly, ...(isNarrow() ? {} : { file: firstFile }), panel: 'files' }),
    [show, firstFile],
  );

  const { file } = view;
  const prompt = canReadPrompt ? view.prompt : undefined;
  const hasDetail = file !== undefined || prompt !== undefined;
  const isResult = ended && !hasDetail && view.stage === undefined;
  const current = state?.stages.at(-1);
  const stage = state?.stages.find((it) => it.stage === view.stage) ?? current;
  const attempt = stage?.attempts.find((it) => it.attempt === view.attempt) ?? stage?.attempts.at(-1);
  const shown = useMemo(
    () => shownCommands(state, pendingCommands, own.has),
    [state?.commands, pendingCommands, own],
  );
  const panel =
    view.panel ?? defaultPanel(ended, { commands: shown.length, files: state?.files.length ?? 0 });
  const showPanel = useCallback(() => setPanel(panel), [setPanel, panel]);
  const hasVisiblePanel = !useIsNarrow() || view.panel !== undefined;
  useRunShortcuts({
    state,
    stage,
    attempt,
    isResult,
    showStage,
    showPrompt,
    setPanel,
    setDialog,
    canControl,
    canReadPrompt,
  });
  usePanelEscape(view.panel === undefined ? undefined : closePanel);

  const [task = ''] = (state?.task ?? '').trim().split('\n', 1);
  const statusText =
    state === undefined
      ? undefined
      : isEnded(state)
        ? resultText(state)
        : state.status === 'running'
          ? (current?.role ?? 'running')
          : state.status;
  useEffect(() => {
    if (statusText !== undefined) document.title = `${capitalized(statusText)}: ${task.slice(0, 80)}`;
  }, [statusText, task]);

  const wasLive = useRef(false);
  useEffect(() => {
    if (state === undefined || ended) return undefined;
    const timer = setTimeout(() => (wasLive.current = true), replayMs);
    return () => clearTimeout(timer);
  }, [state === undefined, ended]);

  if (state === undefined) return <RunProblem runId={runId} error={run.error} />;
  const closePrompt = () => {
    // Opened by a link, the prompt closes to its attempt; else to the previous view, which may be live.
    const isOfShown = prompt?.stage === stage?.stage && prompt?.attempt === attempt?.attempt;
    if (prompt === undefined || isOfShown) closeDetail();
    else showStage(prompt.stage, prompt.attempt);
  };
  const live = !ended && stage === current && attempt === stage?.attempts.at(-1);
  const roles = info?.roles.map((it) => it.role) ?? state.pipeline.roles;

  return (
    <div className={`run-page${view.panel === undefined ? '' : ' has-panel'}`}>
      <section className="run-main" aria-label="Run">
        <RunHeader state={state} onOpen={setDialog} onShowPanel={showPanel} />
        <StageLine
          state={state}
          shown={isResult ? 'result' : file === undefined ? (prompt?.stage ?? stage?.stage) : undefined}
          onShow={showStage}
        />
        {run.error === undefined || ended ? null : <RunProblem runId={runId} error={run.error} />}
        <StickyEnd
          sticks={live && !hasDetail}
          contentKey={
            hasDetail ? detailKey(view) : isResult ? 'result' : `${stage?.stage}-${attempt?.attempt}`
          }
          keepsPlace={isResult}
          live={{ isShown: live && !hasDetail, exists: !ended, show: () => showStage(undefined) }}
        >
          {isResult ? (
            <RunResult
              state={state}
              isNew={wasLive.current}
              onShowStage={showStage}
              onShowFile={showFile}
              onOpenFiles={openFiles}
              onPanel={setPanel}
            />
          ) : null}
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
              base={view.base}
              onClose={closeDetail}
              onShow={show}
            />
          ) : stage === undefined || attempt === undefined || (isResult && isBlank(attempt)) ? null : (
            <StageView
              state={state}
              stage={stage}
              attempt={attempt}
              onShowAttempt={(number) => showStage(stage.stage, number)}
              onShowPrompt={
                canReadPrompt ? (number) => showPrompt({ stage: stage.stage, attempt: number }) : undefined
              }
              onShowFile={showFile}
              canRestart={ended && !isResult}
            />
          )}
          {live && !hasDetail ? (
            <WaitingLine
              state={state}
              waiting={waiting}
              stage={stage}
              attempt={attempt}
              lost={run.connection.status === 'lost' || run.connection.error?.code === 'SILENT'}
            />
          ) : null}
        </StickyEnd>
        <SteerArea
          state={state}
          shown={shown}
          commands={commands}
          capture={run}
          suggestion={suggestion}
          ended={ended}
          areCommandsListed={hasVisiblePanel && panel === 'commands'}
        />
      </section>
      <RunPanels
        state={state}
        panel={panel}
        view={view}
        ended={ended}
        shown={shown}
        commands={commands}
        onPanel={setPanel}
        onSuggest={suggest}
        onShowFile={showFile}
        onShowStage={showStage}
      />
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
  base: undefined,
} satisfies RunView;

/** When this key changes, the view scrolls to its top. */
function detailKey({ file, at, prompt, changes, base }: RunView): string {
  return JSON.stringify([file, at, prompt, changes, base]);
}

/** Closes the panel where it covers the stage. */
function closedOverlay(): { panel?: undefined } {
  return isNarrow() ? { panel: undefined } : {};
}

function isBlank({ text, reasoning, skipped }: AttemptState): boolean {
  return text === '' && reasoning === '' && skipped.length === 0;
}
