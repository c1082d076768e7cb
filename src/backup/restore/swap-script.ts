import { keptPrefix, stagingPrefix } from '../sources/own-folders';

/** Exit code when the change failed and could not be taken back. */
export const mixedExitCode = 90;

/** Prints a line unless the folder $1 holds nothing but what a file system makes by itself and folders of ours. */
export const isUsedScript = `cd "$1" || exit 1
for f in .* *; do
 case "$f" in .|..|lost+found|${stagingPrefix}*|${keptPrefix}*) continue;; esac
 if [ -e "$f" ] || [ -L "$f" ]; then echo used; break; fi
done`;

/**
 * Moves what is in the folder $1 into a new folder in it that is named like $3 (when given), then what is in its
 * folder $2 up, and gives $1 the owner $4, the mode $5 and the time $6. Prints the name of that new folder.
 *
 * Whatever fails on the way, everything is moved back; what was moved is known by files of its name in the folder $7
 * of $1. Nothing is ever moved over something else. Only when moving back fails too, the exit code is 90.
 *
 * It runs as a steady script of a helper, so the death of who started it leaves no mixture. After the death of the helper
 * itself (a power cut) the folder $7 stays as the sign of a change that was interrupted.
 */
export const swapScript = `set -e
root=$1; staging=$1/$2; moved=$1/$7; kept=; owner=; mode=; finished=
there() { [ -e "$1" ] || [ -L "$1" ]; }
fail() { echo "$*" >&2; exit 1; }
back() { # from, to
 cd "$1" || return 1
 for f in .* *; do
  case "$f" in .|..) continue;; esac
  if ! there "./$f"; then continue; fi
  if there "$2/$f" || ! mv -- "./$f" "$2/"; then failed=1; fi
 done
}
undo() {
 code=$?; trap - EXIT
 if [ "$finished" ]; then exit 0; fi
 set +e; failed=
 cd "$moved"
 for f in .* *; do
  case "$f" in .|..) continue;; esac
  if ! there "./$f" || ! there "$root/$f" || there "$staging/$f"; then continue; fi
  mv -- "$root/$f" "$staging/" || failed=1
 done
 if [ "$kept" ]; then back "$root/$kept" "$root"; cd /; rmdir -- "$root/$kept" || failed=1; fi
 if [ "$mode" ]; then chown "$owner" "$root"; chmod "$mode" "$root"; fi
 cd /; rm -rf -- "$moved"
 if [ "$failed" ]; then exit ${mixedExitCode}; fi
 if [ "$code" = 0 ]; then code=1; fi
 exit "$code"
}
move() { # from, to, whether what is ours stays, whether to take note
 cd "$1"; to=$2; ours=$3; note=$4; set --
 for f in .* *; do
  case "$f" in .|..) continue;; esac
  if [ "$ours" ]; then case "$f" in lost+found|${stagingPrefix}*|${keptPrefix}*) continue;; esac; fi
  if ! there "./$f"; then continue; fi
  if [ "$f" = lost+found ] && there "$to/$f" && rmdir "./$f" 2>/dev/null; then continue; fi
  if there "$to/$f"; then fail "somebody has made \\"$f\\" there meanwhile"; fi
  if [ "$note" ]; then : > "$moved/$f"; fi
  set -- "$@" "./$f"
  if [ $# -ge 200 ]; then mv -- "$@" "$to/"; set --; fi
 done
 if [ $# -gt 0 ]; then mv -- "$@" "$to/"; fi
}
if ! [ -d "$staging" ]; then fail "the staging folder is gone; somebody has removed it"; fi
mkdir -m 700 -- "$moved"
trap undo EXIT
if [ "$3" ]; then
 name=$3; number=2
 while there "$root/$name"; do name=$3-$number; number=$((number + 1)); done
 mkdir -m 700 -- "$root/$name"; kept=$name; echo "$kept"
 move "$root" "$root/$name" yes ''
fi
move "$staging" "$root" '' yes
cd /
if [ "$4" ]; then
 owner=$(stat -c %u:%g "$root"); mode=$(stat -c %a "$root")
 chown "$4" "$root"; chmod "$5" "$root"
fi
# Whatever fails from here on takes nothing back.
finished=yes; set +e
rm -rf -- "$moved"; rmdir -- "$staging"
if [ "$4" ]; then touch -d "@$6" "$root" 2>/dev/null; fi
sync || true`;
