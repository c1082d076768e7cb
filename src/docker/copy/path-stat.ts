import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

import { DockerError } from '../errors';

const stat = z.object({
	name: z.string(),
	size: z.number(),
	mode: z.number(),
	mtime: z.string(),
	linkTarget: z.string().nullish(),
});

/** What the engine says of a path of a container. */
export interface PathStat {
	name: string;
	kind: 'file' | 'folder' | 'link' | 'other';
	sizeBytes: number;
	/** Permission bits. */
	mode: number;
	modifiedAt: string;
	/** Where a link leads in the container, the whole way gone. */
	linkTarget: string | null;
}

/** Bits of Go's os.FileMode, in which the engine writes the kind (pkg.go.dev/io/fs#FileMode). */
const goDirectory = 2 ** 31;
const goSymlink = 2 ** 27;
const goIrregular = [26, 25, 24, 21, 19].map((bit) => 2 ** bit);

/**
 * Reads the header `X-Docker-Container-Path-Stat` (Docker Engine API, "Get an archive of a filesystem resource").
 * @throws DockerError `not_an_engine`
 */
export function pathStat({ headers }: IncomingMessage): PathStat {
	const header = headers['x-docker-container-path-stat'];
	const text = Buffer.from(typeof header === 'string' ? header : '', 'base64').toString('utf8');
	const parsed = stat.safeParse(json(text));
	if (!parsed.success) {
		throw new DockerError(
			'not_an_engine',
			'The answer says nothing of the path that was asked for.',
			'See whether a proxy between n8n and the engine removes the header X-Docker-Container-Path-Stat.',
		);
	}
	const { name, size, mode, mtime, linkTarget } = parsed.data;
	const has = (bit: number): boolean => Math.floor(mode / bit) % 2 === 1;
	const kind = has(goDirectory)
		? 'folder'
		: has(goSymlink)
			? 'link'
			: goIrregular.some(has)
				? 'other'
				: 'file';
	return {
		name,
		kind,
		sizeBytes: size,
		mode: mode % 0o1000,
		modifiedAt: mtime,
		linkTarget: linkTarget || null,
	};
}

function json(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
