import type { Fault } from '../../shared';
import { RowReader, type SourceRow } from './row';

/** What the rows of a table become. */
export type Kind =
	'message' | 'contact' | 'conversation' | 'file' | 'decision' | 'member' | 'template' | 'faqItem';

export interface MapOptions {
	/** Of times that do not say their own, e.g. `Europe/Moscow`. Default UTC. */
	timeZone: string;
	/** The bot, page or number they belong to, by platform. Default `default`. */
	accounts: Readonly<Record<string, string>>;
	/** By which the company itself has written: bots and people of the team. */
	ownIds: readonly string[];
	/** For tables without times: when the first row may have been written at the earliest. */
	firstTime: string;
	/** For tables that do not say it. */
	platform: string | undefined;
	/** Tells rows of several tables of one kind apart where their numbers are the ids. */
	tableName: string | undefined;
}

export interface Mapped {
	/** In the form that the store takes. */
	value: Record<string, unknown>;
	faults: Fault[];
	/** What is missing in a row that is stored all the same. */
	notes: Fault[];
	/** Which column of the source a field came from, to name it in faults. */
	columns?: Readonly<Record<string, string>>;
}

export interface TableRules {
	kind: Kind;
	map(read: RowReader, options: MapOptions, source: string): Record<string, unknown>;
	columns?: Readonly<Record<string, string>>;
	/** Whether the number of a row is its id: see {@link rowId}. */
	hasRowIds?: boolean;
	/** Columns that are not taken over, and why. */
	notTaken: Readonly<Record<string, string>>;
}

/** A row in our form. Faults are named by its columns. */
export function mapRow(rules: TableRules, source: string, row: SourceRow, options: MapOptions): Mapped {
	const read = new RowReader(row, options.timeZone);
	read.value(...Object.keys(rules.notTaken));
	const value = rules.map(read, options, source);
	return { value, faults: read.faults, notes: read.notes, ...(rules.columns && { columns: rules.columns }) };
}

/** Names of platforms as they are called here. */
export function platformName(said: string | undefined): string | undefined {
	const name = said?.trim().toLowerCase();
	return name === 'facebook' ? 'messenger' : name;
}

/** Where on a platform something is. */
export function placeOf(
	platform: string | undefined,
	accounts: MapOptions['accounts'],
): { platform: string | undefined; account: string } {
	return { platform, account: (platform === undefined ? undefined : accounts[platform]) ?? 'default' };
}

/** Of Telegram the id says it: those of groups and channels are negative. Undefined where nobody says it. */
export function kindOfChat(
	said: string | undefined,
	platform: string | undefined,
	chatId: string | undefined,
): string | undefined {
	const word = said?.trim().toLowerCase();
	if (word === 'supergroup') return 'group';
	if (word !== undefined) return word;
	if (platform !== 'telegram' || chatId === undefined) return undefined;
	return chatId.startsWith('-') ? 'group' : 'private';
}

/** The id of a message whose source keeps none. */
export function rowId(
	kind: string,
	row: string | undefined,
	{ tableName }: Pick<MapOptions, 'tableName'>,
): string | undefined {
	return row === undefined
		? undefined
		: [kind, ...(tableName === undefined ? [] : [tableName]), row].join(':');
}

export const counted = 'is counted from the messages';
