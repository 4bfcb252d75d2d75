import { visibleName } from '@stagewire/client/text';
import { grouped } from '@stagewire/client';
import { FilePlus2, X } from 'lucide-react';
import { useRef, useState, type ClipboardEvent, type DragEvent } from 'react';
import type { InputFile } from '@stagewire/client';
import { addContextFiles, pastedPath } from './add-context-files.ts';
import { FieldProblem, fieldProps, type ProblemOf } from './field-problem.tsx';
import { readContextFiles } from './read-context-files.ts';

export interface ContextFilesProps {
  readonly files: readonly InputFile[];
  /** The server's limits. */
  readonly limits: Readonly<Record<string, number>>;
  readonly problemOf: ProblemOf;
  /** Applies a change to the current files. */
  readonly onChange: (change: (now: readonly InputFile[]) => readonly InputFile[]) => void;
}

/** Context files for the roles: dropped, pasted or selected. */
export function ContextFiles({ files, limits, problemOf, onChange }: ContextFilesProps) {
  const [over, setOver] = useState(false);
  const [problems, setProblems] = useState<readonly string[]>([]);
  const picker = useRef<HTMLInputElement>(null);

  const add = (given: (now: readonly InputFile[]) => readonly InputFile[]) =>
    onChange((now) => {
      const added = addContextFiles(now, given(now), limits);
      setProblems(added.problems);
      return added.files;
    });
  const readAndAdd = async (given: readonly File[]) => {
    const read = await readContextFiles(given);
    add(() => read);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void readAndAdd(Array.from(event.dataTransfer.files));
  };
  const paste = (event: ClipboardEvent) => {
    const given = Array.from(event.clipboardData.files);
    const text = event.clipboardData.getData('text/plain');
    if (given.length === 0 && text === '') return;
    event.preventDefault();
    if (given.length > 0) void readAndAdd(given);
    else add((now) => [{ path: pastedPath(now), text }]);
  };

  // A button cannot be `aria-invalid`.
  const { 'aria-invalid': invalid, ...buttonProps } = fieldProps('files', problemOf);
  return (
    <div className="context-files">
      <button
        type="button"
        {...buttonProps}
        data-invalid={invalid}
        className={`drop-zone${over ? ' is-over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        onPaste={paste}
        onClick={() => picker.current?.click()}
      >
        <FilePlus2 size={16} aria-hidden="true" />
        Drop, paste or choose context files
      </button>
      <input
        ref={picker}
        type="file"
        multiple
        className="hidden"
        tabIndex={-1}
        aria-label="Choose context files"
        onChange={(event) => {
          void readAndAdd(Array.from(event.target.files ?? []));
          event.target.value = '';
        }}
      />
      {problems.length === 0 ? null : (
        <ul className="problems" role="alert">
          {problems.map((it) => (
            <li key={it}>{it}</li>
          ))}
        </ul>
      )}
      <FieldProblem field="files" problemOf={problemOf} />
      <ul className="given-files">
        {files.map((it) => (
          <li key={it.path}>
            <span className="mono">{visibleName(it.path)}</span>
            <span className="muted">{grouped(it.text.length)} characters</span>
            <button
              type="button"
              className="icon-button"
              aria-label={`Remove ${visibleName(it.path)}`}
              onClick={() => onChange((now) => now.filter((other) => other !== it))}
            >
              <X size={14} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
