import type { FileVersion, RunState } from '@stagewire/client';
import { attemptName } from '../run/attempt-places.ts';
import { writerOf } from './writer-of.ts';

export interface VersionPickerProps {
  readonly label: string;
  readonly state: RunState;
  /** Oldest first. */
  readonly versions: readonly FileVersion[];
  readonly shown: FileVersion | undefined;
  /** A version that cannot be selected. */
  readonly except?: FileVersion | undefined;
  /** Called with the index of the version. */
  readonly onShow: (index: number) => void;
}

/** Selects a version of a file. */
export function VersionPicker({ label, state, versions, shown, except, onShow }: VersionPickerProps) {
  return (
    <label className="inline-field">
      <span>{label}</span>
      <select
        value={shown === undefined ? '' : String(versions.indexOf(shown))}
        onChange={({ target }) => {
          if (target.value !== '') onShow(Number(target.value));
        }}
      >
        {shown === undefined && <option value="">none at that time</option>}
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
export function versionName(version: FileVersion, state: RunState): string {
  const at = writerOf(version);
  if (at === undefined) return 'context file';
  return version.file === null ? `removed by ${attemptName(state, at)}` : attemptName(state, at);
}
