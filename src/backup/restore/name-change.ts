import { errorMessage } from '../../shared';
import { BackupError } from '../errors';
import { letIn, lookUp, swapNames } from './database-sql';
import type { StagedDatabase } from './staged-database';

/** Names of the databases of a change, and the mark of the one that is kept. */
export interface NameChange extends Record<string, string> {
	name: string;
	staging: string;
	before: string;
	mark: string;
}

const oidOf = `select oid from pg_database where datname = :'name'`;
const isNamed = `select datname = :'name' from pg_database where oid = :'oid'`;

export interface NameChangeOptions {
	/** Whether a database of that name is there, which gets the name `before`. */
	isThere: boolean;
	/** Of the target, for messages. */
	label: string;
	/** The database that waits for the name is what was there before, and is never removed. */
	isWayBack?: boolean;
}

/**
 * Gives the staged database its name. An answer that is lost says nothing about the change, which goes on without us;
 * then the server is asked what has become of it.
 * @throws BackupError for a change that did not take place; `target_swap_failed` when that is unknown, or when the
 * database that was there stayed closed; DockerError
 */
export async function changeNames(
	staged: StagedDatabase,
	names: NameChange,
	options: NameChangeOptions,
): Promise<void> {
	const { steady } = staged;
	const [oid = ''] = await steady.rows(oidOf, { name: names.staging });
	try {
		if (options.isThere) await steady.runOrElse(swapNames, letIn, names);
		else await steady.rows(`alter database :"staging" rename to :"name"`, names);
	} catch (thrown) {
		if (!(await hasChanged(staged, names, { ...options, oid, thrown }))) throw thrown;
	}
}

interface Failed extends NameChangeOptions {
	/** Of the staged database, by which it is known under any name. */
	oid: string;
	thrown: unknown;
}

async function hasChanged(
	staged: StagedDatabase,
	names: NameChange,
	{ oid, thrown, ...options }: Failed,
): Promise<boolean> {
	const { steady } = staged;
	const { name, staging } = names;
	const { isThere, isWayBack, label } = options;
	// Without it a change that still goes on cannot take place any more.
	if (isWayBack !== true) {
		await staged.drop(staging).catch(() => {
			// It has got its name by now, or the server does not answer.
		});
	}
	let hasName: string | undefined;
	let letsIn: string | undefined;
	try {
		[hasName] = await steady.rows(isNamed, { name, oid });
		if (hasName === 't') return true;
		if (isThere) {
			[letsIn] = await steady.rows(lookUp, { name });
			if (letsIn === 'f') letsIn = await open(staged, name);
		}
	} catch {
		throw unknown(names, options, thrown);
	}
	if (letsIn === 'f') throw closed(label, name, thrown);
	// What psql itself has refused does not go on.
	if (hasName === 'f' && !(thrown instanceof BackupError)) throw unknown(names, options, thrown);
	return false;
}

async function open({ steady }: StagedDatabase, name: string): Promise<string | undefined> {
	await steady.rows(letIn, { name }).catch(() => {
		// The change may be opening it in this moment.
	});
	return (await steady.rows(lookUp, { name }))[0];
}

const openStatement = (name: string): string =>
	`alter database "${name.replaceAll('"', '""')}" with allow_connections true`;

function closed(label: string, name: string, thrown: unknown): BackupError {
	return new BackupError(
		'target_swap_failed',
		`The ${label} was not replaced (${errorMessage(thrown)}), and it lets nobody in, since it could not be opened again.`,
		`Run: ${openStatement(name)}`,
		{ cause: thrown },
	);
}

function unknown(
	{ name, staging, before }: NameChange,
	{ isThere, isWayBack, label }: NameChangeOptions,
	thrown: unknown,
): BackupError {
	const change = isWayBack === true ? 'taken back' : 'replaced';
	const kept =
		isWayBack === true
			? ` If it was not, what was there before is the database ${staging}.`
			: ` If it was, what was there before is the database ${before}.`;
	const way = isThere ? ` If it lets nobody in, run: ${openStatement(name)}` : '';
	return new BackupError(
		'target_swap_failed',
		`Whether the ${label} was ${change} is unknown, because the answer was lost and the server cannot be asked: ${errorMessage(thrown)}${isThere ? kept : ''}`,
		`The change goes on without n8n: wait a minute, then look at the databases of the server before anything else. Where all is as before, run the restore again.${way}`,
		{ cause: thrown },
	);
}
