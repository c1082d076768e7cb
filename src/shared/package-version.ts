import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const manifestSchema = z.object({ name: z.literal('n8n-nodes-opsdesk'), version: z.string() });

/** Version of this package; its root is a different number of folders up in the sources and once built. */
export function packageVersion(folder = __dirname): string {
	const manifest = manifestSchema.safeParse(readJson(join(folder, 'package.json')));
	if (manifest.success) return manifest.data.version;
	const parent = dirname(folder);
	if (parent === folder)
		throw new Error('The package.json of n8n-nodes-opsdesk is missing; install it again.');
	return packageVersion(parent);
}

function readJson(file: string): unknown {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return undefined;
	}
}
