import { tooLong } from '../shell/units.ts';

export interface TooLongProps {
  readonly text: string;
  readonly maxChars: number;
}

/** An error for a text that is longer than the server accepts. */
export function TooLong({ text, maxChars }: TooLongProps) {
  const problem = tooLong(text, maxChars);
  return problem === undefined ? null : (
    <p className="problems" role="alert">
      {problem}
    </p>
  );
}
