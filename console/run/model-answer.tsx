import { answerStart } from '@stagewire/client/text';
import { grouped } from '@stagewire/client';
import { useMemo } from 'react';
import { ModelText, type ModelTextProps } from '../text/model-text.tsx';
import { PlainText } from '../text/plain-text.tsx';

/**
 * A model's text. What precedes a closing reasoning tag without an opening one is reasoning, and is collapsed: no file
 * comes from it. That is only known when the text has ended.
 */
export function ModelAnswer({ text, growing }: ModelTextProps) {
  const start = useMemo(() => (growing ? 0 : answerStart(text)), [text, growing]);
  return (
    <>
      {start > 0 && (
        <details className="reasoning">
          <summary>
            Reasoning before the answer{' '}
            <span className="muted">{grouped(start)} characters, not part of the answer</span>
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
