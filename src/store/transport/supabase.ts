import { errorMessage, n8nAddress } from '../../shared';
import { StoreError } from '../errors';
import { failureOf, lateFailure } from './failure';
import type { AttemptOptions, Transport } from './transport';

export interface SupabaseAccess {
	/** The project's URL. */
	url: string;
	/** `sb_secret_…` or the old service_role token; a publishable one reads what its user may. */
	key: string;
	/** Token of a signed-in user, who then sees what they may see. */
	userToken?: string;
}

/** What is used of a client; its own types are those of tables, which are not asked here. */
interface Client {
	schema(name: string): {
		rpc(
			name: string,
			parameters: object,
		): { abortSignal(signal: AbortSignal): { retry(enabled: boolean): PromiseLike<Answer> } };
	};
}

interface Answer {
	data: unknown;
	error: { code: string; message: string; details: string; hint: string } | null;
	status: number;
}

/** Through PostgREST by supabase-js: without its own retries, which pass over every write, and with a time limit. */
export class SupabaseTransport implements Transport {
	private client: Promise<Client> | undefined;

	/** @throws StoreError `misconfigured` */
	constructor(
		private readonly access: SupabaseAccess,
		readonly schema: string,
	) {
		if (n8nAddress(access.url) === undefined)
			throw new StoreError(
				'misconfigured',
				'The address of Supabase is no web address, or holds a password.',
				'Copy the project URL of the dashboard, as https://<project>.supabase.co.',
			);
		if (!/^[\x21-\x7e]+$/.test(access.key))
			throw new StoreError(
				'misconfigured',
				'The key of Supabase is missing, or holds characters that no key has.',
				'Copy the secret key of the dashboard again.',
			);
	}

	async call(
		name: string,
		tenant: string,
		request: object,
		{ timeLimitMs, signal }: AttemptOptions,
	): Promise<unknown> {
		const client = await (this.client ??= this.connect());
		const limit = AbortSignal.timeout(timeLimitMs);
		const { data, error, status } = await client
			.schema(this.schema)
			.rpc(name, { tenant, request })
			.abortSignal(signal ? AbortSignal.any([signal, limit]) : limit)
			.retry(false);
		if (!error) return data;
		signal?.throwIfAborted();
		if (limit.aborted) throw lateFailure(name, timeLimitMs);
		throw failureOf(
			// Of a broken connection only the text tells what has happened.
			{ ...error, code: error.code || systemCodeIn(`${error.message} ${error.details}`), status },
			this.schema,
			name,
		);
	}

	async close(): Promise<void> {
		this.client = undefined;
	}

	private async connect(): Promise<Client> {
		const { createClient } = await import('@supabase/supabase-js');
		const { url, key, userToken } = this.access;
		try {
			return createClient<unknown>(url, key, {
				auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
				...(userToken !== undefined && { accessToken: () => Promise.resolve(userToken) }),
			});
		} catch (thrown) {
			throw new StoreError(
				'misconfigured',
				`The client of Supabase cannot be made: ${errorMessage(thrown).replaceAll(key, '***')}`,
				'Correct the address and the key.',
			);
		}
	}
}

const systemCodeIn = (text: string): string => /\b(E[A-Z]{4,}|EAI_AGAIN|UND_ERR_\w+)\b/.exec(text)?.[1] ?? '';
