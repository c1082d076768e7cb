/** Files by which a script that must come to its end and the first process of its container know of each other. */
export interface SteadyMarks {
	/** There for as long as such a script runs: the container then outlives our death. */
	busy: string;
	/** Made when nobody is there any more, before a busy script is looked for; one that begins then does not. */
	gone: string;
}

/** What the first process does until our connection to its input has ended, and no script is busy. */
export const untilLeft = ({ busy, gone }: SteadyMarks): string => `cat >/dev/null
: > ${gone}
while [ -e ${busy} ]; do sleep 1; done`;

/** In a shell of its own, so that however the script ends the mark goes. */
export const steady = (script: string, { busy, gone }: SteadyMarks): string => `: > ${busy}
if [ -e ${gone} ]; then rm -f ${busy}; echo 'nobody waits for it any more' >&2; exit 1; fi
trap '' HUP INT TERM PIPE
(
${script}
)
code=$?; rm -f ${busy}; exit "$code"`;
