import { mixedExitCode } from './swap-script';

/** The endings of the names of a database and of what SQLite keeps beside it, each with an `x` before it. */
const endings = 'x x-wal x-shm x-journal';

const functions = `there() { [ -e "$1" ] || [ -L "$1" ]; }
taken() { there "./$1" || logged "$1"; }
logged() { there "./$1-wal" || there "./$1-shm" || there "./$1-journal"; }
fail() { echo "$*" >&2; exit 1; }`;

/** Prints the names of the database $2 in the folder $1 and of what SQLite keeps beside it, those of links after \`link \`. */
export const databaseInUseScript = `cd "$1" || exit 1; name=$2
for ending in ${endings}; do
 f=$name\${ending#x}
 if [ -L "./$f" ]; then echo "link $f"; elif [ -e "./$f" ]; then echo "$f"; fi
done`;

/**
 * Makes the file $3 in the folder $1 the database $2. What was there, with what SQLite keeps beside it, is named like $4 then, which
 * is printed; the new one gets its owner and mode, else $5 and $6. Where nothing is beside it this is one step. Else all
 * names are changed or none; when that fails, the exit code is ${mixedExitCode}. It runs as a steady script.
 */
export const swapDatabaseScript = `set -e; cd "$1"; name=$2; staging=$3; kept=$4; owner=$5; mode=$6; old=; linked=
${functions}
same() { [ "./$name" -ef "./$1" ] 2>/dev/null; }
if ! [ -f "./$staging" ]; then fail "what is to come is gone; somebody has removed it"; fi
if [ -f "./$name" ]; then owner=$(stat -c %u:%g "./$name"); mode=$(stat -c %a "./$name"); fi
if [ "$owner" ]; then chown "$owner" "./$staging"; fi
if [ "$mode" ]; then chmod "$mode" "./$staging"; fi
sync || true
last=; number=2
while taken "$kept"; do last=$kept; kept=$4-$number; number=$((number + 1)); done
# What a change has begun that was interrupted belongs to this one.
if [ "$last" ] && there "./$last" && ! logged "$last"; then
 if ! there "./$name" || same "$last"; then kept=$last; fi
fi
undo() {
 code=$?; trap - EXIT; set +e; failed=
 for ending in $old; do mv -- "./$kept\${ending#x}" "./$name\${ending#x}" || failed=1; done
 if [ "$linked" ]; then rm -f -- "./$kept"; fi
 if [ "$failed" ]; then exit ${mixedExitCode}; fi
 if [ "$code" = 0 ]; then code=1; fi
 exit "$code"
}
trap undo EXIT
if there "./$name" && ! logged "$name" && { same "$kept" || ln -- "./$name" "./$kept" 2>/dev/null; }; then
 linked=yes
 mv -f -- "./$staging" "./$name"
else
 for ending in ${endings}; do
  if there "./$name\${ending#x}"; then mv -- "./$name\${ending#x}" "./$kept\${ending#x}"; old="$ending $old"; fi
 done
 mv -- "./$staging" "./$name"
fi
trap - EXIT
if taken "$kept"; then echo "$kept"; fi
sync || true`;

/**
 * Takes such a change back: the database $2 of the folder $1 and what is beside it goes, by way of the name $3, and what is
 * named $4 (nothing when empty) is the database again. Says so where $3 could not be removed. The exit code is ${mixedExitCode} when it is neither. A steady script.
 */
export const databaseBackScript = `set -e; cd "$1"; name=$2; trash=$3; kept=$4; old=; new=; left=
${functions}
if [ "$kept" ] && ! there "./$kept"; then fail "what was there before is gone; somebody has removed $kept"; fi
undo() {
 code=$?; trap - EXIT; set +e; failed=
 for ending in $old; do mv -- "./$name\${ending#x}" "./$kept\${ending#x}" || failed=1; done
 for ending in $new; do mv -- "./$trash\${ending#x}" "./$name\${ending#x}" || failed=1; done
 if [ "$failed" ]; then exit ${mixedExitCode}; fi
 if [ "$code" = 0 ]; then code=1; fi
 exit "$code"
}
trap undo EXIT
for ending in ${endings}; do
 if there "./$name\${ending#x}"; then mv -- "./$name\${ending#x}" "./$trash\${ending#x}"; new="$ending $new"; fi
done
for ending in ${endings}; do
 if [ "$kept" ] && there "./$kept\${ending#x}"; then mv -- "./$kept\${ending#x}" "./$name\${ending#x}"; old="$ending $old"; fi
done
trap - EXIT
for ending in ${endings}; do rm -f -- "./$trash\${ending#x}" || left=1; done
if [ "$left" ]; then echo left; fi
sync || true`;
