import { count } from '../shell/amounts.ts';

export interface TooLongProps {
  readonly text: string;
  readonly maxChars: number;
}

/** Says that a text is longer than the server takes. It is not cut: a field that does so swallows what was pasted. */
export function TooLong({ text, maxChars }: TooLongProps) {
  if (text.length <= maxChars) return null;
  return (
    <p className="problems" role="alert">
      {count(text.length)} characters; {count(maxChars)} can be sent.
    </p>
  );
}
