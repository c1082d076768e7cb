import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startEngine, type TestEngine } from '../support/engine';
import { freePort } from '../support/free-port';
import { imageTag, loadHelperImage, loadImages } from '../support/images/images';
import { runCommand } from '../support/n8n/command';
import { poll } from '../support/n8n/poll';
import type { Scope } from '../support/scope';
import { fingerprintDatabase, fingerprintFolder, type Fingerprint } from './fingerprint';
import { writeMedia, type MediaSize } from './media';

const names = { web: 'shop-web', database: 'shop-db', volume: 'shop_media' } as const;

/** The definition of the site, as a user writes it; backups go to `destination`. */
export const siteDefinition = (destination: string) => ({
	name: 'shop',
	domain: 'shop.example.com',
	owner: 'web-team@example.com',
	containers: [names.web, names.database],
	backup: {
		volumes: [{ name: 'media', volume: names.volume }],
		databases: [{ name: 'shop', type: 'postgres', container: names.database, database: 'shop' }],
	},
	destinations: [{ name: 'local', type: 'directory', path: destination }],
});

/** A sample shop in an engine of its own: a web server with a volume of media, and PostgreSQL. */
export class SampleSite {
	private constructor(
		readonly engine: TestEngine,
		/** Where the shop can be seen in a browser. */
		readonly url: string,
		private readonly port: number,
	) {}

	/** Starts the engine and both containers; the shop is still empty. */
	static async start(scope: Scope): Promise<SampleSite> {
		const engine = await startEngine(scope);
		await loadImages(engine.docker, ['web', 'postgres']);
		await loadHelperImage(engine.docker);
		const port = await freePort();
		const site = new SampleSite(engine, `http://127.0.0.1:${port}/`, port);
		await engine.docker.createVolume({ Name: names.volume });
		await site.startWeb();
		const database = await engine.docker.createContainer({
			name: names.database,
			Image: imageTag('postgres'),
			Env: ['POSTGRES_PASSWORD=sample-shop', 'POSTGRES_DB=shop'],
		});
		await database.start();
		const ready = await poll(120_000, () =>
			site.inDatabase('pg_isready', '-h', '127.0.0.1', '-U', 'postgres').then(
				() => true,
				() => undefined,
			),
		);
		if (!ready) throw new Error(`PostgreSQL in ${names.database} was not ready within two minutes.`);
		return site;
	}

	/** The files of the shop. */
	async fillMedia(): Promise<MediaSize> {
		return await writeMedia(await this.mediaFolder());
	}

	/** The rows of the shop; answers the size of the database in bytes. */
	async fillDatabase(): Promise<number> {
		const script = await readFile(join(__dirname, 'shop.sql'), 'utf8');
		await this.psql('shop', script);
		const [size = ''] = await this.psql('shop', "SELECT pg_database_size('shop')");
		return Number(size);
	}

	/** What the site holds now, read without the product. */
	async fingerprints(): Promise<Fingerprint[]> {
		const rows = await fingerprintDatabase((sql) => this.psql('shop', sql));
		return [fingerprintFolder(`volume ${names.volume}`, await this.mediaFolder()), ...rows];
	}

	/** Removes what a careless person could: the web server, its volume and the database. */
	async destroy(): Promise<void> {
		await this.engine.docker.getContainer(names.web).remove({ force: true });
		await this.engine.docker.getVolume(names.volume).remove();
		await this.psql('postgres', 'DROP DATABASE shop WITH (FORCE)');
	}

	/** Runs the web server on the volume, as before. */
	async startWeb(): Promise<void> {
		const web = await this.engine.docker.createContainer({
			name: names.web,
			Image: imageTag('web'),
			ExposedPorts: { '8080/tcp': {} },
			HostConfig: {
				Binds: [`${names.volume}:/www`],
				PortBindings: { '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: String(this.port) }] },
			},
		});
		await web.start();
		// A server listens a moment after its container runs; what it answers is looked at by `state`.
		const isServing = async (): Promise<true | undefined> =>
			await fetch(this.url).then(
				async (answer) => {
					await answer.body?.cancel();
					return true as const;
				},
				() => undefined,
			);
		await poll(120_000, isServing);
	}

	/** How a visitor and the shop's own software find it; each line says what they get. */
	async state(): Promise<{ pageAnswers: boolean; databaseAnswers: boolean; page: string; database: string }> {
		const page = await fetch(this.url).then(
			async (answer) => ({
				works: answer.ok && (await answer.text()).includes('Sample shop'),
				status: answer.status,
			}),
			() => ({ works: false, status: 0 }),
		);
		const database = await this.psql('shop', 'SELECT count(*) FROM orders').then(
			([rows = '']) => ({ works: Number(rows) > 0, text: `${Number(rows).toLocaleString('en')} orders` }),
			(thrown: unknown) => ({ works: false, text: reasonOf(thrown) }),
		);
		return {
			pageAnswers: page.works,
			databaseAnswers: database.works,
			page: page.status === 0 ? 'connection refused' : `HTTP ${page.status}`,
			database: database.text,
		};
	}

	private async mediaFolder(): Promise<string> {
		return (await this.engine.docker.getVolume(names.volume).inspect()).Mountpoint;
	}

	/** Rows as psql prints them, in one transaction. */
	private async psql(database: string, sql: string): Promise<string[]> {
		const options = ['-U', 'postgres', '-d', database, '-XAtq', '-v', 'ON_ERROR_STOP=1'];
		const output = await this.inDatabase('psql', ...options, '-c', sql);
		return output.split('\n').filter(Boolean);
	}

	private async inDatabase(...command: string[]): Promise<string> {
		const client = ['-H', `unix://${this.engine.socketPath}`, 'exec', names.database];
		return await runCommand('docker', [...client, ...command], { cwd: '/' });
	}
}

/** The reason psql gives, without the address it tried. */
function reasonOf(thrown: unknown): string {
	const text = thrown instanceof Error ? thrown.message : String(thrown);
	const line = text.trim().split('\n').at(-1) ?? '';
	return line.replace(/^.*(FATAL|ERROR):\s+/, '');
}
