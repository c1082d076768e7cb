import { writeFileSync } from 'node:fs';
import type { IDataObject } from 'n8n-workflow';

import { backUpSite } from '../../../src/backup';
import { newRecord } from '../../../src/docker/healing/record';
import { HealStore } from '../../../src/docker/healing/store';
import { parseSites } from '../../../src/shared';
import { freePort } from '../../support/free-port';
import { askPromtool } from '../../support/promtool';
import { Scope } from '../../support/scope';
import { runCheck as run } from './run-check';

let scope: Scope;
let state: string;

beforeAll(async () => {
	scope = await Scope.open('site-check-metrics');
});
afterAll(async () => {
	delete process.env['OPSDESK_STATE'];
	await scope.close();
});
beforeEach(() => {
	state = scope.emptyFolder();
	process.env['OPSDESK_STATE'] = state;
});

async function metrics(set: string, options: IDataObject = {}): Promise<string> {
	const done = await run({ operation: 'getMetrics', set, options });
	expect(done.error).toBeUndefined();
	return String(done.json('Check')[0]?.['metrics']);
}

async function runChecks(set: string): Promise<void> {
	const checks = JSON.stringify([{ name: 'Port', type: 'tcp', host: '127.0.0.1', port: await freePort() }]);
	await run({ operation: 'runChecks', source: 'checks', set, checks, told: 'handedOut' });
}

async function backedUp(): Promise<IDataObject> {
	const [www, backups] = [scope.emptyFolder(), scope.emptyFolder()];
	writeFileSync(`${www}/index.html`, 'shop');
	const definition = {
		name: 'shop',
		backup: { directories: [{ name: 'www', path: www }] },
		destinations: [{ name: 'local', type: 'directory', path: backups }],
	};
	const [site] = parseSites(definition);
	if (site) await backUpSite(site, {});
	return definition;
}

test('several sets become one text that Prometheus takes, and all sets do when none is named', async () => {
	for (const set of ['sites', 'services', 'others']) await runChecks(set);
	const some = await metrics('sites, services,sites');
	expect(some.match(/^opsdesk_check_known\{set="\w+"/gm)?.sort()).toEqual([
		'opsdesk_check_known{set="services"',
		'opsdesk_check_known{set="sites"',
	]);
	expect((await metrics('')).match(/^opsdesk_check_known\{set="\w+"/gm)).toHaveLength(3);
	expect(await askPromtool(['check', 'metrics'], some)).toEqual({ code: 0, said: '' });
	expect((await run({ operation: 'getMetrics', set: '../x' })).error?.message).toContain(
		'not the name of a set',
	);
});

test('heals and backups are told beside the checks, and left out when that is wanted', async () => {
	await runChecks('sites');
	const shop = await backedUp();
	const record = newRecord({ id: 'a', name: 'web', imageId: 'i', startedAt: null, restartCount: 0 });
	await HealStore.open(state, 'engine').change(() => ({
		records: [{ ...record, attempts: [Date.now()] }],
		result: undefined,
	}));
	const backupSites = JSON.stringify([shop]);
	expect(await metrics('', { backupSites })).toContain(
		'opsdesk_backup_known{site="shop",destination="local"} 0',
	);
	const text = await metrics('', { backupSites, backupsMaxAgeMinutes: 60 });
	expect(text).toContain('opsdesk_backup_known{site="shop",destination="local"} 1');
	expect(text).toMatch(/^opsdesk_heal_recent_attempts\{[^}]*container="web"\} 1$/m);
	expect(text).toContain('opsdesk_check_known{set="sites"');
	expect(await metrics('')).toContain('opsdesk_backup_known{site="shop",destination="local"} 1');
	expect(await askPromtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
	expect(await metrics('', { heals: false, backups: false })).not.toMatch(/opsdesk_(heal|backup)/);
});

test('a check of backups leaves their figures behind for the metrics', async () => {
	const shop = await backedUp();
	const checks = [{ name: 'Backups', type: 'backup' }];
	const definition = JSON.stringify({ ...shop, checks });
	await run({ operation: 'runChecks', source: 'definition', set: 'sites', definition, told: 'handedOut' });
	expect(await metrics('sites')).toMatch(
		/^opsdesk_backup_newest_good_size_bytes\{site="shop",destination="local"\} \d+$/m,
	);
});
