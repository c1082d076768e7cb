import { open } from 'node:fs/promises';
import { constants } from 'node:fs';
import { basename, extname } from 'node:path';
import type { z } from 'zod';
import { errorMessage } from '../errors';
import { count } from '../text';
import { SiteError, type SiteFault } from './errors';
import { describeIssue, fieldName, problemsOf, type Problem } from './problems';
import { checkedSiteSchema, siteSchema, type CheckedSite, type Site } from './schema';
import { assertSize, parseText, SITE_TEXT_MAX_BYTES, type ParsedText, type SiteFormat } from './text';

export interface ReadOptions {
	/** Of a text. Without it, a text that is valid JSON is JSON and everything else YAML. */
	format?: SiteFormat | undefined;
	/** What to call the definition in messages. */
	source?: string | undefined;
}

/** Most sites in one definition. */
const SITES_MAX = 1000;
/** Faults that are spelled out in a message; the error's `faults` hold all. */
const FAULTS_SHOWN = 20;

/**
 * The one reader of site definitions: YAML or JSON text, or the same as plain values (a node parameter).
 * Takes one site, a list of sites, or an object with the list under `sites`.
 *
 * @throws SiteError `site_syntax`, `site_too_large`, `site_invalid` (with every fault) or `site_none`
 */
export async function readSites(input: unknown, options: ReadOptions = {}): Promise<Site[]> {
	const source = options.source ?? 'The site definition';
	if (typeof input !== 'string') return parseSites(input, source);
	const { value, lineOf } = await parseText(input, options.format, source);
	return parseSites(value, source, lineOf);
}

/**
 * Reads a `.yaml`, `.yml` or `.json` file of at most 1 MiB as {@link readSites} does; another ending is detected.
 *
 * @throws SiteError also `site_file_unreadable`
 */
export async function readSiteFile(path: string): Promise<Site[]> {
	const source = basename(path);
	const ending = extname(path).toLowerCase();
	const format = ending === '.json' ? 'json' : ['.yaml', '.yml'].includes(ending) ? 'yaml' : undefined;
	return readSites(await readText(path, source), { format, source });
}

async function readText(path: string, source: string): Promise<string> {
	const unreadable = (reason: string, remedy: string, cause?: unknown): SiteError =>
		new SiteError('site_file_unreadable', `The site file ${path} cannot be read: ${reason}.`, remedy, [], {
			cause,
		});
	try {
		// Non-blocking, because opening a pipe without a writer would wait for ever.
		const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
		try {
			const stats = await file.stat();
			if (!stats.isFile()) throw unreadable('it is not a file', 'Give the path of a YAML or JSON file.');
			assertSize(stats.size, source);
			const buffer = Buffer.alloc(SITE_TEXT_MAX_BYTES + 1);
			let sizeBytes = 0;
			for (;;) {
				const { bytesRead } = await file.read(buffer, sizeBytes, buffer.length - sizeBytes, null);
				sizeBytes += bytesRead;
				if (bytesRead === 0 || sizeBytes === buffer.length) break;
			}
			assertSize(sizeBytes, source);
			return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, sizeBytes));
		} finally {
			await file.close();
		}
	} catch (error) {
		if (error instanceof SiteError) throw error;
		const code = isObject(error) ? error['code'] : undefined;
		if (code === 'ENOENT') throw unreadable('there is no such file', 'Check the path.', error);
		if (code === 'EACCES') {
			throw unreadable('permission is missing', 'Allow this user to read the file and its folders.', error);
		}
		if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
			throw unreadable('it is not UTF-8 text', 'Save it as UTF-8.', error);
		}
		throw unreadable(errorMessage(error), 'Check that the path leads to a readable file.', error);
	}
}

/**
 * {@link readSites} for plain values, at once.
 *
 * @throws SiteError `site_invalid` or `site_none`
 */
export function parseSites(
	value: unknown,
	source = 'The site definition',
	lineOf?: ParsedText['lineOf'],
): Site[] {
	return parseAs(siteSchema, value, source, lineOf);
}

/**
 * {@link readSites} for checks: the sites need no backup.
 *
 * @throws SiteError as `readSites`
 */
export async function readCheckedSites(input: unknown, options: ReadOptions = {}): Promise<CheckedSite[]> {
	const source = options.source ?? 'The site definition';
	if (typeof input !== 'string') return parseAs(checkedSiteSchema, input, source);
	const { value, lineOf } = await parseText(input, options.format, source);
	return parseAs(checkedSiteSchema, value, source, lineOf);
}

