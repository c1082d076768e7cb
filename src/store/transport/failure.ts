import { maskSecrets, shorten } from '../../shared';
import { refusalCodes, StoreError, type StoreErrorCode } from '../errors';

/** What a server or the way to it has answered in place of a result. */
export interface Said {
	/** SQLSTATE, a code of PostgREST (`PGRST…`) or of the system (`ECONNREFUSED`); empty when there is none. */
	code: string;
	message: string;
	details?: string | undefined;
	hint?: string | undefined;
	/** Of HTTP; 0 when no answer came. */
	status?: number | undefined;
}

/** One attempt has failed. */
export class Failure extends Error {
	override readonly name = 'Failure';

	constructor(
		readonly error: StoreError,
		/** Whether the same call may go well a moment later. */
		readonly passes: boolean,
		/** Whether the server has certainly not carried it out. */
		readonly isUndone: boolean,
	) {
		super(error.message);
	}
}

/** @param schema of the store @param what function that was called */
export function failureOf(said: Said, schema: string, what: string): Failure {
	const { code, status } = said;
	const text = sentence(shorten(maskSecrets(said.message.replace(/\s+/g, ' ').trim()), 300));
	const fail = (
		kind: StoreErrorCode,
		message: string,
		remedy: string,
		{ passes = false, isUndone = true } = {},
	): Failure =>
		new Failure(new StoreError(kind, message, remedy, code === '' ? undefined : code), passes, isUndone);

	if (/^PT\d{3}$/.test(code)) {
		const kind = refusalCodes.find((known) => known === said.details) ?? 'rejected';
		return fail(kind, text, said.hint ?? 'See the message.');
	}
	const known = table.find((entry) => entry.codes.test(code));
	if (known) return known.explain({ fail, schema, what, text });
	if (status !== undefined && [429, 502, 503, 504, 520, 522, 524].includes(status))
		return fail(
			status === 429 ? 'busy' : 'unavailable',
			status === 429
				? 'Supabase says that it is asked too often (429).'
				: `Supabase does not work now (${status}).`,
			status === 429
				? 'Send larger batches, or fewer calls at the same time.'
				: 'See the status of the project; a paused one is restored in the dashboard.',
			{ passes: true, isUndone: status === 429 },
		);
	if (status === 401 || status === 403)
		return fail('not_authorised', `Supabase refuses the key: ${text}`, keyRemedy);
	if (status === 540)
		return fail('unavailable', 'The Supabase project is paused.', 'Restore it in the dashboard.');
	if (status === 0)
		return fail('unavailable', `No answer came from the store: ${text}`, wayRemedy, {
			passes: true,
			isUndone: false,
		});
	return fail(
		'rejected',
		`The store answers to "${what}" with an error: ${text}`,
		'See the message of the database.',
	);
}

/** Servers leave the full stop out, and a remedy follows. */
const sentence = (text: string): string => (/[\p{L}\p{N})"'»”]$/u.test(text) ? `${text}.` : text);

type Fail = (
	kind: StoreErrorCode,
	message: string,
	remedy: string,
	how?: { passes?: boolean; isUndone?: boolean },
) => Failure;

const keyRemedy =
	'Give the credential the secret key of the project (Project Settings, API Keys: sb_secret_… or service_role).';
const wayRemedy = 'See that the address is right, and that the server runs and can be reached from here.';

const table: Array<{
	codes: RegExp;
	explain(about: { fail: Fail; schema: string; what: string; text: string }): Failure;
}> = [
	{
		codes: /^PGRST106$/,
		explain: ({ fail, schema }) =>
			fail(
				'schema_not_exposed',
				`Supabase does not show the schema "${schema}" to its interface.`,
				`In the dashboard open Project Settings, Data API, and add "${schema}" to "Exposed schemas"; self-hosted: add it to PGRST_DB_SCHEMAS and restart "rest". If the schema does not exist yet, install it first.`,
			),
	},
	{
		codes: /^(3F000|42P01|PGRST205)$/,
		explain: ({ fail, schema, text }) =>
			fail('schema_missing', `The store is not installed in the schema "${schema}": ${text}`, installRemedy),
	},
	{
		codes: /^(42883|PGRST202|PGRST203)$/,
		explain: ({ fail, schema, what }) =>
			fail(
				'schema_outdated',
				`The store in the schema "${schema}" has no function "${what}" of this version of the package.`,
				`${installRemedy} If that was just done, the interface may not know of it yet: run NOTIFY pgrst, 'reload schema'; in the SQL editor.`,
			),
	},
	{
		codes: /^(28P01|28000|PGRST30[0-3])$/,
		explain: ({ fail, text }) =>
			fail('not_authorised', `The store refuses the credential: ${text}`, keyRemedy),
	},
	{
		codes: /^3D000$/,
		explain: ({ fail, text }) =>
			fail('misconfigured', `There is no such database: ${text}`, 'Correct the name of the database.'),
	},
	{
		codes: /^42501$/,
		explain: ({ fail, text }) =>
			fail(
				'not_permitted',
				`The role of the credential may not do this: ${text}`,
				'Use the secret key (service_role), or on plain PostgreSQL the role that has installed the schema.',
			),
	},
	{
		// Told by the server, which has undone everything: most often it waited for somebody else.
		codes: /^(57014|55P03|25P0[34])$/,
		explain: ({ fail, what }) =>
			fail(
				'timeout',
				`The database has ended "${what}" because it took too long.`,
				'Ask for less at once, or try again when the database is less busy.',
				{ passes: true },
			),
	},
	{
		codes: /^(40001|40P01|57P0[123]|53300|PGRST00[0123])$/,
		explain: ({ fail, what, text }) =>
			fail('busy', `The database cannot do "${what}" now: ${text}`, 'Try again in a moment.', {
				passes: true,
			}),
	},
	{
		codes: /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/,
		explain: ({ fail, text }) =>
			fail('unavailable', `The store cannot be reached: ${text}`, wayRemedy, { passes: true }),
	},
	{
		codes: /^(08...|ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR.*)$/,
		explain: ({ fail, text }) =>
			fail('unavailable', `The connection to the store broke off: ${text}`, wayRemedy, {
				passes: true,
				isUndone: false,
			}),
	},
	{
		codes: /^(22...|23...|21...|PGRST10.|PGRST11.)$/,
		explain: ({ fail, what, text }) =>
			fail(
				'invalid_input',
				`The database refuses what "${what}" was given: ${text}`,
				'Correct the value. Nothing was stored.',
			),
	},
];

const installRemedy =
	'Install or update it: opsdesk schema apply, or paste what opsdesk schema print writes.';

/** No answer within the time that one attempt has. */
export function lateFailure(what: string, timeLimitMs: number): Failure {
	return new Failure(
		new StoreError(
			'timeout',
			`The store has not answered "${what}" within ${timeLimitMs / 1000} s. It may still carry it out.`,
			'Try again: what was stored is not stored twice. When this happens often, ask for less at once.',
		),
		true,
		false,
	);
}
