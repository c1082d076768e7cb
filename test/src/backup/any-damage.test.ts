import { randomBytes, randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { generateIdentity, identityToRecipient } from 'age-encryption';

import { backUpSite, type BackupContext } from '../../../src/backup';
import { decryptAge } from '../../../src/backup/age/decrypt';
import { encryptAge } from '../../../src/backup/age/encrypt';
import { makeHeader } from '../../../src/backup/age/header';
import { DirectoryDestination } from '../../../src/backup/destinations/directory';
import { findRestorePoint } from '../../../src/backup/restore-points';
import { verifyRestorePoint } from '../../../src/backup/verify';
import type { Site } from '../../../src/shared';
import { randomFrom } from '../../support/random';
import { Scope } from '../../support/scope';
import { collect, pieces } from './age/pieces';
import { siteOf } from './stand';

let scope: Scope;
let identity: string;
let recipient: string;
let context: BackupContext;

beforeAll(async () => {
	scope = await Scope.open('any-damage');
	identity = await generateIdentity();
	recipient = await identityToRecipient(identity);
	context = { secrets: { encryption: { identities: [identity] } } };
});
afterAll(() => scope.close());

const seed = randomInt(2 ** 32);
const random = randomFrom(seed);
const below = (limit: number): number => Math.floor(random() * limit);

/** A restore point of two artefacts, and what it consists of. */
interface Stored {
	folder: string;
	files: string[];
	/** Undefined where it can be trusted, else why not. */
	complaint(): Promise<string | undefined>;
}

async function store(encrypted: boolean): Promise<Stored> {
	const [www, data, backups] = [scope.emptyFolder(), scope.emptyFolder(), scope.emptyFolder()];
	writeFileSync(`${www}/noise`, randomBytes(70_000));
	mkdirSync(`${data}/sub`);
	writeFileSync(`${data}/sub/table`, 'a;b;c\n'.repeat(500));
	const encryption = encrypted ? { encryption: { recipients: [recipient] } } : {};
	const site: Site = siteOf({ www, data }, { local: backups }, encryption);
	const { id, status } = await backUpSite(site, {});
	if (status !== 'ok') throw new Error(`The backup ended with status ${status}.`);
	const destination = new DirectoryDestination(backups);
	const ending = `tar.zst${encrypted ? '.age' : ''}`;
	return {
		folder: `${backups}/shop/${id}`,
		files: [`files-www.${ending}`, `files-data.${ending}`, 'manifest.json'],
		async complaint() {
			try {
				const { folder, manifest } = await findRestorePoint(destination, 'shop', id);
				const { artefacts } = await verifyRestorePoint(destination, folder, manifest, context);
				const bad = artefacts.find(({ problem, warning }) => problem !== undefined || warning !== undefined);
				return bad && `${bad.name}: ${bad.problem ?? bad.warning}`;
			} catch (thrown) {
				return (thrown as Error).message;
			}
		},
	};
}

/** Puts `changed` in the place of a file for the time of one check. */
async function isDetected({ folder, complaint }: Stored, file: string, changed: Buffer): Promise<boolean> {
	const good = readFileSync(`${folder}/${file}`);
	writeFileSync(`${folder}/${file}`, changed);
	const found = await complaint();
	writeFileSync(`${folder}/${file}`, good);
	return found !== undefined;
}

function flipped(bytes: Buffer, at: number): Buffer {
	const changed = Buffer.from(bytes);
	changed.writeUInt8(changed.readUInt8(at) ^ (1 << below(8)), at);
	return changed;
}

/** Where bits are flipped: anywhere, at the beginning (header), at the end (trailer). */
const regions: ((length: number) => number)[] = [
	(length) => below(length),
	(length) => below(Math.min(300, length)),
	(length) => length - 1 - below(Math.min(64, length)),
];

// Two thousand times a point is verified, which takes long on a busy machine.
jest.setTimeout(300_000);

describe.each([
	['encrypted', true],
	['plain', false],
])(`BK-21: of a restore point that is %s (seed ${seed})`, (_, encrypted) => {
	let stored: Stored;
	const read = (file: string): Buffer => readFileSync(`${stored.folder}/${file}`);
	beforeAll(async () => {
		stored = await store(encrypted);
	});
	afterEach(async () => {
		expect(await stored.complaint()).toBeUndefined();
	});

	test('each of 1,000 flipped bits is detected', async () => {
		const missed: string[] = [];
		for (let round = 0; round < 1000; round += 1) {
			const file = stored.files[round % 3] ?? '';
			const bytes = read(file);
			const at = regions[Math.floor(round / 3) % 3]?.(bytes.length) ?? 0;
			if (!(await isDetected(stored, file, flipped(bytes, at)))) missed.push(`${file} ${at}`);
		}
		expect(missed).toEqual([]);
	});

	test('each of 200 truncations is detected, at every 4 KiB of an artefact and anywhere', async () => {
		const missed: string[] = [];
		const large = read(stored.files[0] ?? '').length;
		const cuts: [file: string, length: number][] = [];
		for (let length = 0; length < large; length += 4096) cuts.push([stored.files[0] ?? '', length]);
		while (cuts.length < 200) {
			const file = stored.files[cuts.length % 3] ?? '';
			// Without its last line end a manifest is whole all the same.
			const lastCut = read(file).length - (file === 'manifest.json' ? 1 : 0);
			cuts.push([file, below(lastCut)]);
		}
		for (const [file, length] of cuts) {
			if (!(await isDetected(stored, file, read(file).subarray(0, length)))) missed.push(`${file} ${length}`);
		}
		expect(missed).toEqual([]);
	});

	test('junk behind a file, exchanged names, and a manifest that is missing or was edited are detected', async () => {
		for (const file of stored.files) {
			for (const junk of [Buffer.from('{}'), Buffer.alloc(1), randomBytes(70_000)]) {
				expect(await isDetected(stored, file, Buffer.concat([read(file), junk]))).toBe(true);
			}
		}
		const path = (file: string): string => `${stored.folder}/${file}`;
		const [www = '', data = ''] = stored.files;
		const exchange = (): void => {
			renameSync(path(www), path('away'));
			renameSync(path(data), path(www));
			renameSync(path('away'), path(data));
		};
		exchange();
		expect(await stored.complaint()).toMatch(/bytes instead of|SHA-256 differs/);
		exchange();
		renameSync(path('manifest.json'), path('away'));
		expect(await stored.complaint()).toMatch(/was never finished/);
		renameSync(path('away'), path('manifest.json'));
		const manifest = read('manifest.json').toString('utf8');
		const edits: [from: string | RegExp, to: string][] = [
			['"version": 1', '"version": 2'],
			['"status": "ok"', '"status": "warning"'],
			[/"plainBytes": (\d+)/, '"plainBytes": 1$1'],
			[/"encryption": "age",\s+/, ''],
			[/"recipients": \[[^\]]*\],\s+/, ''],
			['files-www', 'files-wwx'],
		];
		for (const [from, to] of edits) {
			const edited = manifest.replace(from, to);
			if (edited === manifest && !encrypted) continue;
			expect(edited).not.toBe(manifest);
			expect(await isDetected(stored, 'manifest.json', Buffer.from(edited))).toBe(true);
		}
	});
});

test(`BK-21: encryption detects each of 500 flipped bits and 200 truncations by itself (seed ${seed})`, async () => {
	const file = await collect(
		encryptAge(pieces(randomBytes(150_000), 40_000), await makeHeader({ recipients: [recipient] })),
	);
	const missed: string[] = [];
	const tryToOpen = async (changed: Buffer, what: string): Promise<void> => {
		const opening = collect(decryptAge(pieces(changed, 50_000), { identities: [identity] }));
		await opening.then(
			() => missed.push(what),
			() => {},
		);
	};
	for (let round = 0; round < 500; round += 1) {
		const at = regions[round % 3]?.(file.length) ?? 0;
		await tryToOpen(flipped(file, at), `bit in ${at}`);
	}
	for (let cut = 0; cut < 200; cut += 1) {
		const length = cut < 40 ? cut * 4096 : below(file.length);
		if (length < file.length) await tryToOpen(file.subarray(0, length), `cut to ${length}`);
	}
	expect(missed).toEqual([]);
});
