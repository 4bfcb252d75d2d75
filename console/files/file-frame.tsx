import { visibleName } from '@stagewire/client/text';
import { ArrowLeft, Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { CopyButton } from '../text/code-card.tsx';
import { fileName } from './run-files.ts';
import { saveBlob } from './save-blob.ts';

export interface FileFrameProps {
  readonly path: string;
  /** Enables the buttons for it. */
  readonly text: string | undefined;
  readonly facts: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The header of a file, and its content. */
export function FileFrame({ path, text, facts, onClose, children }: FileFrameProps) {
  return (
    <article className="file-viewer" aria-labelledby="file-title">
      <header>
        <button type="button" className="icon-button" aria-label="Back to stage" onClick={onClose}>
          <ArrowLeft size={16} aria-hidden="true" />
        </button>
        <h2 id="file-title" className="mono">
          {visibleName(path)}
        </h2>
        {facts}
        <span className="spacer" />
        {text === undefined ? null : (
          <span className="view-actions">
            <CopyButton text={text} />
            <button type="button" className="quiet small" onClick={() => void saveText(path, text)}>
              <Download size={13} aria-hidden="true" />
              Download
            </button>
          </span>
        )}
      </header>
      {children}
    </article>
  );
}

async function saveText(path: string, text: string): Promise<void> {
  // Loaded on demand, as for a ZIP.
  const { savedName } = await import('./zip-files.ts');
  saveBlob(savedName(fileName(path)), new Blob([text], { type: 'text/plain;charset=utf-8' }));
}
