import { lazy, Suspense } from 'react';
import type { MarkdownProps } from './markdown.tsx';
import { useNear } from './use-near.ts';

/** Loads the Markdown parser before the first text. If this fails, texts are shown as plain text. */
export const loadMarkdown = () =>
  import('./markdown.tsx').then(
    ({ Markdown }) => ({ default: Markdown }),
    () => ({ default: PlainProse }),
  );

const Markdown = lazy(loadMarkdown);

/** A piece of a model's Markdown. Out of view, and until the parser is loaded, it is shown as plain text. */
export function Prose({ text, growing }: MarkdownProps) {
  const [ref, near] = useNear<HTMLDivElement>(growing);
  return (
    <div ref={ref} className={`prose${growing ? ' is-tail' : ''}`}>
      {near ? (
        <Suspense fallback={<PlainProse text={text} />}>
          <Markdown text={text} growing={growing} />
        </Suspense>
      ) : (
        <PlainProse text={text} />
      )}
    </div>
  );
}

function PlainProse({ text }: Pick<MarkdownProps, 'text'>) {
  return <div className="prose-plain">{text}</div>;
}
