#!/usr/bin/env node
import { runCommandLine } from './program';

// The exit code is set instead of exiting at once, so that output into a pipe is not cut off.
void runCommandLine(process.argv.slice(2), {
	out: (text) => process.stdout.write(text),
	err: (text) => process.stderr.write(text),
	env: process.env,
}).then((exitCode) => {
	process.exitCode = exitCode;
});
