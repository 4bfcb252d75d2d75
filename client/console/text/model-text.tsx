import { memo, useDeferredValue, useMemo } from 'react';
import { CodeCard } from './code-card.tsx';
import { Prose } from './prose.tsx';
import { createBlockSplitter } from './split-blocks.ts';

export interface ModelTextProps {
  readonly text: string;
  /** More is to come. */
  readonly growing: boolean;
}

/** What a model wrote, as Markdown and code. Give it a key per attempt: it reads on where the text last ended. */
export const ModelText = memo(function ModelText({ text: latest, growing }: ModelTextProps) {
  // Drawn in small steps between which the page answers; a text that grows faster than it is drawn is drawn less often.
  const text = useDeferredValue(latest);
  const splitter = useMemo(createBlockSplitter, []);
  const blocks = splitter.split(text);
  return (
    <div className="model-text">
      {blocks.map((block, index) => {
        const isTail = growing && index === blocks.length - 1;
        return block.kind === 'prose' ? (
          <Prose key={block.start} text={block.text} growing={isTail} />
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
      {growing && blocks.at(-1)?.kind === 'prose' && <span className="caret" aria-hidden="true" />}
    </div>
  );
});
