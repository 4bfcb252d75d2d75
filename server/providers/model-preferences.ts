import type { RemoteName } from './provider-settings.ts';

/**
 * Which of a provider's models is taken when STAGEWIRE_MODEL names none: those of the first pattern that any of
 * them fits; among these the highest version, which the pattern's groups hold; of one version the shortest id;
 * else the provider's own order. This file is the only place where models are named: change it at will.
 */
export const modelPreferences: Readonly<Record<RemoteName, readonly RegExp[]>> = {
  anthropic: [
    /^claude-sonnet-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/,
    /^claude-opus-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/,
    /^claude-haiku-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/,
    /^claude-fable-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$/,
  ],
  openai: [
    /^gpt-(\d{1,2})(?:\.(\d{1,2}))?-sol$/,
    /^gpt-(\d{1,2})(?:\.(\d{1,2}))?$/,
    /^gpt-(\d{1,2})(?:\.(\d{1,2}))?-(?:terra|luna|astra)$/,
    /^gpt-(\d{1,2})(?:\.(\d{1,2}))?-mini$/,
  ],
  openrouter: [
    /^anthropic\/claude-sonnet-(\d{1,2})(?:\.(\d{1,2}))?$/,
    /^openai\/gpt-(\d{1,2})(?:\.(\d{1,2}))?(?:-sol)?$/,
    /^google\/gemini-(\d{1,2})(?:\.(\d{1,2}))?-pro(?:-preview)?$/,
    /^anthropic\/claude-(?:opus|haiku)-(\d{1,2})(?:\.(\d{1,2}))?$/,
  ],
  ollama: [/coder|codestral|devstral/, /^(?:gpt-oss|qwen|llama|mistral|gemma|deepseek)/, /./],
  compatible: [/coder|codestral|devstral/, /./],
};

/** Models that do not write text from text, by the words in their ids; never taken, whatever pattern they fit. */
export const unsuitableModels =
  /embed|rerank|moderation|guard|whisper|audio|speech|tts|transcribe|realtime|image|dall-e|video|sora|ocr|vision|bge-|minilm/i;