function parseAs<Parsed>(
	schema: z.ZodType<Parsed>,
	value: unknown,
	source: string,
	lineOf?: ParsedText['lineOf'],
): Parsed[] {
	const { entries, problems } = entriesOf(value);
	const sites: Parsed[] = [];
	const firstPaths = new Map<string, PropertyKey[]>();
	for (const { path, value: written } of entries) {
		const entry = withoutSchemaAddress(written);
		const parsed = schema.safeParse(entry, { error: describeIssue });
		if (parsed.success) sites.push(parsed.data);
		else {
			for (const problem of problemsOf(parsed.error.issues)) {
				problems.push({ ...problem, path: [...path, ...problem.path] });
			}
		}
		const name = isObject(entry) ? entry['name'] : undefined;
		if (typeof name !== 'string') continue;
		const first = firstPaths.get(name);
		if (first === undefined) firstPaths.set(name, path);
		else {
			const problem = `is also the name of ${fieldName(first)}, and both would keep their backups in one folder; give each its own`;
			problems.push({ path: [...path, 'name'], problem });
		}
	}
	if (problems.length > 0) throw invalid(source, faultsOf(problems, lineOf));
	if (sites.length === 0) {
		throw new SiteError(
			'site_none',
			`${source} names no site, so there is nothing to do.`,
			'Add a site; docs/site.md has examples to start from.',
		);
	}
	return sites;
}

interface Entry {
	path: PropertyKey[];
	value: unknown;
}

/** The sites of a definition, unparsed, each with its path; and what is wrong around them. */
function entriesOf(value: unknown): { entries: Entry[]; problems: Problem[] } {
	if (Array.isArray(value)) return listEntries(value, []);
	if (!isObject(value)) {
		if (value === null || value === undefined || value === '') return { entries: [], problems: [] };
		const problem = 'must be a site (an object with fields) or a list of sites';
		return { entries: [], problems: [{ path: [], problem }] };
	}
	// The address of the schema is for editors.
	const { $schema: _, ...definition } = value;
	if (!Object.hasOwn(definition, 'sites'))
		return { entries: [{ path: [], value: definition }], problems: [] };
	const { sites, ...others } = definition;
	const strangers = Object.keys(others).map((key) => ({
		path: [key],
		problem: 'must not stand beside "sites"; fields of a site belong into an entry of that list',
	}));
	if (!Array.isArray(sites)) {
		const fault = { path: ['sites'], problem: 'must be a list; begin each site with "- name: …"' };
		return { entries: [], problems: [fault, ...strangers] };
	}
	const { entries, problems } = listEntries(sites, ['sites']);
	return { entries, problems: [...problems, ...strangers] };
}

function listEntries(list: unknown[], path: PropertyKey[]): { entries: Entry[]; problems: Problem[] } {
	if (list.length > SITES_MAX) {
		return { entries: [], problems: [{ path, problem: `must have at most ${SITES_MAX} entries` }] };
	}
	return { entries: list.map((value, index) => ({ path: [...path, index], value })), problems: [] };
}

/** `$schema` tells editors where the JSON Schema is; it says nothing about the site. */
function withoutSchemaAddress(value: unknown): unknown {
	if (!isObject(value)) return value;
	const { $schema: _, ...entry } = value;
	return entry;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** In the order of the lines, as far as they are known. */
function faultsOf(problems: readonly Problem[], lineOf: ParsedText['lineOf'] | undefined): SiteFault[] {
	return problems
		.map(({ path, problem }): SiteFault => {
			const line = lineOf?.(path);
			return { field: fieldName(path), problem, ...(line === undefined ? {} : { line }) };
		})
		.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
}

function invalid(source: string, faults: SiteFault[]): SiteError {
	const shown = faults.slice(0, FAULTS_SHOWN).map(({ field, problem, line }) => {
		return `${line === undefined ? '' : `line ${line}, `}${field}: ${problem}`;
	});
	if (faults.length > shown.length) shown.push(`and ${faults.length - shown.length} more`);
	return new SiteError(
		'site_invalid',
		`${source} has ${count(faults.length, 'fault')}: ${shown.join('. ')}.`,
		'Correct these fields; docs/site.md describes every field and has examples.',
		faults,
	);
}
