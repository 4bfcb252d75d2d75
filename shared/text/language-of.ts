/** Languages by extension. Also distinguishes a file name from a word with a dot. */
const languageOfExtension: ReadonlyMap<string, string> = new Map(
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

/** The language of the extension of the path, or `text`. */
export function languageOf(path: string): string {
  const base = baseOf(path);
  const whole = /^(Dockerfile|Makefile)(?:\.|$)/.exec(base)?.[1];
  if (whole !== undefined) return whole.toLowerCase();
  return languageOfExtension.get(extensionOf(base)) ?? 'text';
}

export function hasKnownExtension(base: string): boolean {
  return languageOfExtension.has(extensionOf(base));
}

/** The part of a path after its last slash or backslash. */
export function baseOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** In lower case, without the dot; `''` if there is none. */
function extensionOf(base: string): string {
  return base.slice(base.lastIndexOf('.') + 1 || base.length).toLowerCase();
}
