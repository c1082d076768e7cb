import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { TestEngine } from '../../support/engine';
import { imageTag } from '../../support/images/images';
import type { Tell } from '../main';
import { goal, megabytesOf, rounded } from '../numbers';
import { shell } from './peers';
import { withProduct, type Task } from './product';
import { compete } from '../rounds';

export const databaseContainer = 'bench-db';
/** The part of the database in the site of 2 GB. */
export const smallDatabase = 'small';
const largeDatabase = 'large';
const roundCount = 3;
const slower = 1.1;

/** Starts PostgreSQL with a database whose dump has some 650 MB, and one of 500 MB. */
export async function startDatabases(engine: TestEngine): Promise<void> {
	const container = await engine.docker.createContainer({
		name: databaseContainer,
		Image: imageTag('postgres'),
		Env: ['POSTGRES_PASSWORD=unused'],
	});
	await container.start();
	for (let attempt = 0; ; attempt += 1) {
		try {
			await engine.cli('exec', databaseContainer, 'pg_isready', '-h', '127.0.0.1', '-U', 'postgres');
			break;
		} catch (thrown) {
			if (attempt >= 100) throw thrown;
			await new Promise((resolve) => setTimeout(resolve, 200));
		}
	}
	for (const [name, orders] of [
		[largeDatabase, 3_200_000],
		[smallDatabase, 2_000_000],
	] as const) {
		await psql(engine, 'postgres', `create database ${name}`);
		await psql(engine, name, content(orders));
	}
	await psql(engine, 'postgres', 'checkpoint');
}

/** Orders with a text that compresses about three-fold, their items, and the indexes a shop has. */
const content = (orders: number): string => `
	create table orders (id bigint primary key, customer int not null, placed timestamptz not null, note text not null);
	insert into orders select n, n % 50000, timestamptz '2020-01-01' + n * interval '30 seconds',
		repeat(md5((n % 20000)::text) || ' ', 2) || md5(n::text) from generate_series(1, ${orders}) n;
	create table items (order_id bigint not null references orders, line int not null, sku text not null, cents int not null, primary key (order_id, line));
	insert into items select n, line, 'sku-' || (n * 7 + line) % 9000, (n * 13 + line * 17) % 99999
		from generate_series(1, ${orders}) n, generate_series(1, 2) line;
	create index on orders (customer);
	create index on orders (placed);
	analyze`;

const psql = (engine: TestEngine, database: string, sql: string): Promise<string> =>
	engine.cli(
		'exec',
		databaseContainer,
		'psql',
		'-X',
		'-U',
		'postgres',
		'-d',
		database,
		'-v',
		'ON_ERROR_STOP=1',
		'-qc',
		sql,
	);

/** Dumps and restores in turns with the programs of PostgreSQL. */
export async function measureDatabase(
	engine: TestEngine,
	docker: object,
	folder: string,
	tell: Tell,
): Promise<object> {
	const kept = join(folder, 'kept');
	await mkdir(kept, { recursive: true });
	const task = (destination: string, database: string): Task => ({
		operation: 'backUp',
		site: {
			name: 'bench',
			backup: { databases: [{ name: 'shop', type: 'postgres', container: databaseContainer, database }] },
			destinations: [{ name: 'local', type: 'directory', path: destination }],
		},
		docker,
	});
	const client = `docker -H unix://${engine.socketPath} exec -u postgres ${databaseContainer}`;
	const dumped = await withProduct(task(kept, largeDatabase), async (product) => {
		const ours = async (): Promise<number> => {
			const destination = join(folder, 'dumps');
			await mkdir(destination);
			const { seconds } = await product.run(task(destination, largeDatabase));
			await rm(destination, { recursive: true });
			return seconds;
		};
		const tools = async (): Promise<number> => {
			const file = join(folder, 'peer.dump.zst');
			const seconds = await shell(
				`${client} pg_dump -Fc -Z0 ${largeDatabase} | zstd -3 -q -o "$1"; sync "$1"`,
				[file],
			);
			await rm(file);
			return seconds;
		};
		return { times: await compete('Database', { product: ours, tools }, roundCount, tell) };
	});
	const restored = await withProduct(task(kept, largeDatabase), async (product) => {
		const ours = async (): Promise<number> => {
			const { seconds } = await product.run({
				...task(kept, largeDatabase),
				operation: 'restore',
				options: { restorePoint: 'latest', to: { 'db-shop': `${databaseContainer}/restored` } },
			});
			await psql(engine, 'postgres', 'drop database restored');
			return seconds;
		};
		await shell(`${client} pg_dump -Fc -Z0 -f /tmp/peer.dump ${largeDatabase}`, []);
		const load = async (prepare: string): Promise<number> => {
			const file = `${kept}/bench/*/db-shop.dump.zst`;
			const line = `${prepare}${client} createdb peer; ${client} pg_restore -j2 -d peer /tmp/peer.dump`;
			const seconds = await shell(line, [file, join(folder, 'peer.dump')]);
			await psql(engine, 'postgres', 'drop database peer');
			return seconds;
		};
		// What is stored has to come into the container first, unless the server runs beside the backups.
		const bring = `zstd -dcq $1 > "$2"; docker -H unix://${engine.socketPath} cp "$2" ${databaseContainer}:/tmp/peer.dump >/dev/null; rm "$2"; `;
		const peers = { tools: () => load(''), fromBackup: () => load(bring) };
		return { times: await compete('Database, restore', { product: ours, ...peers }, roundCount, tell) };
	});
	const { product, fromBackup } = restored.times.medians;
	const size = await engine.cli('exec', databaseContainer, 'stat', '-c', '%s', '/tmp/peer.dump');
	return {
		dumpMegabytes: megabytesOf(Number(size)),
		dump: report(dumped),
		restore: { ...report(restored), ratioToToolsFromBackup: rounded(product / fromBackup) },
	};
}

function report({
	times,
	growthBytes,
}: {
	times: { medians: { product: number; tools: number }; rounds: object[] };
	growthBytes: number;
}): object {
	const { product, tools } = times.medians;
	return {
		timeRatio: goal(rounded(product / tools), 'atMost', slower),
		growthMegabytes: goal(megabytesOf(growthBytes), 'below', 256),
		...times,
	};
}
