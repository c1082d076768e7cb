import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { runToEnd } from '../exec';

/** Set in the environment of what is run in a container, so that it and whatever it starts can be found again. */
export const markVariable = 'OPSDESK_EXEC';

/** What has become of the processes of one run. */
export interface EndedProcesses {
	/** How many there were. */
	found: number;
	/** How many there still are. */
	left: number;
	/** Why they could not be looked for. */
	failure?: string;
}

const graceSeconds = 5;
const mostUsers = 5;
/** The script's own time, beside the grace. */
const limitMs = (graceSeconds + 25) * 1000;

/**
 * `$1` the mark, `$2` the grace in seconds, `$3` processes known already as `pid:start`. Finds the processes that carry the
 * mark and all their descendants, also those that were orphaned meanwhile or have another user; asks them to end, and
 * kills what is left after the grace. The start time keeps a process that got the number of another one from harm.
 * Fields of /proc/<pid>/stat after the name: 1 state, 2 parent, 20 start (proc(5)). Prints how many were
 * found, how many are left, the list, and the users of processes whose environment may not be read.
 */
const script = `mark=$1; grace=$2; found=" $3 "
look() {
 rows=; hidden=
 for d in /proc/[0-9]*; do
  s=$(cat "$d/stat" 2>/dev/null); s=\${s##*) }
  set -- $s
  case $1 in ''|Z|X) continue;; esac
  p=\${d#/proc/}; rows="$rows $p:$2:\${20}"
  case $found in *" $p:\${20} "*) continue;; esac
  if e=$(cat "$d/environ" 2>/dev/null); then
   case $e in *${markVariable}=$mark*) found="$found$p:\${20} ";; esac
  else
   while read -r key id more; do [ "$key" = Uid: ] && hidden="$hidden $id"; done <"$d/status"
  fi
 done 2>/dev/null
 again=1
 while [ "$again" = 1 ]; do
  again=0
  for row in $rows; do
   p=\${row%%:*}; rest=\${row#*:}
   case $found in *" $p:\${rest#*:} "*) continue;; esac
   case $found in *" \${rest%%:*}:"*) found="$found$p:\${rest#*:} "; again=1;; esac
  done
 done
 live=
 for row in $rows; do
  rest=\${row#*:}
  case $found in *" \${row%%:*}:\${rest#*:} "*) live="$live \${row%%:*}";; esac
 done
}
look
[ -n "$live" ] && kill -TERM $live 2>/dev/null
began=$(date +%s)
while look; [ -n "$live" ] && [ $(($(date +%s) - began)) -lt "$grace" ]; do sleep 0.2 2>/dev/null || sleep 1; done
tries=0
while [ -n "$live" ] && [ $tries -lt 5 ]; do
 kill -KILL $live 2>/dev/null
 sleep 0.2 2>/dev/null || sleep 1
 look; tries=$((tries + 1))
done
set -- $found; echo $#
set -- $live; echo $#
echo $found
echo $hidden`;

/**
 * Ends a program that was run with a mark, with all its children: first as the user it was run as, because only that one may
 * read its environment, then as root and as those whom it may have become since.
 *
 * The engine itself has no call that ends what it runs in a container (moby issue 35703), so a shell there has to do it.
 */
export async function endProcesses(
	engine: Engine,
	container: string,
	mark: string,
	user: string | undefined,
): Promise<EndedProcesses> {
	const users = [user, ...(user === '0' || user === 'root' ? [] : ['0'])];
	let known = '';
	let result: EndedProcesses = { found: 0, left: 0 };
	for (let index = 0; index < Math.min(users.length, mostUsers); index += 1) {
		const as = users[index];
		try {
			const command = ['sh', '-c', script, 'sh', mark, String(graceSeconds), known];
			const options = { ...(as !== undefined && { user: as }), silenceMs: limitMs };
			const { exitCode, stdout, stderr } = await runToEnd(engine, container, command, options);
			const [found, left, list = '', hidden = ''] = stdout.toString().split('\n');
			if (exitCode !== 0 || left === undefined) {
				const said = `${stdout.toString()} ${stderr}`;
				return { ...result, failure: isMissing(exitCode) ? 'the container has no shell' : said.trim() };
			}
			known = list;
			result = { found: Number(found), left: Number(left) };
			if (result.found > 0 && result.left === 0) break;
			for (const id of hidden.split(' ')) if (id !== '' && !users.includes(id)) users.push(id);
		} catch (thrown) {
			if (!(thrown instanceof DockerError)) throw thrown;
			return { ...result, failure: thrown.message };
		}
	}
	return result;
}

function isMissing(exitCode: number): boolean {
	return exitCode === 126 || exitCode === 127;
}
