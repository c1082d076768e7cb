import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { backUpSite, restoreSite } from '../../../src/backup';
import { compiledBackup, describeTree, siteOf, useBackedUpDirectory } from './stand';
import { until } from './engine-stand';

const stand = useBackedUpDirectory('restore-killed');

/** Kills the process right before the call of a number that changes something, from the first one in staging on. */
const deadly = (at: number): string => `
	const [files, later] = [require('node:fs'), require('node:fs/promises')];
	let calls = 0, begun = false;
	const wrap = (of, name, changes) => {
		const work = of[name];
		of[name] = (...given) => {
			begun ||= String(given[0]).includes('.opsdesk-restore-');
			if (begun && changes(given) && ++calls === ${at}) process.kill(process.pid, 'SIGKILL');
			return work(...given);
		};
	};
	const all = ['mkdir', 'rename', 'rm', 'unlink', 'rmdir', 'link', 'symlink', 'write', 'fsync', 'fchmod', 'fchown', 'futimes'];
	for (const name of all) {
		if (files[name + 'Sync']) wrap(files, name + 'Sync', () => true);
		if (later[name]) wrap(later, name, () => true);
	}
	wrap(files, 'openSync', ([, flags]) => (flags & files.constants.O_CREAT) !== 0);`;

let attempts = 0;

interface Attempt {
	parent: string;
	backups: string;
	/** Calls it made, when it was not killed. */
	calls: number | undefined;
}

/** A restore over a live folder in a process that is killed at one call. */
async function attempt(at: number, options: object): Promise<Attempt> {
	const folder = stand.scope.emptyFolder();
	const [parent, backups] = [`${folder}/site`, `${folder}/backups`];
	cpSync(stand.parent, parent, { recursive: true });
	cpSync(stand.backups, backups, { recursive: true });
	for (const name of ['one', 'two']) writeFileSync(`${parent}/www/${name}`, `live ${name}`);
	const site = siteOf({ www: `${parent}/www` }, { backups });
	const wanted = {
		restorePoint: 'latest',
		overwrite: true,
		to: { 'files-www': `${parent}/www` },
		...options,
	};
	const script = `${deadly(at)}
		require(${JSON.stringify(compiledBackup)}).restoreSite(${JSON.stringify(site)}, {}, ${JSON.stringify(wanted)})
			.then(() => console.log('calls ' + calls), (error) => console.log(error));`;
	const child = stand.scope.start(`killed-${(attempts += 1)}`, process.execPath, { args: ['-e', script] });
	await until('the process is gone', () => !child.running());
	const [, calls] = /calls (\d+)/.exec(child.tail()) ?? [];
	if (at === Infinity || calls === undefined)
		expect(child.tail()).toBe(calls === undefined ? '' : `calls ${calls}\n`);
	return { parent, backups, calls: calls === undefined ? undefined : Number(calls) };
}

const contentOf = (folder: string): string[] =>
	['one', 'two'].map((name) =>
		existsSync(`${folder}/${name}`) ? readFileSync(`${folder}/${name}`, 'utf8') : 'nothing',
	);

beforeEach(async () => {
	for (const name of ['one', 'two']) writeFileSync(`${stand.www}/${name}`, `saved ${name}`);
	mkdirSync(`${stand.www}/folder`);
	await backUpSite(stand.site, {});
});

test.each<[string, object]>([
	['all of a directory', {}],
	['two paths of a directory', { paths: { 'files-www': ['one', 'two'] } }],
])(
	'BK-26: a restore of %s is killed at each call that changes something: old or new, and it can be run again',
	async (what, options) => {
		const whole = await attempt(Infinity, options);
		const restored = describeTree(`${whole.parent}/www`);
		const { calls = 0 } = whole;
		expect(calls).toBeGreaterThan(10);
		const numbers = Array.from({ length: calls }, (_, index) => index + 1);
		const check = async (at: number): Promise<void> => {
			const { parent, backups, calls: ended } = await attempt(at, options);
			expect(ended).toBeUndefined();
			const www = `${parent}/www`;
			const before = readdirSync(parent).filter((name) => name.includes('.before-'));
			const [one = '', two = ''] = contentOf(www);
			const kept = before.flatMap((name) => contentOf(`${parent}/${name}`));
			if (what.startsWith('all')) {
				expect(['live one,live two', 'saved one,saved two', 'nothing,nothing']).toContain(`${one},${two}`);
				if (!existsSync(www)) expect(kept).toEqual(['live one', 'live two']);
			}
			// Whatever is not there any more is kept.
			for (const [content, name] of [
				[one, 'one'],
				[two, 'two'],
			] as const) {
				expect([`live ${name}`, `saved ${name}`, 'nothing']).toContain(content);
				if (content !== `live ${name}`) expect(kept).toContain(`live ${name}`);
			}
			const site = siteOf({ www }, { backups });
			await restoreSite(
				site,
				{},
				{ restorePoint: 'latest', overwrite: true, to: { 'files-www': www }, ...options },
			);
			expect(contentOf(www)).toEqual(['saved one', 'saved two']);
			expect(readdirSync(parent).filter((name) => name.includes('.opsdesk-restore-'))).toEqual([]);
		};
		for (let at = 0; at < numbers.length; at += 4) await Promise.all(numbers.slice(at, at + 4).map(check));
		expect(restored).toContain('folder');
	},
);
