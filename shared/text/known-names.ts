/** Languages by extension. Also what tells a file's name from a word with a dot in it. */
export const languageOfExtension: ReadonlyMap<string, string> = new Map(
  Object.entries({
    apex: 'cls',
    asm: 'asm s',
    astro: 'astro',
    bash: 'sh bash zsh ksh',
    bat: 'bat cmd',
    bicep: 'bicep',
    bibtex: 'bib',
    c: 'c h',
    clojure: 'clj cljs cljc edn',
    cmake: 'cmake',
    coffee: 'coffee',
    cpp: 'cc cpp cxx hh hpp hxx ino',
    crystal: 'cr',
    csharp: 'cs csx',
    css: 'css',
    csv: 'csv',
    cuda: 'cu',
    cython: 'pyx pxd',
    d: 'd',
    dart: 'dart',
    diff: 'diff patch',
    ejs: 'ejs',
    elixir: 'ex exs eex heex leex',
    elm: 'elm',
    erb: 'erb',
    erlang: 'erl hrl',
    fish: 'fish',
    fortran: 'f90 f95',
    fsharp: 'fs fsi fsx',
    gdscript: 'gd',
    glsl: 'glsl vert frag wgsl',
    go: 'go',
    gradle: 'gradle',
    graphql: 'graphql gql',
    groovy: 'groovy',
    haml: 'haml',
    handlebars: 'hbs handlebars mustache',
    haskell: 'hs lhs cabal',
    hcl: 'hcl nomad',
    html: 'html htm xhtml cshtml razor',
    http: 'http rest',
    ini: 'ini cfg conf env editorconfig properties service timer desktop cnf',
    java: 'java',
    jinja: 'j2 jinja jinja2 njk',
    js: 'js mjs cjs',
    json: 'json jsonc json5 jsonl ndjson geojson ipynb webmanifest',
    jsx: 'jsx',
    julia: 'jl',
    kotlin: 'kt kts',
    latex: 'tex sty',
    liquid: 'liquid',
    lisp: 'lisp el scm rkt',
    lua: 'lua',
    makefile: 'mk mak',
    markdown: 'md mdx markdown mkd',
    matlab: 'm mat',
    nim: 'nim nimble',
    nix: 'nix',
    'objective-c': 'mm',
    ocaml: 'ml mli',
    pascal: 'pas',
    perl: 'pl pm',
    php: 'php phtml',
    powershell: 'ps1 psm1 psd1',
    prisma: 'prisma',
    prolog: 'pro',
    proto: 'proto',
    pug: 'pug jade',
    python: 'py pyi pyw',
    r: 'r rmd',
    raku: 'raku',
    reason: 're rei res',
    rst: 'rst adoc',
    ruby: 'rb rake gemspec',
    rust: 'rs',
    scala: 'scala sc sbt',
    scss: 'scss sass less styl',
    solidity: 'sol vy',
    sql: 'sql psql',
    starlark: 'bzl',
    stylus: 'stylus',
    svelte: 'svelte',
    swift: 'swift',
    tcl: 'tcl',
    terraform: 'tf tfvars',
    text: 'txt text log lock mod sum typed tsv snap tmpl tpl template example sample po pot',
    toml: 'toml',
    ts: 'ts mts cts',
    tsx: 'tsx',
    twig: 'twig',
    v: 'v',
    vb: 'vb vbs bas',
    verilog: 'sv',
    vhdl: 'vhd vhdl',
    vim: 'vim',
    vue: 'vue',
    xml: 'xml svg xsd xsl xslt csproj fsproj vbproj vcxproj sln slnx props targets nuspec config resx xaml axaml plist storyboard xib pom',
    yaml: 'yaml yml',
    zig: 'zig zon',
  }).flatMap(([language, extensions]) =>
    extensions.split(' ').map((extension): [string, string] => [extension, language]),
  ),
);

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

export function hasKnownExtension(base: string): boolean {
  return languageOfExtension.has(extensionOf(base));
}

/** In lower case, without the dot; `''` if there is none. */
export function extensionOf(base: string): string {
  return base.slice(base.lastIndexOf('.') + 1 || base.length).toLowerCase();
}
