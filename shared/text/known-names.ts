/** Files of projects that have no extension, in lower case. */
const wholeNames: ReadonlySet<string> = new Set(
  'appfile authors brewfile build caddyfile capfile cartfile changelog changes cmakelists codeowners containerfile copying dangerfile dockerfile dune-project earthfile fastfile gemfile gnumakefile gradlew guardfile jenkinsfile justfile license licence makefile manifest mvnw news notice owners pipfile podfile procfile rakefile readme snakefile taskfile thorfile tiltfile todo unlicense vagrantfile version workspace'.split(
    ' ',
  ),
);

/** Of those, the ones that are also plain words: they are names only where they begin with a capital. */
const plainWords: ReadonlySet<string> = new Set(
  'authors build changelog changes copying license licence manifest news notice owners readme todo version workspace'.split(
    ' ',
  ),
);

/** Things that are called like a file: as a heading they name a topic. */
const notFiles: ReadonlySet<string> = new Set(
  'node.js next.js nuxt.js vue.js react.js angular.js nest.js express.js three.js d3.js chart.js p5.js socket.io asp.net ember.js backbone.js alpine.js discord.js moment.js console.log process.env import.meta.env math.log logger.log log.log'.split(
    ' ',
  ),
);

/** Words with a capital that stand behind a language and tell what a block shows. */
const captions: ReadonlySet<string> = new Set(
  'after before bash code command commands config configuration console demo error errors example examples expected file input log logs new note old output preview request response result results sample schema script shell snippet stderr stdin stdout structure syntax terminal test tests tip tree usage warning'.split(
    ' ',
  ),
);

/**
 * Does `base` need no extension to be known as a file: `Makefile`, `gradlew`, `Dockerfile.dev`, `.env`? Among prose the
 * plain words among them do not count, except `LICENSE` and its like in capitals.
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

/** Is it the name of a product or of a function, in spite of its dot? */
export function isKnownNotFile(base: string): boolean {
  return notFiles.has(base.toLowerCase());
}

/** Does a word behind the language say what a block shows, as `Output` does? */
export function isCaption(word: string): boolean {
  return captions.has(word.toLowerCase());
}
