'use strict';

// Lets a program of the stand `require` TypeScript. Files are translated one by one, as jest does it, and stay where
// they are, so that `__dirname` leads to the scripts beside them; what was translated once is kept in .build/stand.
// Types are checked by `npm run lint`.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const cache = resolve(__dirname, '../../.build/stand');
const { version } = require('typescript/package.json');

function translate(file, source) {
	const ts = require('typescript');
	const { outputText } = ts.transpileModule(source, {
		fileName: file,
		compilerOptions: {
			target: ts.ScriptTarget.ES2023,
			module: ts.ModuleKind.CommonJS,
			esModuleInterop: true,
			inlineSourceMap: true,
		},
	});
	return outputText;
}

function translated(file) {
	const source = readFileSync(file, 'utf8');
	const key = createHash('sha256').update(`${version}\0${file}\0${source}`).digest('hex').slice(0, 32);
	const kept = join(cache, `${key}.js`);
	try {
		return readFileSync(kept, 'utf8');
	} catch {
		const result = translate(file, source);
		mkdirSync(cache, { recursive: true });
		// Renamed, because another program may be reading it.
		writeFileSync(`${kept}.${process.pid}`, result);
		renameSync(`${kept}.${process.pid}`, kept);
		return result;
	}
}

process.setSourceMapsEnabled(true);
require.extensions['.ts'] = (module, file) => module._compile(translated(file), file);
