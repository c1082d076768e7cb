import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { pinnedNode } from './paths';

export interface CommandOptions {
	cwd: string;
	/** Added to the environment of this process. */
	env?: Record<string, string>;
}

/**
 * Runs a program to its end and answers its standard output. Node 24 comes first in its PATH.
 * Throws an error that carries the end of what the program printed.
 */
export function runCommand(program: string, args: string[], options: CommandOptions): Promise<string> {
	const env = {
		...process.env,
		// npm and pnpm would otherwise leave a folder of compiled code in the machine's temporary folder.
		NODE_DISABLE_COMPILE_CACHE: '1',
		...options.env,
		PATH: `${dirname(pinnedNode)}:${process.env.PATH ?? ''}`,
	};
	return new Promise((resolve, reject) => {
		execFile(
			program,
			args,
			{ cwd: options.cwd, env, maxBuffer: 64 * 1024 * 1024 },
			(error, stdout, stderr) => {
				if (!error) return resolve(stdout);
				const output = `${stdout}\n${stderr}`.trim().slice(-2000);
				reject(new Error(`${program} ${args[0] ?? ''} failed (${error.code ?? 'not started'}):\n${output}`));
			},
		);
	});
}
