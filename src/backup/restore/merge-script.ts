import { mixedExitCode } from './swap-script';

/**
 * Goes the way $2 below the folder $1 without following links. The working folder is held by the kernel, so what is
 * done from there by a bare name cannot be led away. 3: a folder on the way is missing, 4: it is a link or no folder.
 */
const enterFunction = `there() { [ -e "$1" ] || [ -L "$1" ]; }
enter() {
 cd "$1" || return 4
 way=$2; at=$(pwd -P)
 while [ "$way" ]; do
  step=\${way%%/*}
  case "$way" in */*) way=\${way#*/};; *) way=;; esac
  if ! there "./$step"; then return 3; fi
  if [ -L "./$step" ] || ! [ -d "./$step" ]; then return 4; fi
  cd -P "./$step" || return 4
  at="\${at%/}/$step"
  if [ "$(pwd -P)" != "$at" ]; then return 4; fi
 done
}
split() { name=\${1##*/}; case "$1" in */*) folder=\${1%/*};; *) folder=;; esac; }
blocked() { echo "a folder on the way to \\"$1\\" is a link or no folder, and is not followed" >&2; exit 1; }`;

/** Prints which of the paths ($2 …) there is below the folder $1. */
export const pathsInUseScript = `${enterFunction}
root=$1; shift
for path; do
 split "$path"; code=0; enter "$root" "$folder" || code=$?
 if [ $code = 3 ]; then continue; fi
 if [ $code != 0 ]; then blocked "$path"; fi
 if there "./$name"; then printf '%s\\n' "$path"; fi
done`;

/**
 * Puts the paths $4 … of the staging folder $2 below $1 into their places in $1. What is there moves to the same
 * path in a new folder named like $3 (when given), whose name is printed. Missing folders on the way are made like those
 * of the staging folder. Whatever fails, all of it is taken back, known by files in \`$2.moved\`; when that fails too, the
 * exit code is ${mixedExitCode}. Like the change of all, it comes to its end even if whoever started it dies.
 */
export const mergePathsScript = `set -e
${enterFunction}
root=$1; staging=$1/$2; moved=$1/$2.moved; wanted=$3; kept=; finished=; n=0; shift 3
leave() { rm -f /.opsdesk-busy; exit "$1"; }
fail() { echo "$*" >&2; exit 1; }
undo() {
 code=$?; trap - EXIT
 if [ "$finished" ]; then leave 0; fi
 set +e; failed=
 while [ "$n" -gt 0 ]; do
  path=$(cat "$moved/$n.path"); path=\${path%.}; split "$path"
  if [ -e "$moved/$n.new" ] && enter "$root" "$folder" && there "./$name" && ! there "$staging/$path"; then
   mv -- "./$name" "$staging/\${folder:+$folder/}" || failed=1
  fi
  if [ -e "$moved/$n.kept" ] && there "$root/$kept/$path"; then
   if enter "$root" "$folder" && ! there "./$name"; then mv -- "$root/$kept/$path" "./" || failed=1; else failed=1; fi
  fi
  n=$((n - 1))
 done
 cd /
 if ! [ "$failed" ] && [ "$kept" ]; then
  find "$root/$kept" -depth -type d -exec rmdir -- {} \\; 2>/dev/null
  if there "$root/$kept"; then failed=1; fi
 fi
 if [ -e "$moved/made" ] && ! [ "$failed" ]; then
  while IFS= read -r made; do rmdir -- "$root/$made" 2>/dev/null; done < "$moved/made"
 fi
 rm -rf -- "$moved"
 if [ "$failed" ]; then leave ${mixedExitCode}; fi
 if [ "$code" = 0 ]; then code=1; fi
 leave "$code"
}
make() { # the folder of a path, like that of the staging folder
 gone=; left=$1
 while [ "$left" ]; do
  one=\${left%%/*}
  case "$left" in */*) left=\${left#*/};; *) left=;; esac
  code=0; enter "$root" "$gone" || code=$?
  if [ $code != 0 ]; then blocked "$path"; fi
  whole=\${gone:+$gone/}$one
  if ! there "./$one"; then
   time=$(stat -c %Y .); like=$staging/$whole
   mkdir -m 700 -- "./$one"
   # The innermost comes first, as they are removed.
   { printf '%s\\n' "$whole"; cat "$moved/made" 2>/dev/null || true; } > "$moved/made.next"; mv "$moved/made.next" "$moved/made"
   chown "$(stat -c %u:%g "$like")" "./$one"; chmod "$(stat -c %a "$like")" "./$one"
   touch -d "@$(stat -c %Y "$like")" "./$one" 2>/dev/null || true
   touch -d "@$time" . 2>/dev/null || true
  fi
  gone=$whole
 done
}
if ! [ -d "$staging" ]; then fail "the staging folder is gone; somebody has removed it"; fi
: > /.opsdesk-busy
trap undo EXIT
trap '' HUP INT TERM PIPE
mkdir -m 700 -- "$moved"
if [ "$wanted" ]; then
 kept=$wanted; count=2
 while there "$root/$kept"; do kept=$wanted-$count; count=$((count + 1)); done
 mkdir -m 700 -- "$root/$kept"; echo "$kept"
fi
for path; do
 # The full stop keeps line breaks at the end of a name.
 printf '%s.' "$path" > "$moved/$((n + 1)).path"; n=$((n + 1))
 split "$path"; make "$folder"
 code=0; enter "$root" "$folder" || code=$?
 if [ $code != 0 ]; then blocked "$path"; fi
 time=$(stat -c %Y .)
 if there "./$name"; then
  if ! [ "$kept" ]; then fail "somebody has made \\"$path\\" there meanwhile"; fi
  mkdir -p -m 700 -- "$root/$kept/$folder"
  : > "$moved/$n.kept"
  mv -- "./$name" "$root/$kept/\${folder:+$folder/}"
 fi
 if there "./$name"; then fail "somebody has made \\"$path\\" there meanwhile"; fi
 : > "$moved/$n.new"
 mv -- "$staging/$path" ./
 touch -d "@$time" . 2>/dev/null || true
done
finished=yes
cd /
rm -rf -- "$moved" "$staging"
sync || true`;
