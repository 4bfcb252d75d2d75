import { answerStart } from '@stagewire/client/text';
import { grouped } from '@stagewire/client';
import { useMemo } from 'react';
import { ModelText, type ModelTextProps } from '../text/model-text.tsx';
import { PlainText } from '../text/plain-text.tsx';

/**
 * A model's text, and folded away what of it is a thought: what stands before a closing tag without an opening one. No
 * file comes from that, so it must not look like one. It is known when the text has ended.
 */
export function ModelAnswer({ text, growing }: ModelTextProps) {
  const start = useMemo(() => (growing ? 0 : answerStart(text)), [text, growing]);
  return (
    <>
      {start > 0 && (
        <details className="reasoning">
          <summary>
            Thought before the answer{' '}
            <span className="muted">{grouped(start)} characters, no part of the answer</span>
          </summary>
          <div className="reasoning-text">
            <PlainText text={text.slice(0, start)} />
          </div>
        </details>
      )}
      <ModelText text={text.slice(start)} growing={growing} />
    </>
  );
}
