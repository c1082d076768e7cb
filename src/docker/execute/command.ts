import { OpsdeskError, shorten } from '../../shared';

/** The kernel's limit for one argument (MAX_ARG_STRLEN, execve(2)). */
const maxArgumentBytes = 128 * 1024;

/**
 * A program and its arguments, each as it is: nothing here is ever read by a shell.
 * @throws OpsdeskError `invalid_input`
 */
export function parseCommand(value: unknown): string[] {
	const parts: unknown[] = Array.isArray(value) ? value : [];
	const command = parts.map((part) => (typeof part === 'number' ? String(part) : part));
	if (command.length === 0 || command[0] === '' || !command.every(isArgument)) {
		throw new OpsdeskError(
			'invalid_input',
			Array.isArray(value)
				? '"Command" is not a program with its arguments as texts.'
				: `"Command" is not a list: ${shorten(String(value), 60)}`,
			'Give the program and each argument on its own, such as "ls", "-l" and "/srv". For a pipe or a variable, give "sh", "-c" and the script.',
		);
	}
	return command;
}

function isArgument(part: unknown): part is string {
	return typeof part === 'string' && !part.includes('\0') && Buffer.byteLength(part) < maxArgumentBytes;
}

/** @returns `NAME=value` @throws OpsdeskError `invalid_input` naming the variable, never its value */
export function parseEnvironment(variables: Readonly<Record<string, string>>): string[] {
	return Object.entries(variables).map(([name, value]) => {
		if (/^[^=\0\s]+$/.test(name) && !value.includes('\0')) return `${name}=${value}`;
		throw new OpsdeskError(
			'invalid_input',
			`"${shorten(name, 60)}" cannot be the name of an environment variable, or its value holds a zero byte.`,
			'Names hold neither blanks nor "=".',
		);
	});
}
