/** Files of projects that have no extension, in lower case. */
const wholeNames: ReadonlySet<string> = new Set(
  'appfile authors brewfile build caddyfile capfile cartfile changelog changes cmakelists codeowners containerfile copying dangerfile dockerfile dune-project earthfile fastfile gemfile gnumakefile gradlew guardfile jenkinsfile justfile license licence makefile manifest mvnw news notice owners pipfile podfile procfile rakefile readme snakefile taskfile thorfile tiltfile todo unlicense vagrantfile version workspace'.split(
    ' ',
  ),
);

/** Those that are also plain words: they are names only with a capital first letter. */
const plainWords: ReadonlySet<string> = new Set(
  'authors build changelog changes copying license licence manifest news notice owners readme todo version workspace'.split(
    ' ',
  ),
);

/** Products and functions with names like a file: in a heading they name a topic. */
const notFiles: ReadonlySet<string> = new Set(
  'node.js next.js nuxt.js vue.js react.js angular.js nest.js express.js three.js d3.js chart.js p5.js socket.io asp.net ember.js backbone.js alpine.js discord.js moment.js console.log process.env import.meta.env math.log logger.log log.log'.split(
    ' ',
  ),
);

/** Capitalized words after a language that describe what a block shows. */
const captions: ReadonlySet<string> = new Set(
  'after before bash code command commands config configuration console demo error errors example examples expected file input log logs new note old output preview request response result results sample schema script shell snippet stderr stdin stdout structure syntax terminal test tests tip tree usage warning'.split(
    ' ',
  ),
);

/**
 * Is `base` a known file name without an extension: `Makefile`, `gradlew`, `Dockerfile.dev`, `.env`? In prose, plain
 * words do not count, except those in capitals such as `LICENSE`.
 */
export function isWholeName(base: string, amongProse = false): boolean {
  if (/^\.[a-z][\w.-]*$/i.test(base)) return true;
  const lower = base.toLowerCase();
  if (plainWords.has(lower)) {
    return amongProse ? /^(?:LICEN[SC]E|COPYING|CHANGELOG|README)$/.test(base) : /^[A-Z]/.test(base);
  }
  if (wholeNames.has(lower)) return true;
  return /^(?:Docker|Container|Make|Caddy|Jenkins|Proc)file\.[\w-]+$/.test(base);
}

/** Is it the name of a product or of a function, although it has a dot? */
export function isKnownNotFile(base: string): boolean {
  return notFiles.has(base.toLowerCase());
}

/** Does the word after the language describe what a block shows, like `Output`? */
export function isCaption(word: string): boolean {
  return captions.has(word.toLowerCase());
}
