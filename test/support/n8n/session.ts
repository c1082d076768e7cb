import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { requestJson, sendRequest } from './http';

/** What a client needs to act as the owner of an n8n; plain data, so it can be handed to another process. */
export interface N8nSession {
	/** Address of the n8n without a slash at its end, e.g. `http://127.0.0.1:5678`. */
	url: string;
	/** Value of the cookie `n8n-auth`. */
	authToken: string;
	/** n8n ties the cookie to this value: a header of every request, or the browser's localStorage. */
	browserId: string;
	/** Key of the public API with every scope the owner may give. */
	apiKey: string;
	email: string;
	password: string;
}

/** The headers n8n's editor sends. */
export const editorHeaders = (
	session: Pick<N8nSession, 'authToken' | 'browserId'>,
): Record<string, string> => ({
	cookie: `n8n-auth=${session.authToken}`,
	'browser-id': session.browserId,
});

/** Makes the owner of a new n8n, signs in and creates an API key. Throws when the n8n has an owner already. */
export async function setUpOwner(url: string): Promise<N8nSession> {
	const email = 'owner@example.com';
	const password = `${randomBytes(12).toString('hex')}Aa1`;
	const browserId = randomUUID();
	const response = await sendRequest(`${url}/rest/owner/setup`, {
		method: 'POST',
		headers: { 'browser-id': browserId },
		body: { email, password, firstName: 'Test', lastName: 'Owner' },
	});
	return await withApiKey({ url, email, password, browserId, authToken: authToken(response) });
}

/** Signs in to an n8n that has an owner, e.g. after a restart with the same user folder, with a new API key. */
export async function signIn(url: string, email: string, password: string): Promise<N8nSession> {
	const browserId = randomUUID();
	const response = await sendRequest(`${url}/rest/login`, {
		method: 'POST',
		headers: { 'browser-id': browserId },
		body: { emailOrLdapLoginId: email, password },
	});
	return await withApiKey({ url, email, password, browserId, authToken: authToken(response) });
}

function authToken(response: Response): string {
	const cookie = response.headers.getSetCookie().find((entry) => entry.startsWith('n8n-auth='));
	const token = cookie?.slice('n8n-auth='.length).split(';')[0];
	if (!token) throw new Error('n8n answered without the cookie n8n-auth; is the address that of an n8n?');
	return token;
}

async function withApiKey(session: Omit<N8nSession, 'apiKey'>): Promise<N8nSession> {
	const headers = editorHeaders(session);
	const keys = `${session.url}/rest/api-keys`;
	const scopes = await requestJson(`${keys}/scopes`, z.object({ data: z.array(z.string()) }), { headers });
	const created = await requestJson(keys, z.object({ data: z.object({ rawApiKey: z.string() }) }), {
		method: 'POST',
		headers,
		body: { label: `tests-${randomUUID()}`, scopes: scopes.data, expiresAt: null },
	});
	return { ...session, apiKey: created.data.rawApiKey };
}
