import type { RunState } from '@stagewire/client';
import { attemptName } from '../run/attempt-places.ts';
import type { FileVersion } from './file-versions.ts';

export interface VersionPickerProps {
  readonly label: string;
  readonly state: RunState;
  /** Oldest first. */
  readonly versions: readonly FileVersion[];
  readonly shown: FileVersion | undefined;
  /** A version that cannot be selected. */
  readonly except?: FileVersion | undefined;
  readonly onShow: (version: FileVersion) => void;
}

/** Selects a version of a file. */
export function VersionPicker({ label, state, versions, shown, except, onShow }: VersionPickerProps) {
  return (
    <label className="inline-field">
      <span>{label}</span>
      <select
        value={shown === undefined ? '' : String(versions.indexOf(shown))}
        onChange={(event) => {
          const version = versions[Number(event.target.value)];
          if (version !== undefined) onShow(version);
        }}
      >
        {versions.map((version, index) =>
          version === except ? null : (
            <option key={index} value={String(index)}>
              {index + 1} of {versions.length}: {versionName(version, state)}
            </option>
          ),
        )}
      </select>
    </label>
  );
}

/** `context file`, `Coder, stage 2` or `removed by Refiner, stage 4`. */
export function versionName({ at, file }: FileVersion, state: RunState): string {
  if (at === undefined) return 'context file';
  return file === undefined ? `removed by ${attemptName(state, at)}` : attemptName(state, at);
}
