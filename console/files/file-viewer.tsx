import type { ShownVersion } from '../run/attempt-places.ts';
import { LiveFile } from './live-file.tsx';
import { RecordedFile, type RecordedFileProps } from './recorded-file.tsx';
import { useGrowingFiles } from './use-growing-files.ts';

export interface FileViewerProps extends Omit<RecordedFileProps, 'at' | 'isGrowing' | 'missingText'> {
  /** The version; `undefined` for the latest. */
  readonly at: ShownVersion | undefined;
}

// In one chunk: a chunk that both share would have the parser loaded before the first paint.
export { FilesPanel } from './files-panel.tsx';

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
  return (
    <RecordedFile
      {...rest}
      at={at === 'live' ? undefined : at}
      isGrowing={live !== undefined}
      missingText={missingText(at)}
    />
  );
}

function missingText(at: ShownVersion | undefined): string {
  if (at === 'live') return 'The attempt ended without this file.';
  return at === undefined ? 'The file does not exist.' : 'The file did not exist at that time.';
}
