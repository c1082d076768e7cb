import { blockBytes, BlockGatherer } from '../blocks';
import type { BackupContext } from '../context';
import { BackupError } from '../errors';
import { N8nReader, type N8nReadLimits, type N8nThing } from '../n8n-api/reader';
import { TarChecker } from '../tar/check';
import { endOfArchive, padding, tarHeader } from '../../shared';
import type { OpenedSource } from './source';

/** The user of n8n in its image; whoever unpacks it without being root gets it as their own. */
const owner = { uid: 1000, gid: 1000 };
/** In letters, which take up to four bytes each; names of files have at most 255. */
const maxNameLength = 40;

/**
 * The workflows of an n8n as its public API gives them, and its tags. Below `workflows/` each is a file that
 * `n8n import:workflow --separate` reads, so without what refers to other things of that n8n: its owners, and the version
 * that is published, which may be older than the workflow and lies below `published/`.
 * @throws BackupError `n8n_key_missing`
 */
export function openWorkflows({ secrets, signal }: BackupContext, limits?: N8nReadLimits): OpenedSource {
	const reader = new N8nReader(secrets?.n8nApi, signal, limits);
	const gatherer = new BlockGatherer(blockBytes);
	const checker = new TarChecker();
	const warnings: string[] = [];

	function checked(piece: Buffer): Buffer {
		checker.push(piece);
		return piece;
	}

	async function* content(): AsyncGenerator<Buffer, void, undefined> {
		yield checked(folder('./'));
		yield checked(folder('published/'));
		yield checked(folder('workflows/'));
		let found = 0;
		for await (const workflow of reader.all('workflows')) {
			found += 1;
			const { shared: _, activeVersion, activeVersionId: __, ...fields } = workflow.fields;
			const name = fileName(workflow);
			yield checked(file(`workflows/${name}`, fields, workflow.updatedAt));
			if (isObject(activeVersion)) {
				yield checked(file(`published/${name}`, activeVersion, workflow.updatedAt));
			}
		}
		if (found === 0) warnings.push('n8n has no workflow that the owner of this API key may see');
		const tags = await tagsOf(reader, warnings);
		if (tags) yield checked(file('tags.json', tags, undefined));
		yield checked(endOfArchive);
	}

	return {
		blocks: gatherer.gather(content()),
		entriesSoFar: () => checker.entriesSoFar,
		release: (block) => gatherer.release(block),
		format: 'tar',
		origin: { n8n: reader.base },
		finish: async () => ({ entries: checker.end().entries, warnings }),
	};
}

/** Undefined when the key may not list them; each workflow names its own in any case. */
async function tagsOf(reader: N8nReader, warnings: string[]): Promise<unknown[] | undefined> {
	const tags: unknown[] = [];
	try {
		for await (const tag of reader.all('tags')) tags.push(tag.fields);
		return tags;
	} catch (thrown) {
		if (!(thrown instanceof BackupError) || thrown.code !== 'n8n_refused') throw thrown;
		warnings.push(`the list of tags is not kept: ${thrown.message.replace(/\.$/, '')}`);
		return undefined;
	}
}

/**
 * `Send-alert-3f9a1c.json`: what people call it, and the id, which tells two of one name apart. Whatever could be taken for a path, an option
 * or a pattern is left out of both.
 */
export function fileName({ id, name }: Pick<N8nThing, 'id' | 'name'>): string {
	const plain = (text: string): string => text.replace(/[^\p{L}\p{N}_]+/gu, '-').replace(/^-+|-+$/g, '');
	const called = [...plain(name)].slice(0, maxNameLength).join('');
	const safeId = /^[\w-]{1,64}$/.test(id) ? id : `id-${Buffer.from(id).toString('hex').slice(0, 64)}`;
	return `${called === '' ? 'workflow' : called}-${safeId}.json`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null;

const folder = (path: string): Buffer =>
	tarHeader({
		path: Buffer.from(path),
		type: 'directory',
		mode: 0o700,
		...owner,
		sizeBytes: 0,
		mtimeNs: 0n,
	});

function file(path: string, fields: unknown, updatedAt: string | undefined): Buffer {
	const content = Buffer.from(`${JSON.stringify(fields, null, 2)}\n`);
	const sizeBytes = content.length;
	const changedMs = Date.parse(updatedAt ?? '');
	const mtimeNs = Number.isNaN(changedMs) ? 0n : BigInt(changedMs) * 1_000_000n;
	const header = tarHeader({
		path: Buffer.from(path),
		type: 'file',
		mode: 0o600,
		...owner,
		sizeBytes,
		mtimeNs,
	});
	return Buffer.concat([header, content, Buffer.alloc(padding(sizeBytes))]);
}
