/** What the descriptions of files and blocks share. */
export const fileTexts = {
  path: 'Path of the file: relative and clean, with forward slashes.',
  language:
    'Language of the content, as the block names it, else by the extension of the path; `text` if neither names one.',
  parts:
    'The content: these pieces of the text, in this order, one after the other. Of a context file the one piece that is the whole file.',
  elided:
    'There if a placeholder stands in the content where text was left out, and no repair filled it in. Absent otherwise.',
  originStage: 'The stage that wrote it. Absent for a context file.',
  originAttempt: 'The attempt that wrote it. Absent for a context file.',
  skippedPath: 'The path that the block names. Absent if it names none.',
  skippedOffset: 'Where the content of the block begins in the text of the attempt, in UTF-16 code units.',
  skippedChars: 'Length of the content of the block in UTF-16 code units.',
  problems:
    'At most 10 sentences about what of the review could not be read, was left out, or was read in spite of its form. Absent if there are none.',
} as const;
