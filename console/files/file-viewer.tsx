import type { RunState } from '@stagewire/client';
import type { FilesAt, ShownVersion } from '../run/attempt-places.ts';
import type { RunView } from '../shell/route.ts';
import { LiveFile } from './live-file.tsx';
import { RecordedFile } from './recorded-file.tsx';
import { useGrowingFiles } from './use-growing-files.ts';

export interface FileViewerProps {
  readonly state: RunState;
  readonly path: string;
  /** The version; `undefined` for the latest. */
  readonly at: ShownVersion | undefined;
  /** The line to show, from 1. */
  readonly line: number | undefined;
  /** Show the changes since `base`. */
  readonly changes: boolean;
  /** The version to compare with; `undefined` for the previous one. */
  readonly base: FilesAt | undefined;
  readonly onClose: () => void;
  readonly onShow: (change: Pick<RunView, 'at' | 'line' | 'changes' | 'base'>) => void;
}

/** The minimum time between two scans of a growing text. */
const scanIntervalMs = 100;

/** A file: the text that a role writes now, or one recorded version. */
export function FileViewer({ at, ...rest }: FileViewerProps) {
  const { state, path, onClose, onShow } = rest;
  const live = useGrowingFiles(state, scanIntervalMs).find((file) => file.path === path);
  const isRecorded = state.files.some((file) => file.path === path);
  if (live !== undefined && (at === 'live' || (at === undefined && !isRecorded))) {
    return (
      <LiveFile
        state={state}
        file={live}
        onClose={onClose}
        onShowRecorded={isRecorded ? () => onShow({ at: undefined }) : undefined}
      />
    );
  }
  return <RecordedFile {...rest} at={at === 'live' ? undefined : at} isGrowing={live !== undefined} />;
}
