import { counted } from '@stagewire/client';
import { CornerDownRight } from 'lucide-react';
import type { RunState } from '@stagewire/client';
import { useOffers } from '../session/use-offers.ts';
import type { Panel, RunView } from '../shell/route.ts';
import { CommandItem } from './command-item.tsx';
import type { ShownCommand } from './commands.ts';
import { issueCount } from './issue-count.ts';
import type { ShowFile } from './issue-list.tsx';
import { lazyFilesPanel, lazyInspector, lazyReviewPanel, lazyUsagePanel } from './lazy-views.ts';
import type { OwnRunCommands } from './use-own-run-commands.ts';

const FilesPanel = lazyFilesPanel.Part;
const Inspector = lazyInspector.Part;
const ReviewPanel = lazyReviewPanel.Part;
const UsagePanel = lazyUsagePanel.Part;

export interface RunPanelsProps {
  readonly state: RunState;
  readonly panel: Panel;
  readonly view: RunView;
  readonly ended: boolean;
  readonly shown: readonly ShownCommand[];
  readonly commands: OwnRunCommands;
  readonly onPanel: (panel: Panel | undefined) => void;
  /** Proposes an instruction in the steer box. */
  readonly onSuggest: (text: string) => void;
  readonly onShowFile: ShowFile;
  readonly onShowStage: (stage: number, attempt?: number) => void;
}

const suggestions = ['Make it shorter.', 'Keep it in one file.', 'Add tests for the edge cases.'] as const;

/**
 * The panel that is shown if none is selected: of a live run the commands, or the files while only those exist; of an ended
 * one the files, or the usage if it has no files.
 */
export function defaultPanel(
  ended: boolean,
  { commands, files }: { readonly commands: number; readonly files: number },
): Panel {
  if (ended) return files === 0 ? 'usage' : 'files';
  return commands === 0 && files > 0 ? 'files' : 'commands';
}

/** The side panels of a run: commands, review, files and usage. */
export function RunPanels(props: RunPanelsProps) {
  const { state, panel, view, ended, shown, commands, onPanel, onSuggest, onShowFile, onShowStage } = props;
  const issues = state.review?.issues ?? [];
  return (
    <Inspector
      panel={panel}
      counts={{
        commands: { count: shown.length, label: counted(shown.length, 'command') },
        review: { count: issues.length, label: issueCount(issues) },
        files: { count: state.files.length, label: counted(state.files.length, 'file') },
        usage: undefined,
      }}
      onPanel={onPanel}
      onClose={() => onPanel(undefined)}
    >
      {{
        commands: () => (
          <CommandList state={state} ended={ended} shown={shown} commands={commands} onSuggest={onSuggest} />
        ),
        review: () => <ReviewPanel state={state} onShowFile={onShowFile} onShowStage={onShowStage} />,
        files: () => <FilesPanel state={state} shown={view.file} ended={ended} onShow={onShowFile} />,
        usage: () => <UsagePanel state={state} />,
      }}
    </Inspector>
  );
}

/** All commands of the run, the latest first. */
function CommandList({
  state,
  ended,
  shown,
  commands,
  onSuggest,
}: Pick<RunPanelsProps, 'state' | 'ended' | 'shown' | 'commands' | 'onSuggest'>) {
  const offersSteer = useOffers('runs.steer', state.runId);
  if (shown.length === 0) {
    if (ended) return <p className="empty">No commands were sent.</p>;
    return (
      <div className="empty">
        <p>No commands yet. All commands to this run appear here with their outcome.</p>
        {offersSteer ? (
          <div className="suggestions">
            <p id="suggestions">Example instructions</p>
            <ul aria-labelledby="suggestions">
              {suggestions.map((text) => (
                <li key={text}>
                  <button type="button" className="small" onClick={() => onSuggest(text)}>
                    <CornerDownRight size={13} aria-hidden="true" />
                    {text}
                  </button>
                </li>
              ))}
            </ul>
            <p>
              Keys: <kbd>s</kbd> steer, <kbd>r</kbd> redirect, <kbd>x</kbd> cancel the stage
            </p>
          </div>
        ) : null}
      </div>
    );
  }
  return (
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
  );
}
