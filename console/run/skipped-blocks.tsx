import { counted } from '@stagewire/client';
import { FileX2 } from 'lucide-react';
import type { AttemptState, SkippedBlock } from '@stagewire/client';
import { blockBeginning, skippedLabel } from './skipped-labels.ts';

/** More are folded away. */
const mostOpen = 3;

/** The code blocks of an attempt that became no files, each with the reason. */
export function SkippedBlocks({ attempt }: { readonly attempt: AttemptState }) {
  const { skipped } = attempt;
  if (skipped.length === 0) return null;
  const title = `${counted(skipped.length, 'code block')} not taken as ${skipped.length === 1 ? 'a file' : 'files'}`;
  return (
    <details className="skipped" open={skipped.length <= mostOpen}>
      <summary>
        <FileX2 size={15} aria-hidden="true" />
        {title}
      </summary>
      <ul>
        {skipped.map((block) => (
          <li key={`${block.offset}-${block.reason}`}>
            {skippedLabel(block)}
            <Beginning block={block} text={attempt.text} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A block without a name is found by how it begins. */
function Beginning({ block, text }: { readonly block: SkippedBlock; readonly text: string }) {
  const beginning = block.path === undefined ? blockBeginning(text, block) : '';
  return beginning === '' ? null : <code>{beginning}</code>;
}
