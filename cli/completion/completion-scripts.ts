/** The shells that `completion` writes a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

/** The script that a shell has to read, so that it completes the words of the command. */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of stagewire for bash: source <(stagewire completion bash)
_stagewire() {
  local line="\${COMP_LINE:0:COMP_POINT}" kind="" found word strip="" char
  word="\${line##*[[:space:]]}"
  # Bash replaces only what follows the last of these characters.
  for char in = :; do
    [[ $COMP_WORDBREAKS == *"$char"* && $word == *"$char"* ]] || continue
    found="\${word%"\${word##*"$char"}"}"
    (( \${#found} > \${#strip} )) && strip="$found"
  done
  COMPREPLY=()
  while IFS= read -r found; do
    if [[ -z $kind ]]; then kind="$found"; continue; fi
    found="\${found%%$'\\t'*}"
    [[ $found == *= ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("\${found#"$strip"}")
  done < <("\${COMP_WORDS[0]}" complete --line "$line" 2>/dev/null)
  if [[ $kind == files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen -f -- "\${word#"$strip"}")
  fi
}
complete -F _stagewire stagewire
`,
  zsh: `#compdef stagewire
# Completion of stagewire for zsh: source <(stagewire completion zsh), after compinit
_stagewire() {
  local line="\${(j: :)\${(@)words[1,CURRENT]}}" found value
  local -a lines candidates options
  lines=("\${(@f)$(\${words[1]} complete --line "$line" 2>/dev/null)}")
  for found in "\${(@)lines[2,-1]}"; do
    value="\${found%%$'\\t'*}"
    [[ $value == *= ]] && options=(-S '')
    candidates+=("\${value//:/\\\\:}:\${found#*$'\\t'}")
  done
  (( $#candidates )) && _describe -V stagewire candidates "\${options[@]}"
  [[ \${lines[1]} == files ]] && _files
}
compdef _stagewire stagewire
`,
  fish: `# Completion of stagewire for fish: stagewire completion fish | source
function __stagewire_complete
    set -l program (commandline -opc)[1]
    set -l lines ($program complete --line (commandline -cp | string collect) 2>/dev/null)
    test (count $lines) -gt 1; and printf '%s\\n' $lines[2..-1]
    test "$lines[1]" = files; and __fish_complete_path (commandline -ct)
end
complete -c stagewire -f -a '(__stagewire_complete)'
`,
};
