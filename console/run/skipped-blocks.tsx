import { counted } from '@stagewire/client';
import { FileX2 } from 'lucide-react';
import type { AttemptState, SkippedBlock } from '@stagewire/client';
import { blockBeginning, skippedLabel } from './skipped-labels.ts';

/** Longer lists are collapsed. */
const maxExpanded = 3;

/** The code blocks of an attempt that were not saved as files, each with the reason. */
export function SkippedBlocks({ attempt }: { readonly attempt: AttemptState }) {
  const { skipped } = attempt;
  if (skipped.length === 0) return null;
  const title = `${counted(skipped.length, 'code block')} not saved as ${skipped.length === 1 ? 'a file' : 'files'}`;
  return (
    <details className="skipped" open={skipped.length <= maxExpanded}>
      <summary>
        <FileX2 size={15} aria-hidden="true" />
        {title}
      </summary>
      <ul>
        {skipped.map((block) => (
          <li key={`${block.offset}-${block.reason}`}>
            {skippedLabel(block)}
            <FirstLine block={block} text={attempt.text} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The first line of a block without a name, to identify it. */
function FirstLine({ block, text }: { readonly block: SkippedBlock; readonly text: string }) {
  const line = block.path === undefined ? blockBeginning(text, block) : '';
  return line === '' ? null : <code>{line}</code>;
}
