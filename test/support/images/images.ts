import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { createReadStream, globSync, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';

import { cached } from '../cache';
import { programPath } from '../system-packages.cjs';
import { RootFilesystem } from './root-filesystem';

/** An image made without a registry: its file system and how it is run. */
interface Recipe {
	fill(root: RootFilesystem): void;
	/** Programs whose versions are part of the image, so that a system update makes a new one. */
	from: string[];
	changes: string[];
}

const postgresBin = '/usr/lib/postgresql/15/bin';

const recipes = {
	/** A small web server with a health check every second; `/www` is what it serves. */
	web: {
		from: ['/bin/busybox', '/usr/bin/busybox'],
		fill: (root) => {
			root.write('www/index.html', 'hello\n');
			root.write(
				'usr/bin/healthy',
				'#!/bin/sh\nexec timeout 30 wget -q -O /dev/null http://127.0.0.1:8080/\n',
				0o755,
			);
		},
		changes: [
			'CMD ["httpd","-f","-v","-p","8080","-h","/www"]',
			'EXPOSE 8080',
			'HEALTHCHECK --interval=1s --timeout=30s --retries=2 CMD ["healthy"]',
		],
	},
	/** Healthy as long as `/tmp/ok` exists. */
	sick: {
		from: ['/bin/busybox', '/usr/bin/busybox'],
		fill: () => {},
		changes: [
			'CMD ["sh","-c","touch /tmp/ok; trap exit TERM; while :; do sleep 1 & wait $!; done"]',
			'HEALTHCHECK --interval=1s --timeout=30s --retries=1 CMD ["test","-f","/tmp/ok"]',
		],
	},
	/** Only the tools; runs whatever command it is given. */
	tools: {
		from: ['/bin/busybox', '/usr/bin/busybox'],
		fill: () => {},
		changes: ['CMD ["sh"]'],
	},
	/** PostgreSQL with pg_dump, pg_restore and psql; POSTGRES_PASSWORD, POSTGRES_DB and POSTGRES_INITDB_ARGS as in the official image. */
	postgres: {
		from: [`${postgresBin}/postgres`],
		fill: (root) => {
			root.user('postgres', 999, '/var/lib/postgresql');
			for (const program of [
				'postgres',
				'initdb',
				'pg_ctl',
				'pg_dump',
				'pg_dumpall',
				'pg_restore',
				'psql',
				'pg_isready',
				'createdb',
			]) {
				root.addProgram(`${postgresBin}/${program}`);
				root.write(`usr/bin/${program}`, `#!/bin/sh\nexec ${postgresBin}/${program} "$@"\n`, 0o755);
			}
			// Without the compiler of queries: two thirds of it all, which every engine would unpack.
			root.addFolder('/usr/lib/postgresql/15/lib', { except: /\/(?:bitcode|llvmjit\w*\.so)$/ });
			for (const library of globSync('/usr/lib/postgresql/15/lib/*.so')) {
				if (!library.includes('llvmjit')) root.addLibrariesOf(library);
			}
			root.addFolder('/usr/share/postgresql/15');
			root.addFolder('/usr/share/zoneinfo');
			root.write('entrypoint', readFileSync(join(__dirname, 'postgres-entrypoint.sh'), 'utf8'), 0o755);
		},
		changes: [
			'ENTRYPOINT ["/entrypoint"]',
			'EXPOSE 5432',
			'ENV PGDATA=/var/lib/postgresql/data',
			'VOLUME /var/lib/postgresql/data',
			'HEALTHCHECK --interval=1s --timeout=30s --retries=5 CMD ["pg_isready","-U","postgres","-h","127.0.0.1"]',
		],
	},
	/** Redis with its client. */
	redis: {
		from: ['/usr/bin/redis-server'],
		fill: (root) => {
			for (const program of ['redis-server', 'redis-cli']) root.addProgram(`/usr/bin/${program}`);
		},
		changes: ['CMD ["redis-server","--save",""]', 'EXPOSE 6379'],
	},
	/** haproxy, for the filtering proxy in front of an engine. */
	haproxy: {
		from: ['/usr/sbin/haproxy'],
		fill: (root) => {
			root.user('haproxy', 99, '/var/lib/haproxy');
			root.addProgram(programPath('haproxy'), '/usr/local/sbin/haproxy');
		},
		changes: ['CMD ["/usr/local/sbin/haproxy","-W","-db","-f","/usr/local/etc/haproxy/haproxy.cfg"]'],
	},
	/** What n8n needs beside Node and its own folder, which are mounted: user 1000 and the C++ libraries. */
	n8n: {
		from: [process.execPath],
		fill: (root) => {
			root.user('node', 1000, '/home/node').own('/home/node/.n8n', 1000);
			root.addLibrariesOf(process.execPath);
			root.addFolder('/usr/share/zoneinfo');
			root.write(
				'usr/bin/n8n',
				'#!/bin/sh\nexec /opt/node/bin/node /opt/n8n/node_modules/n8n/bin/n8n "$@"\n',
				0o755,
			);
		},
		changes: [
			'USER node',
			'WORKDIR /home/node',
			'ENV PATH=/opt/node/bin:/bin:/usr/bin',
			'EXPOSE 5678',
			'CMD ["n8n","start"]',
		],
	},
} satisfies Record<string, Recipe>;

export type ImageName = keyof typeof recipes;

/** Loads images into an engine under `opsdesk-test/<name>:1`, building what the cache does not hold. */
export async function loadImages(docker: Docker, names: ImageName[]): Promise<void> {
	for (const name of names) await loadImage(docker, name, imageTag(name));
}

export const imageTag = (name: ImageName): string => `opsdesk-test/${name}:1`;

/** One that is known as official by its name, which helper containers are made from. */
export const loadHelperImage = (docker: Docker): Promise<void> => loadImage(docker, 'tools', 'busybox:1');

/** Loads one image under a tag of the caller's choice. */
export async function loadImage(docker: Docker, name: ImageName, tag: string): Promise<void> {
	const recipe: Recipe = recipes[name];
	const archive = join(
		await cached(`image-${name}-${fingerprint(recipe)}`, (folder) => build(recipe, folder)),
		'image.tar',
	);
	const separator = tag.lastIndexOf(':');
	const stream = await docker.importImage(createReadStream(archive), {
		fromSrc: '-',
		repo: tag.slice(0, separator),
		tag: tag.slice(separator + 1),
		changes: recipe.changes,
	} as object);
	const messages = await new Promise<{ error?: string }[]>((resolve, reject) =>
		docker.modem.followProgress(stream, (error, output: { error?: string }[]) =>
			error ? reject(error) : resolve(output),
		),
	);
	const failed = messages.find(({ error }) => error);
	if (failed) throw new Error(`Image ${name} could not be made: ${failed.error}`);
}

async function build(recipe: Recipe, folder: string): Promise<void> {
	const root = join(folder, 'root');
	await mkdir(root);
	const files = new RootFilesystem(root);
	recipe.fill(files);
	files.pack(join(folder, 'image.tar'));
	await rm(root, { recursive: true });
}

function fingerprint(recipe: Recipe): string {
	const hash = createHash('sha256');
	hash.update(recipe.fill.toString()).update(readFileSync(join(__dirname, 'root-filesystem.ts')));
	hash.update(readFileSync(join(__dirname, 'postgres-entrypoint.sh')));
	for (const path of recipe.from) {
		const version = execFileSync('sh', ['-c', 'stat -L -c %s:%Y "$0" 2>/dev/null || true', path], {
			encoding: 'utf8',
		});
		hash.update(version);
	}
	return hash.digest('hex').slice(0, 16);
}
