import { posix } from 'node:path';

/** Files a Compose file names, as absolute paths; those that hold a variable are not resolved. */
export interface ComposeReferences {
	paths: { path: string; field: string }[];
	unresolved: { text: string; field: string }[];
	/** What is wrong with the file, if it cannot be read as one. */
	fault?: string;
}

/** Whether a file is a Compose file by its name. */
export function isComposeFile(path: string): boolean {
	return /(?:^|[/._-])compose(?:[._-][^/]*)?\.ya?ml$/i.test(path);
}

/**
 * What a Compose file takes from other files (Compose Specification: `include`, `extends.file`, `env_file`, and `file` of
 * configs and secrets).
 * @param path absolute path of the file; other paths are relative to its folder
 */
export async function composeReferences(path: string, content: Buffer): Promise<ComposeReferences> {
	const { parseDocument } = await import('yaml');
	const found: ComposeReferences = { paths: [], unresolved: [] };
	const document = parseDocument(content.toString('utf8'), { logLevel: 'silent' });
	const [error] = document.errors;
	if (error) return { ...found, fault: error.message.split('\n')[0] ?? '' };
	const add = (field: string, value: unknown): void => {
		for (const text of textsOf(value)) {
			if (text.includes('$')) found.unresolved.push({ text, field });
			else if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
				found.paths.push({ path: posix.resolve(posix.dirname(path), text), field });
			}
		}
	};
	const compose = objectOf(document.toJS({ maxAliasCount: 100 }));
	for (const entry of listOf(compose['include'])) {
		add('include', typeof entry === 'string' ? entry : objectOf(entry)['path']);
		add('include', objectOf(entry)['env_file']);
	}
	for (const service of Object.values(objectOf(compose['services'])).map(objectOf)) {
		add('extends', objectOf(service['extends'])['file']);
		add('env_file', service['env_file']);
	}
	for (const kind of ['configs', 'secrets'] as const) {
		for (const entry of Object.values(objectOf(compose[kind])).map(objectOf)) add(kind, entry['file']);
	}
	return found;
}

/** A path, a list of paths, or a list of objects with a path. */
function textsOf(value: unknown): string[] {
	return listOf(value).flatMap((entry) => {
		const text = typeof entry === 'string' ? entry : objectOf(entry)['path'];
		return typeof text === 'string' && text !== '' ? [text] : Array.isArray(text) ? textsOf(text) : [];
	});
}

function listOf(value: unknown): unknown[] {
	return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

function objectOf(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Record<string, unknown>)
		: {};
}
