import { memo, useMemo } from 'react';
import { CodeCard } from './code-card.tsx';
import { FileNote, isFileNote } from './file-note.tsx';
import { Prose } from './prose.tsx';
import { splitBlocks } from './split-blocks.ts';

export interface ModelTextProps {
  readonly text: string;
  /** The text is still growing. */
  readonly growing: boolean;
}

/** A model's text as Markdown and code. Needs a key per attempt: blocks are identified by their offsets. */
export const ModelText = memo(function ModelText({ text, growing }: ModelTextProps) {
  const blocks = useMemo(() => splitBlocks(text, { isGrowing: growing }), [text, growing]);
  return (
    <div className="model-text">
      {blocks.map((block, index) => {
        const isTail = growing && index === blocks.length - 1;
        return block.kind === 'prose' ? (
          <Prose key={block.start} text={(block.tableHead ?? '') + block.text} growing={isTail} />
        ) : isFileNote(block) ? (
          <FileNote key={block.start} block={block} />
        ) : (
          <CodeCard
            key={block.start}
            text={block.text}
            language={block.language}
            path={block.path}
            growing={isTail && !block.closed}
          />
        );
      })}
    </div>
  );
});
