/** Texts that the descriptions of files and code blocks share. */
export const fileTexts = {
  path: 'Path of the file: relative and clean, with forward slashes.',
  language:
    'Language of the content: from the block, otherwise from the extension of the path; `text` if neither gives one.',
  parts:
    'The content: the concatenation of these pieces of the text, in this order. For a context file the single piece is the whole file.',
  elided:
    'Present if the content has a placeholder for omitted text that no repair filled in. Absent otherwise.',
  originStage: 'The stage that wrote it. Absent for a context file.',
  originAttempt: 'The attempt that wrote it. Absent for a context file.',
  skippedPath: 'The path that the block names. Absent if it names none.',
  skippedOffset: 'Where the content of the block begins in the text of the attempt, in UTF-16 code units.',
  skippedChars: 'Length of the content of the block in UTF-16 code units.',
  problems:
    'At most 10 sentences about parts of the review that could not be read, were omitted, or have a wrong form but were read. Absent if there are none.',
} as const;
