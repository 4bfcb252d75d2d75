import type { RunState } from '@stagewire/client';
import { attemptName, type FilesAt } from '../run/attempt-places.ts';
import type { FileVersion } from './file-versions.ts';

export interface VersionPickerProps {
  readonly state: RunState;
  /** Oldest first. */
  readonly versions: readonly FileVersion[];
  readonly shown: FileVersion | undefined;
  /** `undefined` for the latest version. */
  readonly onShow: (at: FilesAt | undefined) => void;
}

/** Selects a version of a file. */
export function VersionPicker({ state, versions, shown, onShow }: VersionPickerProps) {
  return (
    <label className="inline-field">
      <span>Version</span>
      <select
        value={shown === undefined ? '' : String(versions.indexOf(shown))}
        onChange={(event) => {
          const index = Number(event.target.value);
          const isLatest = index === versions.length - 1;
          onShow(isLatest ? undefined : (versions[index]?.at ?? 'given'));
        }}
      >
        {versions.map((version, index) => (
          <option key={index} value={String(index)}>
            {index + 1} of {versions.length}: {nameOf(version, state)}
          </option>
        ))}
      </select>
    </label>
  );
}

function nameOf({ at, file }: FileVersion, state: RunState): string {
  if (at === undefined) return 'context file';
  return file === undefined ? `removed by ${attemptName(state, at)}` : attemptName(state, at);
}
