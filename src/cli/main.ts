#!/usr/bin/env node
import { runCommandLine } from './program';
import { terminalProgress } from './terminal';

// The exit code is set instead of exiting at once, so that output into a pipe is not cut off.
void runCommandLine(process.argv.slice(2), {
	out: (text) => process.stdout.write(text),
	err: (text) => process.stderr.write(text),
	env: process.env,
	...(process.stderr.isTTY && { progress: terminalProgress(process.stderr) }),
	interruption,
}).then((exitCode) => {
	process.exitCode = exitCode;
});

/** The first Ctrl-C lets the work end cleanly, the second ends the process. */
function interruption(): AbortSignal {
	const controller = new AbortController();
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
	return controller.signal;
}
