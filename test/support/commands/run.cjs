'use strict';

const { spawn } = require('node:child_process');
const { rmSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { openMemoryFolder } = require('./memory-folder.cjs');

const root = resolve(__dirname, '../../..');

/** Runs a program of the dev dependencies with the current Node; resolves with its exit code. */
function tool(script, args, { quiet = false, env = {}, nodeArgs = [] } = {}) {
	return new Promise((done) => {
		const child = spawn(process.execPath, [...nodeArgs, join(root, 'node_modules', script), ...args], {
			cwd: root,
			stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
			env: { ...process.env, ...env },
		});
		let output = '';
		child.stdout?.on('data', (chunk) => (output += chunk));
		child.stderr?.on('data', (chunk) => (output += chunk));
		child.on('exit', (code, signal) => {
			if (quiet && code !== 0) process.stdout.write(output);
			done(signal ? 1 : code);
		});
	});
}

async function build() {
	// What was compiled from a file that is gone must not be packed.
	rmSync(join(root, 'dist'), { recursive: true, force: true });
	rmSync(join(root, '.build', 'dist.tsbuildinfo'), { force: true });
	return (
		(await tool('typescript/bin/tsc', ['-p', 'tsconfig.build.json'])) ||
		(await tool('gulp/bin/gulp.js', ['--silent'])) ||
		0
	);
}

const check = () => tool('typescript/bin/tsc', ['-p', 'tsconfig.json'], { quiet: true });
const lint = () =>
	tool('eslint/bin/eslint.js', ['.', '--max-warnings=0', '--cache', '--cache-location', '.build/eslint'], {
		quiet: true,
	});
const format = () =>
	tool(
		'prettier/bin/prettier.cjs',
		['--check', '--log-level', 'warn', '--cache', '--cache-location', '.build/prettier', '.'],
		{ quiet: true },
	);

let memoryFolder;
function jest(args) {
	memoryFolder ??= (process.env.OPSDESK_TEST_IN_MEMORY !== '0' && openMemoryFolder()) || '';
	return tool('jest/bin/jest.js', args, {
		env: memoryFolder === '' ? {} : { TMPDIR: memoryFolder },
		// Of its workers too: they make much that is needed only for a moment.
		nodeArgs: ['--max-semi-space-size=64'],
	});
}

module.exports = { root, build, check, lint, format, jest };
