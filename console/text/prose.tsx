import { lazy, Suspense } from 'react';
import { useNear } from './use-near.ts';

export interface ProseProps {
  readonly text: string;
  /** More is to come: what is open at its end (a list, an emphasis, a link) is closed for the time being. */
  readonly growing: boolean;
}

/** Loads the Markdown parser ahead of the first text. If it cannot be loaded, texts are shown as they were written. */
export const loadMarkdown = () =>
  import('./markdown.tsx').then(
    ({ Markdown }) => ({ default: Markdown }),
    () => ({ default: PlainProse }),
  );

const Markdown = lazy(loadMarkdown);

/** A piece of Markdown from a model. Far from what is seen, and until the parser is loaded, it is shown as written. */
export function Prose({ text, growing }: ProseProps) {
  const [ref, near] = useNear<HTMLDivElement>(growing);
  return (
    <div ref={ref} className="prose">
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

function PlainProse({ text }: Pick<ProseProps, 'text'>) {
  return <div className="prose-plain">{text}</div>;
}
