/** Patterns of ids, without zod, for code that recognizes them in a URL, on a command line or in a fast path. */

export const runIdPattern = /^run_[A-Za-z0-9-]{8,60}$/;

export const modelRefPattern =
  /^(?:(?:anthropic|openai|openrouter|ollama|compatible)\/\S+|rehearsal(?:\/[a-z0-9=@,.-]*)?)$/;

export const maxModelRefChars = 300;

export const rolePattern = /^[a-z][a-z0-9-]{0,31}$/;
