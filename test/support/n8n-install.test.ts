import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { n8nInstallation } from './n8n/install';

describe('the n8n installation', () => {
	jest.setTimeout(600_000);

	it('is the pinned version, started by the Node it asks for', async () => {
		const { nodeBinary, n8nBinary, version } = await n8nInstallation();
		const answer = execFileSync(nodeBinary, [n8nBinary, '--version'], { encoding: 'utf8' });
		expect(answer.trim()).toBe(version);
	});

	it('opens an SQLite database with nothing but the libraries in its folder', async () => {
		const { folder, nodeBinary } = await n8nInstallation();
		const script = `
			const sqlite3 = require('sqlite3');
			new sqlite3.Database(':memory:').get('select sqlite_version() as version', (error, row) => {
				if (error) throw error;
				const maps = require('fs').readFileSync('/proc/self/maps', 'utf8');
				console.log(row.version, maps.match(/\\S*libsqlite3\\S*/)[0]);
			});`;
		const answer = execFileSync(nodeBinary, ['-e', script], { cwd: folder, encoding: 'utf8' });
		expect(answer).toMatch(/^3\.\d+\.\d+ /);
		expect(answer).toContain(folder);
	});

	it('has no tools, stores or links that lead out of its folder', async () => {
		const { folder } = await n8nInstallation();
		expect(readdirSync(folder).sort()).toEqual(['.npmrc', 'node_modules', 'package.json', 'pnpm-lock.yaml']);
		const links = execFileSync('find', [folder, '-type', 'l'], { encoding: 'utf8' })
			.split('\n')
			.filter(Boolean);
		expect(links.length).toBeGreaterThan(0);
		expect(links.filter((link) => !realpathSync(link).startsWith(join(folder, '/')))).toEqual([]);
	});
});
