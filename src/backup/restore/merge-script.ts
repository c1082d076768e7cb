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
 * Puts the paths $5 … of the staging folder $2 below $1 into their places in $1. What is there moves to the same
 * path in a new folder named like $3 (when given), whose name is printed on a line, followed by each folder that was made with a
 * zero byte, outer ones first. Missing folders on the way are made like those of the staging folder.
 *
 * Whatever fails, all of it is taken back, as files in the folder $4 of $1 tell it; when that fails too, the exit code is
 * 90. Like the change of all it runs as a steady script.
 */
export const mergePathsScript = `set -e
${enterFunction}
root=$1; staging=$1/$2; wanted=$3; moved=$1/$4; kept=; finished=; n=0; m=0
fail() { echo "$*" >&2; exit 1; }
undo() {
 code=$?; trap - EXIT
 if [ "$finished" ]; then exit 0; fi
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
 # Inner ones come first.
 while [ "$m" -gt 0 ] && ! [ "$failed" ]; do
  made=$(cat "$moved/$m.made"); rmdir -- "$root/\${made%.}" 2>/dev/null
  m=$((m - 1))
 done
 rm -rf -- "$moved"
 if [ "$failed" ]; then exit ${mixedExitCode}; fi
 if [ "$code" = 0 ]; then code=1; fi
 exit "$code"
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
   printf '%s.' "$whole" > "$moved/$((m + 1)).made"; m=$((m + 1))
   mkdir -m 700 -- "./$one"
   chown "$(stat -c %u:%g "$like")" "./$one"; chmod "$(stat -c %a "$like")" "./$one"
   touch -d "@$(stat -c %Y "$like")" "./$one" 2>/dev/null || true
   touch -d "@$time" . 2>/dev/null || true
  fi
  gone=$whole
 done
}
if ! [ -d "$staging" ]; then fail "the staging folder is gone; somebody has removed it"; fi
mkdir -m 700 -- "$moved"
trap undo EXIT
if [ "$wanted" ]; then
 kept=$wanted; count=2
 while there "$root/$kept"; do kept=$wanted-$count; count=$((count + 1)); done
 mkdir -m 700 -- "$root/$kept"
fi
echo "$kept"
shift 4
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
cd /
# Whatever fails from here on takes nothing back.
finished=yes; set +e
n=0
while [ $n -lt $m ]; do n=$((n + 1)); made=$(cat "$moved/$n.made"); printf '%s\\0' "\${made%.}"; done
rm -rf -- "$moved" "$staging"
sync || true`;

/**
 * Takes a completed change of paths back. What was there moves from the folder $2 of $1 to its place again (nothing does
 * when $2 is empty); what is there now, with all that was made in it meanwhile, goes into the new folder $3, which is removed. $4
 * is how many of the arguments after it are folders that the change has made; the others are its paths. It goes on after a
 * fault; the exit code is ${mixedExitCode} then.
 */
export const takePathsBackScript = `${enterFunction}
root=$1; kept=$2; trash=$1/$3; made=$4; failed=; n=0; shift 4
fault() { echo "$*" >&2; failed=1; }
away() { # a name in the working folder
 n=$((n + 1))
 if ! there "./$1"; then return; fi
 mkdir -- "$trash/$n" && mv -- "./$1" "$trash/$n/" || fault "\\"$path\\" cannot be moved away"
}
mkdir -m 700 -- "$trash" || exit 1
for path; do
 isKept=; code=0; split "$path"
 if [ "$made" -gt 0 ]; then made=$((made - 1))
 elif [ "$kept" ] && there "$root/$kept/$path"; then isKept=yes; fi
 enter "$root" "$folder" || code=$?
 if [ $code != 0 ]; then
  if [ $code != 3 ] || [ "$isKept" ]; then fault "the way to \\"$path\\" is not there any more"; fi
  continue
 fi
 time=$(stat -c %Y .)
 away "$name"
 if [ "$isKept" ] && { there "./$name" || ! mv -- "$root/$kept/$path" ./; }; then fault "\\"$path\\" cannot be put back"; fi
 touch -d "@$time" . 2>/dev/null || true
done
cd /
if [ "$kept" ]; then
 find "$root/$kept" -depth -type d -exec rmdir -- {} \\; 2>/dev/null
 if there "$root/$kept"; then fault "something is left in the folder $kept"; fi
fi
rm -rf -- "$trash"
sync || true
if [ "$failed" ]; then exit ${mixedExitCode}; fi`;
