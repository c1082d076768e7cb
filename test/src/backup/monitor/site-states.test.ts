import { rmSync } from 'node:fs';

import { siteBackupStates } from '../../../../src/backup';
import { readCheckedSites, type CheckedSite, type SiteInput } from '../../../../src/shared';
import { freePort } from '../../../support/free-port';
import { dayMs, hourMs, storePoint } from '../retention-stand';
import { useBackedUpDirectory } from '../stand';

const stand = useBackedUpDirectory('site-states');

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const directory = (name: string, path: string) => ({ name, type: 'directory' as const, path });

async function site(
	destinations: SiteInput['destinations'],
	more: Partial<SiteInput> = {},
): Promise<CheckedSite> {
	const backup = { directories: [{ name: 'www', path: stand.www }] };
	const [read] = await readCheckedSites({ name: 'shop', backup, destinations, ...more });
	if (!read) throw new Error('The site was not read.');
	return read;
}

test('a young good backup is well, with its time and size', async () => {
	const before = Date.now();
	const [state, ...others] = await siteBackupStates(await site([directory('local', stand.backups)]), {});
	expect(others).toEqual([]);
	expect(state).toMatchObject({ destination: 'local', level: 'ok', reason: 'ok', message: '' });
	expect(state?.newestAt).toBeLessThanOrEqual(before);
	expect(state?.newestAt).toBeGreaterThan(before - 60_000);
	expect(state?.sizeBytes).toBeGreaterThan(100);
});

test('one that is older than expected is critical, one that is merely to be looked at a warning', async () => {
	const old = stand.scope.emptyFolder();
	await storePoint(old, { startedAt: ago(3 * dayMs) });
	const partial = stand.scope.emptyFolder();
	await storePoint(partial, { startedAt: ago(2 * hourMs) });
	await storePoint(partial, { startedAt: ago(hourMs), state: 'partial' });
	const destinations = [directory('old', old), directory('partial', partial)];
	const states = await siteBackupStates(
		await site(destinations, { expect: { every: '24h', grace: '2h' } }),
		{},
	);
	expect(states).toMatchObject([
		{ destination: 'old', level: 'critical', reason: 'missed' },
		{ destination: 'partial', level: 'warning', reason: 'newest_not_good' },
	]);
	expect(states[0]?.message).toMatch(/^The backup that was due at .* is missing/);
});

test('where there is no good one that is critical, and where nobody can look it is unknown and says why', async () => {
	const gone = stand.scope.emptyFolder();
	rmSync(gone, { recursive: true });
	const far = {
		name: 'far',
		type: 's3' as const,
		bucket: 'example-backups',
		endpoint: `http://127.0.0.1:${await freePort()}`,
	};
	const s3 = { far: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'very-secret-key' } };
	const states = await siteBackupStates(
		await site([
			directory('empty', stand.scope.emptyFolder()),
			directory('gone', gone),
			{ name: 'host', type: 'engine', path: '/srv/backups' },
			{ ...far, name: 'keyless' },
			far,
		]),
		{ secrets: { s3 } },
	);
	expect(states).toMatchObject([
		{ level: 'critical', reason: 'none_good', newestAt: null, sizeBytes: null },
		{ level: 'unknown', newestAt: null },
		{ level: 'unknown', reason: 'engine_missing' },
		{ level: 'unknown' },
		{ level: 'unknown' },
	]);
	expect(states[2]?.message).toContain('Select a credential of the type "Docker API"');
	expect(states[3]?.message).toContain('Select a credential of the type "S3"');
	expect(states[4]?.reason).not.toBe(states[3]?.reason);
	expect(JSON.stringify(states)).not.toContain('very-secret-key');
});

test('a site that is not backed up has no states', async () => {
	const [read] = await readCheckedSites({ name: 'shop', checks: [{ name: 'x', type: 'backup' }] });
	expect(read && (await siteBackupStates(read, {}))).toEqual([]);
});
